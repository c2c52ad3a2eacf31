// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What no operation of the core form may say. Each case names the operation and
// the constraint of its definition.

// QuantizeOp (C1)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<f32>) {
  // expected-error @below {{expected a quantizer to integers but got #mml.absmean<}}
  %0:2 = mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<f32>) -> tensor<4x8xi8>, tensor<f32>
  return
}

// -----

// QuantizeOp (C2)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x9xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected integers of the shape of 'tensor<4x8xf32>', of rank 1 or more, but got 'tensor<4x9xi8>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x9xi8>, tensor<4xf32>) -> tensor<4x9xi8>, tensor<4xf32>
  return
}

// -----

// QuantizeOp (C2)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<f32>, %q: tensor<i8>, %s: tensor<f32>) {
  // expected-error @below {{expected integers of the shape of 'tensor<f32>', of rank 1 or more, but got 'tensor<i8>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<f32>) outs(%q, %s : tensor<i8>, tensor<f32>) -> tensor<i8>, tensor<f32>
  return
}

// -----

// QuantizeOp (C2): the ranks differ.
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: memref<4x8xf32>, %q: memref<4xi8>, %s: memref<4xf32>) {
  // expected-error @below {{expected integers of the shape of 'memref<4x8xf32>', of rank 1 or more, but got 'memref<4xi8>'}}
  mml.quantize #q ins(%x : memref<4x8xf32>) outs(%q, %s : memref<4xi8>, memref<4xf32>)
  return
}

// -----

// QuantizeOp (C3)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<?x8xf32>, %q: tensor<?x8xi8>, %s: tensor<f32>) {
  // expected-error @below {{expected scales of shape [-9223372036854775808] for per = token but got 'tensor<f32>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<?x8xf32>) outs(%q, %s : tensor<?x8xi8>, tensor<f32>) -> tensor<?x8xi8>, tensor<f32>
  return
}

// -----

// QuantizeOp (C3)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<8xf32>) {
  // expected-error @below {{expected scales of shape [4] for per = token but got 'tensor<8xf32>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<8xf32>) -> tensor<4x8xi8>, tensor<8xf32>
  return
}

// -----

// QuantizeOp (C3)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected scales of shape [] for per = tensor but got 'tensor<4xf32>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

// QuantizeOp (C5)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<f32>) {
  // expected-error @below {{expected axes only with per = token but got #mml.absmax<}}
  %0:2 = mml.quantize #q axes([1]) ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<f32>) -> tensor<4x8xi8>, tensor<f32>
  return
}

// -----

// QuantizeOp (C5)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected an axis from 0 to 1 but got 2}}
  %0:2 = mml.quantize #q axes([2]) ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

// QuantizeOp (C5)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: memref<4x8xf32>, %q: memref<4x8xi8>, %s: memref<f32>) {
  // expected-error @below {{expected ascending axes but got 0 behind 1}}
  mml.quantize #q axes([1, 0]) ins(%x : memref<4x8xf32>) outs(%q, %s : memref<4x8xi8>, memref<f32>)
  return
}

// -----

// QuantizeOp (C3) and QuantizeOp (C5): a group along two axes.
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x2x8xf32>, %q: tensor<4x2x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected scales of shape [2] for per = token but got 'tensor<4xf32>'}}
  %0:2 = mml.quantize #q axes([0, 2]) ins(%x : tensor<4x2x8xf32>) outs(%q, %s : tensor<4x2x8xi8>, tensor<4xf32>) -> tensor<4x2x8xi8>, tensor<4xf32>
  return
}

// -----

// QuantizeOp (C4)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: memref<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected operands that are all tensors or all memrefs}}
  mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : memref<4x8xi8>, tensor<4xf32>)
  return
}

// -----

// QuantizeOp (C4)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: memref<4x8xf32>, %q: memref<4x8xi8>, %s: memref<4xf32>) {
  // expected-error @below {{expected no results with memrefs}}
  %0:2 = mml.quantize #q ins(%x : memref<4x8xf32>) outs(%q, %s : memref<4x8xi8>, memref<4xf32>) -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

// QuantizeOp (C4)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected 2 results but got 0}}
  mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>)
  return
}

// -----

