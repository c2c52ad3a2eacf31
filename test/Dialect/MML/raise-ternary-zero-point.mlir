// RUN: mml-opt %s --mml-raise-ternary | FileCheck %s

// A zero point is multiplied with the sums of the weights, whether each weight is
// stored, one is repeated along what is summed, or one is all there are.

// CHECK-LABEL: func @stored(
// CHECK:         arith.constant dense<[4, -1]> : tensor<2xi32>
func.func @stored(%x: tensor<2x4xi8>) -> tensor<2x2xi32> {
  %w = arith.constant dense<[[1, 0], [1, -1], [1, 1], [1, -1]]> : tensor<4x2xi8>
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %three = arith.constant 3 : i32
  %zero = arith.constant 0 : i32
  %y = linalg.quantized_matmul ins(%x, %w, %three, %zero : tensor<2x4xi8>, tensor<4x2xi8>, i32, i32) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}

// CHECK-LABEL: func @repeated(
// CHECK:         arith.constant dense<[4, -4]> : tensor<2xi32>
func.func @repeated(%x: tensor<2x4xi8>) -> tensor<2x2xi32> {
  %v = arith.constant dense<[1, -1]> : tensor<2xi8>
  %e = tensor.empty() : tensor<4x2xi8>
  %w = linalg.broadcast ins(%v : tensor<2xi8>) outs(%e : tensor<4x2xi8>) dimensions = [0]
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %three = arith.constant 3 : i32
  %zero = arith.constant 0 : i32
  %y = linalg.quantized_matmul ins(%x, %w, %three, %zero : tensor<2x4xi8>, tensor<4x2xi8>, i32, i32) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}

// CHECK-LABEL: func @splat(
// CHECK:         arith.constant dense<-8> : tensor<2xi32>
func.func @splat(%x: tensor<2x4xi8>) -> tensor<2x2xi32> {
  %w = arith.constant dense<-2> : tensor<4x2xi8>
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %three = arith.constant 3 : i32
  %zero = arith.constant 0 : i32
  %y = linalg.quantized_matmul ins(%x, %w, %three, %zero : tensor<2x4xi8>, tensor<4x2xi8>, i32, i32) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}

// More weights than there is memory for.

// CHECK-LABEL: func @large_splat(
// CHECK:         arith.constant dense<-2147483648> : tensor<2xi32>
func.func @large_splat(%x: tensor<2x2147483648xi8>) -> tensor<2x2xi32> {
  %w = arith.constant dense<1> : tensor<2147483648x2xi8>
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %three = arith.constant 3 : i32
  %zero = arith.constant 0 : i32
  %y = linalg.quantized_matmul ins(%x, %w, %three, %zero : tensor<2x2147483648xi8>, tensor<2147483648x2xi8>, i32, i32) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}
