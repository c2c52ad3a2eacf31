// RUN: mml-opt %s --mml-raise-to-einsum | FileCheck %s
// RUN: mml-opt %s --mml-raise-to-einsum -o %t.once && mml-opt %t.once --mml-raise-to-einsum -o %t.twice && diff %t.once %t.twice

// Operations that add up products are einsums. Labels are in the order of the
// operands; what starts at zero needs no addition.

// CHECK-LABEL: func @matmul(
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<4x8xf32>
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac" %[[X]], %[[Y]] : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
// CHECK-NEXT:    return %[[R]]
func.func @matmul(%x: tensor<?x4xf32>, %y: tensor<4x8xf32>, %n: index) -> tensor<?x8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%n) : tensor<?x8xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x8xf32>) -> tensor<?x8xf32>
  %r = linalg.matmul ins(%x, %y : tensor<?x4xf32>, tensor<4x8xf32>) outs(%zeros : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// CHECK-LABEL: func @transposed(
// CHECK-NEXT:    mml.einsum "ab,ca->bc" %{{.*}}, %{{.*}} : (tensor<4x3xf16>, tensor<8x4xf16>) -> tensor<3x8xf32>
// CHECK-NEXT:    return
func.func @transposed(%x: tensor<4x3xf16>, %y: tensor<8x4xf16>) -> tensor<3x8xf32> {
  %zeros = arith.constant dense<0.0> : tensor<3x8xf32>
  %r = linalg.matmul indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>,
                                      affine_map<(d0, d1, d2) -> (d1, d2)>,
                                      affine_map<(d0, d1, d2) -> (d0, d1)>]
       ins(%x, %y : tensor<4x3xf16>, tensor<8x4xf16>) outs(%zeros : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

// A map without a loop is a broadcast: the label is not in the term.

// CHECK-LABEL: func @broadcast_batch(
// CHECK-NEXT:    mml.einsum "ab,cbd->cad" %{{.*}}, %{{.*}} : (tensor<3x4xf64>, tensor<2x4x8xf64>) -> tensor<2x3x8xf64>
// CHECK-NEXT:    return
func.func @broadcast_batch(%x: tensor<3x4xf64>, %y: tensor<2x4x8xf64>) -> tensor<2x3x8xf64> {
  %zeros = arith.constant dense<0.0> : tensor<2x3x8xf64>
  %r = linalg.batch_matmul indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d1, d3)>,
                                            affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>,
                                            affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>]
       ins(%x, %y : tensor<3x4xf64>, tensor<2x4x8xf64>) outs(%zeros : tensor<2x3x8xf64>) -> tensor<2x3x8xf64>
  return %r : tensor<2x3x8xf64>
}

// CHECK-LABEL: func @batch_matmul(
// CHECK-NEXT:    mml.einsum "abc,acd->abd" %{{.*}}, %{{.*}} accumulate(bf16) : (tensor<2x3x4xbf16>, tensor<2x4x?xbf16>) -> tensor<2x3x?xbf16>
// CHECK-NEXT:    return
func.func @batch_matmul(%x: tensor<2x3x4xbf16>, %y: tensor<2x4x?xbf16>, %n: index) -> tensor<2x3x?xbf16> {
  %zero = arith.constant 0.0 : bf16
  %empty = tensor.empty(%n) : tensor<2x3x?xbf16>
  %zeros = linalg.fill ins(%zero : bf16) outs(%empty : tensor<2x3x?xbf16>) -> tensor<2x3x?xbf16>
  %r = linalg.batch_matmul ins(%x, %y : tensor<2x3x4xbf16>, tensor<2x4x?xbf16>) outs(%zeros : tensor<2x3x?xbf16>) -> tensor<2x3x?xbf16>
  return %r : tensor<2x3x?xbf16>
}

// Integers that start from others are added, in any order.

// CHECK-LABEL: func @matvec(
// CHECK-SAME:      %[[INIT:[a-z0-9]+]]: tensor<3xi32>)
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,b->a" %{{.*}}, %{{.*}} : (tensor<3x4xi8>, tensor<4xi8>) -> tensor<3xi32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addi %[[INIT]], %[[R]]
// CHECK-NEXT:    return %[[SUM]]
func.func @matvec(%x: tensor<3x4xi8>, %y: tensor<4xi8>, %init: tensor<3xi32>) -> tensor<3xi32> {
  %r = linalg.matvec ins(%x, %y : tensor<3x4xi8>, tensor<4xi8>) outs(%init : tensor<3xi32>) -> tensor<3xi32>
  return %r : tensor<3xi32>
}

