// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What operations in a packed layout refuse. Each case names the operation and
// the constraint of its definition.

// PackActivationsOp (C1)
func.func @f(%x: memref<4x2x8xi8>, %t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>) {
  // expected-error @below {{'mml.pack_activations' op expected an input of rank 2 and a static depth but got 'memref<4x2x8xi8>'}}
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<4x2x8xi8>) outs(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// PackActivationsOp (C1)
func.func @f(%x: memref<4x?xi8>, %t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>) {
  // expected-error @below {{'mml.pack_activations' op expected an input of rank 2 and a static depth but got 'memref<4x?xi8>'}}
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<4x?xi8>) outs(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// PackActivationsOp (C2)
func.func @f(%x: memref<17x65xi8>, %t: memref<2x1x16x64xi8>, %s: memref<2x16xi32>) {
  // expected-error @below {{'mml.pack_activations' op expected activations of 'tensor<2x2x16x64xi8>', 'tensor<2x16xi32>' but got 'memref<2x1x16x64xi8>', 'memref<2x16xi32>'}}
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<17x65xi8>) outs(%t, %s : memref<2x1x16x64xi8>, memref<2x16xi32>)
  return
}

// -----

// PackActivationsOp (C2)
func.func @f(%x: memref<?x64xi8>, %t: memref<?x1x16x64xi8>) {
  // expected-error @below {{'mml.pack_activations' op expected activations of 'tensor<?x1x16x64xi8>', 'tensor<?x16xi32>' but got 'memref<?x1x16x64xi8>'}}
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<?x64xi8>) outs(%t : memref<?x1x16x64xi8>)
  return
}

// -----

// PackActivationsOp (C3)
func.func @f(%x: tensor<16x64xi8>, %t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>) {
  // expected-error @below {{'mml.pack_activations' op expected operands that are all tensors or all memrefs}}
  mml.pack_activations #mml.dot<rows = 32> ins(%x : tensor<16x64xi8>) outs(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// ContractPackedOp (C1)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x4x8xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected an out of i32 and rank 2 but got 'memref<16x4x8xi32>'}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x4x8xi32>)
  return
}

// -----

// ContractPackedOp (C1)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x32xf32>) {
  // expected-error @below {{'mml.contract_packed' op expected an out of i32 and rank 2 but got 'memref<16x32xf32>'}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x32xf32>)
  return
}

// -----

// ContractPackedOp (C2)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x?x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected a kernel of rank 3 and a static depth but got 'memref<1x?x128xi8>'}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x?x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C2): another layout's rows
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected a kernel of 'tensor<2x4x64xi8>' but got 'memref<1x4x128xi8>'}}
  mml.contract_packed #mml.dot<rows = 16> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C3): another depth
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x5x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected activations of 'tensor<1x2x16x64xi8>', 'tensor<1x16xi32>' but got 'memref<1x1x16x64xi8>', 'memref<1x16xi32>'}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x5x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C4)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected a bound from 1 to 128 but got 129}}
  mml.contract_packed #mml.dot<rows = 32> bound(129) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C5)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: tensor<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected operands that are all tensors or all memrefs}}
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : tensor<16x32xi32>) -> tensor<16x32xi32>
  return
}

// -----

// PackActivationsOp (C2): floats lie as they are
func.func @f(%x: memref<16x64xi8>, %t: memref<16x64xf32>) {
  // expected-error @below {{'mml.pack_activations' op expected a layout of i8 but got #mml.word_lookup<rows = 16>}}
  mml.pack_activations #mml.word_lookup<rows = 16> ins(%x : memref<16x64xi8>) outs(%t : memref<16x64xf32>)
  return
}

// -----

// ContractPackedOp (C1)
func.func @f(%x: memref<3x36xf32>, %w: memref<1x2x16xi32>, %out: memref<3x16xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected an out of f32 and rank 2 but got 'memref<3x16xi32>'}}
  mml.contract_packed #mml.word_lookup<rows = 16> ins(%x : memref<3x36xf32>) kernel(%w : memref<1x2x16xi32>) outs(%out : memref<3x16xi32>)
  return
}

// -----

