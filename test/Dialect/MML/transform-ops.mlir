// RUN: mml-opt %s --transform-interpreter --split-input-file | FileCheck %s
// RUN: mml-opt %s --split-input-file -o %t && mml-opt %t --split-input-file | FileCheck %s --check-prefix=ROUND

// A schedule: the kernel by the layout of the weights, activations arranged, tiles.

// CHECK-LABEL: func @layer(
// CHECK-SAME:      %[[X:[a-z0-9]+]]: tensor<40x64xi8>
// CHECK-DAG:     %[[W:.*]] = mml.constant #mml.trits<dense_resource<{{.*}}> : tensor<4096xui8>> : tensor<64x256x!mml.trit, #mml.dot<rows = 32>>
// CHECK-DAG:     %[[S:.*]] = mml.storage %[[W]]
// CHECK:         %[[A:.*]]:2 = mml.pack_activations #mml.dot<rows = 32> ins(%[[X]] :
// CHECK:         scf.forall (%[[N:.*]], %[[M:.*]]) = (0, 0) to (40, 256) step (16, 64)
// CHECK:           tensor.extract_slice %[[A]]#0
// CHECK:           %[[K:.*]] = tensor.extract_slice %[[S]]
// CHECK:           mml.contract_packed #mml.dot<rows = 32> bound(128) {{.*}} kernel(%[[K]]
// CHECK:           linalg.generic

// ROUND:         transform.mml.match_contractions in %{{.*}} integers tokens(40) depth(64) outputs(256) : (!transform.any_op) -> !transform.any_op
// ROUND-NEXT:    transform.mml.pack_weights %{{.*}} layout(#mml.dot<rows = 32>) : !transform.any_op
// ROUND-NEXT:    transform.mml.pack_activations %{{.*}} : (!transform.any_op) -> !transform.any_op
// ROUND-NEXT:    transform.mml.tile_contraction %{{.*}} tokens(16) outputs(64) parallel : (!transform.any_op) -> !transform.any_op
#id = affine_map<(d0, d1) -> (d0, d1)>
module attributes {transform.with_named_sequence} {
  func.func @layer(%x: tensor<40x64xi8>, %e: tensor<40x256xf32>) -> tensor<40x256xf32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<64x256xi8>> : tensor<64x256x!mml.trit>
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<40x256xi32>
    %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<40x256xi32>) -> tensor<40x256xi32>
    %y = mml.contract bound(128) ins(%x, %w : tensor<40x64xi8>, tensor<64x256x!mml.trit>) outs(%zeros : tensor<40x256xi32>) -> tensor<40x256xi32>
    %f = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<40x256xi32>) outs(%e : tensor<40x256xf32>) {
    ^bb0(%a: i32, %o: f32):
      %c = arith.sitofp %a : i32 to f32
      linalg.yield %c : f32
    } -> tensor<40x256xf32>
    return %f : tensor<40x256xf32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.mml.match_contractions in %root integers tokens(40) depth(64) outputs(256) : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    %p = transform.mml.pack_activations %c : (!transform.any_op) -> !transform.any_op
    %l = transform.mml.tile_contraction %p tokens(16) outputs(64) parallel : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// What is matched: sizes that are known, trits that are constant and not packed.
// Each is counted, and then has a layout.

// CHECK-LABEL: func @matched(
// CHECK-DAG:     tensor<8x4x!mml.trit, #mml.lookup<rows = 16>>
// CHECK-DAG:     tensor<6x4x!mml.trit, #mml.tiled<rows = 8>>
// CHECK:         mml.contract {{.*}}, #mml.lookup<rows = 16>>)
// CHECK:         mml.contract {{.*}}, #mml.tiled<rows = 8>>)
// CHECK:         mml.contract {{.*}} tensor<8x4x!mml.trit>)
// ROUND:         transform.mml.match_contractions in %{{.*}} tokens(1) : (!transform.any_op) -> !transform.any_op
// ROUND:         transform.mml.match_contractions in %{{.*}} depth(6) : (!transform.any_op) -> !transform.any_op
module attributes {transform.with_named_sequence} {
  func.func @matched(%x: tensor<1x8xi8>, %y: tensor<?x6xf32>, %t: tensor<8x4x!mml.trit>, %i: tensor<1x4xi32>, %f: tensor<?x4xf32>) -> (tensor<1x4xi32>, tensor<?x4xf32>, tensor<1x4xi32>) {
    %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
    %v = mml.constant #mml.trits<dense<-1> : tensor<6x4xi8>> : tensor<6x4x!mml.trit>
    %0 = mml.contract bound(128) ins(%x, %w : tensor<1x8xi8>, tensor<8x4x!mml.trit>) outs(%i : tensor<1x4xi32>) -> tensor<1x4xi32>
    %1 = mml.contract ins(%y, %v : tensor<?x6xf32>, tensor<6x4x!mml.trit>) outs(%f : tensor<?x4xf32>) -> tensor<?x4xf32>
    %2 = mml.contract bound(128) ins(%x, %t : tensor<1x8xi8>, tensor<8x4x!mml.trit>) outs(%0 : tensor<1x4xi32>) -> tensor<1x4xi32>
    return %0, %1, %2 : tensor<1x4xi32>, tensor<?x4xf32>, tensor<1x4xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %few = transform.mml.match_contractions in %root tokens(1) : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %few layout(#mml.lookup<rows = 16>) : !transform.any_op
    %floats = transform.mml.match_contractions in %root depth(6) : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %floats layout(#mml.tiled<rows = 8>) : !transform.any_op
    %none = transform.mml.match_contractions in %root integers : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %none layout(#mml.dot<rows = 32>) : !transform.any_op
    transform.yield
  }
}

// -----

// A batch is a loop with one product, and sums that do not begin at zero are added.
// One tile of everything is no loop.

// CHECK-LABEL: func @batch(
// CHECK:         scf.for
// CHECK:           mml.contract_packed
// CHECK:           linalg.add
// CHECK-NOT:     scf.forall
module attributes {transform.with_named_sequence} {
  func.func @batch(%x: tensor<2x4x64xi8>, %init: tensor<2x4x32xi32>) -> tensor<2x4x32xi32> {
    %w = mml.constant #mml.trits<dense<1> : tensor<2x64x32xi8>> : tensor<2x64x32x!mml.trit>
    %y = mml.contract bound(127) ins(%x, %w : tensor<2x4x64xi8>, tensor<2x64x32x!mml.trit>) outs(%init : tensor<2x4x32xi32>) -> tensor<2x4x32xi32>
    return %y : tensor<2x4x32xi32>
  }
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %c = transform.mml.match_contractions in %root : (!transform.any_op) -> !transform.any_op
    transform.mml.pack_weights %c layout(#mml.dot<rows = 32>) : !transform.any_op
    %p = transform.mml.pack_activations %c : (!transform.any_op) -> !transform.any_op
    %l = transform.mml.tile_contraction %p : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
