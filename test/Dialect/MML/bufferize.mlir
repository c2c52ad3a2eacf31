// RUN: mml-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s
// RUN: mml-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | mml-opt | FileCheck %s

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>

// The core form in a chain: each destination becomes one buffer, nothing is
// copied.

// CHECK-LABEL: func @chain(
// CHECK-SAME:    %[[X:.*]]: memref<?x64xf32>, %[[W:.*]]: memref<64x128xf32>
// CHECK-DAG:     %[[Q:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x64xi8>
// CHECK-DAG:     %[[S:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?xf32>
// CHECK-DAG:     %[[T:.*]] = memref.alloc() {{.*}} : memref<64x128x!mml.trit>
// CHECK-DAG:     %[[TS:.*]] = memref.alloc() {{.*}} : memref<f32>
// CHECK-DAG:     %[[A:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x128xi32>
// CHECK-DAG:     %[[F:.*]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x128xf32>
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     memref.copy
// CHECK-DAG:     mml.quantize #mml.absmax<{{.*}}> ins(%[[X]] : memref<?x64xf32>) outs(%[[Q]], %[[S]] : memref<?x64xi8>, memref<?xf32>)
// CHECK-DAG:     mml.ternarize #mml.absmean<{{.*}}> ins(%[[W]] : memref<64x128xf32>) outs(%[[T]], %[[TS]] : memref<64x128x!mml.trit>, memref<f32>)
// CHECK:         linalg.fill ins(%{{.*}} : i32) outs(%[[A]] : memref<?x128xi32>)
// CHECK:         mml.contract bound(128) ins(%[[Q]], %[[T]] : memref<?x64xi8>, memref<64x128x!mml.trit>) outs(%[[A]] : memref<?x128xi32>)
// CHECK:         mml.rescale row(%[[S]] divides : memref<?xf32>) column(%[[TS]] divides : memref<f32>) ins(%[[A]] : memref<?x128xi32>) outs(%[[F]] : memref<?x128xf32>)
// CHECK:         return %[[F]]
func.func @chain(%x: tensor<?x64xf32>, %w: tensor<64x128xf32>) -> tensor<?x128xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %q0 = tensor.empty(%n) : tensor<?x64xi8>
  %s0 = tensor.empty(%n) : tensor<?xf32>
  %t0 = tensor.empty() : tensor<64x128x!mml.trit>
  %ts0 = tensor.empty() : tensor<f32>
  %a0 = tensor.empty(%n) : tensor<?x128xi32>
  %f0 = tensor.empty(%n) : tensor<?x128xf32>
  %q:2 = mml.quantize #q ins(%x : tensor<?x64xf32>) outs(%q0, %s0 : tensor<?x64xi8>, tensor<?xf32>) -> tensor<?x64xi8>, tensor<?xf32>
  %t:2 = mml.ternarize #k ins(%w : tensor<64x128xf32>) outs(%t0, %ts0 : tensor<64x128x!mml.trit>, tensor<f32>) -> tensor<64x128x!mml.trit>, tensor<f32>
  %a1 = linalg.fill ins(%zero : i32) outs(%a0 : tensor<?x128xi32>) -> tensor<?x128xi32>
  %a = mml.contract bound(128) ins(%q#0, %t#0 : tensor<?x64xi8>, tensor<64x128x!mml.trit>) outs(%a1 : tensor<?x128xi32>) -> tensor<?x128xi32>
  %f = mml.rescale row(%q#1 divides : tensor<?xf32>) column(%t#1 divides : tensor<f32>) ins(%a : tensor<?x128xi32>) outs(%f0 : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %f : tensor<?x128xf32>
}

// A contraction adds to its destination: where that is read later, it is copied.

// CHECK-LABEL: func @contract_reads_destination(
// CHECK-SAME:    %{{.*}}, %{{.*}}, %[[OUT:.*]]: memref<4x8xf32>)
// CHECK:         %[[C:.*]] = memref.alloc() {{.*}} : memref<4x8xf32>
// CHECK:         memref.copy %[[OUT]], %[[C]]
// CHECK:         mml.contract ins({{.*}}) outs(%[[C]] : memref<4x8xf32>)
// CHECK:         return %[[C]], %[[OUT]]
func.func @contract_reads_destination(%x: tensor<4x2xf32>, %w: tensor<2x8x!mml.trit>, %out: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = mml.contract ins(%x, %w : tensor<4x2xf32>, tensor<2x8x!mml.trit>) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %out : tensor<4x8xf32>, tensor<4x8xf32>
}

// The others overwrite theirs: a new buffer, but no copy into it.

// CHECK-LABEL: func @rescale_overwrites_destination(
// CHECK:         %[[C:.*]] = memref.alloc() {{.*}} : memref<4x8xf32>
// CHECK-NOT:     memref.copy
// CHECK:         mml.rescale {{.*}} outs(%[[C]] : memref<4x8xf32>)
func.func @rescale_overwrites_destination(%a: tensor<4x8xi32>, %s: tensor<f32>, %out: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = mml.rescale column(%s divides : tensor<f32>) ins(%a : tensor<4x8xi32>) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %out : tensor<4x8xf32>, tensor<4x8xf32>
}

// Operations on memrefs stay.

// CHECK-LABEL: func @memref(
// CHECK-NEXT:    mml.contract ins(%arg0, %arg1 : memref<4x2xf32>, memref<2x8x!mml.trit>) outs(%arg2 : memref<4x8xf32>)
func.func @memref(%x: memref<4x2xf32>, %w: memref<2x8x!mml.trit>, %out: memref<4x8xf32>) {
  mml.contract ins(%x, %w : memref<4x2xf32>, memref<2x8x!mml.trit>) outs(%out : memref<4x8xf32>)
  return
}
