// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-fuse-contractions{output-tile=64},canonicalize))" --split-input-file | FileCheck %s
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-fuse-contractions,canonicalize))" --split-input-file | FileCheck %s --check-prefix=CHOSEN
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(mml-fuse-contractions{token-tile=8}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=TOKENS
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(mml-fuse-contractions{output-tile=40}))" --split-input-file 2>&1 | FileCheck %s --check-prefix=OUTPUTS

// TOKENS: error: expected a token tile that is a multiple of 16 up to 65536 but got 8
// OUTPUTS: error: 'mml.contract_packed' op expected an output tile that is a multiple of 32, the rows of the layout, but got 40

// The sums of a tile go through what follows before the next tile. Nothing of
// the size of all sums is left.

// CHECK-LABEL: func @layer(
// CHECK-NOT:     tensor<32x4096xi32>
// CHECK:         scf.forall (%[[M:.*]]) = (0) to (4096) step (64)
// CHECK:           %[[B:.*]] = affine.apply #{{.*}}(%[[M]])
// CHECK:           tensor.extract_slice %{{.*}}[%[[B]], 0, 0] [2, 16, 128] [1, 1, 1] : tensor<128x16x128xi8> to tensor<2x16x128xi8>
// CHECK:           tensor.empty() : tensor<32x64xi32>
// CHECK:           %[[S:.*]] = mml.contract_packed
// CHECK:           %[[F:.*]] = linalg.generic {{.*}} ins(%[[S]], %{{.*}} : tensor<32x64xi32>, tensor<32xf32>)
// CHECK:           linalg.generic {{.*}} ins(%[[F]], %{{.*}} : tensor<32x64xf32>, tensor<64xf32>)
// CHECK:           tensor.parallel_insert_slice %{{.*}} into %{{.*}}[0, %[[M]]] [32, 64] [1, 1]
// CHOSEN-LABEL: func @layer(
// CHOSEN:         scf.forall (%{{.*}}) = (0) to (4096) step (128)
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
func.func @layer(%t: tensor<2x4x16x64xi8>, %s: tensor<2x16xi32>, %w: tensor<128x16x128xi8>, %scale: tensor<32xf32>, %bias: tensor<4096xf32>) -> tensor<32x4096xf32> {
  %e = tensor.empty() : tensor<32x4096xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<2x4x16x64xi8>, tensor<2x16xi32>) kernel(%w : tensor<128x16x128xi8>) outs(%e : tensor<32x4096xi32>) -> tensor<32x4096xi32>
  %f = tensor.empty() : tensor<32x4096xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%r, %scale : tensor<32x4096xi32>, tensor<32xf32>) outs(%f : tensor<32x4096xf32>) {
  ^bb0(%a: i32, %b: f32, %o: f32):
    %c = arith.sitofp %a : i32 to f32
    %d = arith.divf %c, %b : f32
    linalg.yield %d : f32
  } -> tensor<32x4096xf32>
  %z = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%y, %bias : tensor<32x4096xf32>, tensor<4096xf32>) outs(%y : tensor<32x4096xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.addf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<32x4096xf32>
  return %z : tensor<32x4096xf32>
}

// -----

// What is not elementwise, and what is read twice, stays outside.

// CHECK-LABEL: func @boundary(
// CHECK:         %[[L:.*]] = scf.for %{{.*}} = %c0 to %c96 step %c64
// CHECK:           mml.contract_packed
// CHECK-NOT:       linalg.generic
// CHECK:           scf.yield
// CHECK:         linalg.transpose ins(%[[L]]
func.func @boundary(%t: tensor<1x1x16x64xi8>, %s: tensor<1x16xi32>, %w: tensor<3x4x128xi8>, %o: tensor<96x16xi32>) -> tensor<96x16xi32> {
  %e = tensor.empty() : tensor<16x96xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<1x1x16x64xi8>, tensor<1x16xi32>) kernel(%w : tensor<3x4x128xi8>) outs(%e : tensor<16x96xi32>) -> tensor<16x96xi32>
  %x = linalg.transpose ins(%r : tensor<16x96xi32>) outs(%o : tensor<96x16xi32>) permutation = [1, 0]
  return %x : tensor<96x16xi32>
}

// -----

// Where there is too little for threads, all outputs are one tile as long as their
// sums are no more than another tile's.

// CHOSEN-LABEL: func.func @small(
// CHOSEN-NOT:     scf.
// CHOSEN:         return
func.func @small(%t: tensor<2x5x16x64xi8>, %s: tensor<2x16xi32>, %w: tensor<5x17x128xi8>, %o: tensor<17x131xi32>) -> tensor<17x131xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<2x5x16x64xi8>, tensor<2x16xi32>)
      kernel(%w : tensor<5x17x128xi8>) outs(%o : tensor<17x131xi32>) -> tensor<17x131xi32>
  return %r : tensor<17x131xi32>
}

