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

// -----

// What rows become is arranged for a contraction where it is computed, and has no
// array. Blocks behind the last row fill the last tile of tokens up.

// CHECK-LABEL: func.func @packed(
// CHECK-SAME:      %[[X:.*]]: memref<?x128xf32>, %[[TILES:.*]]: memref<?x2x16x64xi8>, %[[SUMS:.*]]: memref<?x16xi32>, %[[N:.*]]: index
// CHECK-NOT:     memref<?x128xi8>
// CHECK:         gpu.launch blocks(%[[ROW:[a-z0-9]+]], {{.*}} threads({{.*}} = %c128{{.*}} function(@packed_rows_0)
// CHECK:           %[[IN:.*]] = arith.cmpi ult, %[[ROW]], %{{.*}} : index
// CHECK:           scf.if %[[IN]] {
// CHECK:             memref.load %[[X]]
// CHECK-COUNT-5:     gpu.shuffle xor
// CHECK:             gpu.barrier
// CHECK:           }
// CHECK:           gpu.barrier
// CHECK:           scf.for
// CHECK-COUNT-4:     memref.load %[[X]]
// CHECK-NOT:         memref.load %[[X]]
// CHECK:             vector.from_elements {{.*}} : vector<4xi8>
// CHECK:             vector.store {{.*}}, %[[TILES]]
// CHECK:             nvvm.dot.accumulate.4way
// CHECK:           memref.store %{{.*}}, %[[SUMS]]
// CHECK-NOT:     gpu.launch
// CHECK:         return
func.func @packed(%x: memref<?x128xf32>, %tiles: memref<?x2x16x64xi8>, %sums: memref<?x16xi32>, %n: index) {
  %zero = arith.constant 0.0 : f32
  %s = gpu.alloc (%n) : memref<?xf32>
  %q = gpu.alloc (%n) : memref<?x128xi8>
  linalg.fill ins(%zero : f32) outs(%s : memref<?xf32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x128xf32>) outs(%s : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.maximumf %out, %in : f32
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x128xf32>, memref<?xf32>) outs(%q : memref<?x128xi8>) {
  ^bb0(%in: f32, %most: f32, %out: i8):
    %d = arith.divf %in, %most : f32
    %i = arith.fptosi %d : f32 to i8
    linalg.yield %i : i8
  }
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<?x128xi8>) outs(%tiles, %sums : memref<?x2x16x64xi8>, memref<?x16xi32>)
  gpu.dealloc %s : memref<?xf32>
  gpu.dealloc %q : memref<?x128xi8>
  return
}

// -----

// Where something else needs the array, it is written, and read as it is arranged.

// CHECK-LABEL: func.func @needed(
// CHECK-SAME:      %[[X:.*]]: memref<16x64xf32>, %[[Q:.*]]: memref<16x64xi8>
// CHECK:         gpu.launch blocks({{.*}} in (%{{.*}} = %c16{{.*}} function(@needed_rows_0)
// CHECK-NOT:       scf.if
// CHECK:           memref.store %{{.*}}, %[[Q]]
// CHECK:           gpu.barrier
// CHECK:           vector.load %[[Q]]
// CHECK:           gpu.terminator
// CHECK-NOT:     gpu.launch
func.func @needed(%x: memref<16x64xf32>, %q: memref<16x64xi8>, %tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<16x64xf32>) outs(%q : memref<16x64xi8>) {
  ^bb0(%in: f32, %out: i8):
    %i = arith.fptosi %in : f32 to i8
    linalg.yield %i : i8
  }
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<16x64xi8>) outs(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// What the rows were computed to is not what is arranged.

// CHECK-LABEL: func.func @other(
// CHECK:         gpu.launch {{.*}} function(@other_rows_0)
// CHECK:         gpu.launch {{.*}} function(@other_pack_activations_1)
func.func @other(%x: memref<16x64xf32>, %s: memref<16xf32>, %q: memref<16x64xi8>, %tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<16xf32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x64xf32>) outs(%s : memref<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.maximumf %out, %in : f32
    linalg.yield %a : f32
  }
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<16x64xi8>) outs(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
  return
}

// -----

// The sizes of an array that is gone are those that it was allocated with.

// CHECK-LABEL: func.func @alone(
// CHECK-SAME:      %[[N:[^:]*]]: index)
// CHECK-NOT:     gpu.alloc
// CHECK:         affine.apply #{{.*}}()[%[[N]]]
// CHECK:         gpu.launch {{.*}} function(@alone_rows_0)
// CHECK:           vector.from_elements
// CHECK-NOT:     gpu.launch
// CHECK:         return
func.func @alone(%x: memref<?x64xf32>, %tiles: memref<?x1x16x64xi8>, %sums: memref<?x16xi32>, %n: index) {
  %q = gpu.alloc (%n) : memref<?x64xi8>
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x64xf32>) outs(%q : memref<?x64xi8>) {
  ^bb0(%in: f32, %out: i8):
    %i = arith.fptosi %in : f32 to i8
    linalg.yield %i : i8
  }
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<?x64xi8>) outs(%tiles, %sums : memref<?x1x16x64xi8>, memref<?x16xi32>)
  gpu.dealloc %q : memref<?x64xi8>
  return
}

