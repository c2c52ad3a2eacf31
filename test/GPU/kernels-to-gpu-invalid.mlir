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

func.func @pack(%x: memref<1x64xi8>, %tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>) {
  // expected-error @below {{expected the layout #mml.dot<rows = 32> but got #mml.dot<rows = 16>}}
  mml.pack_activations #mml.dot<rows = 16> ins(%x : memref<1x64xi8>) outs(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
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
