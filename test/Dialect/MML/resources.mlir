// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-elide-resource-strings-if-larger=16 | FileCheck %s --check-prefix=ELIDED

// Trits whose bytes are a resource of the file: codes, packed words, and what a
// loader binds to a symbol.

// CHECK-LABEL: func.func private @attribute() attributes {resource = #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<2x3x!mml.trit>}
func.func private @attribute() attributes {
  resource = #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<2x3x!mml.trit>
}

// CHECK:       memref.global constant @weights : memref<2xui8> {alignment = 64 : i64, mml.resource = dense_resource<codes> : tensor<2xui8>}
memref.global constant @weights : memref<2xui8> {alignment = 64 : i64, mml.resource = dense_resource<codes> : tensor<2xui8>}

// CHECK:       llvm.mlir.global external @other_weights() {addr_space = 0 : i32, mml.resource = dense_resource<codes> : tensor<2xui8>} : !llvm.array<2 x i8>
llvm.mlir.global external @other_weights() {mml.resource = dense_resource<codes> : tensor<2xui8>} : !llvm.array<2 x i8>

// CHECK-LABEL: func.func @constants(
// CHECK-NEXT:    mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<2x3x!mml.trit>
// CHECK-NEXT:    mml.constant #mml.trits<dense_resource<words> : tensor<8xui8>> : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
func.func @constants() -> (tensor<2x3x!mml.trit>, tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>) {
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<2x3x!mml.trit>
  %1 = mml.constant #mml.trits<dense_resource<words> : tensor<8xui8>> : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
  return %0, %1 : tensor<2x3x!mml.trit>, tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
}

// CHECK:         codes: "0x400000002406"
// CHECK:         words: "0x400000000100020004000000"
// ELIDED-NOT:    words: "0x40
{-#
  dialect_resources: { builtin: { codes: "0x400000002406", words: "0x400000000100020004000000" } }
#-}
