// RUN: mml-opt %s --convert-mml-to-linalg --split-input-file | FileCheck %s
// RUN: mml-opt %s --mml-cpu --split-input-file | FileCheck %s --check-prefix=LLVM

// They compile to the end.
// LLVM-LABEL: llvm.func @quantize(
// LLVM-LABEL: llvm.func @rescale(
// LLVM-LABEL: llvm.func @trits(
// LLVM-LABEL: llvm.func @argument(
// LLVM-NOT:     mml.contract

// An operation on memrefs is the one on the tensors that they hold, written to
// where it says.

// CHECK-LABEL: func @quantize(
// CHECK-SAME:    %[[X:.*]]: memref<?x8xf32>, %[[Q:.*]]: memref<?x8xi8>, %[[S:.*]]: memref<?xf32>)
// CHECK-DAG:     %[[XT:.*]] = bufferization.to_tensor %[[X]] restrict : memref<?x8xf32>
// CHECK:         %[[SCALES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>) {
// CHECK:         %[[INTEGERS:.*]] = linalg.generic {{.*}} ins(%[[XT]],
// CHECK:         bufferization.materialize_in_destination %[[INTEGERS]] in restrict writable %[[Q]] : (tensor<?x8xi8>, memref<?x8xi8>) -> ()
// CHECK:         bufferization.materialize_in_destination %{{.*}} in restrict writable %[[S]] : (tensor<?xf32>, memref<?xf32>) -> ()
func.func @quantize(%x: memref<?x8xf32>, %q: memref<?x8xi8>, %s: memref<?xf32>) {
  mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token> ins(%x : memref<?x8xf32>) outs(%q, %s : memref<?x8xi8>, memref<?xf32>)
  return
}

// CHECK-LABEL: func @rescale(
// CHECK:         bufferization.materialize_in_destination %{{.*}} in restrict writable %arg2 : (tensor<4x8xf32>, memref<4x8xf32>)
func.func @rescale(%a: memref<4x8xi32>, %s: memref<f32>, %out: memref<4x8xf32>) {
  mml.rescale column(%s divides : memref<f32>) ins(%a : memref<4x8xi32>) outs(%out : memref<4x8xf32>)
  return
}

// -----

// Memrefs of trits become memrefs of bytes.

// CHECK-LABEL: func @trits(
// CHECK-SAME:    %[[X:.*]]: memref<4x8xf32>, %[[K:.*]]: memref<8x2xf32>, %[[OUT:.*]]: memref<4x2xf32>, %[[S:.*]]: memref<f32>)
// CHECK:         %[[W:.*]] = memref.alloc() : memref<8x2xi8>
// CHECK:         bufferization.materialize_in_destination %{{.*}} in restrict writable %[[W]] : (tensor<8x2xi8>, memref<8x2xi8>) -> ()
// CHECK-DAG:     %[[WT:.*]] = bufferization.to_tensor %[[W]] restrict : memref<8x2xi8> to tensor<8x2xi8>
// CHECK-DAG:     %[[O:.*]] = bufferization.to_tensor %[[OUT]] restrict writable
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[WT]] : tensor<4x8xf32>, tensor<8x2xi8>) outs(%[[O]] : tensor<4x2xf32>)
// CHECK:         memref.dealloc %[[W]] : memref<8x2xi8>
func.func @trits(%x: memref<4x8xf32>, %k: memref<8x2xf32>, %out: memref<4x2xf32>, %s: memref<f32>) {
  %w = memref.alloc() : memref<8x2x!mml.trit>
  mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor> ins(%k : memref<8x2xf32>) outs(%w, %s : memref<8x2x!mml.trit>, memref<f32>)
  mml.contract ins(%x, %w : memref<4x8xf32>, memref<8x2x!mml.trit>) outs(%out : memref<4x2xf32>)
  memref.dealloc %w : memref<8x2x!mml.trit>
  return
}

// CHECK-LABEL: func @argument(
// CHECK-SAME:    memref<8x2xi8, strided<[?, 1], offset: ?>>
// CHECK:         linalg.generic
func.func @argument(%x: memref<4x8xi8>, %w: memref<8x2x!mml.trit, strided<[?, 1], offset: ?>>, %out: memref<4x2xi32>) {
  mml.contract bound(128) ins(%x, %w : memref<4x8xi8>, memref<8x2x!mml.trit, strided<[?, 1], offset: ?>>) outs(%out : memref<4x2xi32>)
  return
}
