// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s

// CHECK-LABEL: func @tensors(
func.func @tensors(%x: tensor<?x100xi8>, %t0: tensor<?x2x16x64xi8>, %s0: tensor<?x16xi32>,
                   %w: tensor<4x7x128xi8>, %out: tensor<?x120xi32>) -> tensor<?x120xi32> {
  // CHECK: mml.pack_activations #mml.dot<rows = 32> ins(%{{.*}} : tensor<?x100xi8>) outs(%{{.*}}, %{{.*}} : tensor<?x2x16x64xi8>, tensor<?x16xi32>) -> tensor<?x2x16x64xi8>, tensor<?x16xi32>
  %t, %s = mml.pack_activations #mml.dot<rows = 32> ins(%x : tensor<?x100xi8>)
      outs(%t0, %s0 : tensor<?x2x16x64xi8>, tensor<?x16xi32>) -> tensor<?x2x16x64xi8>, tensor<?x16xi32>
  // CHECK: mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%{{.*}}, %{{.*}} : tensor<?x2x16x64xi8>, tensor<?x16xi32>) kernel(%{{.*}} : tensor<4x7x128xi8>) outs(%{{.*}} : tensor<?x120xi32>) -> tensor<?x120xi32>
  %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t, %s : tensor<?x2x16x64xi8>, tensor<?x16xi32>)
      kernel(%w : tensor<4x7x128xi8>) outs(%out : tensor<?x120xi32>) -> tensor<?x120xi32>
  return %r : tensor<?x120xi32>
}

// CHECK-LABEL: func @memrefs(
func.func @memrefs(%x: memref<17x64xi8>, %t: memref<2x1x16x64xi8>, %s: memref<2x16xi32>,
                   %w: memref<?x4x64xi8>, %out: memref<17x?xi32>) {
  // CHECK: mml.pack_activations #mml.dot<rows = 16> ins(%{{.*}} : memref<17x64xi8>) outs(%{{.*}}, %{{.*}} : memref<2x1x16x64xi8>, memref<2x16xi32>){{$}}
  mml.pack_activations #mml.dot<rows = 16> ins(%x : memref<17x64xi8>) outs(%t, %s : memref<2x1x16x64xi8>, memref<2x16xi32>)
  // CHECK: mml.contract_packed #mml.dot<rows = 16> bound(127) ins(%{{.*}}, %{{.*}} : memref<2x1x16x64xi8>, memref<2x16xi32>) kernel(%{{.*}} : memref<?x4x64xi8>) outs(%{{.*}} : memref<17x?xi32>){{$}}
  mml.contract_packed #mml.dot<rows = 16> bound(127) ins(%t, %s : memref<2x1x16x64xi8>, memref<2x16xi32>)
      kernel(%w : memref<?x4x64xi8>) outs(%out : memref<17x?xi32>)
  return
}

// CHECK-LABEL: func @floats(
func.func @floats(%x: tensor<?x100xf32>, %w: tensor<2x6x64xi32>, %out: tensor<?x120xf32>) -> tensor<?x120xf32> {
  // CHECK: mml.contract_packed #mml.word_lookup<rows = 64> ins(%{{.*}} : tensor<?x100xf32>) kernel(%{{.*}} : tensor<2x6x64xi32>) outs(%{{.*}} : tensor<?x120xf32>) -> tensor<?x120xf32>
  %r = mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : tensor<?x100xf32>)
      kernel(%w : tensor<2x6x64xi32>) outs(%out : tensor<?x120xf32>) -> tensor<?x120xf32>
  return %r : tensor<?x120xf32>
}
