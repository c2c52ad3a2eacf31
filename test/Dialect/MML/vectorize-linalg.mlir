// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-vectorize-linalg{vector-bits=256}),canonicalize,cse)' | FileCheck %s
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-vectorize-linalg{vector-bits=128}),canonicalize,cse)' | FileCheck %s --check-prefix=W128
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-vectorize-linalg{vector-bits=512}),canonicalize,cse)' | FileCheck %s --check-prefix=W512

#all = affine_map<(d0, d1) -> (d0, d1)>
#rows = affine_map<(d0, d1) -> (d0)>
#columns = affine_map<(d0, d1) -> (d1)>

// Whole vectors, then a tail of its own size; an element a row is broadcast,
// and what no loop changes is read outside of it.

// CHECK-LABEL: func @elementwise(
// CHECK-SAME:      %[[X:.*]]: tensor<?x20xf32>, %[[S:.*]]: tensor<?xf32>, %[[B:.*]]: tensor<20xf32>, %[[OUT:.*]]: tensor<?x20xi8>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[N:.*]] = tensor.dim %[[X]], %[[C0]]
// CHECK-DAG:     %[[B0:.*]] = vector.transfer_read %[[B]][%[[C0]]], {{.*}} vector<16xf32>
// CHECK-DAG:     %[[B1:.*]] = vector.transfer_read %[[B]][%[[C16]]], {{.*}} vector<4xf32>
// CHECK:         %[[R:.*]] = scf.for %[[I:.*]] = %[[C0]] to %[[N]] {{.*}} iter_args(%[[T:.*]] = %[[OUT]])
// CHECK:           %[[X0:.*]] = vector.transfer_read %[[X]][%[[I]], %[[C0]]], {{.*}} {in_bounds = [true]} : tensor<?x20xf32>, vector<16xf32>
// CHECK:           %[[E:.*]] = tensor.extract %[[S]][%[[I]]]
// CHECK:           %[[E0:.*]] = vector.broadcast %[[E]] : f32 to vector<16xf32>
// CHECK:           %[[M0:.*]] = arith.mulf %[[X0]], %[[E0]] : vector<16xf32>
// CHECK:           %[[A0:.*]] = arith.addf %[[M0]], %[[B0]] : vector<16xf32>
// CHECK:           %[[Q0:.*]] = arith.fptosi %[[A0]] : vector<16xf32> to vector<16xi8>
// CHECK:           %[[T0:.*]] = vector.transfer_write %[[Q0]], %[[T]][%[[I]], %[[C0]]]
// CHECK:           arith.addf %{{.*}}, %[[B1]] : vector<4xf32>
// CHECK:           %[[T1:.*]] = vector.transfer_write %{{.*}}, %[[T0]][%[[I]], %[[C16]]] {{.*}} : vector<4xi8>
// CHECK:           scf.yield %[[T1]]
// CHECK:         return %[[R]]

// W128-LABEL: func @elementwise(
// W128:           scf.for %{{.*}} = %c0 to %c16 step %c8
// W128:             arith.mulf {{.*}} : vector<8xf32>
// W128:           arith.mulf {{.*}} : vector<4xf32>

// W512-LABEL: func @elementwise(
// W512-NOT:       vector<{{[0-9]}}x
// W512:           arith.mulf {{.*}} : vector<20xf32>
// W512-LABEL: func @wide(
// W512:           arith.addf {{.*}} : vector<32xf32>
// W512:           arith.addf {{.*}} : vector<8xf32>
func.func @elementwise(%x: tensor<?x20xf32>, %s: tensor<?xf32>, %b: tensor<20xf32>, %out: tensor<?x20xi8>) -> tensor<?x20xi8> {
  %0 = linalg.generic {indexing_maps = [#all, #rows, #columns, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s, %b : tensor<?x20xf32>, tensor<?xf32>, tensor<20xf32>) outs(%out : tensor<?x20xi8>) {
  ^bb0(%a: f32, %c: f32, %d: f32, %o: i8):
    %1 = arith.mulf %a, %c : f32
    %2 = arith.addf %1, %d : f32
    %3 = arith.fptosi %2 : f32 to i8
    linalg.yield %3 : i8
  } -> tensor<?x20xi8>
  return %0 : tensor<?x20xi8>
}

func.func @wide(%x: tensor<?x40xf32>, %y: tensor<?x40xf32>, %out: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %0 = linalg.add ins(%x, %y : tensor<?x40xf32>, tensor<?x40xf32>) outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}

// The widest element that the body computes with counts.

// CHECK-LABEL: func @widest_counts(
// CHECK:         arith.extsi {{.*}} : vector<8xi32> to vector<8xi64>
func.func @widest_counts(%x: tensor<64xi32>, %out: tensor<64xi32>) -> tensor<64xi32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<64xi32>) outs(%out : tensor<64xi32>) {
  ^bb0(%a: i32, %o: i32):
    %1 = arith.extsi %a : i32 to i64
    %2 = arith.muli %1, %1 : i64
    %3 = arith.trunci %2 : i64 to i32
    linalg.yield %3 : i32
  } -> tensor<64xi32>
  return %0 : tensor<64xi32>
}

