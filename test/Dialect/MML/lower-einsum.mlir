// RUN: mml-opt %s --mml-lower-einsum --canonicalize | FileCheck %s
// RUN: mml-opt %s --mml-lower-einsum | FileCheck %s --check-prefix=NONE
// NONE-NOT: mml.einsum

// CHECK-DAG: #[[$Q:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d1, d4)>
// CHECK-DAG: #[[$K:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d1, d4)>
// CHECK-DAG: #[[$S:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$DIAGONAL:.*]] = affine_map<(d0) -> (d0, d0)>


// A plain product.
// CHECK-LABEL: func @matmul(
// CHECK-SAME:    %[[A:.*]]: tensor<2x3xf32>, %[[B:.*]]: tensor<3x4xf32>
// CHECK:         %[[Z:.*]] = linalg.fill
// CHECK:         %[[R:.*]] = linalg.matmul ins(%[[A]], %[[B]] : tensor<2x3xf32>, tensor<3x4xf32>) outs(%[[Z]] : tensor<2x4xf32>)
// CHECK-NEXT:    return %[[R]]
func.func @matmul(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// A batch of them, of any size.
// CHECK-LABEL: func @batch(
// CHECK:         linalg.batch_matmul ins(%{{.*}}, %{{.*}} : tensor<?x2x3xf32>, tensor<?x3x4xf32>) outs(%{{.*}} : tensor<?x2x4xf32>)
func.func @batch(%a: tensor<?x2x3xf32>, %b: tensor<?x3x4xf32>) -> tensor<?x2x4xf32> {
  %0 = mml.einsum "zab,zbc->zac" %a, %b : (tensor<?x2x3xf32>, tensor<?x3x4xf32>) -> tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}

// Axes that stand beside each other in every operand are one: reshapes, which
// move nothing.
// CHECK-LABEL: func @merged(
// CHECK-DAG:     %[[A:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]]
// CHECK-DAG:     %[[B:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2]]
// CHECK:         %[[R:.*]] = linalg.matmul ins(%[[A]], %[[B]] : tensor<1024x512xf32>, tensor<512x512xf32>)
// CHECK:         tensor.expand_shape %[[R]] {{\[\[}}0, 1], [2, 3]]
// CHECK-NOT:     linalg.transpose
func.func @merged(%a: tensor<8x128x512xf32>, %b: tensor<512x8x64xf32>) -> tensor<8x128x8x64xf32> {
  %0 = mml.einsum "abc,cde->abde" %a, %b : (tensor<8x128x512xf32>, tensor<512x8x64xf32>) -> tensor<8x128x8x64xf32>
  return %0 : tensor<8x128x8x64xf32>
}

// Numbers stay where they are: the maps say which axis is which.
// CHECK-LABEL: func @heads(
// CHECK:         linalg.contract indexing_maps = [#[[$Q]], #[[$K]], #[[$S]]] ins(%arg0, %arg1 :
// CHECK-NOT:     linalg.transpose
func.func @heads(%q: tensor<?x16x4x8xf32>, %k: tensor<?x16x4x8xf32>) -> tensor<?x4x16x16xf32> {
  %0 = mml.einsum "bqhd,bkhd->bhqk" %q, %k : (tensor<?x16x4x8xf32>, tensor<?x16x4x8xf32>) -> tensor<?x4x16x16xf32>
  return %0 : tensor<?x4x16x16xf32>
}

// Nothing is summed.
// CHECK-LABEL: func @product(
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK:           arith.extsi
// CHECK:           arith.extsi
// CHECK:           arith.muli
func.func @product(%a: tensor<2xi8>, %b: tensor<3xi8>) -> tensor<3x2xi32> {
  %0 = mml.einsum "a,b->ba" %a, %b : (tensor<2xi8>, tensor<3xi8>) -> tensor<3x2xi32>
  return %0 : tensor<3x2xi32>
}

// What one operand alone has is summed before the product.
// CHECK-LABEL: func @sums(
// CHECK:         %[[A:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%arg0 :
// CHECK:         %[[B:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%arg1 :
// CHECK:         linalg.matmul ins(%[[A]], %[[B]] : tensor<2x3xf32>, tensor<3x4xf32>)
func.func @sums(%a: tensor<5x2x3xf32>, %b: tensor<3x4x6xf32>) -> tensor<2x4xf32> {
  %0 = mml.einsum "xab,bcy->ac" %a, %b : (tensor<5x2x3xf32>, tensor<3x4x6xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// A diagonal is a map that repeats a loop.
// CHECK-LABEL: func @diagonal(
// CHECK:         linalg.generic {indexing_maps = [#[[$DIAGONAL]], #{{.*}}], iterator_types = ["parallel"]} ins(%arg0 : tensor<3x3xi32>)
// CHECK:           arith.extsi %{{.*}} : i32 to i64
func.func @diagonal(%a: tensor<3x3xi32>) -> tensor<3xi64> {
  %0 = mml.einsum "aa->a" %a accumulate(i64) : (tensor<3x3xi32>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// A size that stretches is dropped.
// CHECK-LABEL: func @stretch(
// CHECK:         %[[A:.*]] = tensor.collapse_shape %arg0 {{\[\[}}0, 1], [2]] : tensor<2x1x3xf32> into tensor<2x3xf32>
// CHECK:         linalg.contract {{.*}} ins(%[[A]], %arg1 :
func.func @stretch(%a: tensor<2x1x3xf32>, %b: tensor<4x3xf32>) -> tensor<2x4xf32> {
  %0 = mml.einsum "...a,...a->..." %a, %b : (tensor<2x1x3xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// Three operands, in the cheaper order: 4000 multiply-adds, not 1200000.
// CHECK-LABEL: func @chain(
// CHECK:         %[[AB:.*]] = linalg.matmul ins(%arg0, %arg1 :
// CHECK:         linalg.matmul ins(%[[AB]], %arg2 : tensor<10x2xf32>, tensor<2x100xf32>)
func.func @chain(%a: tensor<10x1000xf32>, %b: tensor<1000x2xf32>, %c: tensor<2x100xf32>) -> tensor<10x100xf32> {
  %0 = mml.einsum "ab,bc,cd->ad" %a, %b, %c : (tensor<10x1000xf32>, tensor<1000x2xf32>, tensor<2x100xf32>) -> tensor<10x100xf32>
  return %0 : tensor<10x100xf32>
}

// Trits go to the contraction of dense layers; its operands are matrices.
// CHECK-LABEL: func @trits(
// CHECK-DAG:     %[[X:.*]] = tensor.collapse_shape %arg0 {{\[\[}}0, 1], [2]] : tensor<?x8x64xi8> into tensor<?x64xi8>
// CHECK-DAG:     %[[W:.*]] = tensor.collapse_shape %arg1 {{\[\[}}0], [1, 2]] : tensor<64x4x16x!mml.trit> into tensor<64x64x!mml.trit>
// CHECK:         %[[R:.*]] = mml.contract bound(127) ins(%[[X]], %[[W]] :
// CHECK:         tensor.expand_shape %[[R]] {{\[\[}}0, 1], [2, 3]]
func.func @trits(%x: tensor<?x8x64xi8>, %w: tensor<64x4x16x!mml.trit>) -> tensor<?x8x4x16xi32> {
  %0 = mml.einsum "abc,cde->abde" %x, %w bound(127) : (tensor<?x8x64xi8>, tensor<64x4x16x!mml.trit>) -> tensor<?x8x4x16xi32>
  return %0 : tensor<?x8x4x16xi32>
}

// The trits may stand first, and anyhow.
// CHECK-LABEL: func @trits_first(
// CHECK:         %[[W:.*]] = linalg.transpose ins(%arg1 : tensor<16x64x!mml.trit>)
// CHECK:         %[[R:.*]] = mml.contract ins(%arg0, %[[W]] : tensor<?x64xf32>, tensor<64x16x!mml.trit>)
// CHECK:         linalg.transpose ins(%[[R]] : tensor<?x16xf32>)
func.func @trits_first(%x: tensor<?x64xf32>, %w: tensor<16x64x!mml.trit>) -> tensor<16x?xf32> {
  %0 = mml.einsum "yx,bx->yb" %w, %x : (tensor<16x64x!mml.trit>, tensor<?x64xf32>) -> tensor<16x?xf32>
  return %0 : tensor<16x?xf32>
}

// An axis of both operands and of the result is a batch. What has to move for
// it moves once.
// CHECK-LABEL: func @trits_batch(
// CHECK:         %[[X:.*]] = linalg.transpose ins(%arg0 : tensor<5x4x64xi8>) outs(%{{.*}} : tensor<4x5x64xi8>) permutation = [1, 0, 2]
// CHECK:         %[[R:.*]] = mml.contract bound(128) ins(%[[X]], %arg1 : tensor<4x5x64xi8>, tensor<4x64x16x!mml.trit>)
// CHECK:         linalg.transpose ins(%[[R]] : tensor<4x5x16xi32>)
func.func @trits_batch(%x: tensor<5x4x64xi8>, %w: tensor<4x64x16x!mml.trit>) -> tensor<5x4x16xi32> {
  %0 = mml.einsum "nhx,hxy->nhy" %x, %w : (tensor<5x4x64xi8>, tensor<4x64x16x!mml.trit>) -> tensor<5x4x16xi32>
  return %0 : tensor<5x4x16xi32>
}

// Numbers that the contraction does not take are multiplied.
// CHECK-LABEL: func @trits_wide(
// CHECK:         mml.storage %arg1
// CHECK:         linalg.matmul ins(%arg0, %{{.*}} : tensor<5x64xi64>, tensor<64x16xi64>)
func.func @trits_wide(%x: tensor<5x64xi64>, %w: tensor<64x16x!mml.trit>) -> tensor<5x16xi64> {
  %0 = mml.einsum "nx,xy->ny" %x, %w : (tensor<5x64xi64>, tensor<64x16x!mml.trit>) -> tensor<5x16xi64>
  return %0 : tensor<5x16xi64>
}

// Nor does it take sums that are not proved to fit an i32.
// CHECK-LABEL: func @trits_long(
// CHECK:         mml.storage %arg1
// CHECK-NOT:     mml.contract
// CHECK:         linalg.matmul ins(%arg0, %{{.*}} : tensor<5x?xi8>, tensor<?x16xi8>)
func.func @trits_long(%x: tensor<5x?xi8>, %w: tensor<?x16x!mml.trit>) -> tensor<5x16xi32> {
  %0 = mml.einsum "nx,xy->ny" %x, %w : (tensor<5x?xi8>, tensor<?x16x!mml.trit>) -> tensor<5x16xi32>
  return %0 : tensor<5x16xi32>
}