// CHECK-LABEL: func @vecmat(
// CHECK-NEXT:    mml.einsum "a,ab->b" %{{.*}}, %{{.*}} : (tensor<4xi16>, tensor<4x3xi16>) -> tensor<3xi32>
// CHECK-NEXT:    return
func.func @vecmat(%x: tensor<4xi16>, %y: tensor<4x3xi16>) -> tensor<3xi32> {
  %zeros = arith.constant dense<0> : tensor<3xi32>
  %r = linalg.vecmat ins(%x, %y : tensor<4xi16>, tensor<4x3xi16>) outs(%zeros : tensor<3xi32>) -> tensor<3xi32>
  return %r : tensor<3xi32>
}

// CHECK-LABEL: func @batch_matvec(
// CHECK-NEXT:    mml.einsum "abc,ac->ab" %{{.*}}, %{{.*}} : (tensor<2x3x4xi64>, tensor<2x4xi64>) -> tensor<2x3xi64>
// CHECK-NEXT:    return
func.func @batch_matvec(%x: tensor<2x3x4xi64>, %y: tensor<2x4xi64>) -> tensor<2x3xi64> {
  %zeros = arith.constant dense<0> : tensor<2x3xi64>
  %r = linalg.batch_matvec ins(%x, %y : tensor<2x3x4xi64>, tensor<2x4xi64>) outs(%zeros : tensor<2x3xi64>) -> tensor<2x3xi64>
  return %r : tensor<2x3xi64>
}

