// RUN: mml-opt %s --mml-raise-to-einsum | FileCheck %s --check-prefixes=CHECK,EXACT
// RUN: mml-opt %s --mml-raise-to-einsum=reassociate | FileCheck %s --check-prefixes=CHECK,REASSOC

// Constants of -s, 0 and s become trits; s multiplies the result. Integers
// always; floats with `reassociate`. The bytes of the trits stand at the end.

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ID3:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[OUTER:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>

// CHECK-LABEL: func @ones(
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xi8>, %[[INIT:.*]]: tensor<?x3xi32>
// CHECK-NEXT:    %[[W:.*]] = mml.constant #mml.trits<dense_resource<trits> : tensor<3xui8>> : tensor<4x3x!mml.trit>
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac" %[[X]], %[[W]] : (tensor<?x4xi8>, tensor<4x3x!mml.trit>) -> tensor<?x3xi32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addi %[[INIT]], %[[R]]
// CHECK-NEXT:    return %[[SUM]]
func.func @ones(%x: tensor<?x4xi8>, %init: tensor<?x3xi32>) -> tensor<?x3xi32> {
  %w = arith.constant dense<[[1, 0, -1], [-1, 1, 0], [0, 0, 0], [1, 1, 1]]> : tensor<4x3xi8>
  %r = linalg.matmul ins(%x, %w : tensor<?x4xi8>, tensor<4x3xi8>) outs(%init : tensor<?x3xi32>) -> tensor<?x3xi32>
  return %r : tensor<?x3xi32>
}

// A scale of the whole constant. The magnitude of -128 is no i8.

// CHECK-LABEL: func @scaled(
// CHECK:         %[[R:.*]] = mml.einsum "ab,bc->ac" %{{.*}} : (tensor<?x2xi8>, tensor<2x2x!mml.trit>) -> tensor<?x2xi32>
// CHECK:         %[[S:.*]] = arith.constant dense<128> : tensor<i32>
// CHECK:         %[[EMPTY:.*]] = tensor.empty
// CHECK:         %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ALL]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[R]], %[[S]] : tensor<?x2xi32>, tensor<i32>) outs(%[[EMPTY]]
// CHECK:           arith.muli
// CHECK:         return %[[Y]]
func.func @scaled(%x: tensor<?x2xi8>, %empty: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = arith.constant dense<[[-128, 0], [0, -128]]> : tensor<2x2xi8>
  %zero = arith.constant 0 : i32
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x2xi32>) -> tensor<?x2xi32>
  %r = linalg.matmul ins(%x, %w : tensor<?x2xi8>, tensor<2x2xi8>) outs(%zeros : tensor<?x2xi32>) -> tensor<?x2xi32>
  return %r : tensor<?x2xi32>
}

// One scale for each index of an axis that is not summed; a channel of zeros
// has any.

// CHECK-LABEL: func @channels(
// EXACT:         mml.einsum "ab,bc->ac" %{{.*}} : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
// EXACT-NEXT:    return
// REASSOC:       mml.constant #mml.trits<dense_resource<[[CHANNELS:[a-z0-9_]+]]> : tensor<4xui8>> : tensor<4x4x!mml.trit>
// REASSOC:       %[[R:.*]] = mml.einsum "ab,bc->ac" %{{.*}} : (tensor<5x4xf32>, tensor<4x4x!mml.trit>) -> tensor<5x4xf32>
// REASSOC:       %[[S:.*]] = arith.constant dense<[5.000000e-01, 3.000000e+00, 2.500000e-01, 1.000000e+00]> : tensor<4xf32>
// REASSOC:       linalg.generic {indexing_maps = [#[[ID]], #[[LAST]], #[[ID]]], {{.*}} ins(%[[R]], %[[S]] :
// REASSOC:         arith.mulf
func.func @channels(%x: tensor<5x4xf32>) -> tensor<5x4xf32> {
  %w = arith.constant dense<[[0.5, 0.0, -0.25, 0.0], [-0.5, 3.0, 0.0, -0.0], [0.0, 0.0, 0.0, 0.0], [0.5, -3.0, 0.25, 0.0]]> : tensor<4x4xf32>
  %zeros = arith.constant dense<0.0> : tensor<5x4xf32>
  %r = linalg.matmul ins(%x, %w : tensor<5x4xf32>, tensor<4x4xf32>) outs(%zeros : tensor<5x4xf32>) -> tensor<5x4xf32>
  return %r : tensor<5x4xf32>
}

// The constant on the left, with two axes that have scales.

