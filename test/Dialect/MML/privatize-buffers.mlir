// RUN: mml-opt %s --split-input-file --mml-privatize-buffers | FileCheck %s
// RUN: mml-opt %s --split-input-file --mml-privatize-buffers=most-bytes=8 \
// RUN:   | FileCheck %s --check-prefix=SMALL

// A chain of buffers that the region alone reads, a view among them, with what
// computes it.

// CHECK-LABEL: func.func @chain
// CHECK-NOT: memref.alloc
// CHECK: %[[RESULT:.*]] = memref.alloc() : memref<8xf32>
// CHECK-NEXT: omp.parallel
// CHECK-NEXT: %[[FIRST:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT: %[[SECOND:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT: %[[SUM:.*]] = scf.for
// CHECK: memref.store %{{.*}}, %[[FIRST]]
// CHECK: %[[TWICE:.*]] = arith.addf %[[SUM]], %[[SUM]]
// CHECK-NEXT: memref.store %[[TWICE]], %[[FIRST]]
// CHECK: %[[VIEW:.*]] = memref.subview %[[FIRST]]
// CHECK: scf.for
// CHECK: memref.load %[[VIEW]]
// CHECK: memref.store %{{.*}}, %[[SECOND]]
// CHECK: omp.wsloop
// CHECK: memref.load %[[SECOND]]
// CHECK: memref.dealloc %[[FIRST]]
// CHECK-NEXT: memref.dealloc %[[SECOND]]
// CHECK-NEXT: omp.terminator
// CHECK-NOT: memref.dealloc
// CHECK: return %[[RESULT]]

// The buffers have 16 bytes.
// SMALL-LABEL: func.func @chain
// SMALL: scf.for
// SMALL: omp.parallel
// SMALL-NEXT: omp.wsloop
func.func @chain(%x: memref<4xf32>) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %first = memref.alloc() : memref<4xf32>
  %second = memref.alloc() : memref<4xf32>
  %sum = scf.for %i = %c0 to %c4 step %c1 iter_args(%s = %zero) -> (f32) {
    %v = memref.load %x[%i] : memref<4xf32>
    memref.store %v, %first[%i] : memref<4xf32>
    %t = arith.addf %s, %v : f32
    scf.yield %t : f32
  }
  %twice = arith.addf %sum, %sum : f32
  memref.store %twice, %first[%c0] : memref<4xf32>
  %view = memref.subview %first[2] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1], offset: 2>>
  scf.for %i = %c0 to %c2 step %c1 {
    %v = memref.load %view[%i] : memref<2xf32, strided<[1], offset: 2>>
    memref.store %v, %second[%i] : memref<4xf32>
  }
  %result = memref.alloc() : memref<8xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c8) step (%c1) {
        %v = memref.load %second[%c0] : memref<4xf32>
        memref.store %v, %result[%i] : memref<8xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.dealloc %second : memref<4xf32>
  memref.dealloc %first : memref<4xf32>
  return %result : memref<8xf32>
}

// -----

// What is read behind the region stays, and what it is computed from.

// CHECK-LABEL: func.func @used_later
// CHECK: memref.alloc
// CHECK: memref.alloc
// CHECK: omp.parallel
// CHECK-NEXT: omp.wsloop
func.func @used_later(%x: memref<4xf32>, %y: memref<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %first = memref.alloc() : memref<4xf32>
  %second = memref.alloc() : memref<4xf32>
  %v = memref.load %x[%c0] : memref<4xf32>
  memref.store %v, %first[%c0] : memref<4xf32>
  memref.copy %first, %second : memref<4xf32> to memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c8) step (%c1) {
        %w = memref.load %first[%c0] : memref<4xf32>
        memref.store %w, %y[%i] : memref<8xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  %result = memref.load %second[%c0] : memref<4xf32>
  memref.dealloc %second : memref<4xf32>
  memref.dealloc %first : memref<4xf32>
  return %result : f32
}

// -----

// The input is written again between the buffer and the region, which may be
// an array of two names.

