// RUN: mml-opt %s --mml-convert-linalg-to-gpu --split-input-file --verify-diagnostics
// RUN: not mml-opt %s --mml-convert-linalg-to-gpu=block-threads=100 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not mml-opt %s --mml-convert-linalg-to-gpu=block-threads=2048 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not mml-opt %s --mml-convert-linalg-to-gpu=block-threads=0 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: error: expected the threads of a block to be a multiple of 32 up to 1024 but got {{100|2048|0}}

func.func @vectors(%x: memref<4xf32>) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'vector.load' op cannot run on a GPU}}
  %v = vector.load %x[%c0] : memref<4xf32>, vector<4xf32>
  return %v : vector<4xf32>
}

// -----

func.func @lookup(%x: memref<1x15xi8>, %tables: memref<1x5x64xi8>) {
  // expected-error @below {{cannot run on a GPU}}
  mml.pack_activations #mml.lookup<rows = 64> ins(%x : memref<1x15xi8>) outs(%tables : memref<1x5x64xi8>)
  return
}
