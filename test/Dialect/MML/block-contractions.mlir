// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-block-contractions,canonicalize))' | FileCheck %s
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-block-contractions{vector-bits=512},canonicalize))' | FileCheck %s --check-prefix=WIDE
// RUN: mml-opt %s --pass-pipeline='builtin.module(func.func(mml-block-contractions{min-macs=10000000},canonicalize))' | FileCheck %s --check-prefix=FEW

// Tiles of 6 x 16 fit; all columns are packed first, rows a block at a time.
// There is nothing to do on threads.

// CHECK-LABEL: func @matmul(
// CHECK-SAME:    %[[A:.*]]: tensor<96x40xf32>, %[[B:.*]]: tensor<40x64xf32>, %[[C:.*]]: tensor<96x64xf32>
// CHECK-NOT:     scf.forall
// CHECK-NOT:     scf.if
// CHECK:         %[[EMPTY:.*]] = tensor.empty() : tensor<4x40x16xf32>
// CHECK:         %[[COLUMNS:.*]] = scf.for %{{.*}} iter_args(%{{.*}} = %[[EMPTY]])
// CHECK:           scf.for
// CHECK-COUNT-2:     vector.transfer_read %[[B]]{{.*}} vector<8xf32>
// CHECK:         scf.for %{{.*}} iter_args(%[[OUT:.*]] = %[[C]]) -> (tensor<96x64xf32>)
// CHECK:           tensor.extract_slice %[[OUT]][%{{.*}}, 0] [48, 64] [1, 1]
// CHECK:           bufferization.alloc_tensor() : tensor<8x6x40xf32>
// CHECK:             vector.transfer_read %[[A]]{{.*}} vector<8xf32>
// CHECK:             %[[SUMS:.*]]:12 = scf.for
// CHECK-COUNT-2:       vector.transfer_read %[[COLUMNS]]
// CHECK:               tensor.extract %{{.*}} : tensor<8x6x40xf32>
// CHECK-NEXT:          vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK-NEXT:          vector.fma
// CHECK-NEXT:          vector.fma
// CHECK-COUNT-46:      vector.fma
// CHECK-NOT:           vector.fma
// CHECK:             vector.transfer_read %{{.*}} tensor<48x64xf32>, vector<8xf32>
// CHECK-NEXT:        arith.addf
// CHECK-NEXT:        vector.transfer_write

// With vectors of 16 and twice the registers, tiles are of 6 x 64.

// WIDE-LABEL:  func @matmul(
// WIDE:          tensor.empty() : tensor<1x48x64xf32>
// WIDE:          bufferization.alloc_tensor() : tensor<8x6x48xf32>
// WIDE:          :24 = scf.for

// FEW-LABEL:   func @matmul(
// FEW:           linalg.matmul
func.func @matmul(%a: tensor<96x40xf32>, %b: tensor<40x64xf32>, %c: tensor<96x64xf32>) -> tensor<96x64xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<96x40xf32>, tensor<40x64xf32>) outs(%c : tensor<96x64xf32>) -> tensor<96x64xf32>
  return %0 : tensor<96x64xf32>
}

// Zeros are neither read nor written.

// CHECK-LABEL: func @zeros(
// CHECK-NOT:     linalg.fill
// CHECK-NOT:     arith.addf
// CHECK:         return
func.func @zeros(%a: tensor<96x40xf32>, %b: tensor<40x64xf32>) -> tensor<96x64xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<96x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<96x64xf32>) -> tensor<96x64xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<96x40xf32>, tensor<40x64xf32>) outs(%init : tensor<96x64xf32>) -> tensor<96x64xf32>
  return %0 : tensor<96x64xf32>
}

// A large product is on threads, its packing too. The sums of the second block
// of depth are added to those of the first.

// CHECK-LABEL: func @threads(
// CHECK:         %[[COLUMNS:.*]] = scf.forall (%{{.*}}) in (32) shared_outs
// CHECK:         scf.forall (%{{.*}}) in (16) shared_outs
// CHECK:           bufferization.alloc_tensor() : tensor<32x6x256xf32>
// CHECK:           scf.for %[[BLOCK:.*]] = %c0 to %c512 step %c256
// CHECK:             %[[FIRST:.*]] = arith.cmpi eq, %[[BLOCK]], %c0
// CHECK:             scf.if %[[FIRST]]
func.func @threads(%a: tensor<1024x512xf32>, %b: tensor<512x512xf32>) -> tensor<1024x512xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1024x512xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<1024x512xf32>) -> tensor<1024x512xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<1024x512xf32>, tensor<512x512xf32>) outs(%init : tensor<1024x512xf32>) -> tensor<1024x512xf32>
  return %0 : tensor<1024x512xf32>
}

// bqhd,bkhd->bhqk: both inputs are contiguous along depth. Columns are
// transposed in blocks of 8 x 8; each step of the batch packs its own.

