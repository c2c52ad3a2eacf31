// RUN: mml-opt %s --mml-pack-weights=release-sources --split-input-file | FileCheck %s

// What something else reads, too, stays in memory: a function that returns the
// trits, a constant of bytes in the same resource.

// CHECK-LABEL: func @gone
// CHECK:         mml.constant #mml.trits<dense_resource<{{[a-z_0-9]+}}> : tensor<{{[0-9]+}}xui8>> : tensor<4x2x!mml.trit, #mml.tiled
// CHECK-LABEL: func @again
// CHECK:         mml.constant #mml.trits<dense_resource<{{[a-z_0-9]+}}> : tensor<{{[0-9]+}}xui8>> : tensor<4x2x!mml.trit, #mml.tiled
// CHECK-LABEL: func @read
// CHECK:         mml.constant #mml.trits<dense_resource<read> : tensor<2xui8>> : tensor<4x2x!mml.trit>
// CHECK-LABEL: func @bytes
// CHECK:         arith.constant dense_resource<bytes> : tensor<2xui8>
// CHECK-NOT:     gone: "
// CHECK-DAG:     bytes: "0x010000006400"
// CHECK-DAG:     read: "0x010000006400"
func.func @gone(%x: tensor<1x4xi8>, %y: tensor<1x2xi32>) -> tensor<1x2xi32> {
  %w = mml.constant #mml.trits<dense_resource<gone> : tensor<2xui8>> : tensor<4x2x!mml.trit>
  %r = mml.contract bound(128) ins(%x, %w : tensor<1x4xi8>, tensor<4x2x!mml.trit>) outs(%y : tensor<1x2xi32>) -> tensor<1x2xi32>
  return %r : tensor<1x2xi32>
}

func.func @again(%x: tensor<2x4xi8>, %y: tensor<2x2xi32>) -> tensor<2x2xi32> {
  %w = mml.constant #mml.trits<dense_resource<gone> : tensor<2xui8>> : tensor<4x2x!mml.trit>
  %r = mml.contract bound(128) ins(%x, %w : tensor<2x4xi8>, tensor<4x2x!mml.trit>) outs(%y : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

func.func @read(%x: tensor<1x4xi8>, %y: tensor<1x2xi32>) -> (tensor<1x2xi32>, tensor<4x2x!mml.trit>) {
  %w = mml.constant #mml.trits<dense_resource<read> : tensor<2xui8>> : tensor<4x2x!mml.trit>
  %r = mml.contract bound(128) ins(%x, %w : tensor<1x4xi8>, tensor<4x2x!mml.trit>) outs(%y : tensor<1x2xi32>) -> tensor<1x2xi32>
  return %r, %w : tensor<1x2xi32>, tensor<4x2x!mml.trit>
}

func.func @bytes(%x: tensor<1x4xi8>, %y: tensor<1x2xi32>) -> (tensor<1x2xi32>, tensor<2xui8>) {
  %w = mml.constant #mml.trits<dense_resource<bytes> : tensor<2xui8>> : tensor<4x2x!mml.trit>
  %b = arith.constant dense_resource<bytes> : tensor<2xui8>
  %r = mml.contract bound(128) ins(%x, %w : tensor<1x4xi8>, tensor<4x2x!mml.trit>) outs(%y : tensor<1x2xi32>) -> tensor<1x2xi32>
  return %r, %b : tensor<1x2xi32>, tensor<2xui8>
}

{-#
  dialect_resources: { builtin: { gone: "0x010000006400", read: "0x010000006400", bytes: "0x010000006400" } }
#-}
