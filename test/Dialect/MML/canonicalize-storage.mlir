// RUN: mml-opt %s --canonicalize --split-input-file | FileCheck %s

// The memory of a constant of trits is a constant of integers.

// CHECK-LABEL: func @elements(
// CHECK-NEXT:    %[[C:.*]] = arith.constant dense<{{\[\[}}1, 0], [-1, 1]]> : tensor<2x2xi8>
// CHECK-NEXT:    return %[[C]]
func.func @elements() -> tensor<2x2xi8> {
  %w = mml.constant #mml.trits<dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
  %0 = mml.storage %w : tensor<2x2x!mml.trit> -> tensor<2x2xi8>
  return %0 : tensor<2x2xi8>
}

// -----

// Codes, the last byte not full: -1, 0, 1, 0, -1.
// CHECK-LABEL: func @codes(
// CHECK-NEXT:    arith.constant dense<[-1, 0, 1, 0, -1]> : tensor<5xi8>
func.func @codes() -> tensor<5xi8> {
  %w = mml.constant #mml.trits<dense_resource<my_codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  %0 = mml.storage %w : tensor<5x!mml.trit> -> tensor<5xi8>
  return %0 : tensor<5xi8>
}
{-#
  dialect_resources: { builtin: { my_codes: "0x400000006400" } }
#-}

// -----

// CHECK-LABEL: func @splat_of_codes(
// CHECK-NEXT:    arith.constant dense<{{\[\[}}1, 0, -1, 0], [1, 0, -1, 0]]> : tensor<2x4xi8>
func.func @splat_of_codes() -> tensor<2x4xi8> {
  %w = mml.constant #mml.trits<dense<0x46> : tensor<2xui8>> : tensor<2x4x!mml.trit>
  %0 = mml.storage %w : tensor<2x4x!mml.trit> -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

// More than 64 bytes are a resource, named after that of the trits.
// CHECK-LABEL: func @many_codes(
// CHECK-NEXT:    arith.constant dense_resource<[[K:my_many.*]]> : tensor<17x4xi8>
// CHECK:         [[K]]: "0x{{........(FF000100)+}}"
func.func @many_codes() -> tensor<17x4xi8> {
  %w = mml.constant #mml.trits<dense_resource<my_many> : tensor<17xui8>> : tensor<17x4x!mml.trit>
  %0 = mml.storage %w : tensor<17x4x!mml.trit> -> tensor<17x4xi8>
  return %0 : tensor<17x4xi8>
}
{-#
  dialect_resources: { builtin: { my_many: "0x400000006464646464646464646464646464646464" } }
#-}

// -----

// Of packed trits it is the same resource with another type.
// CHECK-LABEL: func @packed(
// CHECK-NEXT:    arith.constant dense_resource<my_words> : tensor<1x1x4xi16>
// CHECK:         my_words: "0x400000000100020004000000"
func.func @packed() -> tensor<1x1x4xi16> {
  %w = mml.constant #mml.trits<dense_resource<my_words> : tensor<8xui8>> : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
  %0 = mml.storage %w : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>> -> tensor<1x1x4xi16>
  return %0 : tensor<1x1x4xi16>
}
{-#
  dialect_resources: { builtin: { my_words: "0x400000000100020004000000" } }
#-}

// -----

// Packed trits that are written out become a resource.
// CHECK-LABEL: func @packed_elements(
// CHECK-NEXT:    arith.constant dense_resource<[[A:.*]]> : tensor<1x1x4xi16>
// CHECK-NEXT:    arith.constant dense_resource<[[B:.*]]> : tensor<1x1x4xi16>
// CHECK-DAG:     "0x{{........}}0100020004000000"
// CHECK-DAG:     "0x{{........}}0000000000000000"
func.func @packed_elements() -> (tensor<1x1x4xi16>, tensor<1x1x4xi16>) {
  %w = mml.constant #mml.trits<dense<[1, 0, 2, 0, 4, 0, 0, 0]> : tensor<8xui8>> : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
  %v = mml.constant #mml.trits<dense<0> : tensor<8xui8>> : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>>
  %0 = mml.storage %w : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>> -> tensor<1x1x4xi16>
  %1 = mml.storage %v : tensor<2x3x!mml.trit, #mml.tiled<rows = 4>> -> tensor<1x1x4xi16>
  return %0, %1 : tensor<1x1x4xi16>, tensor<1x1x4xi16>
}

// -----

// What is not constant, or is too large to write out, stays.

// CHECK-LABEL: func @argument(
// CHECK-NEXT:    mml.storage
func.func @argument(%w: tensor<5x!mml.trit>) -> tensor<5xi8> {
  %0 = mml.storage %w : tensor<5x!mml.trit> -> tensor<5xi8>
  return %0 : tensor<5xi8>
}

// CHECK-LABEL: func @huge(
// CHECK:         mml.storage
// CHECK:         mml.storage
// CHECK:         mml.storage
func.func @huge() -> (tensor<1000000x1000000xi8>, tensor<1000000x1000000xi8>, tensor<31250x125000x32xi16>) {
  %w = mml.constant #mml.trits<dense<0> : tensor<1000000x1000000xi8>> : tensor<1000000x1000000x!mml.trit>
  %v = mml.constant #mml.trits<dense<85> : tensor<250000000000xui8>> : tensor<1000000x1000000x!mml.trit>
  %u = mml.constant #mml.trits<dense<0> : tensor<250000000000xui8>> : tensor<1000000x1000000x!mml.trit, #mml.tiled<rows = 32>>
  %0 = mml.storage %w : tensor<1000000x1000000x!mml.trit> -> tensor<1000000x1000000xi8>
  %1 = mml.storage %v : tensor<1000000x1000000x!mml.trit> -> tensor<1000000x1000000xi8>
  %2 = mml.storage %u : tensor<1000000x1000000x!mml.trit, #mml.tiled<rows = 32>> -> tensor<31250x125000x32xi16>
  return %0, %1, %2 : tensor<1000000x1000000xi8>, tensor<1000000x1000000xi8>, tensor<31250x125000x32xi16>
}
