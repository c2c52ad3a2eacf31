// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector{float-lookup=vpermi2ps},canonicalize))" | FileCheck %s
// RUN: mml-opt %s --pass-pipeline="builtin.module(func.func(convert-mml-kernels-to-vector,canonicalize))" | FileCheck %s --check-prefix=PORTABLE

// Tables of the activations of a chunk of words, which all outputs look up in.
// One half of a table is the other one, negated. Four tokens and four vectors of
// outputs are summed at once: an index is shifted once for four tokens, a table
// is loaded once for four vectors.

// CHECK-LABEL: func @four(
// CHECK-SAME:    %[[X:.*]]: memref<4x2048xf32>, %[[W:.*]]: memref<2x114x64xi32>, %[[OUT:.*]]: memref<4x128xf32>)
// CHECK:         %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<256x32xf32>
// CHECK:         scf.for %[[FIRST:.*]] = %c0 to %c114 step %c10
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK:               memref.load %[[X]]
// CHECK:               arith.mulf
// CHECK:               vector.fma
// CHECK:               %[[SUMS:.*]] = vector.fma
// CHECK:               vector.store %[[SUMS]], %[[T]]
// CHECK:               arith.negf %[[SUMS]]
// CHECK:               vector.store
// CHECK:           scf.if
// CHECK:           scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK-COUNT-16:    vector.load %[[OUT]]
// CHECK:             scf.for {{.*}} iter_args
// CHECK-COUNT-4:       vector.load %[[W]]
// CHECK-COUNT-4:       arith.shrui
// CHECK-NOT:           arith.shrui
// CHECK:               vector.load %[[T]]{{.*}} vector<32xf32>
// CHECK-COUNT-4:       mml.lookup vpermi2ps {{.*}} : vector<32xf32>, vector<16xi32>
// CHECK:               vector.load %[[T]]{{.*}} vector<32xf32>
// CHECK-COUNT-12:      mml.lookup vpermi2ps {{.*}} : vector<32xf32>, vector<16xi32>
// CHECK:               arith.shrui
// CHECK:             vector.store %{{.*}}, %[[OUT]]
// CHECK-NOT:     scf.for
// CHECK:         memref.dealloc %[[T]]
// PORTABLE-LABEL: func @four(
// PORTABLE:         mml.lookup portable
func.func @four(%x: memref<4x2048xf32>, %w: memref<2x114x64xi32>, %out: memref<4x128xf32>) {
  mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : memref<4x2048xf32>) kernel(%w : memref<2x114x64xi32>) outs(%out : memref<4x128xf32>)
  return
}

// An unknown number of tokens goes through steps of four, three, two and one.
// Outputs of a block that is not whole are vectors under a mask.

// CHECK-LABEL: func @any(
// CHECK:         %[[TOKENS:.*]] = memref.dim
// CHECK:         scf.for {{.*}} step %c4
// CHECK:           vector.maskedstore
// CHECK:         scf.for {{.*}} step %c3
// CHECK:         scf.for {{.*}} step %c2
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[TOKENS]] step %c1
// CHECK-LABEL: func @one(
// CHECK:         %[[T:.*]] = memref.alloc
// One token needs no loop over tokens; its chunks are 42 words.
// CHECK-NEXT:    scf.for %{{.*}} = %c0 to %c114 step %c42
func.func @any(%x: memref<?x36xf32>, %w: memref<2x2x64xi32>, %out: memref<?x70xf32>) {
  mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : memref<?x36xf32>) kernel(%w : memref<2x2x64xi32>) outs(%out : memref<?x70xf32>)
  return
}
func.func @one(%x: memref<1x2048xf32>, %w: memref<2x114x64xi32>, %out: memref<1x128xf32>) {
  mml.contract_packed #mml.word_lookup<rows = 64> ins(%x : memref<1x2048xf32>) kernel(%w : memref<2x114x64xi32>) outs(%out : memref<1x128xf32>)
  return
}