// Tables are read again by every tile of the mixed kernel, which has more outputs,
// for any number of tokens.

// CHOSEN-LABEL: func.func @mixed(
// CHOSEN:         scf.forall (%{{.*}}) = (0) to (4096) step (256)
func.func @mixed(%t: tensor<2x4x16x64xi8>, %s: tensor<2x16xi32>, %q: tensor<2x1x16x192xi8>, %l: tensor<2x1x4x128x32xi16>, %w: tensor<128x16x128xi8>, %o: tensor<32x4096xi32>) -> tensor<32x4096xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : tensor<2x4x16x64xi8>, tensor<2x16xi32>, tensor<2x1x16x192xi8>, tensor<2x1x4x128x32xi16>)
      kernel(%w : tensor<128x16x128xi8>) outs(%o : tensor<32x4096xi32>) -> tensor<32x4096xi32>
  return %r : tensor<32x4096xi32>
}

// CHOSEN-LABEL: func.func @any_mixed(
// CHOSEN:         scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (%{{.*}}, 65536) step (256, 256)
func.func @any_mixed(%t: tensor<?x4x16x64xi8>, %s: tensor<?x16xi32>, %q: tensor<?x1x16x192xi8>, %l: tensor<?x1x4x128x32xi16>, %w: tensor<2048x16x128xi8>, %o: tensor<?x65536xi32>) -> tensor<?x65536xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32, mixed = true> bound(128) ins(%t, %s, %q, %l : tensor<?x4x16x64xi8>, tensor<?x16xi32>, tensor<?x1x16x192xi8>, tensor<?x1x4x128x32xi16>)
      kernel(%w : tensor<2048x16x128xi8>) outs(%o : tensor<?x65536xi32>) -> tensor<?x65536xi32>
  return %r : tensor<?x65536xi32>
}

// CHOSEN-LABEL: func.func @many(
// CHOSEN:         scf.for %{{.*}} = %c0 to %c160 step %c128
func.func @many(%t: tensor<16x1x16x64xi8>, %s: tensor<16x16xi32>, %w: tensor<5x4x128xi8>, %o: tensor<256x160xi32>) -> tensor<256x160xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<16x1x16x64xi8>, tensor<16x16xi32>)
      kernel(%w : tensor<5x4x128xi8>) outs(%o : tensor<256x160xi32>) -> tensor<256x160xi32>
  return %r : tensor<256x160xi32>
}

// -----

// Tokens are tiles too, where there are many or their number is open.

// CHECK-LABEL: func @tokens(
// CHECK:         scf.for %[[N:.*]] = %c0 to %{{.*}} step %c256
// CHECK:           %[[SIZE:.*]] = affine.min #{{.*}}(%[[N]])
// CHECK:           mml.contract_packed {{.*}} outs(%{{.*}} : tensor<?x32xi32>)
func.func @tokens(%t: tensor<?x1x16x64xi8>, %s: tensor<?x16xi32>, %w: tensor<1x4x128xi8>, %e: tensor<?x32xi32>) -> tensor<?x32xi32> {
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x1x16x64xi8>, tensor<?x16xi32>) kernel(%w : tensor<1x4x128xi8>) outs(%e : tensor<?x32xi32>) -> tensor<?x32xi32>
  return %r : tensor<?x32xi32>
}

// -----

// Floats have tiles of fewer tokens and more outputs, as each makes its tables.

// CHOSEN-LABEL: func @floats(
// CHOSEN:         scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (64, 2048) step (32, 512)
// CHOSEN:           mml.contract_packed {{.*}} outs(%{{.*}} : tensor<32x512xf32>)
func.func @floats(%x: tensor<64x2048xf32>, %w: tensor<32x114x64xi32>) -> tensor<64x2048xf32> {
  %e = tensor.empty() : tensor<64x2048xf32>
  %r = mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : tensor<64x2048xf32>) kernel(%w : tensor<32x114x64xi32>) outs(%e : tensor<64x2048xf32>) -> tensor<64x2048xf32>
  return %r : tensor<64x2048xf32>
}

// -----

// Activations that are a part of something else are no tile of a schedule.

// CHOSEN-LABEL: func @part(
// CHOSEN:         scf.forall
func.func @part(%all: tensor<64x2048xf32>, %w: tensor<32x114x64xi32>) -> tensor<8x2048xf32> {
  %x = tensor.extract_slice %all[0, 0] [8, 2048] [1, 1] : tensor<64x2048xf32> to tensor<8x2048xf32>
  %e = tensor.empty() : tensor<8x2048xf32>
  %r = mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : tensor<8x2048xf32>) kernel(%w : tensor<32x114x64xi32>) outs(%e : tensor<8x2048xf32>) -> tensor<8x2048xf32>
  return %r : tensor<8x2048xf32>
}