// CHECK-LABEL: func @left(
// CHECK:         mml.constant #mml.trits<dense_resource<[[LEFT:[a-z0-9_]+]]> : tensor<2xui8>> : tensor<2x2x2x!mml.trit>
// CHECK:         %[[R:.*]] = mml.einsum "abc,cd->bda" %{{.*}}, %{{.*}} : (tensor<2x2x2x!mml.trit>, tensor<2x?xi32>) -> tensor<2x?x2xi32>
// CHECK:         arith.constant dense<{{\[\[}}1, 2], [3, 4]]> : tensor<2x2xi32>
// CHECK:         linalg.generic {indexing_maps = [#[[ID3]], #[[OUTER]], #[[ID3]]]
func.func @left(%x: tensor<2x?xi32>, %init: tensor<2x?x2xi32>) -> tensor<2x?x2xi32> {
  %w = arith.constant dense<[[[1, -1], [2, 2]], [[3, 0], [-4, 4]]]> : tensor<2x2x2xi32>
  %r = linalg.contract indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c)>,
                                        affine_map<(a, b, c, d) -> (c, d)>,
                                        affine_map<(a, b, c, d) -> (b, d, a)>]
       ins(%w, %x : tensor<2x2x2xi32>, tensor<2x?xi32>) outs(%init : tensor<2x?x2xi32>) -> tensor<2x?x2xi32>
  return %r : tensor<2x?x2xi32>
}

// Resources: 1.5, 0, -1.5, -1.5, 1.5 and -0.

