// RUN: mml-opt %s --cse --canonicalize | FileCheck %s

// On tensors the operations are pure: equal ones are one, unused ones go.

// CHECK-LABEL: func @tensors(
// CHECK-NEXT:    %[[A:.*]] = mml.contract
// CHECK-NEXT:    return %[[A]], %[[A]]
func.func @tensors(%x: tensor<4x2xf32>, %w: tensor<2x8x!mml.trit>, %out: tensor<4x8xf32>, %s: tensor<f32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = mml.contract ins(%x, %w : tensor<4x2xf32>, tensor<2x8x!mml.trit>) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = mml.contract ins(%x, %w : tensor<4x2xf32>, tensor<2x8x!mml.trit>) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = mml.rescale column(%s divides : tensor<f32>) ins(%0 : tensor<4x8xf32>) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %4 = mml.dense %3, %w : (tensor<4x2xf32>, tensor<2x8x!mml.trit>) -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// On memrefs they read and write: each stays.

// CHECK-LABEL: func @memrefs(
// CHECK-NEXT:    mml.contract
// CHECK-NEXT:    mml.contract
// CHECK-NEXT:    mml.rescale
// CHECK-NEXT:    mml.quantize
// CHECK-NEXT:    mml.ternarize
// CHECK-NEXT:    return
func.func @memrefs(%x: memref<4x2xf32>, %w: memref<2x8x!mml.trit>, %out: memref<4x8xf32>, %s: memref<f32>, %q: memref<4x2xi8>, %k: memref<2x8xf32>) {
  mml.contract ins(%x, %w : memref<4x2xf32>, memref<2x8x!mml.trit>) outs(%out : memref<4x8xf32>)
  mml.contract ins(%x, %w : memref<4x2xf32>, memref<2x8x!mml.trit>) outs(%out : memref<4x8xf32>)
  mml.rescale column(%s divides : memref<f32>) ins(%out : memref<4x8xf32>) outs(%out : memref<4x8xf32>)
  mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor> ins(%x : memref<4x2xf32>) outs(%q, %s : memref<4x2xi8>, memref<f32>)
  mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor> ins(%k : memref<2x8xf32>) outs(%w, %s : memref<2x8x!mml.trit>, memref<f32>)
  return
}

// A load between two of them is not moved over the second.

// CHECK-LABEL: func @load(
// CHECK:         memref.load
// CHECK:         mml.rescale
// CHECK:         memref.load
func.func @load(%out: memref<4x8xf32>, %s: memref<f32>) -> (f32, f32) {
  %c = arith.constant 0 : index
  %0 = memref.load %out[%c, %c] : memref<4x8xf32>
  mml.rescale column(%s divides : memref<f32>) ins(%out : memref<4x8xf32>) outs(%out : memref<4x8xf32>)
  %1 = memref.load %out[%c, %c] : memref<4x8xf32>
  return %0, %1 : f32, f32
}
