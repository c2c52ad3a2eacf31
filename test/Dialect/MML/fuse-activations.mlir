// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-fuse-activations,canonicalize))" --split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// What makes the activations of a tile of tokens goes into the loop, and what
// is read elsewhere too comes out of it. Nothing of all tokens stays behind.

// CHECK-LABEL: func @rows(
// CHECK-NOT:     tensor<?x4096xi8>
// CHECK:         %[[R:.*]]:3 = scf.forall (%[[T:.*]]) in (%{{.*}}) shared_outs(
// CHECK:           %[[N:.*]] = affine.min #{{.*}}(%[[T]])
// CHECK:           %[[M:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK:           linalg.generic {{.*}} outs(%{{.*}} : tensor<?x4096xi8>)
// CHECK:           mml.pack_activations #mml.dot<rows = 32> ins(%{{.*}} : tensor<?x4096xi8>) outs(%{{.*}}, %{{.*}} : tensor<1x64x16x64xi8>, tensor<1x16xi32>)
// CHECK-DAG:         tensor.parallel_insert_slice %[[M]]
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @rows(%x: tensor<?x4096xf32>, %n: index, %tiles: index) -> (tensor<?x64x16x64xi8>, tensor<?x16xi32>, tensor<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %m0 = tensor.empty(%n) : tensor<?xf32>
  %m1 = linalg.fill ins(%zero : f32) outs(%m0 : tensor<?xf32>) -> tensor<?xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x4096xf32>) outs(%m1 : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = math.absf %a : f32
    %c = arith.maximumf %b, %o : f32
    linalg.yield %c : f32
  } -> tensor<?xf32>
  %q0 = tensor.empty(%n) : tensor<?x4096xi8>
  %q = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %m : tensor<?x4096xf32>, tensor<?xf32>) outs(%q0 : tensor<?x4096xi8>) {
  ^bb0(%a: f32, %b: f32, %o: i8):
    %c = arith.divf %a, %b : f32
    %d = arith.fptosi %c : f32 to i8
    linalg.yield %d : i8
  } -> tensor<?x4096xi8>
  %t0 = tensor.empty(%tiles) : tensor<?x64x16x64xi8>
  %s0 = tensor.empty(%tiles) : tensor<?x16xi32>
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%q : tensor<?x4096xi8>) outs(%t0, %s0 : tensor<?x64x16x64xi8>, tensor<?x16xi32>) -> tensor<?x64x16x64xi8>, tensor<?x16xi32>
  return %t, %s, %m : tensor<?x64x16x64xi8>, tensor<?x16xi32>, tensor<?xf32>
}

// -----

// Few activations are not worth threads, and one tile is no loop.

// CHECK-LABEL: func @few(
// CHECK:         scf.for %{{.*}} = %c0 to %c3 step %c1
// CHECK:           mml.pack_activations
// CHECK:         scf.yield
// CHECK:         mml.pack_activations {{.*}} ins(%{{.*}} : tensor<16x64xi8>)
func.func @few(%x: tensor<40x64xi8>, %t0: tensor<3x1x16x64xi8>, %s0: tensor<3x16xi32>,
               %y: tensor<16x64xi8>, %t1: tensor<1x1x16x64xi8>, %s1: tensor<1x16xi32>)
    -> (tensor<3x1x16x64xi8>, tensor<1x1x16x64xi8>) {
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%x : tensor<40x64xi8>) outs(%t0, %s0 : tensor<3x1x16x64xi8>, tensor<3x16xi32>) -> tensor<3x1x16x64xi8>, tensor<3x16xi32>
  %u, %v = mml.pack_activations #mml.dot<rows = 32> ins(%y : tensor<16x64xi8>) outs(%t1, %s1 : tensor<1x1x16x64xi8>, tensor<1x16xi32>) -> tensor<1x1x16x64xi8>, tensor<1x16xi32>
  return %t, %u : tensor<3x1x16x64xi8>, tensor<1x1x16x64xi8>
}

// -----

// What is not computed row by row stays outside.

