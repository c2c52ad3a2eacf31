// RUN: mml-opt %s --convert-mml-to-linalg --canonicalize | FileCheck %s
// RUN: mml-opt %s --convert-mml-to-linalg | FileCheck %s --check-prefix=LEFT

// LEFT-NOT: {{mml\.[a-z]|!mml|#mml}}

// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$MATRIX:.*]] = affine_map<(d0, d1) -> (d0, d1)>

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

// x * (1 / sqrt(max(sum(x^2), epsilon))) * sqrt(8) * gain + bias
// CHECK-LABEL: func @rms_norm(
// CHECK-DAG:     %[[ROOT:.*]] = arith.constant 2.82842708 : f32
// CHECK-DAG:     %[[EPS:.*]] = arith.constant 1.000000e-03 : f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK:         linalg.generic {indexing_maps = [#[[$MATRIX]], #[[$ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK:           %[[SQ:.*]] = arith.mulf %[[IN:.*]], %[[IN]]
// CHECK-NEXT:      arith.addf %{{.*}}, %[[SQ]]
// CHECK:           %[[A:.*]] = arith.maximumf %{{.*}}, %[[EPS]]
// CHECK-NEXT:      %[[B:.*]] = math.sqrt %[[A]]
// CHECK-NEXT:      arith.divf %[[ONE]], %[[B]]
// CHECK:         linalg.generic {indexing_maps = [#[[$MATRIX]], #[[$ROW]], #[[$COLUMN]], #[[$COLUMN]], #[[$MATRIX]]]
// CHECK:         ^bb0(%[[X:.*]]: f32, %[[I:.*]]: f32, %[[G:.*]]: f32, %[[BIAS:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[C:.*]] = arith.mulf %[[X]], %[[I]]
// CHECK-NEXT:      %[[D:.*]] = arith.mulf %[[C]], %[[ROOT]]
// CHECK-NEXT:      %[[E:.*]] = arith.mulf %[[D]], %[[G]]
// CHECK-NEXT:      %[[F:.*]] = arith.addf %[[E]], %[[BIAS]]
// CHECK-NEXT:      linalg.yield %[[F]]
func.func @rms_norm(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = mml.rms_norm %x epsilon(1.0e-3) gain(%g) bias(%b) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// A bias alone is added and not multiplied.
// CHECK-LABEL: func @rms_norm_bias(
// CHECK:         ^bb0(%{{.*}}: f32, %{{.*}}: f32, %[[BIAS:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[Y:.*]] = arith.mulf
// CHECK-NEXT:      %[[D:.*]] = arith.mulf
// CHECK-NEXT:      %[[E:.*]] = arith.addf %[[D]], %[[BIAS]]
// CHECK-NEXT:      linalg.yield %[[E]]
func.func @rms_norm_bias(%x: tensor<?x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = mml.rms_norm %x epsilon(1.0e-3) bias(%b) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// A gain that varies along the sequence.
// CHECK-LABEL: func @rms_norm_rank3(
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4x8xf32>, tensor<?x4xf32>, tensor<4x8xf32>)
func.func @rms_norm_rank3(%x: tensor<?x4x8xf32>, %g: tensor<4x8xf32>) -> tensor<?x4x8xf32> {
  %0 = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x4x8xf32>, tensor<4x8xf32>) -> tensor<?x4x8xf32>
  return %0 : tensor<?x4x8xf32>
}

