// RUN: mml-opt %s --transform-interpreter --split-input-file --verify-diagnostics

// Constraints of the operations.

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    // MatchContractionsOp (C1)
    // expected-error @below {{expected depth of 0 or more but got -2}}
    %c = transform.mml.match_contractions in %root depth(-2) : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.consumed}) {
    // TileContractionOp (C1)
    // expected-error @below {{expected tokens that are a multiple of 16 up to 65536 but got 24}}
    %l = transform.mml.tile_contraction %root tokens(24) : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.consumed}) {
    // TileContractionOp (C2)
    // expected-error @below {{expected outputs of 0 or more but got -32}}
    %l = transform.mml.tile_contraction %root outputs(-32) : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// What cannot be transformed is a failure that a schedule may go on after.

module attributes {transform.with_named_sequence} {
  // expected-note @below {{this operation}}
  func.func @f() {
    return
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %root : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected an mml.contract}}
    transform.mml.pack_weights %f layout(#mml.dot<rows = 32>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @variable(%x: tensor<1x8xi8>, %t: tensor<8x4x!mml.trit>, %i: tensor<1x4xi32>) -> tensor<1x4xi32> {
    // expected-note @below {{this operation}}
    %0 = mml.contract bound(128) ins(%x, %t : tensor<1x8xi8>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xi32>) -> tensor<1x4xi32>
    return %0 : tensor<1x4xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected constant trits without a layout}}
    transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @floats(%x: tensor<1x8xf32>, %i: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    // expected-note @below {{this operation}}
    %0 = mml.contract ins(%x, %w : tensor<1x8xf32>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
    return %0 : tensor<1x4xf32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected #mml.tiled or #mml.word_lookup for activations that are floats}}
    transform.mml.pack_weights %c layout(#mml.lookup<rows = 16>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @integers(%x: tensor<1x8xi8>, %i: tensor<1x4xi32>) -> tensor<1x4xi32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    // expected-note @below {{this operation}}
    %0 = mml.contract bound(128) ins(%x, %w : tensor<1x8xi8>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xi32>) -> tensor<1x4xi32>
    return %0 : tensor<1x4xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected #mml.tiled, #mml.dot or #mml.lookup for activations that are integers}}
    transform.mml.pack_weights %c layout(#mml.word_lookup<rows = 16>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @unpacked(%x: tensor<1x8xi8>, %i: tensor<1x4xi32>) -> tensor<1x4xi32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    // expected-note @below {{this operation}}
    %0 = mml.contract bound(128) ins(%x, %w : tensor<1x8xi8>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xi32>) -> tensor<1x4xi32>
    return %0 : tensor<1x4xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected a tensor of trits in the layout of a kernel}}
    %p = transform.mml.pack_activations %c : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @empty(%x: tensor<0x8xi8>, %i: tensor<0x4xi32>) -> tensor<0x4xi32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    // expected-note @below {{this operation}}
    %0 = mml.contract bound(128) ins(%x, %w : tensor<0x8xi8>, tensor<8x4x!mml.trit>) outs(%i : tensor<0x4xi32>) -> tensor<0x4xi32>
    return %0 : tensor<0x4xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.mml.match_contractions in %root : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    // expected-error @below {{expected operands that are not empty}}
    %p = transform.mml.pack_activations %c : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  func.func @rows(%x: tensor<40x64xi8>, %i: tensor<40x256xi32>) -> tensor<40x256xi32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<64x256xi8>> : tensor<64x256x!mml.trit>
    // expected-note @below {{this operation}}
    %0 = mml.contract bound(128) ins(%x, %w : tensor<40x64xi8>, tensor<64x256x!mml.trit>) outs(%i : tensor<40x256xi32>) -> tensor<40x256xi32>
    return %0 : tensor<40x256xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.mml.match_contractions in %root : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    %p = transform.mml.pack_activations %c : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{expected outputs that are a multiple of 32, the rows of the layout, but got 48}}
    %l = transform.mml.tile_contraction %p outputs(48) : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// The failure is silenceable: the other alternative is taken.

module attributes {transform.with_named_sequence} {
  func.func @other(%x: tensor<1x8xf32>, %i: tensor<1x4xf32>) -> tensor<1x4xf32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    %0 = mml.contract ins(%x, %w : tensor<1x8xf32>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xf32>) -> tensor<1x4xf32>
    return %0 : tensor<1x4xf32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    transform.sequence %root : !transform.any_op failures(suppress) {
    ^bb0(%inner: !transform.any_op):
      %c = transform.structured.match ops{["mml.contract"]} in %inner : (!transform.any_op) -> !transform.any_op
      transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    }
    transform.yield
  }
}