// CHECK-LABEL: func.func @overwritten
// CHECK: memref.alloc
// CHECK: memref.copy
// CHECK: memref.store
// CHECK: omp.parallel
// CHECK-NEXT: omp.wsloop
func.func @overwritten(%x: memref<4xf32>, %y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  %buffer = memref.alloc() : memref<4xf32>
  memref.copy %x, %buffer : memref<4xf32> to memref<4xf32>
  memref.store %one, %y[%c0] : memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        %v = memref.load %buffer[%c0] : memref<4xf32>
        memref.store %v, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.dealloc %buffer : memref<4xf32>
  return
}

// -----

// What threads have computed is not computed by each of them.

// CHECK-LABEL: func.func @parallel_before
// CHECK: %[[BUFFER:.*]] = memref.alloc
// CHECK: omp.parallel
// CHECK-NEXT: omp.wsloop
// CHECK: omp.parallel
// CHECK-NEXT: %[[OTHER:.*]] = memref.alloc
// CHECK-NEXT: memref.copy %{{.*}}, %[[OTHER]]
// CHECK-NEXT: omp.wsloop
// CHECK: memref.load %[[BUFFER]]
func.func @parallel_before(%x: memref<4xf32>) -> memref<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %buffer = memref.alloc() : memref<4xf32>
  %other = memref.alloc() : memref<4xf32>
  %y = memref.alloc() : memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        %v = memref.load %x[%c0] : memref<4xf32>
        memref.store %v, %buffer[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.copy %x, %other : memref<4xf32> to memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        %v = memref.load %buffer[%c0] : memref<4xf32>
        %w = memref.load %other[%c0] : memref<4xf32>
        %s = arith.addf %v, %w : f32
        memref.store %s, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.dealloc %buffer : memref<4xf32>
  memref.dealloc %other : memref<4xf32>
  return %y : memref<4xf32>
}

// -----

// What is behind a call of which nothing is known moves, what is before stays.

// CHECK-LABEL: func.func @call
// CHECK: memref.copy
// CHECK: call @anything
// CHECK-NEXT: omp.parallel
// CHECK-NEXT: memref.alloc
// CHECK-NEXT: memref.copy
// CHECK-NEXT: omp.wsloop
func.func private @anything()
func.func @call(%x: memref<4xf32>) -> memref<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %before = memref.alloc() : memref<4xf32>
  %behind = memref.alloc() : memref<4xf32>
  %y = memref.alloc() : memref<4xf32>
  memref.copy %x, %before : memref<4xf32> to memref<4xf32>
  func.call @anything() : () -> ()
  memref.copy %x, %behind : memref<4xf32> to memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        %v = memref.load %before[%c0] : memref<4xf32>
        %w = memref.load %behind[%c0] : memref<4xf32>
        %s = arith.addf %v, %w : f32
        memref.store %s, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.dealloc %before : memref<4xf32>
  memref.dealloc %behind : memref<4xf32>
  return %y : memref<4xf32>
}

// -----

// Threads exchange what they write to a buffer; a thread would read what
// another one has written already; a memref may be one of two.

// CHECK-LABEL: func.func @exchanged
// CHECK-COUNT-3: memref.alloc
// CHECK: omp.parallel
// CHECK-NEXT: omp.wsloop
func.func @exchanged(%x: memref<4xf32>, %condition: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  %shared = memref.alloc() : memref<4xf32>
  %old = memref.alloc() : memref<4xf32>
  %chosen = memref.alloc() : memref<4xf32>
  memref.copy %x, %old : memref<4xf32> to memref<4xf32>
  %either = arith.select %condition, %x, %shared : memref<4xf32>
  memref.copy %either, %chosen : memref<4xf32> to memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        memref.store %one, %shared[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        %j = arith.subi %c4, %i : index
        %v = memref.load %shared[%j] : memref<4xf32>
        %w = memref.load %old[%j] : memref<4xf32>
        %u = memref.load %chosen[%j] : memref<4xf32>
        %s = arith.addf %v, %w : f32
        %t = arith.addf %s, %u : f32
        memref.store %t, %x[%i] : memref<4xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  memref.dealloc %chosen : memref<4xf32>
  memref.dealloc %old : memref<4xf32>
  memref.dealloc %shared : memref<4xf32>
  return
}