// QuantizeOp (C4)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<4x8xf32>, %q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @below {{expected a result of type 'tensor<4xf32>' but got 'tensor<?xf32>'}}
  %0:2 = mml.quantize #q ins(%x : tensor<4x8xf32>) outs(%q, %s : tensor<4x8xi8>, tensor<4xf32>) -> tensor<4x8xi8>, tensor<?xf32>
  return
}

// -----

// TernarizeOp (C1)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: tensor<4xf32>) {
  // expected-error @below {{expected a quantizer to trits but got #mml.absmax<}}
  %0:2 = mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, tensor<4xf32>) -> tensor<4x8x!mml.trit>, tensor<4xf32>
  return
}

// -----

// TernarizeOp (C2)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<8x4x!mml.trit>, %s: tensor<f32>) {
  // expected-error @below {{expected trits of the shape of 'tensor<4x8xf32>', of rank 1 or more, but got 'tensor<8x4x!mml.trit>'}}
  %0:2 = mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<8x4x!mml.trit>, tensor<f32>) -> tensor<8x4x!mml.trit>, tensor<f32>
  return
}

// -----

// TernarizeOp (C2)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<f32>, %t: tensor<!mml.trit>, %s: tensor<f32>) {
  // expected-error @below {{expected trits of the shape of 'tensor<f32>', of rank 1 or more, but got 'tensor<!mml.trit>'}}
  %0:2 = mml.ternarize #q ins(%w : tensor<f32>) outs(%t, %s : tensor<!mml.trit>, tensor<f32>) -> tensor<!mml.trit>, tensor<f32>
  return
}

// -----

// TernarizeOp (C2)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>, %s: tensor<f32>) {
  // expected-error @below {{expected trits without an encoding but got 'tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>'}}
  %0:2 = mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>, tensor<f32>) -> tensor<4x8x!mml.trit, #mml.tiled<rows = 32>>, tensor<f32>
  return
}

// -----

// TernarizeOp (C3)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: tensor<8xf32>) {
  // expected-error @below {{expected scales of shape [] for per = tensor but got 'tensor<8xf32>'}}
  %0:2 = mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, tensor<8xf32>) -> tensor<4x8x!mml.trit>, tensor<8xf32>
  return
}

// -----

// TernarizeOp (C3)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = channel>
func.func @f(%w: memref<4x8xf32>, %t: memref<4x8x!mml.trit>, %s: memref<4xf32>) {
  // expected-error @below {{expected scales of shape [8] for per = channel but got 'memref<4xf32>'}}
  mml.ternarize #q ins(%w : memref<4x8xf32>) outs(%t, %s : memref<4x8x!mml.trit>, memref<4xf32>)
  return
}

// -----

// TernarizeOp (C4)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: memref<f32>) {
  // expected-error @below {{expected operands that are all tensors or all memrefs}}
  mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, memref<f32>)
  return
}

// -----

// TernarizeOp (C4)
#q = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%w: tensor<4x8xf32>, %t: tensor<4x8x!mml.trit>, %s: tensor<f32>) {
  // expected-error @below {{expected a result of type 'tensor<4x8x!mml.trit>' but got 'tensor<4x?x!mml.trit>'}}
  %0:2 = mml.ternarize #q ins(%w : tensor<4x8xf32>) outs(%t, %s : tensor<4x8x!mml.trit>, tensor<f32>) -> tensor<4x?x!mml.trit>, tensor<f32>
  return
}

// -----

