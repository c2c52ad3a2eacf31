// Kernels that compute the same are one, with what differs as parameters.

// RUN: mml-opt %s --mml-merge-kernels --split-input-file | FileCheck %s

module attributes {gpu.container_module} {
// CHECK-LABEL: func.func @floats
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>
func.func @floats(%x: memref<4xf32>, %y: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: %[[TWO:.*]] = arith.constant 2.0
  // CHECK-NEXT: gpu.launch_func @kernels::@first {{.*}} args(%[[X]] : memref<4xf32>, %[[TWO]] : f32)
  gpu.launch_func @kernels::@first blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: %[[THREE:.*]] = arith.constant 3.0
  // CHECK-NEXT: gpu.launch_func @kernels::@first {{.*}} args(%[[Y]] : memref<4xf32>, %[[THREE]] : f32)
  gpu.launch_func @kernels::@second blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<4xf32>)
  // CHECK-NEXT: %[[TWO:.*]] = arith.constant 2.0
  // CHECK-NEXT: gpu.launch_func @kernels::@first {{.*}} args(%[[Y]] : memref<4xf32>, %[[TWO]] : f32)
  gpu.launch_func @kernels::@first blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<4xf32>)
  return
}
gpu.module @kernels {
  // What is the same in all stays a constant.
  // CHECK: gpu.func @first(%{{.*}}: memref<4xf32>, %[[FACTOR:.*]]: f32) workgroup(%[[SHARED:.*]] : memref<8xf32, 3>) kernel
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0
  // CHECK: memref.store %[[ZERO]], %[[SHARED]]
  // CHECK: arith.mulf %{{.*}}, %[[FACTOR]]
  // CHECK-NOT: gpu.func
  gpu.func @first(%m: memref<4xf32>) workgroup(%s : memref<8xf32, 3>) kernel {
    %i = gpu.thread_id x
    %zero = arith.constant 0.0 : f32
    %factor = arith.constant 2.0 : f32
    memref.store %zero, %s[%i] : memref<8xf32, 3>
    %v = memref.load %m[%i] : memref<4xf32>
    %w = arith.mulf %v, %factor : f32
    memref.store %w, %m[%i] : memref<4xf32>
    gpu.return
  }
  gpu.func @second(%m: memref<4xf32>) workgroup(%s : memref<8xf32, 3>) kernel {
    %i = gpu.thread_id x
    %zero = arith.constant 0.0 : f32
    %factor = arith.constant 3.0 : f32
    memref.store %zero, %s[%i] : memref<8xf32, 3>
    %v = memref.load %m[%i] : memref<4xf32>
    %w = arith.mulf %v, %factor : f32
    memref.store %w, %m[%i] : memref<4xf32>
    gpu.return
  }
}
}

// -----

// What kernels are made for is not a parameter: sizes, types, the threads of a
// block, and which operands are used.

module attributes {gpu.container_module} {
// CHECK-LABEL: func.func @others
func.func @others(%x: memref<4xf32>, %y: memref<8xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: @kernels::@a
  gpu.launch_func @kernels::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: @kernels::@b
  gpu.launch_func @kernels::@b blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: @kernels::@c
  gpu.launch_func @kernels::@c blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<8xf32>)
  // CHECK: @kernels::@d
  gpu.launch_func @kernels::@d blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: @kernels::@e
  gpu.launch_func @kernels::@e blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  return
}
gpu.module @kernels {
  // CHECK-COUNT-5: gpu.func
  gpu.func @a(%m: memref<4xf32>) kernel {
    %i = arith.constant 1 : index
    %v = arith.constant 2.0 : f32
    %w = arith.constant 4.0 : f32
    %d = arith.divf %v, %w : f32
    memref.store %d, %m[%i] : memref<4xf32>
    gpu.return
  }
  gpu.func @b(%m: memref<4xf32>) kernel {
    %i = arith.constant 2 : index
    %v = arith.constant 2.0 : f32
    %w = arith.constant 4.0 : f32
    %d = arith.divf %v, %w : f32
    memref.store %d, %m[%i] : memref<4xf32>
    gpu.return
  }
  gpu.func @c(%m: memref<8xf32>) kernel {
    %i = arith.constant 1 : index
    %v = arith.constant 2.0 : f32
    %w = arith.constant 4.0 : f32
    %d = arith.divf %v, %w : f32
    memref.store %d, %m[%i] : memref<8xf32>
    gpu.return
  }
  gpu.func @d(%m: memref<4xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %i = arith.constant 1 : index
    %v = arith.constant 2.0 : f32
    %w = arith.constant 4.0 : f32
    %d = arith.divf %v, %w : f32
    memref.store %d, %m[%i] : memref<4xf32>
    gpu.return
  }
  gpu.func @e(%m: memref<4xf32>) kernel {
    %i = arith.constant 1 : index
    %v = arith.constant 2.0 : f32
    %w = arith.constant 4.0 : f32
    %d = arith.divf %w, %v : f32
    memref.store %d, %m[%i] : memref<4xf32>
    gpu.return
  }
}
}

// -----

// Constants inside of loops are compared as they are; the launch of a kernel
// that is nowhere stays.

module attributes {gpu.container_module} {
// CHECK-LABEL: func.func @inner
func.func @inner(%x: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // CHECK: @kernels::@a
  gpu.launch_func @kernels::@a blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: @kernels::@a
  gpu.launch_func @kernels::@same blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  // CHECK: @kernels::@b
  gpu.launch_func @kernels::@b blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
  return
}
gpu.module @kernels {
  // CHECK-COUNT-2: gpu.func
  // CHECK-NOT: gpu.func
  gpu.func @a(%m: memref<4xf32>) kernel {
    affine.for %i = 0 to 4 {
      %v = arith.constant 2.0 : f32
      memref.store %v, %m[%i] : memref<4xf32>
    }
    gpu.return
  }
  gpu.func @same(%m: memref<4xf32>) kernel {
    affine.for %i = 0 to 4 {
      %v = arith.constant 2.0 : f32
      memref.store %v, %m[%i] : memref<4xf32>
    }
    gpu.return
  }
  gpu.func @b(%m: memref<4xf32>) kernel {
    affine.for %i = 0 to 4 {
      %v = arith.constant 3.0 : f32
      memref.store %v, %m[%i] : memref<4xf32>
    }
    gpu.return
  }
}
}