// CHECK-LABEL: func @attention(
// CHECK-SAME:    %[[Q:.*]]: tensor<4x48x8x16xf32>, %[[K:.*]]: tensor<4x64x8x16xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         scf.forall (%[[BATCH:.*]], %[[HEAD:.*]]) in (4, 8)
// CHECK:           bufferization.alloc_tensor() : tensor<4x16x16xf32>
// CHECK-COUNT-8:   vector.transfer_read %[[K]][%[[BATCH]], %{{.*}}, %[[HEAD]], %{{.*}}]
// CHECK:           vector.shuffle %{{.*}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK:           vector.shuffle %{{.*}} [2, 10, 3, 11, 6, 14, 7, 15]
// CHECK:           vector.shuffle %{{.*}} [0, 1, 8, 9, 4, 5, 12, 13]
// CHECK:           vector.shuffle %{{.*}} [0, 1, 2, 3, 8, 9, 10, 11]
// CHECK:           vector.shuffle %{{.*}} [4, 5, 6, 7, 12, 13, 14, 15]
// CHECK:           vector.transfer_read %[[Q]][%[[BATCH]], %{{.*}}, %[[HEAD]], %{{.*}}]
// CHECK:           vector.fma
// CHECK:           tensor.parallel_insert_slice
func.func @attention(%q: tensor<4x48x8x16xf32>, %k: tensor<4x64x8x16xf32>, %out: tensor<4x8x48x64xf32>) -> tensor<4x8x48x64xf32> {
  %0 = linalg.contract indexing_maps = [affine_map<(b, h, q, k, d) -> (b, q, h, d)>,
                                        affine_map<(b, h, q, k, d) -> (b, k, h, d)>,
                                        affine_map<(b, h, q, k, d) -> (b, h, q, k)>]
    ins(%q, %k : tensor<4x48x8x16xf32>, tensor<4x64x8x16xf32>)
    outs(%out : tensor<4x8x48x64xf32>) -> tensor<4x8x48x64xf32>
  return %0 : tensor<4x8x48x64xf32>
}

// The innermost axis of the result belongs to the left-hand side, which so has
// the columns.

// CHECK-LABEL: func @swapped(
// CHECK-SAME:    %[[A:.*]]: tensor<40x64xf32>, %[[B:.*]]: tensor<40x96xf32>
// CHECK:         tensor.empty() : tensor<4x40x16xf32>
// CHECK:         vector.transfer_read %[[A]]
// CHECK:         bufferization.alloc_tensor() : tensor<8x40x6xf32>
// CHECK:         vector.transfer_read %[[B]]{{.*}} vector<6xf32>
func.func @swapped(%a: tensor<40x64xf32>, %b: tensor<40x96xf32>, %out: tensor<96x64xf32>) -> tensor<96x64xf32> {
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                                        affine_map<(m, n, k) -> (k, n)>,
                                        affine_map<(m, n, k) -> (n, m)>]
    ins(%a, %b : tensor<40x64xf32>, tensor<40x96xf32>)
    outs(%out : tensor<96x64xf32>) -> tensor<96x64xf32>
  return %0 : tensor<96x64xf32>
}

// Axes that stand side by side in all operands are one.

// CHECK-LABEL: func @merged(
// CHECK:         tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2, 3]]
// CHECK:         tensor.empty() : tensor<4x40x16xf32>
// CHECK:         bufferization.alloc_tensor() : tensor<8x6x40xf32>
func.func @merged(%a: tensor<8x12x4x10xf32>, %b: tensor<4x10x64xf32>, %out: tensor<8x12x64xf32>) -> tensor<8x12x64xf32> {
  %0 = linalg.contract indexing_maps = [affine_map<(a, b, e, c, d) -> (a, b, c, d)>,
                                        affine_map<(a, b, e, c, d) -> (c, d, e)>,
                                        affine_map<(a, b, e, c, d) -> (a, b, e)>]
    ins(%a, %b : tensor<8x12x4x10xf32>, tensor<4x10x64xf32>)
    outs(%out : tensor<8x12x64xf32>) -> tensor<8x12x64xf32>
  return %0 : tensor<8x12x64xf32>
}

// What a tile has beside the result is not stored: tails of rows and columns.

// CHECK-LABEL: func @tails(
// CHECK:         %[[TILE:.*]] = bufferization.alloc_tensor() : tensor<5x16xf32>
// CHECK:         arith.cmpi uge
// CHECK:         arith.cmpi ult
// CHECK:         scf.if
// CHECK:         } else {
// CHECK:           vector.transfer_write %{{.*}}, %[[TILE]]
// CHECK:           scf.for
// CHECK:             vector.transfer_write %{{.*}} : vector<8xf32>, tensor<?x61xf32>
func.func @tails(%a: tensor<97x40xf32>, %b: tensor<40x61xf32>, %c: tensor<97x61xf32>) -> tensor<97x61xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<97x40xf32>, tensor<40x61xf32>) outs(%c : tensor<97x61xf32>) -> tensor<97x61xf32>
  return %0 : tensor<97x61xf32>
}

// A few rows of a dynamic number are not worth it. Nothing but one of the
// branches writes to the result.

// CHECK-LABEL: func @dynamic(
// CHECK:         %[[ROWS:.*]] = tensor.dim %{{.*}}, %c0 : tensor<?x40xf32>
// CHECK:         %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x64xf32>
// CHECK:         %[[IS_WORTH:.*]] = arith.cmpi uge, %[[ROWS]], %c13
// CHECK:         scf.if %[[IS_WORTH]]
// CHECK:           scf.for %{{.*}} iter_args(%{{.*}} = %[[EMPTY]])
// CHECK:         } else {
// CHECK:           %[[INIT:.*]] = linalg.fill ins(%{{.*}}) outs(%[[EMPTY]]
// CHECK:           linalg.matmul {{.*}} outs(%[[INIT]]
// CHECK-NOT:     linalg.fill
func.func @dynamic(%a: tensor<?x40xf32>, %b: tensor<40x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %rows = tensor.dim %a, %c0 : tensor<?x40xf32>
  %empty = tensor.empty(%rows) : tensor<?x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x64xf32>) -> tensor<?x64xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x40xf32>, tensor<40x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