// What is stored without being read need not be there.

// CHECK-LABEL: func @fill(
// CHECK-NOT:     vector.transfer_read
// CHECK:         %[[V:.*]] = vector.broadcast %{{.*}} : f32 to vector<16xf32>
// CHECK:         vector.transfer_write %[[V]]
func.func @fill(%value: f32, %out: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linalg.fill ins(%value : f32) outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// Vectors of partial results start at what changes nothing, four of them as an
// operation takes some cycles; the largest element is NaN where there is one.

// CHECK-LABEL: func @absmax(
// CHECK-SAME:      %[[X:.*]]: tensor<?x2560xf32>, %[[OUT:.*]]: tensor<?xf32>
// CHECK-DAG:     %[[INF:.*]] = arith.constant dense<0xFF800000> : vector<16xf32>
// CHECK:         scf.for %[[I:[a-z0-9]+]] = {{.*}} iter_args(%[[T:.*]] = %[[OUT]])
// CHECK:           %[[P:.*]]:4 = scf.for %[[J:.*]] = %c0 to %c2560 step %c64 iter_args(%[[ACC0:.*]] = %[[INF]], %[[ACC1:.*]] = %[[INF]], %[[ACC2:.*]] = %[[INF]], %[[ACC3:.*]] = %[[INF]])
// CHECK:             %[[V0:.*]] = vector.transfer_read %[[X]][%[[I]], %[[J]]]
// CHECK:             %[[A0:.*]] = math.absf %[[V0]] : vector<16xf32>
// CHECK:             %[[MAX0:.*]] = arith.maximumf %[[ACC0]], %[[A0]] : vector<16xf32>
// CHECK:             %[[J1:.*]] = affine.apply #{{.*}}(%[[J]])
// CHECK:             %[[V1:.*]] = vector.transfer_read %[[X]][%[[I]], %[[J1]]]
// CHECK:             %[[MAX1:.*]] = arith.maximumf %[[ACC1]]
// CHECK:             %[[MAX2:.*]] = arith.maximumf %[[ACC2]]
// CHECK:             %[[MAX3:.*]] = arith.maximumf %[[ACC3]]
// CHECK:             scf.yield %[[MAX0]], %[[MAX1]], %[[MAX2]], %[[MAX3]]
// CHECK:           %[[P1:.*]] = arith.maximumf %[[P]]#0, %[[P]]#1 : vector<16xf32>
// CHECK:           %[[P2:.*]] = arith.maximumf %[[P1]], %[[P]]#2
// CHECK:           %[[P3:.*]] = arith.maximumf %[[P2]], %[[P]]#3
// CHECK:           %[[INIT:.*]] = tensor.extract %[[T]][%[[I]]]
// CHECK:           %[[TOTAL:.*]] = vector.reduction <maximumf>, %[[P3]], %[[INIT]] {{.*}} into f32
// CHECK:           tensor.insert %[[TOTAL]] into %[[T]][%[[I]]]
func.func @absmax(%x: tensor<?x2560xf32>, %out: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x2560xf32>) outs(%out : tensor<?xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %1 = math.absf %a : f32
    %2 = arith.maximumf %acc, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// The tail has partial results of its own, and vectors that are left go to the
// first ones. The square may be fused with its sum.

// CHECK-LABEL: func @sum_of_squares(
// CHECK:         %[[P:.*]]:4 = scf.for {{.*}} step %c64
// CHECK-COUNT-4:   arith.addf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK:         scf.yield
// CHECK:         %[[R:.*]] = scf.for {{.*}} = %c128 to %c160 step %c16 iter_args(%{{.*}} = %[[P]]#0)
// CHECK:           arith.mulf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK:           arith.addf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK:         %[[Q:.*]] = arith.addf {{.*}} fastmath<contract> : vector<3xf32>
// CHECK:         %[[P1:.*]] = arith.addf %[[R]], %[[P]]#1 : vector<16xf32>
// CHECK:         %[[INIT:.*]] = tensor.extract
// CHECK:         %[[S:.*]] = vector.reduction <add>, %{{.*}}, %[[INIT]] fastmath<reassoc>
// CHECK:         vector.reduction <add>, %[[Q]], %[[S]] fastmath<reassoc>
func.func @sum_of_squares(%x: tensor<?x163xf32>, %out: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x163xf32>) outs(%out : tensor<?xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %1 = arith.mulf %a, %a : f32
    %2 = arith.addf %acc, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Over all axes, the same vectors go through all loops.

// CHECK-LABEL: func @sum_of_all(
// CHECK:         %[[P:.*]]:3 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<4xf32>)
// CHECK:           %[[M:.*]] = arith.addf {{.*}} : vector<16xf32>
// CHECK:           %[[N:.*]] = arith.addf {{.*}} : vector<16xf32>
// CHECK:           %[[T:.*]] = arith.addf {{.*}} : vector<4xf32>
// CHECK:           scf.yield %[[M]], %[[N]], %[[T]]
// CHECK:         %[[S:.*]] = arith.addf %[[P]]#0, %[[P]]#1
// CHECK:         vector.reduction <add>, %[[S]]
// CHECK:         vector.reduction <add>, %[[P]]#2
func.func @sum_of_all(%x: tensor<?x36xf32>, %out: tensor<f32>) -> tensor<f32> {
  %0 = linalg.reduce {arith.addf} ins(%x : tensor<?x36xf32>) outs(%out : tensor<f32>) dimensions = [0, 1]
  return %0 : tensor<f32>
}

// Over an axis that is not the innermost, sums stay apart.

// CHECK-LABEL: func @mean_over_pixels(
// CHECK:         scf.for
// CHECK:           %[[INIT:.*]] = vector.transfer_read {{.*}} vector<16xf32>
// CHECK:           %[[S:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[INIT]])
// CHECK:             scf.for
// CHECK:               arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT:       vector.reduction
// CHECK:           vector.transfer_write %[[S]]
func.func @mean_over_pixels(%x: tensor<?x7x7x16xf32>, %out: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %0 = linalg.reduce {arith.addf} ins(%x : tensor<?x7x7x16xf32>) outs(%out : tensor<?x16xf32>) dimensions = [1, 2]
  return %0 : tensor<?x16xf32>
}

// Four rows share a vector of the right-hand side; the sums are in registers.

// CHECK-LABEL: func @matmul(
// CHECK-SAME:      %[[X:.*]]: tensor<?x100xf32>, %[[W:.*]]: tensor<100x32xf32>
// CHECK:         %[[N:.*]] = tensor.dim %[[X]]
// CHECK:         %[[WHOLE:.*]] = affine.apply #{{.*}}()[%[[N]]]
// CHECK:         scf.for %[[J:.*]] = %c0 to %c32 step %c16
// CHECK:           scf.for %{{.*}} = %c0 to %[[WHOLE]] step %c4
// CHECK:             scf.for %[[K:.*]] = %c0 to %c100 step %c1 {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK:               vector.transfer_read %[[W]][%[[K]], %[[J]]]
// CHECK-NOT:           vector.transfer_read
// CHECK-COUNT-4:       arith.addf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK:             }
// CHECK-COUNT-4:     vector.transfer_write
// CHECK:           scf.for %{{.*}} = %[[WHOLE]] to %[[N]] step %c1
// CHECK:             scf.for {{.*}} -> (vector<16xf32>)
func.func @matmul(%x: tensor<?x100xf32>, %w: tensor<100x32xf32>, %out: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<?x100xf32>, tensor<100x32xf32>) outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// The channels of a filter are contiguous, and pixels share them.

// CHECK-LABEL: func @convolution(
// CHECK:         scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
func.func @convolution(%x: tensor<?x9x9x3xf32>, %w: tensor<3x3x3x16xf32>, %out: tensor<?x4x4x16xf32>) -> tensor<?x4x4x16xf32> {
  %0 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<?x9x9x3xf32>, tensor<3x3x3x16xf32>) outs(%out : tensor<?x4x4x16xf32>) -> tensor<?x4x4x16xf32>
  return %0 : tensor<?x4x4x16xf32>
}

// Axes that are one in memory become one.

// CHECK-LABEL: func @short_rows(
// CHECK:         tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2, 3]] : tensor<?x7x7x3xf32> into tensor<?x147xf32>
// CHECK:         math.sqrt {{.*}} : vector<16xf32>
// CHECK:         math.sqrt {{.*}} : vector<3xf32>
// CHECK:         tensor.expand_shape
func.func @short_rows(%x: tensor<?x7x7x3xf32>, %out: tensor<?x7x7x3xf32>) -> tensor<?x7x7x3xf32> {
  %0 = linalg.sqrt ins(%x : tensor<?x7x7x3xf32>) outs(%out : tensor<?x7x7x3xf32>) -> tensor<?x7x7x3xf32>
  return %0 : tensor<?x7x7x3xf32>
}

// Axes of a window overlap in memory.

// CHECK-LABEL: func @windows(
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         arith.maximumf {{.*}} : vector<16xf32>
// CHECK:         arith.maximumf {{.*}} : vector<3xf32>
func.func @windows(%x: tensor<2x9x9x19xf32>, %window: tensor<3x3xf32>, %out: tensor<2x7x7x19xf32>) -> tensor<2x7x7x19xf32> {
  %0 = linalg.pooling_nhwc_max ins(%x, %window : tensor<2x9x9x19xf32>, tensor<3x3xf32>) outs(%out : tensor<2x7x7x19xf32>) -> tensor<2x7x7x19xf32>
  return %0 : tensor<2x7x7x19xf32>
}

// Axes change places where the innermost one stays.

// CHECK-LABEL: func @transpose(
// CHECK-SAME:      %[[X:.*]]: tensor<5x?x16xf32>
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           scf.for %[[J:[a-z0-9]+]] =
// CHECK:             %[[V:.*]] = vector.transfer_read %[[X]][%[[J]], %[[I]], %c0]
// CHECK:             vector.transfer_write %[[V]], %{{.*}}[%[[I]], %[[J]], %c0]
func.func @transpose(%x: tensor<5x?x16xf32>, %out: tensor<?x5x16xf32>) -> tensor<?x5x16xf32> {
  %0 = linalg.transpose ins(%x : tensor<5x?x16xf32>) outs(%out : tensor<?x5x16xf32>) permutation = [1, 0, 2]
  return %0 : tensor<?x5x16xf32>
}

// The rows of a table are contiguous. The index along the vector is one too.

// CHECK-LABEL: func @embedding(
// CHECK-SAME:      %[[IDS:.*]]: tensor<?xi32>, %[[TABLE:.*]]: tensor<11x32xf32>
// CHECK:         %[[ID:.*]] = tensor.extract %[[IDS]]
// CHECK:         %[[ROW:.*]] = arith.index_cast %[[ID]] : i32 to index
// CHECK:         vector.transfer_read %[[TABLE]][%[[ROW]], %{{.*}}], {{.*}} vector<8xf32>
func.func @embedding(%ids: tensor<?xi32>, %table: tensor<11x32xf32>, %out: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linalg.generic {indexing_maps = [#rows, #all], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi32>) outs(%out : tensor<?x32xf32>) {
  ^bb0(%id: i32, %o: f32):
    %row = arith.index_cast %id : i32 to index
    %column = linalg.index 1 : index
    %1 = tensor.extract %table[%row, %column] : tensor<11x32xf32>
    linalg.yield %1 : f32
  } -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// CHECK-LABEL: func @indices(
// CHECK:         %[[STEP:.*]] = vector.step : vector<8xindex>
// CHECK:         scf.for %[[J:.*]] = %c0 to %c32 step %c8
// CHECK:           %[[START:.*]] = vector.broadcast %[[J]] : index to vector<8xindex>
// CHECK:           %[[INDEX:.*]] = arith.addi %[[START]], %[[STEP]]
// CHECK:           arith.index_cast %[[INDEX]] : vector<8xindex> to vector<8xi32>
func.func @indices(%out: tensor<32xi32>) -> tensor<32xi32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%out : tensor<32xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %1 = arith.index_cast %i : index to i32
    linalg.yield %1 : i32
  } -> tensor<32xi32>
  return %0 : tensor<32xi32>
}

// One element is no work for vectors.

// CHECK-LABEL: func @rank_zero(
// CHECK:         linalg.fill
func.func @rank_zero(%value: f32, %out: tensor<f32>) -> tensor<f32> {
  %0 = linalg.fill ins(%value : f32) outs(%out : tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