// CHECK-LABEL: func @columns(
// CHECK:         %[[X:.*]] = linalg.transpose
// CHECK:         scf.for
// CHECK:           tensor.extract_slice %[[X]]
func.func @columns(%x: tensor<64x40xi8>, %e: tensor<40x64xi8>, %t0: tensor<3x1x16x64xi8>, %s0: tensor<3x16xi32>) -> tensor<3x1x16x64xi8> {
  %y = linalg.transpose ins(%x : tensor<64x40xi8>) outs(%e : tensor<40x64xi8>) permutation = [1, 0]
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%y : tensor<40x64xi8>) outs(%t0, %s0 : tensor<3x1x16x64xi8>, tensor<3x16xi32>) -> tensor<3x1x16x64xi8>, tensor<3x16xi32>
  return %t : tensor<3x1x16x64xi8>
}

// -----

// A reduction that keeps an axis of size 1 has no tiles of rows, and nothing is
// said of it.

// CHECK-LABEL: func @keeps(
// CHECK:         %[[M:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<40x1xf32>)
// CHECK:         scf.for
// CHECK:           tensor.extract_slice %[[M]]
// CHECK:           mml.pack_activations
func.func @keeps(%x: tensor<40x64xf32>, %m0: tensor<40x1xf32>, %q0: tensor<40x64xi8>, %t0: tensor<3x1x16x64xi8>, %s0: tensor<3x16xi32>) -> tensor<3x1x16x64xi8> {
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<40x64xf32>) outs(%m0 : tensor<40x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = arith.maximumf %a, %o : f32
    linalg.yield %c : f32
  } -> tensor<40x1xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%x, %m : tensor<40x64xf32>, tensor<40x1xf32>) outs(%q0 : tensor<40x64xi8>) {
  ^bb0(%a: f32, %b: f32, %o: i8):
    %c = arith.divf %a, %b : f32
    %d = arith.fptosi %c : f32 to i8
    linalg.yield %d : i8
  } -> tensor<40x64xi8>
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%q : tensor<40x64xi8>) outs(%t0, %s0 : tensor<3x1x16x64xi8>, tensor<3x16xi32>) -> tensor<3x1x16x64xi8>, tensor<3x16xi32>
  return %t : tensor<3x1x16x64xi8>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// What two operations of the loop read is computed once: the sum of squares, by
// which the largest magnitude is scaled and the activations are.

// CHECK-LABEL: func @once(
// CHECK:         scf.forall
// CHECK:           arith.mulf
// CHECK-NEXT:      arith.addf
// CHECK-NOT:       arith.addf
// CHECK:           arith.maximumf
// CHECK-NOT:       arith.addf
// CHECK:           mml.pack_activations
func.func @once(%x: tensor<512x256xf32>, %t0: tensor<32x4x16x64xi8>, %s0: tensor<32x16xi32>) -> tensor<32x4x16x64xi8> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<512xf32>) -> tensor<512xf32>
  %n = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<512x256xf32>) outs(%z : tensor<512xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.mulf %a, %a : f32
    %c = arith.addf %b, %o : f32
    linalg.yield %c : f32
  } -> tensor<512xf32>
  %e1 = tensor.empty() : tensor<512xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<512xf32>) -> tensor<512xf32>
  %m = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]} ins(%x, %n : tensor<512x256xf32>, tensor<512xf32>) outs(%z1 : tensor<512xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %b = arith.divf %a, %s : f32
    %c = arith.maximumf %b, %o : f32
    linalg.yield %c : f32
  } -> tensor<512xf32>
  %q0 = tensor.empty() : tensor<512x256xi8>
  %q = linalg.generic {indexing_maps = [#id, #row, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %n, %m : tensor<512x256xf32>, tensor<512xf32>, tensor<512xf32>) outs(%q0 : tensor<512x256xi8>) {
  ^bb0(%a: f32, %s: f32, %b: f32, %o: i8):
    %c = arith.divf %a, %s : f32
    %d = arith.divf %c, %b : f32
    %i = arith.fptosi %d : f32 to i8
    linalg.yield %i : i8
  } -> tensor<512x256xi8>
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%q : tensor<512x256xi8>) outs(%t0, %s0 : tensor<32x4x16x64xi8>, tensor<32x16xi32>) -> tensor<32x4x16x64xi8>, tensor<32x16xi32>
  return %t : tensor<32x4x16x64xi8>
}
