// RUN: mml-opt %s --emit-bytecode -o %t.mlirbc
// RUN: mml-opt %t.mlirbc | FileCheck %s
// RUN: mml-opt %t.mlirbc --mml-pack-weights --emit-bytecode -o %t.packed.mlirbc
// RUN: mml-opt %t.packed.mlirbc | FileCheck %s --check-prefix=PACKED

// Trits keep their bytes in bytecode: in a resource, written out, packed.

// CHECK-LABEL: @resource
// CHECK:         mml.constant #mml.trits<dense_resource<my_codes> : tensor<2xui8>> : tensor<5x!mml.trit>
func.func @resource() -> tensor<5x!mml.trit> {
  %w = mml.constant #mml.trits<dense_resource<my_codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %w : tensor<5x!mml.trit>
}

// CHECK-LABEL: @written_out
// CHECK:         mml.constant #mml.trits<dense<[1, 0, -1]> : tensor<3xi8>> : tensor<3x!mml.trit>
func.func @written_out() -> tensor<3x!mml.trit> {
  %w = mml.constant #mml.trits<dense<[1, 0, -1]> : tensor<3xi8>> : tensor<3x!mml.trit>
  return %w : tensor<3x!mml.trit>
}

// PACKED-LABEL: @contraction
// PACKED:         mml.constant #mml.trits<dense_resource<[[NAME:[a-z_0-9]+]]> : tensor<{{[0-9]+}}xui8>> : tensor<4x2x!mml.trit, #mml.tiled<rows = {{[0-9]+}}>>
func.func @contraction(%x: tensor<1x4xi8>, %y: tensor<1x2xi32>) -> tensor<1x2xi32> {
  %w = mml.constant #mml.trits<dense_resource<my_codes> : tensor<2xui8>> : tensor<4x2x!mml.trit>
  %r = mml.contract bound(128) ins(%x, %w : tensor<1x4xi8>, tensor<4x2x!mml.trit>) outs(%y : tensor<1x2xi32>) -> tensor<1x2xi32>
  return %r : tensor<1x2xi32>
}

// CHECK:  my_codes: "0x400000006400"
// PACKED: [[NAME]]: "0x40000000{{[0-9a-fA-F]+}}"
{-#
  dialect_resources: { builtin: { my_codes: "0x400000006400" } }
#-}