// (x - mean) * (1 / sqrt(variance + epsilon)) * gamma + beta
// CHECK-LABEL: func @layer_norm(
// CHECK:         linalg.generic {{.*}}"parallel", "reduction", "reduction"]} ins(%{{.*}} : tensor<?x4x8xf32>) outs(%{{.*}} : tensor<?xf32>)
// CHECK:           arith.divf %{{.*}}, %[[N:cst.*]] : f32
// CHECK:           arith.subf
// CHECK:         linalg.generic {{.*}}"parallel", "reduction", "reduction"]}
// CHECK:           arith.mulf %[[C:.*]], %[[C]] : f32
// CHECK:           arith.divf %{{.*}}, %[[N]] : f32
// CHECK:         ^bb0(%[[X:.*]]: f32, %[[V:.*]]: f32, %[[G:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[V]],
// CHECK-NEXT:      %[[R:.*]] = math.sqrt %[[S]]
// CHECK-NEXT:      %[[I:.*]] = arith.divf %{{.*}}, %[[R]]
// CHECK-NEXT:      %[[Y:.*]] = arith.mulf %[[X]], %[[I]]
// CHECK-NEXT:      %[[Z:.*]] = arith.mulf %[[Y]], %[[G]]
// CHECK-NEXT:      arith.addf %[[Z]], %[[B]]
func.func @layer_norm(%x: tensor<?x4x8xf32>, %g: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<?x4x8xf32> {
  %0 = mml.layer_norm %x axes([1, 2]) epsilon(1.0e-3) gamma(%g) beta(%b) : (tensor<?x4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<?x4x8xf32>
  return %0 : tensor<?x4x8xf32>
}

// One factor for each channel: gamma / sqrt(variance + epsilon).
// CHECK-LABEL: func @batch_norm(
// CHECK:         %[[FACTOR:.*]] = linalg.generic {{.*}}["parallel"]} ins(%arg2, %arg3 : tensor<8xf32>, tensor<8xf32>)
// CHECK:           math.sqrt
// CHECK:         linalg.generic {{.*}}["parallel", "parallel"]} ins(%arg0, %arg1, %[[FACTOR]], %arg4 :
// CHECK-NOT:       math.sqrt
// CHECK:           arith.subf
// CHECK-NEXT:      arith.mulf
// CHECK-NEXT:      arith.addf
func.func @batch_norm(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = mml.batch_norm %x mean(%m) variance(%v) gamma(%g) beta(%b) axis(1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @silu(
// CHECK:         linalg.generic {{.*}} ins(%arg0 : tensor<?x8xf32>)
// CHECK:           math.exp
// CHECK:         return
func.func @silu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.activation %x <silu> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// The parameters are constants.
// CHECK-LABEL: func @leaky_relu(
// CHECK-DAG:     arith.constant 2.500000e-01 : f32
// CHECK:         linalg.generic
func.func @leaky_relu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.activation %x <leaky_relu(negative_slope = 0.25)> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// exp(x - max) / sum, along the axis.
// CHECK-LABEL: func @softmax(
// CHECK:         linalg.generic {{.*}}["reduction", "parallel"]}
// CHECK:           arith.maximumf
// CHECK:           arith.subf
// CHECK:           math.exp
// CHECK:         linalg.generic {{.*}}["reduction", "parallel"]}
// CHECK:           arith.addf
// CHECK:           arith.divf
func.func @softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.activation %x <softmax> axis(0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @log_softmax(
// CHECK:           math.exp
// CHECK:           math.log
// CHECK:           arith.subf
func.func @log_softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.activation %x <log_softmax> axis(1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @sparsemax(
// CHECK:         linalg.generic {{.*}}["parallel", "parallel", "reduction"]}
// CHECK:           arith.cmpf ogt
// CHECK:           arith.cmpf oeq
func.func @sparsemax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.activation %x <sparsemax> axis(1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// The first half times the sigmoid of the second.
// CHECK-LABEL: func @glu(
// CHECK-DAG:     %[[A:.*]] = tensor.extract_slice %arg0[0, 0, 0] [%{{.*}}, 3, 5] [1, 1, 1]
// CHECK-DAG:     %[[B:.*]] = tensor.extract_slice %arg0[0, 3, 0] [%{{.*}}, 3, 5] [1, 1, 1]
// CHECK:         linalg.generic {{.*}} ins(%[[B]], %[[A]] : tensor<?x3x5xf32>, tensor<?x3x5xf32>)
// CHECK-NEXT:    ^bb0(%[[Y:.*]]: f32, %[[X:.*]]: f32, %{{.*}}: f32):
// CHECK:           math.exp
// CHECK:           arith.mulf %{{.*}}, %[[X]] : f32
func.func @glu(%x: tensor<?x6x5xf32>) -> tensor<?x3x5xf32> {
  %0 = mml.activation %x <glu> axis(1) : (tensor<?x6x5xf32>) -> tensor<?x3x5xf32>
  return %0 : tensor<?x3x5xf32>
}

// The activated first half times the second.
// CHECK-LABEL: func @gate(
// CHECK-DAG:     %[[A:.*]] = tensor.extract_slice %arg0[0, 0] [%{{.*}}, 4] [1, 1]
// CHECK-DAG:     %[[B:.*]] = tensor.extract_slice %arg0[0, 4] [%{{.*}}, 4] [1, 1]
// CHECK:         linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK:           arith.mulf %{{.*}}, %[[Y]] : f32
func.func @gate(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %0 = mml.gate %x <relu> : (tensor<?x8xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

//===----------------------------------------------------------------------===//
// Glue
//===----------------------------------------------------------------------===//

// From the first operand to the last; the average is the sum by their number.
// CHECK-LABEL: func @average(
// CHECK:         %[[N:.*]] = arith.constant 3.000000e+00 : f32
// CHECK:         linalg.generic {indexing_maps = [#[[$MATRIX]], #[[$COLUMN]], #[[$MATRIX]], #[[$MATRIX]]]
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[D:.*]] = arith.addf %[[A]], %[[B]]
// CHECK-NEXT:      %[[E:.*]] = arith.addf %[[D]], %[[C]]
// CHECK-NEXT:      arith.divf %[[E]], %[[N]]
func.func @average(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = mml.merge average %x, %g, %x : (tensor<?x8xf32>, tensor<8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @merges(
// CHECK:         arith.subf
// CHECK:         arith.mulf
// CHECK:         arith.maximumf
// CHECK:         arith.minimumf
func.func @merges(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.merge subtract %x, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = mml.merge multiply %0, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = mml.merge maximum %1, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = mml.merge minimum %2, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %3 : tensor<?x8xf32>
}

// A static 1 stretches along its axis; the size is that of the other operand.
// CHECK-LABEL: func @broadcast(
// CHECK:         %[[N:.*]] = tensor.dim %arg1, %c0
// CHECK:         tensor.empty(%[[N]]) : tensor<?x8xf32>
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %arg1 : tensor<{{.*}}>, tensor<?x8xf32>)
func.func @broadcast(%x: tensor<1x1xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.merge add %x, %y : (tensor<1x1xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @pool_mean(
// CHECK:         linalg.generic {{.*}}["parallel", "reduction", "parallel"]}
// CHECK:         %[[D:.*]] = tensor.dim %arg0, %c1
// CHECK:         %[[I:.*]] = arith.index_cast %[[D]]
// CHECK:         %[[N:.*]] = arith.sitofp %[[I]] : i64 to f32
// CHECK:           arith.divf %{{.*}}, %[[N]]
func.func @pool_mean(%x: tensor<?x?x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.pool mean %x axis(1) : (tensor<?x?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @pool_max(
// CHECK:         %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOW]] : f32)
// CHECK:         linalg.generic {{.*}}["parallel", "reduction"]}
// CHECK:           arith.maximumf
func.func @pool_max(%x: tensor<?x8xf32>) -> tensor<?xf32> {
  %0 = mml.pool max %x axis(1) : (tensor<?x8xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// An id below 0 counts from the end; the table is read inside its bounds, and an
// id out of range gives NaN.
// CHECK-LABEL: func @embedding(
// CHECK-DAG:     %[[NAN:.*]] = arith.constant 0x7FC00000 : f32
// CHECK-DAG:     %[[ROWS:.*]] = arith.constant 5 : i64
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK:         linalg.generic {indexing_maps = [#[[$ROW]], #[[$MATRIX]]]
// CHECK:           %[[ID:.*]] = arith.extsi
// CHECK-NEXT:      %[[WRAPPED:.*]] = arith.addi %[[ID]], %[[ROWS]]
// CHECK-NEXT:      %[[BELOW:.*]] = arith.cmpi slt, %[[ID]], %[[ZERO]]
// CHECK-NEXT:      %[[R:.*]] = arith.select %[[BELOW]], %[[WRAPPED]], %[[ID]]
// CHECK-NEXT:      %[[IN:.*]] = arith.cmpi ult, %[[R]], %[[ROWS]]
// CHECK-NEXT:      %[[SAFE:.*]] = arith.select %[[IN]], %[[R]], %[[ZERO]]
// CHECK-NEXT:      %[[INDEX:.*]] = arith.index_cast %[[SAFE]]
// CHECK:           %[[E:.*]] = tensor.extract %arg1[%[[INDEX]], %{{.*}}]
// CHECK:           arith.select %[[IN]], %[[E]], %[[NAN]]
func.func @embedding(%i: tensor<?xi32>, %t: tensor<5x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.embedding %i, %t : (tensor<?xi32>, tensor<5x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// A float that no i32 holds is not converted.
// CHECK-LABEL: func @embedding_of_floats(
// CHECK:           arith.cmpf olt
// CHECK:           arith.cmpf ogt
// CHECK:           %[[S:.*]] = arith.select
// CHECK-NEXT:      arith.fptosi %[[S]] : f32 to i64
func.func @embedding_of_floats(%i: tensor<?xf32>, %t: tensor<5x8xf32>) -> tensor<?x8xf32> {
  %0 = mml.embedding %i, %t : (tensor<?xf32>, tensor<5x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// The row that fills no patch is left out.
// CHECK-LABEL: func @patches(
// CHECK:         tensor.extract_slice %arg0[0, 0, 0, 0] [%{{.*}}, 8, 8, 3] [1, 1, 1, 1]
// CHECK:         tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2], [3, 4], [5]] output_shape [%{{.*}}, 2, 4, 2, 4, 3]
// CHECK:         linalg.transpose {{.*}} permutation = [0, 1, 3, 2, 4, 5]
// CHECK:         tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3, 4, 5]] : tensor<?x2x2x4x4x3xf32> into tensor<?x4x48xf32>
func.func @patches(%x: tensor<?x9x8x3xf32>) -> tensor<?x4x48xf32> {
  %0 = mml.patches %x size(4) : (tensor<?x9x8x3xf32>) -> tensor<?x4x48xf32>
  return %0 : tensor<?x4x48xf32>
}

// The declared type may say more or less than the computed one.
// CHECK-LABEL: func @declared_types(
// CHECK:         tensor.cast %{{.*}} : tensor<?x8xf32> to tensor<4x8xf32>
// CHECK:         tensor.cast %{{.*}} : tensor<?x8xf32> to tensor<?x?xf32>
func.func @declared_types(%x: tensor<?x8xf32>, %i: tensor<?xi32>, %t: tensor<5x8xf32>) -> (tensor<4x8xf32>, tensor<?x?xf32>) {
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<?x8xf32>) -> tensor<4x8xf32>
  %1 = mml.embedding %i, %t : (tensor<?xi32>, tensor<5x8xf32>) -> tensor<?x?xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<?x?xf32>
}
