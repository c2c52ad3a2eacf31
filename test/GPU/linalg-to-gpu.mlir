// RUN: mml-opt %s --mml-convert-linalg-to-gpu --split-input-file | FileCheck %s
// RUN: mml-opt %s --mml-convert-linalg-to-gpu=block-threads=64 --split-input-file | FileCheck %s --check-prefix=SMALL

// A thread an element; what is summed over is a loop, sums are in registers,
// and the order of the loops does not matter.

// CHECK-LABEL: func.func @matmul(
// CHECK-SAME:      %[[A:.*]]: memref<?x20xf32>, %[[B:.*]]: memref<20x33xf32>, %[[C:.*]]: memref<?x33xf32>
// CHECK:         gpu.launch blocks(%[[BX:[^,]*]], {{.*}} threads(%[[TX:[^,]*]], {{.*}} module(@kernels) function(@matmul_contract_0)
// CHECK:           %[[I:.*]] = affine.apply #{{.*}}[%[[BX]], %[[TX]]]
// CHECK:           %[[IN:.*]] = arith.cmpi ult, %[[I]]
// CHECK:           scf.if %[[IN]] {
// CHECK:             %[[P:.*]]:2 = affine.delinearize_index %[[I]] into (%{{.*}}, 33)
// CHECK:             %[[START:.*]] = memref.load %[[C]][%[[P]]#0, %[[P]]#1]
// CHECK:             %[[SUM:.*]] = scf.for %[[K:.*]] = {{.*}} iter_args(%[[S:.*]] = %[[START]]) -> (f32) {
// CHECK-DAG:           memref.load %[[A]][%[[P]]#0, %[[K]]]
// CHECK-DAG:           memref.load %[[B]][%[[K]], %[[P]]#1]
// CHECK-NOT:           memref.store
// CHECK:               scf.yield
// CHECK:             memref.store %[[SUM]], %[[C]][%[[P]]#0, %[[P]]#1]
// SMALL-LABEL: func.func @matmul(
// SMALL:         arith.constant 64 : index
func.func @matmul(%a: memref<?x20xf32>, %b: memref<20x33xf32>, %c: memref<?x33xf32>) {
  linalg.contract
      indexing_maps = [affine_map<(k, i, j) -> (i, k)>, affine_map<(k, i, j) -> (k, j)>,
                       affine_map<(k, i, j) -> (i, j)>]
      ins(%a, %b : memref<?x20xf32>, memref<20x33xf32>) outs(%c : memref<?x33xf32>)
  return
}

// -----

// No more threads than are needed, in whole warps; no test where all of them
// are. What is not read is not loaded.

// CHECK-LABEL: func.func @fill(
// CHECK-DAG:     %[[T:.*]] = arith.constant 64 : index
// CHECK:         gpu.launch {{.*}} threads(%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}} = %[[T]],
// CHECK-NOT:       scf.if
// CHECK-NOT:       memref.load
// CHECK:           memref.store
func.func @fill(%x: memref<4x16xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%x : memref<4x16xf32>)
  return
}

// -----

// Nothing to do is no kernel.

// CHECK-LABEL: func.func @empty(
// CHECK-NOT:     gpu.launch
func.func @empty(%x: memref<4x0xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%x : memref<4x0xf32>)
  return
}

// -----

// Indices, scalars, results of no dimension, copies, and the names of kernels.

// CHECK-LABEL: func.func @"other-things"(
// CHECK-SAME:      %[[X:.*]]: memref<40xi64>, %[[Y:.*]]: memref<40xi64>, %[[S:.*]]: memref<i64>
// CHECK:         function(@other_things_generic_0)
// CHECK:           %[[I:.*]] = affine.apply
// CHECK-NOT:       linalg.index
// CHECK:           arith.index_cast %[[I]] : index to i64
// CHECK:         function(@other_things_reduce_1)
// CHECK:           %[[SUM:.*]] = scf.for
// CHECK:           memref.store %[[SUM]], %[[S]][]
// CHECK:         function(@other_things_generic_2)
// CHECK:           memref.load %[[X]]
// CHECK:           memref.store %{{.*}}, %[[Y]]
func.func @"other-things"(%x: memref<40xi64>, %y: memref<40xi64>, %s: memref<i64>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      outs(%x : memref<40xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i64
    linalg.yield %v : i64
  }
  linalg.reduce { arith.addi } ins(%x : memref<40xi64>) outs(%s : memref<i64>) dimensions = [0]
  memref.copy %x, %y : memref<40xi64> to memref<40xi64>
  return
}

// -----

// What the host reads and writes element by element goes by kernels of one
// thread and through memory of the host.

// CHECK-LABEL: func.func @elements(
// CHECK-SAME:      %[[X:.*]]: memref<?xi32>, %[[I:.*]]: index
// CHECK:         %[[HOST:.*]] = memref.alloca() : memref<i32>
// CHECK:         %[[ONE:.*]] = gpu.alloc () : memref<i32>
// CHECK:         gpu.launch
// CHECK:           %[[E:.*]] = memref.load %[[X]][%[[I]]]
// CHECK:           memref.store %[[E]], %[[ONE]][]
// CHECK:         gpu.memcpy %[[HOST]], %[[ONE]]
// CHECK:         gpu.dealloc %[[ONE]]
// CHECK:         %[[V:.*]] = memref.load %[[HOST]][]
// CHECK:         gpu.launch
// CHECK:           memref.store %[[V]], %[[X]]
func.func @elements(%x: memref<?xi32>, %i: index) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%i] : memref<?xi32>
  memref.store %v, %x[%c0] : memref<?xi32>
  return
}

// -----

// The name of the module of kernels gives way.

// CHECK-LABEL: func.func @kernels(
// CHECK:         module(@kernels_0)
func.func @kernels(%x: memref<4xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%x : memref<4xf32>)
  return
}

// -----

// A block arranges a token, or fills a tile up; bytes are read by words where
// rows are of whole ones.

// CHECK-LABEL: func.func @pack(
// CHECK:         gpu.launch {{.*}} threads({{.*}} = %c32{{.*}} function(@pack_pack_activations_0)
// CHECK:           scf.for
// CHECK:             vector.load {{.*}} {alignment = 4 : i64} : memref<?x128xi8>, vector<4xi8>
// CHECK:             vector.store {{.*}} {alignment = 4 : i64} : memref<?x2x16x64xi8>, vector<4xi8>
// CHECK:             nvvm.dot.accumulate.4way
// CHECK-COUNT-5:   gpu.shuffle xor
// CHECK:           gpu.barrier
func.func @pack(%x: memref<?x128xi8>, %tiles: memref<?x2x16x64xi8>, %sums: memref<?x16xi32>) {
  mml.pack_activations #mml.dot<rows = 32> ins(%x : memref<?x128xi8>) outs(%tiles, %sums : memref<?x2x16x64xi8>, memref<?x16xi32>)
  return
}