// ContractOp (C1)
func.func @f(%a: tensor<2x4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected operands of rank 2, or all of rank 3, but got 'tensor<2x4x8xf32>', 'tensor<8x3x!mml.trit>' and 'tensor<4x3xf32>'}}
  %0 = mml.contract ins(%a, %w : tensor<2x4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// ContractOp (C1): batches
func.func @f(%a: tensor<2x4x8xf32>, %w: tensor<3x8x3x!mml.trit>, %c: tensor<2x4x3xf32>) {
  // expected-error @below {{expected shapes N x K, K x M and N x M behind the batch but got 'tensor<2x4x8xf32>', 'tensor<3x8x3x!mml.trit>' and 'tensor<2x4x3xf32>'}}
  %0 = mml.contract ins(%a, %w : tensor<2x4x8xf32>, tensor<3x8x3x!mml.trit>) outs(%c : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return
}

// -----

// ContractOp (C1): K
func.func @f(%a: tensor<4x8xf32>, %w: tensor<9x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected shapes N x K, K x M and N x M but got 'tensor<4x8xf32>', 'tensor<9x3x!mml.trit>' and 'tensor<4x3xf32>'}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xf32>, tensor<9x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// ContractOp (C1): N
func.func @f(%a: memref<4x8xf32>, %w: memref<8x3x!mml.trit>, %c: memref<5x3xf32>) {
  // expected-error @below {{expected shapes N x K, K x M and N x M but got}}
  mml.contract ins(%a, %w : memref<4x8xf32>, memref<8x3x!mml.trit>) outs(%c : memref<5x3xf32>)
  return
}

// -----

// ContractOp (C1): M
func.func @f(%a: tensor<4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x2xf32>) {
  // expected-error @below {{expected shapes N x K, K x M and N x M but got}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

// ContractOp (C2)
func.func @f(%a: tensor<4x8xi8>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected an out of i32 with an lhs of 'i8' but got 'f32'}}
  %0 = mml.contract bound(128) ins(%a, %w : tensor<4x8xi8>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// ContractOp (C2)
func.func @f(%a: tensor<4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected an out of f32 with an lhs of 'f32' but got 'i32'}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C2)
func.func @f(%a: tensor<4x8xi8>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a bound with integers, and only there}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xi8>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C2)
func.func @f(%a: tensor<4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected a bound with integers, and only there}}
  %0 = mml.contract bound(128) ins(%a, %w : tensor<4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x8xi8>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a bound from 1 to 128 but got 0}}
  %0 = mml.contract bound(0) ins(%a, %w : tensor<4x8xi8>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x8xi8>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a bound from 1 to 128 but got 129}}
  %0 = mml.contract bound(129) ins(%a, %w : tensor<4x8xi8>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x8xi8>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a bound from 1 to 128 but got -1}}
  %0 = mml.contract bound(-1) ins(%a, %w : tensor<4x8xi8>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x?xi8>, %w: tensor<?x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a static number of products, whose sum is proved to fit an i32}}
  %0 = mml.contract bound(128) ins(%a, %w : tensor<4x?xi8>, tensor<?x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x?xi8>, %w: tensor<16777216x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a sum of at most 16777215 products of magnitude 128, which fits an i32, but got 16777216}}
  %0 = mml.contract bound(128) ins(%a, %w : tensor<4x?xi8>, tensor<16777216x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x16909321xi8>, %w: tensor<?x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a sum of at most 16909320 products of magnitude 127, which fits an i32, but got 16909321}}
  %0 = mml.contract bound(127) ins(%a, %w : tensor<4x16909321xi8>, tensor<?x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C3)
func.func @f(%a: tensor<4x2147483648xi8>, %w: tensor<2147483648x3x!mml.trit>, %c: tensor<4x3xi32>) {
  // expected-error @below {{expected a sum of at most 2147483647 products of magnitude 1, which fits an i32, but got 2147483648}}
  %0 = mml.contract bound(1) ins(%a, %w : tensor<4x2147483648xi8>, tensor<2147483648x3x!mml.trit>) outs(%c : tensor<4x3xi32>) -> tensor<4x3xi32>
  return
}

// -----

// ContractOp (C4)
func.func @f(%a: tensor<4x8xf32>, %w: memref<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected operands that are all tensors or all memrefs}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xf32>, memref<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// ContractOp (C4)
func.func @f(%a: tensor<4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected a result of type 'tensor<4x3xf32>' but got 'tensor<?x3xf32>'}}
  %0 = mml.contract ins(%a, %w : tensor<4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

// ContractOp (C4)
func.func @f(%a: tensor<4x8xf32>, %w: tensor<8x3x!mml.trit>, %c: tensor<4x3xf32>) {
  // expected-error @below {{expected 1 results but got 0}}
  mml.contract ins(%a, %w : tensor<4x8xf32>, tensor<8x3x!mml.trit>) outs(%c : tensor<4x3xf32>)
  return
}

// -----

// RescaleOp (C1)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x9xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected an input and an out of rank 2 or 3 and the same shape but got 'tensor<4x8xi32>' and 'tensor<4x9xf32>'}}
  %0 = mml.rescale row(%s divides : tensor<f32>) ins(%a : tensor<4x8xi32>) outs(%f : tensor<4x9xf32>) -> tensor<4x9xf32>
  return
}

