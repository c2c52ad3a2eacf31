// RUN: mml-opt %s --split-input-file --mml-elide-barriers | FileCheck %s

// Threads that write past the caches end with a fence.

// CHECK-LABEL: func.func @streams
// CHECK: omp.wsloop nowait
// CHECK: nontemporal
// CHECK: llvm.fence seq_cst
// CHECK-NEXT: omp.terminator
func.func @streams(%x: vector<16xf32>, %y: memref<64x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
        vector.store %x, %y[%i, %c0] {nontemporal = true}
            : memref<64x16xf32>, vector<16xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}

// -----

// CHECK-LABEL: func.func @last
// CHECK: omp.wsloop nowait
// CHECK-NOT: llvm.fence
func.func @last(%y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  omp.parallel {
    %own = memref.alloc() : memref<4xf32>
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        memref.store %one, %own[%i] : memref<4xf32>
        memref.store %one, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    memref.dealloc %own : memref<4xf32>
    omp.terminator
  }
  return
}

// -----

// What is freed behind it is for all threads; and something else comes.

// CHECK-LABEL: func.func @not_last
// CHECK: omp.wsloop {
// CHECK: omp.wsloop {
func.func @not_last(%y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  %shared = memref.alloc() : memref<4xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        memref.store %one, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    memref.dealloc %shared : memref<4xf32>
    omp.terminator
  }
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
        memref.store %one, %y[%i] : memref<4xf32>
        omp.yield
      }
    }
    memref.store %one, %y[%c0] : memref<4xf32>
    omp.terminator
  }
  return
}
