// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-tile-contractions-for-gpu,canonicalize))" --split-input-file | FileCheck %s
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-tile-contractions-for-gpu{chip=sm_90},canonicalize))" --split-input-file | FileCheck %s --check-prefix=LARGE
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-tile-contractions-for-gpu{chip=sm_87},canonicalize))" --split-input-file | FileCheck %s --check-prefix=SMALL
// RUN: not mml-opt %s --pass-pipeline="builtin.module(func.func(mml-tile-contractions-for-gpu{chip=sm_70},canonicalize))" --split-input-file 2>&1 | FileCheck %s --check-prefix=OLD

// OLD: error: expected a GPU of sm_75 or newer but got 'sm_70'

// The number of tokens is known: tiles of one kernel, with what is computed of
// their sums.

// CHECK-LABEL: func.func @static(
// CHECK-NOT:     scf.if
// CHECK:         scf.forall (%{{.*}}) = (0) to (6400) step (64) shared_outs
// CHECK:           mml.contract_packed {{.*}} -> tensor<40x64xi32>
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : tensor<40x64xi32>
// CHECK:           tensor.parallel_insert_slice
// CHECK-NOT:     scf.forall (
func.func @static(%t: tensor<3x1x16x64xi8>, %s: tensor<3x16xi32>, %w: tensor<200x4x128xi8>) -> tensor<40x6400xf32> {
  %sums = tensor.empty() : tensor<40x6400xi32>
  %out = tensor.empty() : tensor<40x6400xf32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<3x1x16x64xi8>, tensor<3x16xi32>)
      kernel(%w : tensor<200x4x128xi8>) outs(%sums : tensor<40x6400xi32>) -> tensor<40x6400xi32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<40x6400xi32>) outs(%out : tensor<40x6400xf32>) {
  ^bb0(%in: i32, %o: f32):
    %f = arith.sitofp %in : i32 to f32
    linalg.yield %f : f32
  } -> tensor<40x6400xf32>
  return %y : tensor<40x6400xf32>
}

// -----

// It is not: a version each, of which the host chooses.

// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME:      %{{.*}}: tensor<?x1x16x64xi8>, %{{.*}}: tensor<?x16xi32>, %{{.*}}: tensor<3x4x128xi8>, %[[N:.*]]: index)
// CHECK:         %[[ONE:.*]] = arith.cmpi ule, %[[N]], %c1
// CHECK:         %[[Y:.*]] = scf.if %[[ONE]]
// CHECK:           scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (%[[N]], 96) step (1, 32)
// CHECK:             mml.contract_packed {{.*}} -> tensor<1x32xi32>
// CHECK:         else
// CHECK:           arith.cmpi ule, %[[N]], %c8
// CHECK:           scf.if
// CHECK:             scf.forall {{.*}} step (8, 32)
// CHECK:           arith.cmpi ule, %[[N]], %c16
// CHECK:             scf.forall {{.*}} step (16, 32)
// CHECK:           arith.cmpi ule, %[[N]], %c32
// CHECK:             scf.forall {{.*}} step (32, 32)
// CHECK:           arith.cmpi ule, %[[N]], %c64
// CHECK:             scf.forall {{.*}} step (64, 32)
// CHECK:             else
// CHECK:           arith.cmpi ule, %[[N]], %c512
// CHECK:             scf.forall {{.*}} to (%[[N]], 96) step (64, 64)
// CHECK:               mml.contract_packed {{.*}} {depth_parts = array<i64: 1>}
// CHECK:             else
// CHECK:             scf.forall {{.*}} to (%[[N]]) step (64)
// CHECK:               mml.contract_packed {{.*}} {depth_parts = array<i64: 1>} -> tensor<?x96xi32>
// CHECK-NOT:         scf.forall (
// CHECK:         return %[[Y]]
func.func @dynamic(%t: tensor<?x1x16x64xi8>, %s: tensor<?x16xi32>, %w: tensor<3x4x128xi8>, %n: index) -> tensor<?x96xi32> {
  %sums = tensor.empty(%n) : tensor<?x96xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x1x16x64xi8>, tensor<?x16xi32>)
      kernel(%w : tensor<3x4x128xi8>) outs(%sums : tensor<?x96xi32>) -> tensor<?x96xi32>
  return %r : tensor<?x96xi32>
}

