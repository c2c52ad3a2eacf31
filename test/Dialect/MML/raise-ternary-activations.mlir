// RUN: mml-opt %s --mml-raise-ternary | FileCheck %s

// Floats that look as if they were integers of an i8, and are not.

// A NaN has no range: it bounds no other number, and is none itself.

// CHECK-LABEL: func @nan(
// CHECK:         mml.einsum {{.*}} : (tensor<2x16xf32>, tensor<16x4x!mml.trit>) -> tensor<2x4xf32>
func.func @nan(%condition: tensor<2x16xi1>) -> tensor<2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<16x4xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<2x16xf32>
  %rounded = math.roundeven %nan : tensor<2x16xf32>
  %hundred = arith.constant dense<100.0> : tensor<2x16xf32>
  %x = arith.select %condition, %rounded, %hundred : tensor<2x16xi1>, tensor<2x16xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<2x16xf32>, tensor<16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
