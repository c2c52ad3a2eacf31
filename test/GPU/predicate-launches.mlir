// Launches stand in one sequence, with no blocks where they are not asked for.

// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-predicate-launches))" | FileCheck %s

module attributes {gpu.container_module} {
gpu.module @kernels {
  gpu.func @a(%m: memref<4xf32>) kernel { gpu.return }
  gpu.func @b(%n: index, %m: memref<4xf32>) kernel { gpu.return }
}

// CHECK-LABEL: func.func @nested
// CHECK-SAME:    %[[N:.*]]: index, %[[M:.*]]: memref<4xf32>
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-NOT:     scf.if
// CHECK:         %[[FEW:.*]] = arith.cmpi ule, %[[N]], %[[C1]]
// CHECK-NEXT:    %[[NONE:.*]] = arith.constant 0 : index
// CHECK-NEXT:    %[[ONE:.*]] = arith.select %[[FEW]], %[[N]], %[[NONE]]
// CHECK-NEXT:    gpu.launch_func @kernels::@a blocks in (%[[ONE]], %[[C1]], %[[C1]])
// CHECK:         %[[SOME:.*]] = arith.cmpi ule, %[[N]], %[[C8]]
// CHECK:         %[[TWICE:.*]] = arith.addi %[[N]], %[[N]]
// CHECK:         %[[IF_SOME:.*]] = arith.select %[[SOME]], %[[TWICE]], %{{.*}}
// CHECK:         %[[IF_MORE:.*]] = arith.select %[[FEW]], %{{.*}}, %[[IF_SOME]]
// CHECK-NEXT:    gpu.launch_func @kernels::@b blocks in (%[[IF_MORE]], %[[C1]], %[[C1]]) {{.*}} args(%[[TWICE]] : index, %[[M]] : memref<4xf32>)
// CHECK:         %[[ELSE:.*]] = arith.select %[[SOME]], %{{.*}}, %[[C8]]
// CHECK:         %[[LAST:.*]] = arith.select %[[FEW]], %{{.*}}, %[[ELSE]]
// CHECK-NEXT:    gpu.launch_func @kernels::@a blocks in (%[[LAST]], %[[C1]], %[[C1]])
func.func @nested(%n: index, %m: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %few = arith.cmpi ule, %n, %c1 : index
  scf.if %few {
    gpu.launch_func @kernels::@a blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  } else {
    %some = arith.cmpi ule, %n, %c8 : index
    scf.if %some {
      %twice = arith.addi %n, %n : index
      gpu.launch_func @kernels::@b blocks in (%twice, %c1, %c1) threads in (%c1, %c1, %c1) args(%twice : index, %m : memref<4xf32>)
    } else {
      gpu.launch_func @kernels::@a blocks in (%c8, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
    }
  }
  return
}

// What writes memory, or may not be done, stays where it is; so does what has
// no launch, or a result.

// CHECK-LABEL: func.func @others
// CHECK-COUNT-4: scf.if
func.func @others(%c: i1, %n: index, %m: memref<4xf32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant 1.0 : f32
  scf.if %c {
    memref.store %v, %m[%c0] : memref<4xf32>
    gpu.launch_func @kernels::@a blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  }
  scf.if %c {
    %d = arith.divui %c1, %n : index
    gpu.launch_func @kernels::@a blocks in (%d, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
  }
  scf.if %c {
    memref.store %v, %m[%c0] : memref<4xf32>
  }
  %r = scf.if %c -> index {
    gpu.launch_func @kernels::@a blocks in (%n, %c1, %c1) threads in (%c1, %c1, %c1) args(%m : memref<4xf32>)
    scf.yield %n : index
  } else {
    scf.yield %c0 : index
  }
  return %r : index
}
}
