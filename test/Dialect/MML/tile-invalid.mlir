// RUN: mml-opt %s --transform-interpreter --split-input-file --verify-diagnostics

// A slice of packed trits is not a packed tensor: along the outputs.

func.func @outputs(%x: tensor<8x64xi8>, %w: tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<8x128xi32>) -> tensor<8x128xi32> {
  // expected-error @+3 {{faild to tile operation}}
  // expected-error @+2 {{failed to generate tiling loops}}
  // expected-error @below {{cannot be tiled along the axes of a packed kernel}}
  %0 = mml.contract bound(128) ins(%x, %w : tensor<8x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<8x128xi32>) -> tensor<8x128xi32>
  return %0 : tensor<8x128xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 32, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Along the products.

func.func @products(%x: tensor<8x64xi8>, %w: tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<8x128xi32>) -> tensor<8x128xi32> {
  // expected-error @+3 {{faild to tile operation}}
  // expected-error @+2 {{failed to generate tiling loops}}
  // expected-error @below {{cannot be tiled along the axes of a packed kernel}}
  %0 = mml.contract bound(128) ins(%x, %w : tensor<8x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<8x128xi32>) -> tensor<8x128xi32>
  return %0 : tensor<8x128xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A contraction on memrefs has no results to tile.

func.func @memref(%x: memref<8x64xi8>, %w: memref<64x128x!mml.trit>, %out: memref<8x128xi32>) {
  // expected-error @+2 {{faild to tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  mml.contract bound(128) ins(%x, %w : memref<8x64xi8>, memref<64x128x!mml.trit>) outs(%out : memref<8x128xi32>)
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [4, 0, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