// CHECK-LABEL: func @resource(
// EXACT:         arith.constant dense_resource<weights> : tensor<2x3xf32>
// EXACT:         mml.einsum "ab,bc->ac"
// REASSOC:       mml.constant #mml.trits<dense_resource<[[WEIGHTS:weights_[0-9]+]]> : tensor<2xui8>> : tensor<2x3x!mml.trit>
// REASSOC-NEXT:  mml.einsum "ab,bc->ac" %{{.*}} : (tensor<4x2xf32>, tensor<2x3x!mml.trit>) -> tensor<4x3xf32>
// REASSOC:       arith.constant dense<1.500000e+00> : tensor<f32>
func.func @resource(%x: tensor<4x2xf32>) -> tensor<4x3xf32> {
  %w = arith.constant dense_resource<weights> : tensor<2x3xf32>
  %zeros = arith.constant dense<0.0> : tensor<4x3xf32>
  %r = linalg.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x3xf32>) outs(%zeros : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// One value is one trit, whatever the size.

// CHECK-LABEL: func @splat(
// REASSOC:       mml.constant #mml.trits<dense<-1> : tensor<4096x4096xi8>> : tensor<4096x4096x!mml.trit>
// REASSOC:       mml.einsum "ab,bc->ac" %{{.*}} accumulate(f16) : (tensor<1x4096xf16>, tensor<4096x4096x!mml.trit>) -> tensor<1x4096xf16>
// REASSOC:       arith.constant dense<1.250000e-01> : tensor<f16>
func.func @splat(%x: tensor<1x4096xf16>) -> tensor<1x4096xf16> {
  %w = arith.constant dense<-0.125> : tensor<4096x4096xf16>
  %zeros = arith.constant dense<0.0> : tensor<1x4096xf16>
  %r = linalg.matmul ins(%x, %w : tensor<1x4096xf16>, tensor<4096x4096xf16>) outs(%zeros : tensor<1x4096xf16>) -> tensor<1x4096xf16>
  return %r : tensor<1x4096xf16>
}

// The scale is in the accumulator's type.

// CHECK-LABEL: func @bf16(
// REASSOC:       mml.einsum "ab,b->a" %{{.*}} : (tensor<3x4xbf16>, tensor<4x!mml.trit>) -> tensor<3xf32>
// REASSOC:       arith.constant dense<0.100097656> : tensor<f32>
func.func @bf16(%x: tensor<3x4xbf16>) -> tensor<3xf32> {
  %w = arith.constant dense<[0.1, 0.0, -0.1, 0.1]> : tensor<4xbf16>
  %zeros = arith.constant dense<0.0> : tensor<3xf32>
  %r = linalg.matvec ins(%x, %w : tensor<3x4xbf16>, tensor<4xbf16>) outs(%zeros : tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: func @f64(
// REASSOC:       mml.einsum "ab,b->a" %{{.*}} : (tensor<3x4xf64>, tensor<4x!mml.trit>) -> tensor<3xf64>
// REASSOC:       arith.constant dense<1.000000e-01> : tensor<f64>
func.func @f64(%x: tensor<3x4xf64>) -> tensor<3xf64> {
  %w = arith.constant dense<[0.1, 0.0, -0.1, 0.1]> : tensor<4xf64>
  %zeros = arith.constant dense<0.0> : tensor<3xf64>
  %r = linalg.matvec ins(%x, %w : tensor<3x4xf64>, tensor<4xf64>) outs(%zeros : tensor<3xf64>) -> tensor<3xf64>
  return %r : tensor<3xf64>
}

// Transpositions and reshapes happen at compile time: columns are channels.

// CHECK-LABEL: func @moved(
// CHECK-NEXT:    %[[W:.*]] = mml.constant #mml.trits<dense_resource<[[MOVED:[a-z0-9_]+]]> : tensor<2xui8>> : tensor<2x3x!mml.trit>
// CHECK-NEXT:    mml.einsum "ab,bc->ac" %{{.*}}, %[[W]] : (tensor<4x2xi8>, tensor<2x3x!mml.trit>) -> tensor<4x3xi32>
// CHECK:         arith.constant dense<[1, 2, 3]> : tensor<3xi32>
func.func @moved(%x: tensor<4x2xi8>) -> tensor<4x3xi32> {
  %c = arith.constant dense<[1, -1, 2, 0, -3, -3]> : tensor<6xi8>
  %e = tensor.expand_shape %c [[0, 1, 2]] output_shape [3, 1, 2] : tensor<6xi8> into tensor<3x1x2xi8>
  %empty = tensor.empty() : tensor<1x2x3xi8>
  %t = linalg.transpose ins(%e : tensor<3x1x2xi8>) outs(%empty : tensor<1x2x3xi8>) permutation = [1, 2, 0]
  %w = tensor.collapse_shape %t [[0, 1], [2]] : tensor<1x2x3xi8> into tensor<2x3xi8>
  %zeros = arith.constant dense<0> : tensor<4x3xi32>
  %r = linalg.matmul ins(%x, %w : tensor<4x2xi8>, tensor<2x3xi8>) outs(%zeros : tensor<4x3xi32>) -> tensor<4x3xi32>
  return %r : tensor<4x3xi32>
}

// Activations that were extended for the product are multiplied as they were.

// CHECK-LABEL: func @extended(
// CHECK-SAME:      %[[X:.*]]: tensor<4x2xi8>
// CHECK-NEXT:    %[[W:.*]] = mml.constant
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac" %[[X]], %[[W]] : (tensor<4x2xi8>, tensor<2x2x!mml.trit>) -> tensor<4x2xi32>
// CHECK-NEXT:    return %[[R]]
func.func @extended(%x: tensor<4x2xi8>) -> tensor<4x2xi32> {
  %w = arith.constant dense<[[1, 0], [-1, 1]]> : tensor<2x2xi16>
  %wide = arith.extsi %w : tensor<2x2xi16> to tensor<2x2xi32>
  %a = arith.extsi %x : tensor<4x2xi8> to tensor<4x2xi32>
  %zeros = arith.constant dense<0> : tensor<4x2xi32>
  %r = linalg.matmul ins(%a, %wide : tensor<4x2xi32>, tensor<2x2xi32>) outs(%zeros : tensor<4x2xi32>) -> tensor<4x2xi32>
  return %r : tensor<4x2xi32>
}

// A constant whose sizes the operation does not know.

// CHECK-LABEL: func @cast(
// CHECK:         %[[R:.*]] = mml.einsum "ab,bc->ac" %{{.*}} : (tensor<4x?xi8>, tensor<2x2x!mml.trit>) -> tensor<4x2xi32>
// CHECK-NEXT:    %[[CAST:.*]] = tensor.cast %[[R]] : tensor<4x2xi32> to tensor<4x?xi32>
// CHECK-NEXT:    return %[[CAST]]
func.func @cast(%x: tensor<4x?xi8>, %empty: tensor<4x?xi32>) -> tensor<4x?xi32> {
  %c = arith.constant dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>
  %w = tensor.cast %c : tensor<2x2xi8> to tensor<?x?xi8>
  %zero = arith.constant 0 : i32
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<4x?xi32>) -> tensor<4x?xi32>
  %r = linalg.matmul ins(%x, %w : tensor<4x?xi8>, tensor<?x?xi8>) outs(%zeros : tensor<4x?xi32>) -> tensor<4x?xi32>
  return %r : tensor<4x?xi32>
}

// An einsum that was there, of any number of operands.

// CHECK-LABEL: func @einsum(
// CHECK:         mml.einsum "xy,yz,zw->xw" %{{.*}}, %{{.*}}, %{{.*}} : (tensor<4x2xi8>, tensor<2x2x!mml.trit>, tensor<2x3xi8>) -> tensor<4x3xi32>
func.func @einsum(%x: tensor<4x2xi8>, %y: tensor<2x3xi8>) -> tensor<4x3xi32> {
  %w = arith.constant dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>
  %r = mml.einsum "xy,yz,zw->xw" %x, %w, %y : (tensor<4x2xi8>, tensor<2x2xi8>, tensor<2x3xi8>) -> tensor<4x3xi32>
  return %r : tensor<4x3xi32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000C03F000000000000C0BF0000C0BF0000C03F00000080"
    }
  }
#-}

// Codes are trit + 1, the first in the lowest bits.

// CHECK-DAG:   {{^ *}}trits: "0x400000000656A9"
// CHECK-DAG:   {{^ *}}[[LEFT]]: "0x40000000A286"
// CHECK-DAG:   {{^ *}}[[MOVED]]: "0x400000000A01"
// REASSOC-DAG: {{^ *}}[[CHANNELS]]: "0x4000000046585562"
// REASSOC-DAG: {{^ *}}[[WEIGHTS]]: "0x400000000606"
