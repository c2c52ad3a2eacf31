// RUN: mml-opt %s --transform-interpreter --canonicalize --cse --split-input-file | FileCheck %s

// Tiles of tokens: the kernel is read whole by each.

// CHECK-LABEL: func @tokens(
// CHECK-SAME:    %[[X:.*]]: tensor<8x64xi8>, %[[W:.*]]: tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>, %[[OUT:.*]]: tensor<8x128xi32>)
// CHECK:         %[[R:.*]] = scf.for %[[N:.*]] = %c0 to %c8 step %c4 iter_args(%[[ACC:.*]] = %[[OUT]])
// CHECK:           %[[XS:.*]] = tensor.extract_slice %[[X]][%[[N]], 0] [4, 64] [1, 1]
// CHECK:           %[[AS:.*]] = tensor.extract_slice %[[ACC]][%[[N]], 0] [4, 128] [1, 1]
// CHECK:           %[[C:.*]] = mml.contract bound(128) ins(%[[XS]], %[[W]] : tensor<4x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%[[AS]] : tensor<4x128xi32>)
// CHECK:           tensor.insert_slice %[[C]] into %[[ACC]][%[[N]], 0] [4, 128] [1, 1]
// CHECK:         return %[[R]]
func.func @tokens(%x: tensor<8x64xi8>, %w: tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>, %out: tensor<8x128xi32>) -> tensor<8x128xi32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<8x64xi8>, tensor<64x128x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<8x128xi32>) -> tensor<8x128xi32>
  return %0 : tensor<8x128xi32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [4, 0, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// All three axes of trits without a layout, with sizes that are not multiples.

// CHECK-LABEL: func @all_axes(
// CHECK:         scf.for %[[N:.*]] = %c0 to %{{.*}} step %c4
// CHECK:           scf.for %[[M:.*]] = %c0 to %c100 step %c32
// CHECK:             scf.for %[[K:.*]] = %c0 to %c64 step %c16
// CHECK-DAG:           tensor.extract_slice %arg0[%[[N]], %[[K]]] [%{{.*}}, 16] [1, 1] : tensor<?x64xf32> to tensor<?x16xf32>
// CHECK-DAG:           tensor.extract_slice %arg1[%[[K]], %[[M]]] [16, %{{.*}}] [1, 1] : tensor<64x100x!mml.trit> to tensor<16x?x!mml.trit>
// CHECK:               mml.contract ins(%{{.*}}, %{{.*}} : tensor<?x16xf32>, tensor<16x?x!mml.trit>) outs(%{{.*}} : tensor<?x?xf32>)
func.func @all_axes(%x: tensor<?x64xf32>, %w: tensor<64x100x!mml.trit>, %out: tensor<?x100xf32>) -> tensor<?x100xf32> {
  %0 = mml.contract ins(%x, %w : tensor<?x64xf32>, tensor<64x100x!mml.trit>) outs(%out : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loops:3 = transform.structured.tile_using_for %op tile_sizes [4, 32, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A contraction is fused into the loop of what reads it.

// CHECK-LABEL: func @fuse(
// CHECK:         scf.forall (%{{.*}}) in (2)
// CHECK:           %[[C:.*]] = mml.contract bound(128) ins(%{{.*}}, %{{.*}} : tensor<4x64xi8>, tensor<64x128x!mml.trit>) outs(%{{.*}} : tensor<4x128xi32>)
// CHECK:           linalg.generic {{.*}} ins(%[[C]] : tensor<4x128xi32>)
func.func @fuse(%x: tensor<8x64xi8>, %w: tensor<64x128x!mml.trit>, %a: tensor<8x128xi32>, %f: tensor<8x128xf32>) -> tensor<8x128xf32> {
  %0 = mml.contract bound(128) ins(%x, %w : tensor<8x64xi8>, tensor<64x128x!mml.trit>) outs(%a : tensor<8x128xi32>) -> tensor<8x128xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<8x128xi32>) outs(%f : tensor<8x128xf32>) {
  ^bb0(%in: i32, %o: f32):
    %2 = arith.sitofp %in : i32 to f32
    linalg.yield %2 : f32
  } -> tensor<8x128xf32>
  return %1 : tensor<8x128xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %reader = transform.structured.match ops{["linalg.generic"]} in %root : (!transform.any_op) -> !transform.any_op
    %op = transform.structured.match ops{["mml.contract"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_forall %reader tile_sizes [4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.fuse_into_containing_op %op into %loop : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
