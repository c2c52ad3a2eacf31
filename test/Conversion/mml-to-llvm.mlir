// RUN: mml-opt %s --convert-to-llvm | FileCheck %s

// An external weight keeps the resource that a loader binds it to. (The module
// names the dialect, whose interface adds the pattern.)

// CHECK:       llvm.mlir.global external constant @weights() {addr_space = 0 : i32, alignment = 64 : i64, mml.resource = dense_resource<codes> : tensor<2x4xi8>} : !llvm.array<2 x array<4 x i8>>
memref.global constant @weights : memref<2x4xi8> {alignment = 64 : i64, mml.resource = dense_resource<codes> : tensor<2x4xi8>}

// Without an alignment, and not constant.
// CHECK:       llvm.mlir.global external @state() {addr_space = 0 : i32, mml.resource = dense_resource<codes> : tensor<8xi8>} : !llvm.array<8 x i8>
memref.global @state : memref<8xi8> {mml.resource = dense_resource<codes> : tensor<8xi8>}

// What has no resource or a value is upstream's.
// CHECK:       llvm.mlir.global external @external() {addr_space = 0 : i32} : !llvm.array<4 x i8>
memref.global @external : memref<4xi8>
// CHECK:       llvm.mlir.global private constant @value(dense<1> : tensor<4xi8>) {addr_space = 0 : i32} : !llvm.array<4 x i8>
memref.global "private" constant @value : memref<4xi8> = dense<1>

// CHECK-LABEL: llvm.func @main(
// CHECK-SAME:    mml.macs = 8 : i64
// CHECK:         llvm.mlir.addressof @weights
func.func @main() -> memref<2x4xi8> attributes {mml.macs = 8} {
  %0 = memref.get_global @weights : memref<2x4xi8>
  return %0 : memref<2x4xi8>
}

// CHECK-LABEL: llvm.func @word_dot(
// CHECK-SAME:    %[[S4:.*]]: vector<4xi32>, %[[W8:.*]]: vector<8xi16>, %[[S8:.*]]: vector<8xi32>, %[[W16:.*]]: vector<16xi16>, %[[S16:.*]]: vector<16xi32>, %[[W32:.*]]: vector<32xi16>
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.128"(%[[S4]], %[[W8]], %[[W8]])
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.256"(%[[S8]], %[[W16]], %[[W16]])
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"(%[[S16]], %[[W32]], %[[W32]])
func.func @word_dot(%s4: vector<4xi32>, %w8: vector<8xi16>, %s8: vector<8xi32>, %w16: vector<16xi16>, %s16: vector<16xi32>, %w32: vector<32xi16>) -> (vector<4xi32>, vector<8xi32>, vector<16xi32>) {
  %0 = mml.word_dot %s4, %w8, %w8 : vector<4xi32>, vector<8xi16>
  %1 = mml.word_dot %s8, %w16, %w16 : vector<8xi32>, vector<16xi16>
  %2 = mml.word_dot %s16, %w32, %w32 : vector<16xi32>, vector<32xi16>
  return %0, %1, %2 : vector<4xi32>, vector<8xi32>, vector<16xi32>
}

{-#
  dialect_resources: { builtin: { codes: "0x010000000102030405060708" } }
#-}
