// RUN: mml-opt %s --mml-generalize-transposes | FileCheck %s
// RUN: mml-opt %s --mml-generalize-transposes --linalg-fuse-elementwise-ops | FileCheck %s --check-prefix=FUSED

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// One loop computes the elements where they are to be.
// CHECK-LABEL: func @elementwise(
// CHECK:         linalg.generic
// CHECK:         linalg.generic
// CHECK-NOT:     linalg.transpose
// FUSED-LABEL: func @elementwise(
// FUSED:         linalg.generic {{.*}} ins(%arg0 : tensor<4x8xf32>) outs(%{{.*}} : tensor<8x4xi8>)
// FUSED-NEXT:    ^bb0
// FUSED-NEXT:      arith.fptosi
// FUSED-NOT:     linalg.generic
// FUSED:         return
func.func @elementwise(%x: tensor<4x8xf32>) -> tensor<8x4xi8> {
  %0 = tensor.empty() : tensor<4x8xi8>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4x8xi8>) {
  ^bb0(%a: f32, %b: i8):
    %q = arith.fptosi %a : f32 to i8
    linalg.yield %q : i8
  } -> tensor<4x8xi8>
  %2 = tensor.empty() : tensor<8x4xi8>
  %3 = linalg.transpose ins(%1 : tensor<4x8xi8>) outs(%2 : tensor<8x4xi8>) permutation = [1, 0]
  return %3 : tensor<8x4xi8>
}

// What is read elsewhere too, what is a sum, and what is no result of a loop.
// CHECK-LABEL: func @others(
// CHECK-COUNT-3: linalg.transpose
func.func @others(%x: tensor<4x8xf32>, %s: tensor<8x4x5xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) {
  %0 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %q = arith.negf %a : f32
    linalg.yield %q : f32
  } -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<8x4xf32>
  %2 = linalg.transpose ins(%1 : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%s : tensor<8x4x5xf32>) outs(%e : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %q = arith.addf %a, %b : f32
    linalg.yield %q : f32
  } -> tensor<8x4xf32>
  %4 = linalg.transpose ins(%3 : tensor<8x4xf32>) outs(%0 : tensor<4x8xf32>) permutation = [1, 0]
  %5 = linalg.transpose ins(%x : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
  return %1, %2, %4, %5 : tensor<4x8xf32>, tensor<8x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>
}
