// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-block-contractions))' --remarks-filter=mml-block-contractions --remark-format=emitRemark --verify-diagnostics | FileCheck %s
// RUN: not mml-opt %s --pass-pipeline='builtin.module(func.func(mml-block-contractions{vector-bits=100}))' 2>&1 | FileCheck %s --check-prefix=BITS

// BITS: error: expected 'vector-bits' of 128, 256 or 512 but got 100

// What is not blocked stays as it is, and the reason is told.

// CHECK-LABEL: func @small(
// CHECK:         linalg.matmul
func.func @small(%a: tensor<16x16xf32>, %b: tensor<16x16xf32>, %c: tensor<16x16xf32>) -> tensor<16x16xf32> {
  // expected-remark @below {{4096 multiply-accumulates are fewer than 32768}}
  %0 = linalg.matmul ins(%a, %b : tensor<16x16xf32>, tensor<16x16xf32>) outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// CHECK-LABEL: func @few_rows(
// CHECK:         linalg.matmul
func.func @few_rows(%a: tensor<3x512xf32>, %b: tensor<512x512xf32>, %c: tensor<3x512xf32>) -> tensor<3x512xf32> {
  // expected-remark @below {{3 rows are too few to pack 512 columns for}}
  %0 = linalg.matmul ins(%a, %b : tensor<3x512xf32>, tensor<512x512xf32>) outs(%c : tensor<3x512xf32>) -> tensor<3x512xf32>
  return %0 : tensor<3x512xf32>
}

// CHECK-LABEL: func @few_columns(
// CHECK:         linalg.matmul
func.func @few_columns(%a: tensor<512x512xf32>, %b: tensor<512x3xf32>, %c: tensor<512x3xf32>) -> tensor<512x3xf32> {
  // expected-remark @below {{3 columns fill no vector of 8}}
  %0 = linalg.matmul ins(%a, %b : tensor<512x512xf32>, tensor<512x3xf32>) outs(%c : tensor<512x3xf32>) -> tensor<512x3xf32>
  return %0 : tensor<512x3xf32>
}

// CHECK-LABEL: func @vector(
// CHECK:         linalg.matvec
func.func @vector(%a: tensor<512x512xf32>, %b: tensor<512xf32>, %c: tensor<512xf32>) -> tensor<512xf32> {
  // expected-remark @below {{no product of matrices: only one input has axes of its own}}
  %0 = linalg.matvec ins(%a, %b : tensor<512x512xf32>, tensor<512xf32>) outs(%c : tensor<512xf32>) -> tensor<512xf32>
  return %0 : tensor<512xf32>
}

// CHECK-LABEL: func @integers(
// CHECK:         linalg.matmul
func.func @integers(%a: tensor<64x64xi32>, %b: tensor<64x64xi32>, %c: tensor<64x64xi32>) -> tensor<64x64xi32> {
  // expected-remark @below {{elements are 'i32' and not 'f32'}}
  %0 = linalg.matmul ins(%a, %b : tensor<64x64xi32>, tensor<64x64xi32>) outs(%c : tensor<64x64xi32>) -> tensor<64x64xi32>
  return %0 : tensor<64x64xi32>
}

// CHECK-LABEL: func @dynamic_depth(
// CHECK:         linalg.matmul
func.func @dynamic_depth(%a: tensor<64x?xf32>, %b: tensor<?x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-remark @below {{axis 2, which is summed over, is dynamic}}
  %0 = linalg.matmul ins(%a, %b : tensor<64x?xf32>, tensor<?x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// CHECK-LABEL: func @dynamic_columns(
// CHECK:         linalg.matmul
func.func @dynamic_columns(%a: tensor<64x64xf32>, %b: tensor<64x?xf32>, %c: tensor<64x?xf32>) -> tensor<64x?xf32> {
  // expected-remark @below {{axis 1, which columns run along, is dynamic}}
  %0 = linalg.matmul ins(%a, %b : tensor<64x64xf32>, tensor<64x?xf32>) outs(%c : tensor<64x?xf32>) -> tensor<64x?xf32>
  return %0 : tensor<64x?xf32>
}

// CHECK-LABEL: func @empty(
// CHECK:         linalg.matmul
func.func @empty(%a: tensor<64x0xf32>, %b: tensor<0x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-remark @below {{axis 2 has no elements}}
  %0 = linalg.matmul ins(%a, %b : tensor<64x0xf32>, tensor<0x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// CHECK-LABEL: func @buffers(
// CHECK:         linalg.matmul
func.func @buffers(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-remark @below {{operands are not tensors}}
  linalg.matmul ins(%a, %b : memref<64x64xf32>, memref<64x64xf32>) outs(%c : memref<64x64xf32>)
  return
}

// What is chosen is told too.

// CHECK-LABEL: func @blocked(
// CHECK-NOT:     linalg.matmul
func.func @blocked(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-remark @below {{of the tiles whose sums fit the registers, 5 x 16 computes the least; columns are packed once for all rows}}
  %0 = linalg.matmul ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
