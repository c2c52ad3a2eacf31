// RUN: mml-opt %s --mml-convert-linalg-to-gpu --split-input-file | FileCheck %s

// What rows go through one after another is one kernel, with a block a row and
// barriers between; what is freed meanwhile is freed afterwards.

// CHECK-LABEL: func.func @norm(
// CHECK-SAME:      %[[X:.*]]: memref<?x100xf32>, %[[G:.*]]: memref<100xf32>, %[[N:.*]]: index
// CHECK:         %[[D:.*]] = gpu.alloc {{ *}}(%[[N]]) : memref<?x100xf32>
// CHECK:         %[[S:.*]] = gpu.alloc {{ *}}(%[[N]]) : memref<?xf32>
// CHECK:         %[[T:.*]] = arith.constant 128 : index
// CHECK:         gpu.launch blocks(%[[ROW:[^,]*]], {{.*}} threads(%[[THREAD:[^,]*]], {{.*}} = %[[T]],{{.*}} function(@norm_rows_0) workgroup(%{{.*}} : memref<16xi8, #gpu.address_space<workgroup>>)
// One thread fills,
// CHECK:           arith.cmpi ult, %[[THREAD]]
// CHECK-NEXT:      scf.if
// CHECK:             memref.store %{{.*}}, %[[S]][%[[ROW]]]
// CHECK:           gpu.barrier
// all sum,
// CHECK:           scf.for %[[K:.*]] = %[[THREAD]] to %{{.*}} step %{{.*}} iter_args(%[[SUM:.*]] = %{{.*}})
// CHECK:             %[[E:.*]] = memref.load %[[X]][%[[ROW]], %[[K]]]
// CHECK:             %[[P:.*]] = arith.mulf %[[E]], %[[E]]
// CHECK:             arith.addf %[[SUM]], %[[P]]
// CHECK-COUNT-5:   gpu.shuffle xor
// CHECK:           gpu.barrier
// CHECK:           scf.if
// CHECK:             memref.load %[[S]][%[[ROW]]]
// CHECK-COUNT-4:     arith.addf
// CHECK:             memref.store %{{.*}}, %[[S]][%[[ROW]]]
// CHECK:           gpu.barrier
// all write.
// CHECK:           scf.for %[[K:.*]] = %[[THREAD]]
// CHECK:             memref.store %{{.*}}, %[[D]][%[[ROW]], %[[K]]]
// CHECK:           gpu.terminator
// CHECK:         gpu.dealloc %[[S]]
// CHECK-NOT:     gpu.launch
// CHECK:         return %[[D]]
func.func @norm(%x: memref<?x100xf32>, %g: memref<100xf32>, %n: index) -> memref<?x100xf32> {
  %zero = arith.constant 0.0 : f32
  %d = gpu.alloc (%n) : memref<?x100xf32>
  %s = gpu.alloc (%n) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<?xf32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x100xf32>) outs(%s : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.mulf %in, %in : f32
    %a = arith.addf %out, %p : f32
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s, %g : memref<?x100xf32>, memref<?xf32>, memref<100xf32>) outs(%d : memref<?x100xf32>) {
  ^bb0(%in: f32, %sum: f32, %gain: f32, %out: f32):
    %q = arith.divf %in, %sum : f32
    %r = arith.mulf %q, %gain : f32
    linalg.yield %r : f32
  }
  gpu.dealloc %s : memref<?xf32>
  return %d : memref<?x100xf32>
}

// -----

// No group: without a sum; with other rows; with rows that are seen through
// another memref; with a body that reads what it likes.

// CHECK-LABEL: func.func @elementwise(
// CHECK:         function(@elementwise_fill_0)
// CHECK:         function(@elementwise_fill_1)
func.func @elementwise(%x: memref<8x4xf32>, %y: memref<8x4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%x : memref<8x4xf32>)
  linalg.fill ins(%zero : f32) outs(%y : memref<8x4xf32>)
  return
}

// -----

// CHECK-LABEL: func.func @rows(
// CHECK:         function(@rows_fill_0)
// CHECK:         function(@rows_reduce_1)
func.func @rows(%x: memref<8x4xf32>, %y: memref<8xf32>, %z: memref<4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%z : memref<4xf32>)
  linalg.reduce { arith.addf } ins(%x : memref<8x4xf32>) outs(%y : memref<8xf32>) dimensions = [1]
  return
}

// -----

// CHECK-LABEL: func.func @views(
// CHECK:         function(@views_fill_0)
// CHECK:         function(@views_reduce_1)
func.func @views(%x: memref<9x4xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %first = memref.subview %x[0, 0] [8, 4] [1, 1] : memref<9x4xf32> to memref<8x4xf32, strided<[4, 1]>>
  %second = memref.subview %x[1, 0] [8, 4] [1, 1] : memref<9x4xf32> to memref<8x4xf32, strided<[4, 1], offset: 4>>
  linalg.fill ins(%zero : f32) outs(%first : memref<8x4xf32, strided<[4, 1]>>)
  linalg.reduce { arith.addf } ins(%second : memref<8x4xf32, strided<[4, 1], offset: 4>>) outs(%y : memref<8xf32>) dimensions = [1]
  return
}

// -----

// CHECK-LABEL: func.func @bodies(
// CHECK:         function(@bodies_fill_0)
// CHECK:         function(@bodies_generic_1)
func.func @bodies(%x: memref<8x4xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  linalg.fill ins(%zero : f32) outs(%y : memref<8xf32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x4xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %other = memref.load %x[%c0, %c0] : memref<8x4xf32>
    %a = arith.addf %out, %other : f32
    linalg.yield %a : f32
  }
  return
}