// -----

// RescaleOp (C1)
func.func @f(%a: tensor<4x8x2x3xi32>, %f: tensor<4x8x2x3xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected an input and an out of rank 2 or 3 and the same shape}}
  %0 = mml.rescale row(%s divides : tensor<f32>) ins(%a : tensor<4x8x2x3xi32>) outs(%f : tensor<4x8x2x3xf32>) -> tensor<4x8x2x3xf32>
  return
}

// -----

// RescaleOp (C2)
func.func @f(%a: memref<4x8xi32>, %f: memref<4x8xf32>) {
  // expected-error @below {{expected a row scale or a column scale}}
  mml.rescale ins(%a : memref<4x8xi32>) outs(%f : memref<4x8xf32>)
  return
}

// -----

// RescaleOp (C2)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected a row scale of rank 0 or of shape [4] but got 'tensor<8xf32>'}}
  %0 = mml.rescale row(%s divides : tensor<8xf32>) ins(%a : tensor<4x8xi32>) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// RescaleOp (C2)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x8xf32>, %s: tensor<1x8xf32>) {
  // expected-error @below {{expected a column scale of rank 0 or of shape [8] but got 'tensor<1x8xf32>'}}
  %0 = mml.rescale column(%s divides : tensor<1x8xf32>) ins(%a : tensor<4x8xi32>) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// RescaleOp (C2): batches
func.func @f(%a: tensor<2x4x8xi32>, %f: tensor<2x4x8xf32>, %s: tensor<2x4xf32>) {
  // expected-error @below {{expected a column scale of rank 0 or of shape [2, 8] but got 'tensor<2x4xf32>'}}
  %0 = mml.rescale row(%s divides : tensor<2x4xf32>) column(%s divides : tensor<2x4xf32>) ins(%a : tensor<2x4x8xi32>) outs(%f : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return
}

// -----

// RescaleOp (C3)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x8xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected a direction with a row scale, and only there}}
  %0 = "mml.rescale"(%a, %s, %f) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>}> : (tensor<4x8xi32>, tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// RescaleOp (C3)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x8xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected a direction with a column scale, and only there}}
  %0 = "mml.rescale"(%a, %s, %f) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>, row_direction = #mml<scale_direction divides>, column_direction = #mml<scale_direction divides>}> : (tensor<4x8xi32>, tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// RescaleOp (C4)
func.func @f(%a: tensor<4x8xi32>, %f: memref<4x8xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected operands that are all tensors or all memrefs}}
  mml.rescale row(%s divides : tensor<f32>) ins(%a : tensor<4x8xi32>) outs(%f : memref<4x8xf32>)
  return
}

// -----

// RescaleOp (C4)
func.func @f(%a: tensor<4x8xi32>, %f: tensor<4x8xf32>, %s: tensor<f32>) {
  // expected-error @below {{expected a result of type 'tensor<4x8xf32>' but got 'tensor<4x?xf32>'}}
  %0 = mml.rescale row(%s divides : tensor<f32>) ins(%a : tensor<4x8xi32>) outs(%f : tensor<4x8xf32>) -> tensor<4x?xf32>
  return
}

// -----

// StorageOp (C1)
func.func @f(%w: tensor<8x9x!mml.trit>) {
  // expected-error @below {{expected a result of type 'tensor<8x9xi8>' but got 'tensor<8x9xi16>'}}
  %0 = mml.storage %w : tensor<8x9x!mml.trit> -> tensor<8x9xi16>
  return
}

// -----

// StorageOp (C1)
func.func @f(%w: tensor<9x5x!mml.trit, #mml.tiled<rows = 4>>) {
  // expected-error @below {{expected a result of type 'tensor<2x2x4xi16>' but got 'tensor<9x5xi8>'}}
  %0 = mml.storage %w : tensor<9x5x!mml.trit, #mml.tiled<rows = 4>> -> tensor<9x5xi8>
  return
}