// CHECK-LABEL: func @dot(
// CHECK-NEXT:    mml.einsum "a,a->" %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
// CHECK-NEXT:    return
func.func @dot(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<f32> {
  %zeros = arith.constant dense<0.0> : tensor<f32>
  %r = linalg.dot ins(%x, %y : tensor<?xf32>, tensor<?xf32>) outs(%zeros : tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func @batch_reduce(
// CHECK-NEXT:    mml.einsum "abc,acd->bd" %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<2x4x8xf32>) -> tensor<3x8xf32>
// CHECK-NEXT:    return
func.func @batch_reduce(%x: tensor<2x3x4xf32>, %y: tensor<2x4x8xf32>) -> tensor<3x8xf32> {
  %zeros = arith.constant dense<0.0> : tensor<3x8xf32>
  %r = linalg.batch_reduce_matmul ins(%x, %y : tensor<2x3x4xf32>, tensor<2x4x8xf32>) outs(%zeros : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

// CHECK-LABEL: func @contract(
// CHECK-NEXT:    mml.einsum "abc,dcb->da" %{{.*}}, %{{.*}} : (tensor<3x4x5xf32>, tensor<6x5x4xf32>) -> tensor<6x3xf32>
// CHECK-NEXT:    return
func.func @contract(%x: tensor<3x4x5xf32>, %y: tensor<6x5x4xf32>) -> tensor<6x3xf32> {
  %zeros = arith.constant dense<0.0> : tensor<6x3xf32>
  %r = linalg.contract indexing_maps = [affine_map<(m, n, j, k) -> (m, j, k)>,
                                        affine_map<(m, n, j, k) -> (n, k, j)>,
                                        affine_map<(m, n, j, k) -> (n, m)>]
       ins(%x, %y : tensor<3x4x5xf32>, tensor<6x5x4xf32>) outs(%zeros : tensor<6x3xf32>) -> tensor<6x3xf32>
  return %r : tensor<6x3xf32>
}

#lhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#rhs = affine_map<(d0, d1, d2) -> (d2, d1)>
#out = affine_map<(d0, d1, d2) -> (d0, d1)>
#contraction = {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}

// The operands of the body stand in any order.

// CHECK-LABEL: func @generic(
// CHECK-NEXT:    mml.einsum "ab,bc->ac" %{{.*}}, %{{.*}} accumulate(f64) : (tensor<3x4xf32>, tensor<4x8xf32>) -> tensor<3x8xf64>
// CHECK-NEXT:    return
func.func @generic(%x: tensor<3x4xf32>, %y: tensor<4x8xf32>) -> tensor<3x8xf64> {
  %zeros = arith.constant dense<0.0> : tensor<3x8xf64>
  %r = linalg.generic #contraction ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%zeros : tensor<3x8xf64>) {
  ^bb0(%a: f32, %b: f32, %c: f64):
    %0 = arith.extf %a : f32 to f64
    %1 = arith.extf %b : f32 to f64
    %2 = arith.mulf %1, %0 : f64
    %3 = arith.addf %2, %c : f64
    linalg.yield %3 : f64
  } -> tensor<3x8xf64>
  return %r : tensor<3x8xf64>
}

// Inputs of two types are extended to the result's.

// CHECK-LABEL: func @mixed(
// CHECK-SAME:      %[[X:.*]]: tensor<3x4xi8>, %[[Y:.*]]: tensor<4x8xi16>
// CHECK-NEXT:    %[[WX:.*]] = arith.extsi %[[X]] : tensor<3x4xi8> to tensor<3x4xi32>
// CHECK-NEXT:    %[[WY:.*]] = arith.extsi %[[Y]] : tensor<4x8xi16> to tensor<4x8xi32>
// CHECK-NEXT:    mml.einsum "ab,bc->ac" %[[WX]], %[[WY]] : (tensor<3x4xi32>, tensor<4x8xi32>) -> tensor<3x8xi32>
func.func @mixed(%x: tensor<3x4xi8>, %y: tensor<4x8xi16>) -> tensor<3x8xi32> {
  %zeros = arith.constant dense<0> : tensor<3x8xi32>
  %r = linalg.generic #contraction ins(%x, %y : tensor<3x4xi8>, tensor<4x8xi16>) outs(%zeros : tensor<3x8xi32>) {
  ^bb0(%a: i8, %b: i16, %c: i32):
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extsi %b : i16 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %c, %2 : i32
    linalg.yield %3 : i32
  } -> tensor<3x8xi32>
  return %r : tensor<3x8xi32>
}

// What the inputs do not say of the sizes, the result does.

// CHECK-LABEL: func @sizes(
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac" %{{.*}}, %{{.*}} : (tensor<?x?xi32>, tensor<?x8xi32>) -> tensor<3x8xi32>
// CHECK-NEXT:    tensor.cast %[[R]] : tensor<3x8xi32> to tensor<3x?xi32>
func.func @sizes(%x: tensor<?x?xi32>, %y: tensor<?x8xi32>, %init: tensor<3x?xi32>) -> tensor<3x?xi32> {
  %r = linalg.matmul ins(%x, %y : tensor<?x?xi32>, tensor<?x8xi32>) outs(%init : tensor<3x?xi32>) -> tensor<3x?xi32>
  return %r : tensor<3x?xi32>
}

// A loop that one input alone is summed along: integers may be summed first.

// CHECK-LABEL: func @sum_alone(
// CHECK-NEXT:    mml.einsum "abc,b->a" %{{.*}}, %{{.*}} : (tensor<3x4x5xi32>, tensor<4xi32>) -> tensor<3xi32>
func.func @sum_alone(%x: tensor<3x4x5xi32>, %y: tensor<4xi32>) -> tensor<3xi32> {
  %zeros = arith.constant dense<0> : tensor<3xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (j)>,
                                        affine_map<(i, j, k) -> (i)>],
                       iterator_types = ["parallel", "reduction", "reduction"]}
       ins(%x, %y : tensor<3x4x5xi32>, tensor<4xi32>) outs(%zeros : tensor<3xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3xi32>
  return %r : tensor<3xi32>
}

// Where the body leaves the order of sums open, no option is needed.

// CHECK-LABEL: func @reassoc(
// CHECK-SAME:      %[[INIT:[a-z0-9]+]]: tensor<3x8xf32>)
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac"
// CHECK-NEXT:    arith.addf %[[INIT]], %[[R]] : tensor<3x8xf32>
func.func @reassoc(%x: tensor<3x4xf32>, %y: tensor<4x8xf32>, %init: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %r = linalg.generic #contraction ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%init : tensor<3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b fastmath<reassoc> : f32
    %1 = arith.addf %c, %0 fastmath<reassoc,contract> : f32
    linalg.yield %1 : f32
  } -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}