// -----

// Nothing else is touched.

// CHECK-LABEL: func.func @others(
// CHECK-NOT:     scf
// CHECK:         linalg.fill
func.func @others(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %y = linalg.fill ins(%zero : f32) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// -----

// Many tokens of a wide layer: for more of them tiles are larger.

// LARGE-LABEL: func.func @wide(
// LARGE:         cmpi ule, {{.*}}, %c64
// LARGE:         scf.forall {{.*}} step (64, 64)
// LARGE:         cmpi ule, {{.*}}, %c128
// LARGE:         scf.forall {{.*}} step (64, 128)
// LARGE:         cmpi ule, {{.*}}, %c256
// LARGE:         scf.forall {{.*}} step (128, 128)
// LARGE-NOT:     cmpi
// LARGE:         scf.forall {{.*}} step (128, 256)
// LARGE-NOT:     scf.forall (
func.func @wide(%t: tensor<?x40x16x64xi8>, %s: tensor<?x16xi32>, %w: tensor<216x160x128xi8>, %n: index) -> tensor<?x6912xi32> {
  %sums = tensor.empty(%n) : tensor<?x6912xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x40x16x64xi8>, tensor<?x16xi32>)
      kernel(%w : tensor<216x160x128xi8>) outs(%sums : tensor<?x6912xi32>) -> tensor<?x6912xi32>
  return %r : tensor<?x6912xi32>
}

// -----

// Few outputs over a large depth: the depth is cut where there are few tokens,
// unless the chip has few processors too.

// LARGE-LABEL: func.func @narrow(
// LARGE:         cmpi ule, {{.*}}, %c128
// LARGE:         scf.forall {{.*}} step (64, 64)
// LARGE:           mml.contract_packed {{.*}} {depth_parts = array<i64: 5, 20>}
// LARGE-NOT:     cmpi
// LARGE:         scf.forall {{.*}} step (64, 64)
// LARGE:           mml.contract_packed {{.*}} {depth_parts = array<i64: 1>}
// LARGE-NOT:     scf.forall (
// SMALL-LABEL: func.func @narrow(
// SMALL:         cmpi ule, {{.*}}, %c128
// SMALL:         scf.forall {{.*}} step (64, 128)
// SMALL:           mml.contract_packed {{.*}} {depth_parts = array<i64: 1>}
// SMALL-NOT:     array<i64: {{[^1]}}
func.func @narrow(%t: tensor<?x40x16x64xi8>, %s: tensor<?x16xi32>, %w: tensor<20x160x128xi8>, %n: index) -> tensor<?x640xi32> {
  %sums = tensor.empty(%n) : tensor<?x640xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x40x16x64xi8>, tensor<?x16xi32>)
      kernel(%w : tensor<20x160x128xi8>) outs(%sums : tensor<?x640xi32>) -> tensor<?x640xi32>
  return %r : tensor<?x640xi32>
}

// -----

// The number of tokens is known, and the tile is the one for it.

// LARGE-LABEL: func.func @known(
// LARGE-NOT:     scf.if
// LARGE:         scf.forall {{.*}} to (512, 640) step (64, 64)
func.func @known(%t: tensor<32x40x16x64xi8>, %s: tensor<32x16xi32>, %w: tensor<20x160x128xi8>) -> tensor<512x640xi32> {
  %sums = tensor.empty() : tensor<512x640xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<32x40x16x64xi8>, tensor<32x16xi32>)
      kernel(%w : tensor<20x160x128xi8>) outs(%sums : tensor<512x640xi32>) -> tensor<512x640xi32>
  return %r : tensor<512x640xi32>
}

// -----

// There is nothing to compute.

// LARGE-LABEL: func.func @no_outputs(
// LARGE:         return %{{.*}} : tensor<?x0xi32>
func.func @no_outputs(%t: tensor<?x40x16x64xi8>, %s: tensor<?x16xi32>, %w: tensor<0x160x128xi8>, %n: index) -> tensor<?x0xi32> {
  %sums = tensor.empty(%n) : tensor<?x0xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x40x16x64xi8>, tensor<?x16xi32>)
      kernel(%w : tensor<0x160x128xi8>) outs(%sums : tensor<?x0xi32>) -> tensor<?x0xi32>
  return %r : tensor<?x0xi32>
}
