// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=smull dot-bits=128}))" | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=sdot dot-bits=128}))" | FileCheck %s --check-prefixes=CHECK,QUADS
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=smmla dot-bits=128}))" | FileCheck %s --check-prefixes=CHECK,QUADS,MATRICES
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=sdot}))" 2>&1 | FileCheck %s --check-prefix=WIDTH

// WIDTH: error: expected vectors of 128 bits with NEON but got 256

// Packed bytes are shifted as bytes. One load of activations has four quads, of
// which each is an element of the multiplication; matrices are for more tokens.

// CHECK-LABEL: func @few(
// CHECK-NOT:     mml.contract_packed
// CHECK:         %[[BYTES:.*]] = vector.load %{{.*}} : memref<2x4x16xi8>, vector<16xi8>
// CHECK:         arith.andi %[[BYTES]], %{{.*}} : vector<16xi8>
// Bytes of even numbers and of odd ones, of codes and of activations.
// PAIRS:         %[[C:.*]] = vector.shuffle %{{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15] : vector<16xi8>, vector<16xi8>
// PAIRS:         %[[X:.*]] = vector.shuffle %{{.*}} [0, 2, 0, 2, 0, 2, 0, 2, 1, 3, 1, 3, 1, 3, 1, 3] : vector<16xi8>, vector<16xi8>
// PAIRS:         %[[C0:.*]] = vector.extract_strided_slice %[[C]] {offsets = [0], sizes = [8]
// PAIRS:         %[[X0:.*]] = vector.extract_strided_slice %[[X]] {offsets = [0], sizes = [8]
// PAIRS:         %[[P0:.*]] = arm_neon.intr.smull %[[C0]], %[[X0]] : vector<8xi8> to vector<8xi16>
// PAIRS:         %[[S0:.*]] = arith.addi %{{.*}}, %[[P0]]
// PAIRS:         %[[C1:.*]] = vector.extract_strided_slice %[[C]] {offsets = [8], sizes = [8]
// PAIRS:         %[[X1:.*]] = vector.extract_strided_slice %[[X]] {offsets = [8], sizes = [8]
// PAIRS:         %[[P1:.*]] = arm_neon.intr.smull %[[C1]], %[[X1]] : vector<8xi8> to vector<8xi16>
// PAIRS:         arith.addi %[[S0]], %[[P1]]
// PAIRS:         vector.shuffle %{{.*}} [4, 6, 4, 6, 4, 6, 4, 6, 5, 7, 5, 7, 5, 7, 5, 7]
// QUADS:         %[[X:.*]] = vector.load %{{.*}} : memref<1x1x16x64xi8>, vector<16xi8>
// QUADS:         %[[W:.*]] = vector.bitcast %[[X]] : vector<16xi8> to vector<4xi32>
// QUADS:         vector.extract %[[W]][0]
// QUADS:         arm_neon.intr.sdot %{{.*}} : vector<16xi8>, vector<16xi8> to vector<4xi32>
// QUADS:         vector.extract %{{.*}}[1]
// MATRICES-NOT:  arm_neon.intr.smmla
// CHECK:         return
func.func @few(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x16xi8>, %out: memref<3x8xi32>) {
  mml.contract_packed #mml.dot<rows = 4> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x16xi8>) outs(%out : memref<3x8xi32>)
  return
}

// In a panel two quads of an output are beside each other, and in sums two
// tokens of two outputs.

// CHECK-LABEL: func @many(
// MATRICES:      %[[PANEL:.*]] = memref.alloc() {{.*}} : memref<8x1x16x16xi8>
// MATRICES:      %[[LOW:.*]] = vector.shuffle %{{.*}} [0, 4, 1, 5] : vector<4xi32>, vector<4xi32>
// MATRICES:      %[[LOWBYTES:.*]] = vector.bitcast %[[LOW]]
// MATRICES:      %[[HIGH:.*]] = vector.shuffle %{{.*}} [2, 6, 3, 7] : vector<4xi32>, vector<4xi32>
// MATRICES:      vector.store %[[LOWBYTES]], %[[PANEL]]
// MATRICES:      vector.shuffle %{{.*}} [0, 1, 4, 5] : vector<4xi32>, vector<4xi32>
// MATRICES:      vector.shuffle %{{.*}} [2, 3, 6, 7] : vector<4xi32>, vector<4xi32>
// MATRICES:      %[[C:.*]] = vector.load %[[PANEL]]
// MATRICES:      %[[X:.*]] = vector.shuffle %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23] : vector<16xi8>, vector<16xi8>
// MATRICES:      arm_neon.intr.smmla %{{.*}}, %[[X]], %[[C]] : vector<16xi8> to vector<4xi32>
// MATRICES:      vector.shuffle %{{.*}} [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]
// MATRICES-COUNT-4: arm_neon.intr.smmla
// MATRICES-NOT:  arm_neon.intr.smmla
// MATRICES:      vector.shuffle %{{.*}} [0, 1, 4, 5] : vector<4xi32>, vector<4xi32>
// CHECK:         return
func.func @many(%t: memref<2x1x16x64xi8>, %s: memref<2x16xi32>, %w: memref<2x4x16xi8>, %out: memref<30x8xi32>) {
  mml.contract_packed #mml.dot<rows = 4> bound(128) ins(%t, %s : memref<2x1x16x64xi8>, memref<2x16xi32>) kernel(%w : memref<2x4x16xi8>) outs(%out : memref<30x8xi32>)
  return
}
