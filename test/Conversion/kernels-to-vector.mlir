// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector))" | FileCheck %s --check-prefixes=CHECK,NONE
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpmaddubsw dot-bits=256}))" | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=vpdpbusd dot-bits=512}))" | FileCheck %s --check-prefixes=CHECK,QUADS
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=tdpbsud dot-bits=512}))" | FileCheck %s --check-prefixes=CHECK,TILES
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot-bits=64}))" 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{dot=tdpbsud}))" 2>&1 | FileCheck %s --check-prefix=WIDTH

// BITS: error: expected vectors of 128, 256 or 512 bits but got 64
// WIDTH: error: expected vectors of 512 bits with tiles but got 256

// Tiles of 16 tokens and 64 k, zeros behind the last token, and the sums.

// CHECK-LABEL: func @pack(
// CHECK-SAME:    %[[X:.*]]: memref<?x100xi8>, %[[T:.*]]: memref<?x2x16x64xi8>, %[[S:.*]]: memref<?x16xi32>)
// CHECK:         scf.for
// CHECK:           affine.min
// CHECK:           scf.for
// CHECK:             vector.load %[[X]]{{.*}} : memref<?x100xi8>, vector<64xi8>
// CHECK:             vector.store %{{.*}}, %[[T]]
// The last 36 k of a token are vectors of 32 and 4.
// CHECK:           vector.load %[[X]]{{.*}} : memref<?x100xi8>, vector<32xi8>
// CHECK-NOT:       vector.load
// CHECK:           vector.load %[[X]]{{.*}} : memref<?x100xi8>, vector<4xi8>
// CHECK:           vector.reduction <add>
// CHECK:           memref.store %{{.*}}, %[[S]]
// CHECK-NOT:     mml.pack_activations
func.func @pack(%x: memref<?x100xi8>, %t: memref<?x2x16x64xi8>, %s: memref<?x16xi32>) {
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<?x100xi8>) outs(%t, %s : memref<?x2x16x64xi8>, memref<?x16xi32>)
  return
}

// Four tokens straight from packed bytes: no panel is written. Both outputs of
// a lane begin at the negative sum of the activations.

// CHECK-LABEL: func @few(
// CHECK-NOT:     mml.contract_packed
// NONE:            arith.muli {{.*}} : vector<8xi32>
// PAIRS:           mml.byte_dot {{.*}} : vector<16xi16>, vector<32xi8>
// Both halves of a lane go over to i32.
// PAIRS:           arith.shrsi {{.*}} : vector<8xi32>
// PAIRS:           arith.shli {{.*}} : vector<8xi32>
// QUADS:           arith.subi %c0_i32
// QUADS:           memref.prefetch {{.*}}, read, locality<3>, data
// QUADS:           memref.prefetch {{.*}}, read, locality<2>, data
// QUADS-COUNT-32:  mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// QUADS-NOT:       mml.byte_dot
// TILES:           amx.tile_load {{.*}} into !amx.tile<4x16xi32>
// TILES:           amx.tile_muli {{.*}}, %{{.*}} zext, {{.*}} : !amx.tile<4x64xi8>, !amx.tile<16x64xi8>, !amx.tile<4x16xi32>
// TILES:           amx.tile_store
func.func @few(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x128xi8>, %out: memref<4x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<4x64xi32>)
  return
}

// Two tokens leave the fields of a byte where they are, each with sums of its
// own, which are 4, 16 and 64 times too large; with tiles, too. Four have
// registers for two such sums.

// CHECK-LABEL: func @two(
// QUADS-NOT:       arith.shrui
// TILES-NOT:       arith.shrui
// QUADS-COUNT-16:  mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// TILES-COUNT-16:  mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// QUADS-COUNT-12:  arith.shrsi {{.*}} : vector<16xi32>
// TILES-COUNT-12:  arith.shrsi {{.*}} : vector<16xi32>
// TILES-NOT:       amx
// CHECK:           return
func.func @two(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x128xi8>, %out: memref<2x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<2x64xi32>)
  return
}

// 64 times the sum of so many products would exceed an i32; 4 times does not.

// CHECK-LABEL: func @deep(
// QUADS-COUNT-8:   mml.byte_dot {{.*}} : vector<16xi32>, vector<64xi8>
// QUADS-COUNT-2:   arith.shrsi {{.*}} : vector<16xi32>
// QUADS-NOT:       arith.shrsi
// CHECK:           return
func.func @deep(%t: memref<1x8192x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x32768x128xi8>, %out: memref<1x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x8192x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x32768x128xi8>) outs(%out : memref<1x64xi32>)
  return
}

// More of them by panels, or on tiles, which are expanded ahead of their use; behind
// the last part of the depth, the last group is expanded again. Outputs behind the
// last one are not written. Up to 32 tokens, the last ones have a tile of as many
// rows.

// CHECK-LABEL: func @many(
// CHECK:         %[[PANEL:.*]] = memref.alloc() {alignment = 64 : i64} : memref<{{[48]}}x
// QUADS:         affine.min #{{.*}}(%{{.*}})
// QUADS:         vector.store %{{.*}}, %[[PANEL]]
// TILES:         amx.tile_muli {{.*}} : !amx.tile<16x64xi8>, !amx.tile<16x64xi8>, !amx.tile<16x16xi32>
// TILES:         amx.tile_muli {{.*}} : !amx.tile<14x64xi8>, !amx.tile<16x64xi8>, !amx.tile<14x16xi32>
// CHECK:         vector.create_mask
// CHECK:         vector.maskedstore
// CHECK:         memref.dealloc %[[PANEL]]
func.func @many(%t: memref<2x2x16x64xi8>, %s: memref<2x16xi32>, %w: memref<2x5x128xi8>, %out: memref<30x60xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<2x2x16x64xi8>, memref<2x16xi32>) kernel(%w : memref<2x5x128xi8>) outs(%out : memref<30x60xi32>)
  return
}

