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

// Floats of 8 bits round the integers of an i8.

// CHECK-LABEL: func @small_floats(
// CHECK:         %[[SMALL:.*]] = arith.sitofp %{{.*}} : tensor<2x16xi8> to tensor<2x16xf8E4M3FN>
// CHECK:         %[[X:.*]] = arith.extf %[[SMALL]]
// CHECK:         mml.einsum "ab,bc->ac" %[[X]], {{.*}} : (tensor<2x16xf32>, tensor<16x4x!mml.trit>) -> tensor<2x4xf32>
// CHECK:         %[[CUT:.*]] = arith.truncf %{{.*}} : tensor<2x16xf32> to tensor<2x16xf8E4M3FN>
// CHECK:         %[[Y:.*]] = arith.extf %[[CUT]]
// CHECK:         mml.einsum "ab,bc->ac" %[[Y]], {{.*}} : (tensor<2x16xf32>, tensor<16x4x!mml.trit>) -> tensor<2x4xf32>
func.func @small_floats(%i: tensor<2x16xi8>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<16x4xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x4xf32>
  %small = arith.sitofp %i : tensor<2x16xi8> to tensor<2x16xf8E4M3FN>
  %x = arith.extf %small : tensor<2x16xf8E4M3FN> to tensor<2x16xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x16xf32>, tensor<16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  %f = arith.sitofp %i : tensor<2x16xi8> to tensor<2x16xf32>
  %cut = arith.truncf %f : tensor<2x16xf32> to tensor<2x16xf8E4M3FN>
  %y = arith.extf %cut : tensor<2x16xf8E4M3FN> to tensor<2x16xf32>
  %1 = linalg.matmul ins(%y, %w : tensor<2x16xf32>, tensor<16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x4xf32>
}

// A constant of a type without a sign is none of trits.

// CHECK-LABEL: func @no_sign(
// CHECK:         linalg.matmul
func.func @no_sign(%x: tensor<2x16xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<-1.0> : tensor<16x4xf32>
  %t = arith.truncf %w : tensor<16x4xf32> to tensor<16x4xf8E8M0FNU>
  %u = arith.extf %t : tensor<16x4xf8E8M0FNU> to tensor<16x4xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %u : tensor<2x16xf32>, tensor<16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
