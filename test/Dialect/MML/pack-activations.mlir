// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(mml-pack-activations))" | FileCheck %s

// Sums that begin at zeros are not added to them.

// CHECK-LABEL: func @zeros(
// CHECK-SAME:    %[[X:.*]]: tensor<?x100xi8>, %[[W:.*]]: tensor<100x40x!mml.trit, #mml.dot<rows = 32>>
// CHECK:         %[[S:.*]] = mml.storage %[[W]] : {{.*}} -> tensor<2x7x128xi8>
// CHECK:         affine.apply #{{.*}}()[%{{.*}}]
// CHECK:         %[[T:.*]]:2 = mml.pack_activations #mml.dot<rows = 32> ins(%[[X]] : tensor<?x100xi8>) outs(%{{.*}}, %{{.*}} : tensor<?x2x16x64xi8>, tensor<?x16xi32>)
// CHECK:         %[[R:.*]] = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%[[T]]#0, %[[T]]#1 : tensor<?x2x16x64xi8>, tensor<?x16xi32>) kernel(%[[S]] : tensor<2x7x128xi8>) outs(%{{.*}} : tensor<?x40xi32>)
// CHECK-NOT:     linalg.add
// CHECK:         return %[[R]]
func.func @zeros(%x: tensor<?x100xi8>, %w: tensor<100x40x!mml.trit, #mml.dot<rows = 32>>, %n: index) -> tensor<?x40xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty(%n) : tensor<?x40xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x40xi32>) -> tensor<?x40xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<?x100xi8>, tensor<100x40x!mml.trit, #mml.dot<rows = 32>>) outs(%zeros : tensor<?x40xi32>) -> tensor<?x40xi32>
  return %r : tensor<?x40xi32>
}

// CHECK-LABEL: func @constant_zeros(
// CHECK:         %[[R:.*]] = mml.contract_packed
// CHECK-NOT:     linalg.add
// CHECK:         return %[[R]]
func.func @constant_zeros(%x: tensor<3x100xi8>, %w: tensor<100x40x!mml.trit, #mml.dot<rows = 32>>) -> tensor<3x40xi32> {
  %zeros = arith.constant dense<0> : tensor<3x40xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<3x100xi8>, tensor<100x40x!mml.trit, #mml.dot<rows = 32>>) outs(%zeros : tensor<3x40xi32>) -> tensor<3x40xi32>
  return %r : tensor<3x40xi32>
}

