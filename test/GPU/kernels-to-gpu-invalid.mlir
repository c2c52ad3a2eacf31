// RUN: mml-opt %s --mml-convert-kernels-to-gpu --split-input-file --verify-diagnostics
// RUN: not mml-opt %s --mml-convert-kernels-to-gpu=chip=sm_50 2>&1 | FileCheck %s
// CHECK: error: expected a GPU of sm_75 or newer but got 'sm_50'

func.func @rows(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x4x64xi8>, %y: memref<1x16xi32>) {
  // expected-error @below {{expected the layout #mml.dot<rows = 32> but got #mml.dot<rows = 16>}}
  mml.contract_packed #mml.dot<rows = 16> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
      kernel(%w : memref<1x4x64xi8>) outs(%y : memref<1x16xi32>)
  return
}

// -----

func.func @mixed(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %quads: memref<1x1x16x192xi8>, %tables: memref<1x1x4x128x32xi16>, %w: memref<1x4x128xi8>, %y: memref<1x32xi32>) {
  // expected-error @below {{expected the layout #mml.dot<rows = 32> but got #mml.dot<rows = 32, mixed = true>}}
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%tiles, %sums, %quads, %tables : memref<1x1x16x64xi8>, memref<1x16xi32>, memref<1x1x16x192xi8>, memref<1x1x4x128x32xi16>)
      kernel(%w : memref<1x4x128xi8>) outs(%y : memref<1x32xi32>)
  return
}

// -----

func.func @tile(%tiles: memref<9x1x16x64xi8>, %sums: memref<9x16xi32>, %w: memref<1x4x128xi8>, %y: memref<144x32xi32>) {
  // expected-error @below {{expected a tile of at most 128 tokens and 256 outputs}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<9x1x16x64xi8>, memref<9x16xi32>)
      kernel(%w : memref<1x4x128xi8>) outs(%y : memref<144x32xi32>)
  return
}

// -----

func.func @steps(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x4x128xi8>, %y: memref<1x32xi32>, %step: index) {
  // expected-error @below {{expected constant steps}}
  scf.forall (%i) = (0) to (1) step (%step) {
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
        kernel(%w : memref<1x4x128xi8>) outs(%y : memref<1x32xi32>)
  }
  return
}

// -----

func.func @two(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x4x128xi8>, %y: memref<1x32xi32>) {
  // expected-error @below {{expected one contraction in a tile}}
  scf.forall (%i) in (1) {
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
        kernel(%w : memref<1x4x128xi8>) outs(%y : memref<1x32xi32>)
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
        kernel(%w : memref<1x4x128xi8>) outs(%y : memref<1x32xi32>)
  }
  return
}

// -----

func.func @transposed(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x4x128xi8>, %y: memref<32x1xi32>) {
  scf.forall (%i) in (1) {
    %s = memref.alloc() : memref<1x32xi32>
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
        kernel(%w : memref<1x4x128xi8>) outs(%s : memref<1x32xi32>)
    // expected-error @below {{cannot run in a tile of a contraction on a GPU}}
    linalg.transpose ins(%s : memref<1x32xi32>) outs(%y : memref<32x1xi32>) permutation = [1, 0]
  }
  return
}

// -----

func.func @other(%tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x4x128xi8>, %y: memref<1x32xi32>) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (1) {
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
        kernel(%w : memref<1x4x128xi8>) outs(%y : memref<1x32xi32>)
    // expected-error @below {{cannot run in a tile of a contraction on a GPU}}
    %v = memref.load %y[%c0, %c0] : memref<1x32xi32>
    // The other operations would be fine.
    %v2 = arith.addi %v, %v : i32
    memref.store %v2, %y[%c0, %c0] : memref<1x32xi32>
  }
  return
}

// -----

func.func @parts(%tiles: memref<1x2x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x8x128xi8>, %y: memref<16x32xi32>) {
  // expected-error @below {{expected 'depth_parts' to be 1, or parts and tiles, but got array<i64: 2>}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x2x16x64xi8>, memref<1x16xi32>)
      kernel(%w : memref<1x8x128xi8>) outs(%y : memref<16x32xi32>) {depth_parts = array<i64: 2>}
  return
}

// -----

func.func @text(%tiles: memref<1x2x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x8x128xi8>, %y: memref<16x32xi32>) {
  // expected-error @below {{expected 'depth_parts' to be 1, or parts and tiles, but got "2"}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x2x16x64xi8>, memref<1x16xi32>)
      kernel(%w : memref<1x8x128xi8>) outs(%y : memref<16x32xi32>) {depth_parts = "2"}
  return
}

// -----

// Three parts of four tiles are two with two tiles and an empty one.
func.func @empty_part(%tiles: memref<1x4x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<1x16x128xi8>, %y: memref<16x32xi32>) {
  // expected-error @below {{expected parts of a depth of 4 tiles but got array<i64: 3, 1>}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x4x16x64xi8>, memref<1x16xi32>)
      kernel(%w : memref<1x16x128xi8>) outs(%y : memref<16x32xi32>) {depth_parts = array<i64: 3, 1>}
  return
}

// -----

func.func @more_tiles(%tiles: memref<1x2x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<2x8x128xi8>, %y: memref<16x64xi32>) {
  scf.forall (%j) = (0) to (64) step (32) {
    %block = affine.apply affine_map<(d0) -> (d0 floordiv 32)>(%j)
    %part = memref.subview %w[%block, 0, 0] [1, 8, 128] [1, 1, 1] : memref<2x8x128xi8> to memref<1x8x128xi8, strided<[1024, 128, 1], offset: ?>>
    %out = memref.subview %y[0, %j] [16, 32] [1, 1] : memref<16x64xi32> to memref<16x32xi32, strided<[64, 1], offset: ?>>
    // expected-error @below {{expected at most 1 tiles with parts but there are 2}}
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x2x16x64xi8>, memref<1x16xi32>)
        kernel(%part : memref<1x8x128xi8, strided<[1024, 128, 1], offset: ?>>) outs(%out : memref<16x32xi32, strided<[64, 1], offset: ?>>)
        {depth_parts = array<i64: 2, 1>}
  }
  return
}
