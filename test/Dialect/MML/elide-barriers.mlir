// RUN: mml-opt %s --split-input-file --mml-elide-barriers | FileCheck %s

// CHECK-LABEL: func.func @last
// CHECK: omp.wsloop nowait
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