// CHECK-LABEL: func @accumulate(
// CHECK-SAME:    %[[OUT:[a-z0-9]+]]: tensor<3x40xi32>)
// CHECK:         %[[R:.*]] = mml.contract_packed
// CHECK:         %[[SUM:.*]] = linalg.add ins(%[[R]], %[[OUT]] : tensor<3x40xi32>, tensor<3x40xi32>) outs(%[[OUT]] : tensor<3x40xi32>)
// CHECK:         return %[[SUM]]
func.func @accumulate(%x: tensor<3x64xi8>, %w: tensor<64x40x!mml.trit, #mml.dot<rows = 32>>, %out: tensor<3x40xi32>) -> tensor<3x40xi32> {
  %r = mml.contract bound(128) ins(%x, %w : tensor<3x64xi8>, tensor<64x40x!mml.trit, #mml.dot<rows = 32>>) outs(%out : tensor<3x40xi32>) -> tensor<3x40xi32>
  return %r : tensor<3x40xi32>
}

// CHECK-LABEL: func @batch(
// CHECK:         mml.storage %{{.*}} -> tensor<5x1x4x128xi8>
// CHECK:         scf.for %[[I:.*]] = %c0{{.*}} to %c5{{.*}} step
// CHECK:           tensor.extract_slice %{{.*}}[%[[I]], 0, 0] [1, 3, 64] [1, 1, 1] : tensor<5x3x64xi8> to tensor<3x64xi8>
// CHECK:           tensor.extract_slice %{{.*}}[%[[I]], 0, 0, 0] [1, 1, 4, 128] [1, 1, 1, 1] : tensor<5x1x4x128xi8> to tensor<1x4x128xi8>
func.func @batch(%x: tensor<5x3x64xi8>, %w: tensor<5x64x20x!mml.trit, #mml.dot<rows = 32>>, %out: tensor<5x3x20xi32>) -> tensor<5x3x20xi32> {
  %r = mml.contract bound(128) ins(%x, %w : tensor<5x3x64xi8>, tensor<5x64x20x!mml.trit, #mml.dot<rows = 32>>) outs(%out : tensor<5x3x20xi32>) -> tensor<5x3x20xi32>
  return %r : tensor<5x3x20xi32>
}

// Nothing to sum.

// CHECK-LABEL: func @empty(
// CHECK-SAME:    %[[OUT:[a-z0-9]+]]: tensor<0x40xi32>)
// CHECK-NEXT:    return %[[OUT]]
func.func @empty(%x: tensor<0x64xi8>, %w: tensor<64x40x!mml.trit, #mml.dot<rows = 32>>, %out: tensor<0x40xi32>) -> tensor<0x40xi32> {
  %r = mml.contract bound(128) ins(%x, %w : tensor<0x64xi8>, tensor<64x40x!mml.trit, #mml.dot<rows = 32>>) outs(%out : tensor<0x40xi32>) -> tensor<0x40xi32>
  return %r : tensor<0x40xi32>
}

// Other layouts, and none, have no such kernel.

// CHECK-LABEL: func @others(
// CHECK:         mml.contract bound(128)
// CHECK:         mml.contract bound(128)
// CHECK-NOT:     mml.pack_activations
func.func @others(%x: tensor<3x64xi8>, %w: tensor<64x40x!mml.trit, #mml.tiled<rows = 32>>, %v: tensor<64x40x!mml.trit>, %out: tensor<3x40xi32>) -> tensor<3x40xi32> {
  %r = mml.contract bound(128) ins(%x, %w : tensor<3x64xi8>, tensor<64x40x!mml.trit, #mml.tiled<rows = 32>>) outs(%out : tensor<3x40xi32>) -> tensor<3x40xi32>
  %s = mml.contract bound(128) ins(%x, %v : tensor<3x64xi8>, tensor<64x40x!mml.trit>) outs(%r : tensor<3x40xi32>) -> tensor<3x40xi32>
  return %s : tensor<3x40xi32>
}

// Floats lie as they are.

// CHECK-LABEL: func @floats(
// CHECK-SAME:    %[[X:.*]]: tensor<?x100xf32>, %[[W:[a-z0-9]+]]:
// CHECK-NOT:     mml.pack_activations
// CHECK:         %[[S:.*]] = mml.storage %[[W]] : {{.*}} -> tensor<3x6x16xi32>
// CHECK:         %[[R:.*]] = mml.contract_packed #mml.word_lookup<rows = 16> ins(%[[X]] : tensor<?x100xf32>) kernel(%[[S]] : tensor<3x6x16xi32>) outs(%{{.*}} : tensor<?x40xf32>)
// CHECK-NOT:     linalg.add
// CHECK:         return %[[R]]
func.func @floats(%x: tensor<?x100xf32>, %w: tensor<100x40x!mml.trit, #mml.word_lookup<rows = 16>>, %n: index) -> tensor<?x40xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%n) : tensor<?x40xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x40xf32>) -> tensor<?x40xf32>
  %r = mml.contract ins(%x, %w : tensor<?x100xf32>, tensor<100x40x!mml.trit, #mml.word_lookup<rows = 16>>) outs(%zeros : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %r : tensor<?x40xf32>
}

// CHECK-LABEL: func @accumulate_floats(
// CHECK-SAME:    %[[OUT:[a-z0-9]+]]: tensor<3x40xf32>)
// CHECK:         %[[R:.*]] = mml.contract_packed
// CHECK:         linalg.add ins(%[[R]], %[[OUT]] : tensor<3x40xf32>, tensor<3x40xf32>) outs(%[[OUT]] : tensor<3x40xf32>)
func.func @accumulate_floats(%x: tensor<3x64xf32>, %w: tensor<64x40x!mml.trit, #mml.word_lookup<rows = 16>>, %out: tensor<3x40xf32>) -> tensor<3x40xf32> {
  %r = mml.contract ins(%x, %w : tensor<3x64xf32>, tensor<64x40x!mml.trit, #mml.word_lookup<rows = 16>>) outs(%out : tensor<3x40xf32>) -> tensor<3x40xf32>
  return %r : tensor<3x40xf32>
}

// A kernel of the other kind of activations is left alone.

// CHECK-LABEL: func @mismatch(
// CHECK:         mml.contract bound(128)
// CHECK-NOT:     mml.contract_packed
func.func @mismatch(%x: tensor<3x64xi8>, %w: tensor<64x40x!mml.trit, #mml.word_lookup<rows = 16>>, %out: tensor<3x40xi32>) -> tensor<3x40xi32> {
  %r = mml.contract bound(128) ins(%x, %w : tensor<3x64xi8>, tensor<64x40x!mml.trit, #mml.word_lookup<rows = 16>>) outs(%out : tensor<3x40xi32>) -> tensor<3x40xi32>
  return %r : tensor<3x40xi32>
}
