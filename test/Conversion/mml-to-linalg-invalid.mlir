// RUN: mml-opt %s --convert-mml-to-linalg --split-input-file --verify-diagnostics

// Layers are taken apart before.

func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) -> tensor<?x2xf32> {
  // expected-error @below {{failed to legalize operation 'mml.dense'}}
  %0 = mml.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// A contraction of packed trits has a kernel of its own.

func.func @packed(%x: tensor<?x8xi8>, %w: tensor<8x4x!mml.trit, #mml.tiled<rows = 4>>, %out: tensor<?x4xi32>) -> tensor<?x4xi32> {
  // expected-error @below {{failed to legalize operation 'mml.contract'}}
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x8xi8>, tensor<8x4x!mml.trit, #mml.tiled<rows = 4>>) outs(%out : tensor<?x4xi32>) -> tensor<?x4xi32>
  return %0 : tensor<?x4xi32>
}

// -----

// A tensor of packed trits has no slices.

func.func @slice(%w: tensor<8x4x!mml.trit, #mml.tiled<rows = 4>>) -> tensor<8x2x!mml.trit> {
  // expected-error @below {{failed to legalize operation 'tensor.extract_slice'}}
  %0 = tensor.extract_slice %w[0, 0] [8, 2] [1, 1] : tensor<8x4x!mml.trit, #mml.tiled<rows = 4>> to tensor<8x2x!mml.trit>
  return %0 : tensor<8x2x!mml.trit>
}

// -----

// One trit alone has no storage.

func.func @element(%w: tensor<4x!mml.trit>) -> !mml.trit {
  %c0 = arith.constant 0 : index
  // expected-error @below {{failed to legalize operation 'tensor.extract'}}
  %0 = tensor.extract %w[%c0] : tensor<4x!mml.trit>
  return %0 : !mml.trit
}

// -----

func.func @padding(%w: tensor<4x!mml.trit>, %t: !mml.trit) -> tensor<5x!mml.trit> {
  // expected-error @below {{failed to legalize operation 'tensor.pad'}}
  %0 = tensor.pad %w low[0] high[1] {
  ^bb0(%i: index):
    tensor.yield %t : !mml.trit
  } : tensor<4x!mml.trit> to tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}

// -----

// A terabyte that is said in one value is not written out.

func.func @huge() -> tensor<1000000x1000000x!mml.trit> {
  // expected-error @below {{failed to legalize operation 'mml.constant'}}
  %0 = mml.constant #mml.trits<dense<0> : tensor<1000000x1000000xi8>> : tensor<1000000x1000000x!mml.trit>
  return %0 : tensor<1000000x1000000x!mml.trit>
}