// -----

// Rows of the result that other rows read are another kernel's.

// CHECK-LABEL: func.func @transposed(
// CHECK:         function(@transposed_rows_0)
// CHECK:         function(@transposed_generic_1)
func.func @transposed(%x: memref<8x8xf32>, %s: memref<8xf32>, %y: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<8xf32>)
  linalg.reduce { arith.addf } ins(%x : memref<8x8xf32>) outs(%s : memref<8xf32>) dimensions = [1]
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<8x8xf32>, memref<8xf32>) outs(%y : memref<8x8xf32>) {
  ^bb0(%in: f32, %sum: f32, %out: f32):
    %a = arith.subf %in, %sum : f32
    linalg.yield %a : f32
  }
  return
}

// -----

// So are rows that are written behind what reads them from other rows.

// CHECK-LABEL: func.func @overwritten(
// CHECK:         function(@overwritten_rows_0)
// CHECK:         function(@overwritten_fill_1)
func.func @overwritten(%x: memref<8x8xf32>, %v: memref<8xf32>, %s: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<8xf32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %v : memref<8x8xf32>, memref<8xf32>) outs(%s : memref<8xf32>) {
  ^bb0(%in: f32, %factor: f32, %out: f32):
    %a = arith.mulf %in, %factor : f32
    %b = arith.addf %out, %a : f32
    linalg.yield %b : f32
  }
  linalg.fill ins(%zero : f32) outs(%v : memref<8xf32>)
  return
}

// -----

// What frees an array that is gone may be between the operations of the next
// kernel.

// CHECK-LABEL: func.func @freed(
// CHECK-NOT:     memref<16x70xi8>
// CHECK:         gpu.launch {{.*}} function(@freed_rows_0)
// The last words of a token end behind it, and so does the last tile.
// CHECK:           scf.if
// CHECK:             memref.load
// CHECK:         gpu.launch {{.*}} function(@freed_rows_1)
// CHECK-NOT:     gpu.dealloc
func.func @freed(%x: memref<16x70xf32>, %tiles: memref<1x2x16x64xi8>, %sums: memref<1x16xi32>, %s: memref<16xf32>) {
  %zero = arith.constant 0.0 : f32
  %q = gpu.alloc () : memref<16x70xi8>
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<16x70xf32>) outs(%q : memref<16x70xi8>) {
  ^bb0(%in: f32, %out: i8):
    %i = arith.fptosi %in : f32 to i8
    linalg.yield %i : i8
  }
  mml.pack_activations #mml.dot<rows = 16> ins(%q : memref<16x70xi8>) outs(%tiles, %sums : memref<1x2x16x64xi8>, memref<1x16xi32>)
  linalg.fill ins(%zero : f32) outs(%s : memref<16xf32>)
  gpu.dealloc %q : memref<16x70xi8>
  linalg.reduce { arith.addf } ins(%x : memref<16x70xf32>) outs(%s : memref<16xf32>) dimensions = [1]
  return
}

// -----

// An array is written where something else reads it, or the operation itself.

// CHECK-LABEL: func.func @kept(
// CHECK:         %[[Q:.*]] = gpu.alloc () : memref<16x64xi8>
// CHECK:         gpu.launch {{.*}} function(@kept_rows_0)
// CHECK:           memref.store %{{.*}}, %[[Q]]
// CHECK:         gpu.launch {{.*}} function(@kept_generic_1)
// CHECK:           memref.load %[[Q]]
func.func @kept(%x: memref<16x64xi8>, %tiles: memref<1x1x16x64xi8>, %sums: memref<1x16xi32>) {
  %q = gpu.alloc () : memref<16x64xi8>
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%q : memref<16x64xi8>) outs(%q : memref<16x64xi8>) {
  ^bb0(%in: i8, %out: i8):
    %i = arith.addi %in, %in : i8
    linalg.yield %i : i8
  }
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<16x64xi8>) outs(%tiles, %sums : memref<1x1x16x64xi8>, memref<1x16xi32>)
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%q : memref<16x64xi8>) outs(%x : memref<16x64xi8>) {
  ^bb0(%in: i8, %out: i8):
    linalg.yield %in : i8
  }
  gpu.dealloc %q : memref<16x64xi8>
  return
}
