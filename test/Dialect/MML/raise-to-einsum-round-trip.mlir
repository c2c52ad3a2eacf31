// What an einsum is lowered to is raised to the einsum that it was.

// RUN: mml-opt %s -o %t.before
// RUN: mml-opt %s --mml-lower-einsum -o %t.lowered && FileCheck %s < %t.lowered
// RUN: mml-opt %t.lowered --mml-raise-to-einsum -o %t.after && diff %t.before %t.after

// CHECK-NOT: mml.einsum

// CHECK-LABEL: func @matmul(
// CHECK:         linalg.matmul
func.func @matmul(%x: tensor<?x4xf32>, %y: tensor<4x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.einsum "ab,bc->ac" %x, %y : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @batch_matmul(
// CHECK:         linalg.batch_matmul
func.func @batch_matmul(%x: tensor<2x?x4xi8>, %y: tensor<2x4x8xi8>) -> tensor<2x?x8xi32> {
  %0 = mml.einsum "abc,acd->abd" %x, %y : (tensor<2x?x4xi8>, tensor<2x4x8xi8>) -> tensor<2x?x8xi32>
  return %0 : tensor<2x?x8xi32>
}

// CHECK-LABEL: func @contract(
// CHECK:         linalg.contract
func.func @contract(%x: tensor<2x16x4x8xf16>, %y: tensor<2x?x4x8xf16>) -> tensor<2x4x16x?xf32> {
  %0 = mml.einsum "abcd,aecd->acbe" %x, %y : (tensor<2x16x4x8xf16>, tensor<2x?x4x8xf16>) -> tensor<2x4x16x?xf32>
  return %0 : tensor<2x4x16x?xf32>
}

// CHECK-NOT: mml.einsum
