// RUN: mml-opt %s --mml-raise-to-einsum | FileCheck %s --check-prefix=EXACT
// RUN: mml-opt %s --mml-raise-to-einsum=reassociate | FileCheck %s --check-prefix=REASSOC

// What may be rounded otherwise is rewritten where that is asked for.

// Sums of floats that do not start at zero. A negative zero is not the zero
// that a sum of nothing is.

// EXACT-LABEL: func @starts(
// EXACT-COUNT-2: linalg.matmul
// REASSOC-LABEL: func @starts(
// REASSOC-SAME:    %[[INIT:[a-z0-9]+]]: tensor<3x8xf32>)
// REASSOC:         %[[R:.*]] = mml.einsum
// REASSOC-NEXT:    arith.addf %[[INIT]], %[[R]]
// REASSOC:         %[[R1:.*]] = mml.einsum
// REASSOC-NEXT:    arith.addf %{{.*}}, %[[R1]]
func.func @starts(%x: tensor<3x4xf32>, %y: tensor<4x8xf32>, %init: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x8xf32>) {
  %0 = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%init : tensor<3x8xf32>) -> tensor<3x8xf32>
  %zeros = arith.constant dense<-0.0> : tensor<3x8xf32>
  %1 = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%zeros : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %0, %1 : tensor<3x8xf32>, tensor<3x8xf32>
}

// One input is summed along a loop of its own.

// EXACT-LABEL: func @sum_alone(
// EXACT:         linalg.generic
// REASSOC-LABEL: func @sum_alone(
// REASSOC-NEXT:    mml.einsum "ab,ac->a"
func.func @sum_alone(%x: tensor<3x4xf32>, %y: tensor<3x5xf32>) -> tensor<3xf32> {
  %zeros = arith.constant dense<0.0> : tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i)>],
                       iterator_types = ["parallel", "reduction", "reduction"]}
       ins(%x, %y : tensor<3x4xf32>, tensor<3x5xf32>) outs(%zeros : tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %c, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}
