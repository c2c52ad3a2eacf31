// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd dot-bits=512}))" | FileCheck %s
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=tdpbsud dot-bits=512}))" | FileCheck %s
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd dot-bits=256}))" | FileCheck %s --check-prefix=NARROW

// Beside the tiles: what is multiplied, and a table of words for every three
// activations that are looked up, by two products.

// CHECK-LABEL: func @pack(
// CHECK-SAME:    %[[X:.*]]: memref<?x300xi8>, %[[T:.*]]: memref<?x5x16x64xi8>, %[[S:.*]]: memref<?x16xi32>, %[[Q:.*]]: memref<?x2x16x192xi8>, %[[L:.*]]: memref<?x2x4x128x32xi16>)
// CHECK:         vector.store %{{.*}}, %[[T]]
// CHECK:         memref.store %{{.*}}, %[[S]]
// CHECK:         %[[SOURCES:.*]] = memref.alloc() {alignment = 64 : i64} : memref<3x64xi8>
// CHECK:         %[[LOOKED:.*]] = vector.load %[[X]]{{.*}} : memref<?x300xi8>, vector<64xi8>
// CHECK:         %[[SOURCE:.*]] = vector.shuffle %[[LOOKED]]
// CHECK:         vector.store %[[SOURCE]], %[[SOURCES]]
// CHECK:         %[[FOURTHS:.*]] = vector.shuffle %[[LOOKED]]
// CHECK:         vector.store %[[FOURTHS]], %[[Q]]{{.*}}vector<16xi8>
// CHECK:         vector.store %{{.*}}, %[[Q]]{{.*}}vector<64xi8>
// CHECK:         vector.store %{{.*}}, %[[Q]]{{.*}}vector<16xi8>
// CHECK:         vector.load %[[SOURCES]]
// CHECK-COUNT-2: mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// CHECK:         vector.store %{{.*}}, %[[L]]{{.*}}vector<32xi16>
// CHECK:         memref.dealloc %[[SOURCES]]
// NARROW-LABEL: func @pack(
// NARROW-NOT:     vector<{{[0-9]+}}xi16>
// NARROW-LABEL: func @many(
func.func @pack(%x: memref<?x300xi8>, %t: memref<?x5x16x64xi8>, %s: memref<?x16xi32>, %q: memref<?x2x16x192xi8>, %l: memref<?x2x4x128x32xi16>) {
  mml.pack_activations #mml.dot<rows = 32, mixed = true> ins(%x : memref<?x300xi8>)
      outs(%t, %s, %q, %l : memref<?x5x16x64xi8>, memref<?x16xi32>, memref<?x2x16x192xi8>, memref<?x2x4x128x32xi16>)
  return
}

// A step of 18 k for 64 outputs and four tokens: three products for each lookup.
// Sums of all blocks are kept from one chunk of 288 k to the next.

// CHECK-LABEL: func @many(
// CHECK-DAG:     memref.alloc() {alignment = 64 : i64} : memref<16x16x64xi8>
// CHECK-DAG:     memref.alloc() {alignment = 64 : i64} : memref<3x6x16x16xi32>
// CHECK-NOT:     mml.lookup
// CHECK:         scf.for
// CHECK:           mml.lookup vpermw
// CHECK-COUNT-3:   mml.byte_dot
// CHECK:           arith.addi {{.*}} : vector<32xi16>
// CHECK:           mml.lookup vpermw
// CHECK-COUNT-16:  mml.word_dot
// CHECK-NOT:     amx
// NARROW-NOT:     {{lookup|word_dot}}
// NARROW:         mml.byte_dot {{.*}} : vector<8xi32>, vector<32xi8>
// NARROW-LABEL: func @few(
func.func @many(%t: memref<3x5x16x64xi8>, %s: memref<3x16xi32>, %q: memref<3x2x16x192xi8>, %l: memref<3x2x4x128x32xi16>, %w: memref<3x19x128xi8>, %y: memref<37x80xi32>) {
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : memref<3x5x16x64xi8>, memref<3x16xi32>, memref<3x2x16x192xi8>, memref<3x2x4x128x32xi16>)
      kernel(%w : memref<3x19x128xi8>) outs(%y : memref<37x80xi32>)
  return
}

// Few tokens are computed as without tables.

// CHECK-LABEL: func @few(
// CHECK-NOT:     {{mml.lookup|mml.word_dot}}
// CHECK:         mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// CHECK-NOT:     {{mml.lookup|mml.word_dot}}
// CHECK:         return
func.func @few(%t: memref<1x5x16x64xi8>, %s: memref<1x16xi32>, %q: memref<1x2x16x192xi8>, %l: memref<1x2x4x128x32xi16>, %w: memref<3x19x128xi8>, %y: memref<8x80xi32>) {
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : memref<1x5x16x64xi8>, memref<1x16xi32>, memref<1x2x16x192xi8>, memref<1x2x4x128x32xi16>)
      kernel(%w : memref<3x19x128xi8>) outs(%y : memref<8x80xi32>)
  return
}
