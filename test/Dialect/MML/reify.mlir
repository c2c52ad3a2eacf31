// RUN: mml-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s

// The sizes of results without computing them: constants where the declared or
// the inferred type has them, else an axis of an operand.

// CHECK-LABEL: func @dense(
// CHECK-SAME:    %[[X:.*]]: tensor<?x?x8xf32>, %[[W:.*]]: tensor<8x?xf32>)
// CHECK-NOT:     mml.dense
// CHECK-DAG:     %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG:     %[[C:.*]] = tensor.dim %[[W]], %c1
// CHECK:         return %[[A]], %[[B]], %[[C]]
func.func @dense(%x: tensor<?x?x8xf32>, %w: tensor<8x?xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = mml.dense %x, %w : (tensor<?x?x8xf32>, tensor<8x?xf32>) -> tensor<?x?x?xf32>
  %0 = tensor.dim %y, %c0 : tensor<?x?x?xf32>
  %1 = tensor.dim %y, %c1 : tensor<?x?x?xf32>
  %2 = tensor.dim %y, %c2 : tensor<?x?x?xf32>
  return %0, %1, %2 : index, index, index
}

// The types say less than what follows from the operands.
// CHECK-LABEL: func @inferred(
// CHECK-DAG:     %[[C5:.*]] = arith.constant 5 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[C24:.*]] = arith.constant 24 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         return %[[C5]], %[[C8]], %[[C8]], %[[C24]], %[[C4]]
func.func @inferred(%x: tensor<?x16xf32>, %w: tensor<16x5xf32>, %ids: tensor<?x16xi32>, %t: tensor<50x24xf32>, %i: tensor<?x8x8x3xf32>)
    -> (index, index, index, index, index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y0 = mml.dense %x, %w : (tensor<?x16xf32>, tensor<16x5xf32>) -> tensor<?x?xf32>
  %0 = tensor.dim %y0, %c1 : tensor<?x?xf32>
  %y1 = mml.gate %x <silu> : (tensor<?x16xf32>) -> tensor<?x?xf32>
  %1 = tensor.dim %y1, %c1 : tensor<?x?xf32>
  %y2 = mml.activation %x <glu> axis(1) : (tensor<?x16xf32>) -> tensor<?x?xf32>
  %2 = tensor.dim %y2, %c1 : tensor<?x?xf32>
  %y3 = mml.embedding %ids, %t : (tensor<?x16xi32>, tensor<50x24xf32>) -> tensor<?x16x?xf32>
  %3 = tensor.dim %y3, %c2 : tensor<?x16x?xf32>
  %y4 = mml.patches %i size(4) : (tensor<?x8x8x3xf32>) -> tensor<?x?x48xf32>
  %4 = tensor.dim %y4, %c1 : tensor<?x?x48xf32>
  return %0, %1, %2, %3, %4 : index, index, index, index, index
}

// The types say more.
// CHECK-LABEL: func @declared(
// CHECK-NEXT:    %[[C:.*]] = arith.constant 7 : index
// CHECK-NEXT:    return %[[C]]
func.func @declared(%x: tensor<?x16xf32>) -> index {
  %c0 = arith.constant 0 : index
  %y = mml.gate %x <silu> : (tensor<?x16xf32>) -> tensor<7x8xf32>
  %0 = tensor.dim %y, %c0 : tensor<7x8xf32>
  return %0 : index
}

// A pooled axis is not there; a merge has the size of an operand that is not
// stretched.
// CHECK-LABEL: func @axes(
// CHECK-SAME:    %[[X:.*]]: tensor<?x?x?xf32>, %[[Y:.*]]: tensor<1x?xf32>, %[[Z:.*]]: tensor<?x1x1xf32>)
// CHECK-DAG:     %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[X]], %c2
// CHECK-DAG:     %[[C:.*]] = tensor.dim %[[Z]], %c0
// CHECK-DAG:     %[[D:.*]] = tensor.dim %[[Y]], %c1
// CHECK:         return %[[A]], %[[B]], %[[C]], %[[D]]
func.func @axes(%x: tensor<?x?x?xf32>, %y: tensor<1x?xf32>, %z: tensor<?x1x1xf32>) -> (index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %p = mml.pool mean %x axis(1) : (tensor<?x?x?xf32>) -> tensor<?x?xf32>
  %0 = tensor.dim %p, %c0 : tensor<?x?xf32>
  %1 = tensor.dim %p, %c1 : tensor<?x?xf32>
  %m = mml.merge add %y, %z : (tensor<1x?xf32>, tensor<?x1x1xf32>) -> tensor<?x1x?xf32>
  %2 = tensor.dim %m, %c0 : tensor<?x1x?xf32>
  %3 = tensor.dim %m, %c2 : tensor<?x1x?xf32>
  return %0, %1, %2, %3 : index, index, index, index
}

// The core form has the sizes of its destinations.
// CHECK-LABEL: func @core(
// CHECK-SAME:    %{{.*}}, %{{.*}}, %[[OUT:.*]]: tensor<?x?xf32>, %{{.*}}, %[[Q:.*]]: tensor<?x2xi8>, %[[S:.*]]: tensor<?xf32>)
// CHECK-DAG:     %[[A:.*]] = tensor.dim %[[OUT]], %c1
// CHECK-DAG:     %[[B:.*]] = tensor.dim %[[Q]], %c0
// CHECK-DAG:     %[[C:.*]] = tensor.dim %[[S]], %c0
// CHECK:         return %[[A]], %[[B]], %[[C]]
func.func @core(%x: tensor<?x2xf32>, %w: tensor<2x?x!mml.trit>, %out: tensor<?x?xf32>, %f: tensor<f32>, %q: tensor<?x2xi8>, %s: tensor<?xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = mml.contract ins(%x, %w : tensor<?x2xf32>, tensor<2x?x!mml.trit>) outs(%out : tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = mml.rescale column(%f divides : tensor<f32>) ins(%a : tensor<?x?xf32>) outs(%out : tensor<?x?xf32>) -> tensor<?x?xf32>
  %0 = tensor.dim %r, %c1 : tensor<?x?xf32>
  %i:2 = mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token> ins(%x : tensor<?x2xf32>) outs(%q, %s : tensor<?x2xi8>, tensor<?xf32>) -> tensor<?x2xi8>, tensor<?xf32>
  %1 = tensor.dim %i#0, %c0 : tensor<?x2xi8>
  %2 = tensor.dim %i#1, %c0 : tensor<?xf32>
  return %0, %1, %2 : index, index, index
}
