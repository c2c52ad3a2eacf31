// RUN: mml-opt %s --mml-pack-weights --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS32
// RUN: mml-opt %s --mml-pack-weights=vector-bits=128 --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS16
// RUN: mml-opt %s --mml-pack-weights=vector-bits=512 --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS64
// RUN: mml-opt %s --mml-pack-weights=kernel=addsub --split-input-file | FileCheck %s --check-prefixes=CHECK,ROWS32
// RUN: mml-opt %s --mml-pack-weights=kernel=reference --split-input-file | FileCheck %s --check-prefix=REFERENCE

// Two vectors of 16-bit sums beside each other, whatever the width.

// CHECK-LABEL: func @constant(
// ROWS16:        %[[W:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<64xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 16>>
// ROWS32:        %[[W:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<128xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 32>>
// ROWS64:        %[[W:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<256xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 64>>
// CHECK-NOT:     mml.constant
// CHECK:         mml.contract bound(128) ins(%arg0, %[[W]] : tensor<?x9xi8>, tensor<9x3x!mml.trit, #mml.tiled<rows = {{16|32|64}}>>)

// Words of the outputs 0, 1, 2 and of padding: the first word of each holds k of
// 0 to 7, the second k = 8. Output 0 is +1 at all k, output 1 is -1 at all,
// output 2 is +1 at k = 0 and -1 at k = 8.
// CHECK:         [[K]]: "0x{{........}}5555AAAA010000000000{{0*}}0100020002000000{{0*}}"

// REFERENCE-LABEL: func @constant(
// REFERENCE-NEXT:  %[[W:.*]] = mml.constant #mml.trits<dense<{{.*}}> : tensor<9x3xi8>> : tensor<9x3x!mml.trit>
// REFERENCE-NEXT:  mml.contract bound(128) ins(%arg0, %[[W]] :
func.func @constant(%x: tensor<?x9xi8>, %out: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %w = mml.constant #mml.trits<dense<[[1, -1, 1], [1, -1, 0], [1, -1, 0], [1, -1, 0], [1, -1, 0], [1, -1, 0], [1, -1, 0], [1, -1, 0], [1, -1, -1]]> : tensor<9x3xi8>> : tensor<9x3x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x9xi8>, tensor<9x3x!mml.trit>) outs(%out : tensor<?x3xi32>) -> tensor<?x3xi32>
  return %0 : tensor<?x3xi32>
}

// -----

// The name of a resource stays in the name of the packed one; one constant is
// packed once.

// CHECK-LABEL: func @shared(
// CHECK-NEXT:    %[[W:.*]] = mml.constant #mml.trits<dense_resource<layer_one{{.*}}> : tensor<{{.*}}xui8>> : tensor<2x2x!mml.trit, #mml.tiled
// CHECK-NOT:     mml.constant
// CHECK:         mml.contract bound(128) ins(%arg0, %[[W]] :
// CHECK:         mml.contract ins(%arg2, %[[W]] :
// CHECK:         return
// CHECK-LABEL: func @shared_with_another_user(
// CHECK-NEXT:    %[[W:.*]] = mml.constant {{.*}} #mml.tiled
// CHECK-NEXT:    %[[V:.*]] = mml.constant #mml.trits<dense_resource<layer_one> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NEXT:    mml.contract bound(128) ins(%arg0, %[[W]] :
// CHECK-NEXT:    return %{{.*}}, %[[V]]
// REFERENCE-LABEL: func @shared(
func.func @shared(%x: tensor<?x2xi8>, %out: tensor<?x2xi32>, %f: tensor<?x2xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>) {
  %w = mml.constant #mml.trits<dense_resource<layer_one> : tensor<1xui8>> : tensor<2x2x!mml.trit>
  %v = mml.constant #mml.trits<dense_resource<layer_one> : tensor<1xui8>> : tensor<2x2x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x2xi8>, tensor<2x2x!mml.trit>) outs(%out : tensor<?x2xi32>) -> tensor<?x2xi32>
  %1 = mml.contract ins(%f, %v : tensor<?x2xf32>, tensor<2x2x!mml.trit>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0, %1 : tensor<?x2xi32>, tensor<?x2xf32>
}

func.func @shared_with_another_user(%x: tensor<?x2xi8>, %out: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<2x2x!mml.trit>) {
  %w = mml.constant #mml.trits<dense_resource<layer_one> : tensor<1xui8>> : tensor<2x2x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x2xi8>, tensor<2x2x!mml.trit>) outs(%out : tensor<?x2xi32>) -> tensor<?x2xi32>
  return %0, %w : tensor<?x2xi32>, tensor<2x2x!mml.trit>
}
{-#
  dialect_resources: { builtin: { layer_one: "0x4000000046" } }
#-}

// -----

// What is packed already, is not constant, or is no tensor stays.

// CHECK-LABEL: func @packed(
// CHECK-NEXT:    mml.contract bound(128) ins(%arg0, %arg1 : tensor<?x2xi8>, tensor<2x2x!mml.trit, #mml.tiled<rows = 4>>)
// CHECK-LABEL: func @argument(
// CHECK-NEXT:    mml.contract bound(128) ins(%arg0, %arg1 : tensor<?x2xi8>, tensor<2x2x!mml.trit>)
// CHECK-LABEL: func @memref(
// CHECK-NEXT:    mml.contract bound(128) ins(%arg0, %arg1 : memref<?x2xi8>, memref<2x2x!mml.trit>)
// REFERENCE-LABEL: func @packed(
func.func @packed(%x: tensor<?x2xi8>, %w: tensor<2x2x!mml.trit, #mml.tiled<rows = 4>>, %out: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x2xi8>, tensor<2x2x!mml.trit, #mml.tiled<rows = 4>>) outs(%out : tensor<?x2xi32>) -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}
func.func @argument(%x: tensor<?x2xi8>, %w: tensor<2x2x!mml.trit>, %out: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x2xi8>, tensor<2x2x!mml.trit>) outs(%out : tensor<?x2xi32>) -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}
func.func @memref(%x: memref<?x2xi8>, %w: memref<2x2x!mml.trit>, %out: memref<?x2xi32>) {
  mml.contract bound(128) ins(%x, %w : memref<?x2xi8>, memref<2x2x!mml.trit>) outs(%out : memref<?x2xi32>)
  return
}