// Beyond 32 tokens there are passes over two tiles of tokens each, for which codes
// are expanded anew; a last tile is whole.

// CHECK-LABEL: func @more(
// TILES:         scf.for
// TILES:           scf.for
// TILES:             scf.for {{.*}} -> (!amx.tile<16x16xi32>, !amx.tile<16x16xi32>, !amx.tile<16x16xi32>, !amx.tile<16x16xi32>)
// TILES:               memref.prefetch
// TILES:               vector.store
// TILES-COUNT-4:       amx.tile_muli
// TILES-NOT:           amx.tile_muli
// TILES:               scf.yield
// TILES:             amx.tile_store
// TILES:           scf.for {{.*}} -> (!amx.tile<16x16xi32>, !amx.tile<16x16xi32>)
// TILES:             memref.prefetch
// TILES-COUNT-2:     amx.tile_muli
// TILES-NOT:         amx.tile_muli
// TILES:             scf.yield
// CHECK:         return
func.func @more(%t: memref<3x5x16x64xi8>, %s: memref<3x16xi32>, %w: memref<2x20x128xi8>, %out: memref<40x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<3x5x16x64xi8>, memref<3x16xi32>) kernel(%w : memref<2x20x128xi8>) outs(%out : memref<40x64xi32>)
  return
}

// A register of tiles has one shape in a function. Where tiles of as many rows as
// there are tokens would take more than the eight there are, all are whole, and
// what is computed of the rows behind the last token is not written.

// CHECK-LABEL: func @shapes(
// TILES-SAME:    no_inline
// TILES-NOT:     !amx.tile<{{[3579]}}x
// TILES-COUNT-6: amx.tile_muli {{.*}} : !amx.tile<16x64xi8>, !amx.tile<16x64xi8>, !amx.tile<16x16xi32>
// TILES-NOT:     amx.tile_muli
// TILES-NOT:     !amx.tile<{{[3579]}}x
// CHECK:         return
func.func @shapes(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x128xi8>, %a: memref<3x64xi32>, %b: memref<5x64xi32>, %c: memref<7x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%a : memref<3x64xi32>)
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%b : memref<5x64xi32>)
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%c : memref<7x64xi32>)
  return
}

// For an unknown number there are versions for 1, 2, 16, 32 and more tokens, whose
// last tile may have no other one beside it.

// CHECK-LABEL: func @any(
// TILES:         arith.cmpi ule, %[[N:.*]], %c1
// TILES:         arith.cmpi ule, %[[N]], %c2
// TILES:         arith.cmpi ule, %[[N]], %c16
// TILES-COUNT-2: amx.tile_muli
// TILES-NOT:     amx.tile_muli
// TILES:         arith.cmpi ule, %[[N]], %c32
// TILES-COUNT-4: amx.tile_muli
// TILES-NOT:     amx.tile_muli
// TILES:         scf.for
// TILES-COUNT-4: amx.tile_muli
// TILES-NOT:     amx.tile_muli
// TILES:         scf.if
// TILES-COUNT-2: amx.tile_muli
// TILES-NOT:     amx.tile_muli
// CHECK:         return
func.func @any(%t: memref<?x1x16x64xi8>, %s: memref<?x16xi32>, %w: memref<2x4x128xi8>, %out: memref<?x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<?x1x16x64xi8>, memref<?x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<?x64xi32>)
  return
}

// Of no tokens nothing is computed.

// CHECK-LABEL: func @none(
// CHECK-NEXT:    return
func.func @none(%t: memref<0x1x16x64xi8>, %s: memref<0x16xi32>, %w: memref<2x4x128xi8>, %out: memref<0x64xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<0x1x16x64xi8>, memref<0x16xi32>) kernel(%w : memref<2x4x128xi8>) outs(%out : memref<0x64xi32>)
  return
}

// What does not fill a tile of 16 outputs is computed on vectors.

// CHECK-LABEL: func @rows(
// TILES-NOT:     amx
// TILES:         mml.byte_dot {{.*}} : vector<4xi32>, vector<16xi8>
// CHECK:         return
func.func @rows(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<2x4x48xi8>, %out: memref<4x24xi32>) {
  mml.contract_packed #mml.dot<rows = 12> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<2x4x48xi8>) outs(%out : memref<4x24xi32>)
  return
}

// Tensors are left alone.

// CHECK-LABEL: func @tensors(
// CHECK:         mml.contract_packed
func.func @tensors(%t: tensor<1x1x16x64xi8>, %s: tensor<1x16xi32>, %w: tensor<2x4x128xi8>, %out: tensor<4x64xi32>) -> tensor<4x64xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<1x1x16x64xi8>, tensor<1x16xi32>) kernel(%w : tensor<2x4x128xi8>) outs(%out : tensor<4x64xi32>) -> tensor<4x64xi32>
  return %r : tensor<4x64xi32>
}