// ContractPackedOp (C2)
func.func @f(%x: memref<3x36xf32>, %w: memref<1x2x16xi8>, %out: memref<3x16xf32>) {
  // expected-error @below {{'mml.contract_packed' op expected a kernel of 'tensor<1x2x16xi32>' but got 'memref<1x2x16xi8>'}}
  mml.contract_packed #mml.word_lookup<rows = 16> ins(%x : memref<3x36xf32>) kernel(%w : memref<1x2x16xi8>) outs(%out : memref<3x16xf32>)
  return
}

// -----

// ContractPackedOp (C3)
func.func @f(%x: memref<3x18xf32>, %w: memref<1x2x16xi32>, %out: memref<3x16xf32>) {
  // expected-error @below {{'mml.contract_packed' op expected activations of 'tensor<3x36xf32>' but got 'memref<3x18xf32>'}}
  mml.contract_packed #mml.word_lookup<rows = 16> ins(%x : memref<3x18xf32>) kernel(%w : memref<1x2x16xi32>) outs(%out : memref<3x16xf32>)
  return
}

// -----

// ContractPackedOp (C4)
func.func @f(%x: memref<3x36xf32>, %w: memref<1x2x16xi32>, %out: memref<3x16xf32>) {
  // expected-error @below {{'mml.contract_packed' op expected a bound with integers, and only there}}
  mml.contract_packed #mml.word_lookup<rows = 16> bound(128) ins(%x : memref<3x36xf32>) kernel(%w : memref<1x2x16xi32>) outs(%out : memref<3x16xf32>)
  return
}

// -----

// ContractPackedOp (C4)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected a bound with integers, and only there}}
  mml.contract_packed #mml.dot<rows = 32> ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// PackActivationsOp (C2): tables lie beside the bytes
func.func @f(%x: memref<16x64xi8>, %t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>) {
  // expected-error @below {{'mml.pack_activations' op expected activations of 'tensor<1x1x16x64xi8>', 'tensor<1x16xi32>', 'tensor<1x1x16x192xi8>', 'tensor<1x1x4x128x32xi16>' but got 'memref<1x1x16x64xi8>', 'memref<1x16xi32>'}}
  mml.pack_activations #mml.dot<rows = 32, mixed = true> ins(%x : memref<16x64xi8>) outs(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// ContractPackedOp (C2)
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %q: memref<1x1x16x192xi8>, %l: memref<1x1x4x128x32xi16>, %w: memref<1x4x64xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected a kernel of 'tensor<1x4x128xi8>' but got 'memref<1x4x64xi8>'}}
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : memref<1x1x16x64xi8>, memref<1x16xi32>, memref<1x1x16x192xi8>, memref<1x1x4x128x32xi16>) kernel(%w : memref<1x4x64xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C3): without the tables
func.func @f(%t: memref<1x1x16x64xi8>, %s: memref<1x16xi32>, %w: memref<1x4x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected activations of 'tensor<1x1x16x64xi8>', 'tensor<1x16xi32>', 'tensor<1x1x16x192xi8>', 'tensor<1x1x4x128x32xi16>' but got 'memref<1x1x16x64xi8>', 'memref<1x16xi32>'}}
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s : memref<1x1x16x64xi8>, memref<1x16xi32>) kernel(%w : memref<1x4x128xi8>) outs(%out : memref<16x32xi32>)
  return
}

// -----

// ContractPackedOp (C3): tables of another depth
func.func @f(%t: memref<1x5x16x64xi8>, %s: memref<1x16xi32>, %q: memref<1x1x16x192xi8>, %l: memref<1x1x4x128x32xi16>, %w: memref<1x19x128xi8>, %out: memref<16x32xi32>) {
  // expected-error @below {{'mml.contract_packed' op expected activations of 'tensor<1x5x16x64xi8>', 'tensor<1x16xi32>', 'tensor<1x2x16x192xi8>', 'tensor<1x2x4x128x32xi16>' but got 'memref<1x5x16x64xi8>', 'memref<1x16xi32>', 'memref<1x1x16x192xi8>', 'memref<1x1x4x128x32xi16>'}}
  mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : memref<1x5x16x64xi8>, memref<1x16xi32>, memref<1x1x16x192xi8>, memref<1x1x4x128x32xi16>) kernel(%w : memref<1x19x128xi8>) outs(%out : memref<16x32xi32>)
  return
}
