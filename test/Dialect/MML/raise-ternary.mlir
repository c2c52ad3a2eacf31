// RUN: mml-opt %s --mml-raise-ternary | FileCheck %s --check-prefixes=CHECK,EXACT
// RUN: mml-opt %s --mml-raise-ternary=reassociate | FileCheck %s --check-prefixes=CHECK,REASSOC
// RUN: mml-opt %s --mml-raise-ternary=integers-only | FileCheck %s --check-prefix=INTEGERS
// RUN: mml-opt %s --mml-raise-ternary=integers-only --remarks-filter=mml-raise-ternary --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

// Products with ternary constants become einsums of trits. What models of several
// front ends look like, and that they answer the same, is in
// test/Integration/Raise; here are the parts.

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// Floats by -1, 0 and 1 need nothing else.

// CHECK-LABEL: func @ones(
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>
// CHECK:         %[[W:.*]] = mml.constant #mml.trits<dense_resource<{{.*}}> : tensor<3xui8>> : tensor<4x3x!mml.trit>
// CHECK-NEXT:    %[[R:.*]] = mml.einsum "ab,bc->ac" %[[X]], %[[W]] : (tensor<?x4xf32>, tensor<4x3x!mml.trit>) -> tensor<?x3xf32>
// CHECK-NEXT:    return %[[R]]
// INTEGERS-LABEL: func @ones(
// INTEGERS:         linalg.matmul
// REMARK:         operand #1 is ternary, but the activations are no integers, which 'integers-only' asks for
func.func @ones(%x: tensor<?x4xf32>, %empty: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[1.0, 0.0, -1.0], [-1.0, 1.0, -0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]> : tensor<4x3xf32>
  %zero = arith.constant 0.0 : f32
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x3xf32>) -> tensor<?x3xf32>
  %r = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>) outs(%zeros : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// Other products stay, and so do constants that have other uses.

// CHECK-LABEL: func @others(
// CHECK:         %[[W:.*]] = arith.constant dense
// CHECK:         mml.einsum
// CHECK:         linalg.matmul
// CHECK:         return %{{.*}}, %{{.*}}, %[[W]]
func.func @others(%x: tensor<2x2xi32>, %y: tensor<2x2xi32>) -> (tensor<2x2xi32>, tensor<2x2xi32>, tensor<2x2xi32>) {
  %w = arith.constant dense<[[3, 0], [0, -3]]> : tensor<2x2xi32>
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x2xi32>, tensor<2x2xi32>) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  %1 = linalg.matmul ins(%x, %y : tensor<2x2xi32>, tensor<2x2xi32>) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %0, %1, %w : tensor<2x2xi32>, tensor<2x2xi32>, tensor<2x2xi32>
}

// Rounded and clamped activations are integers, whatever they are made of. A NaN
// among them makes NaNs of its row.

// CHECK-LABEL: func @rounded(
// CHECK-SAME:      %[[X:.*]]: tensor<5x4xf32>
// CHECK:         %[[I:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]] : tensor<5x4xf32>) outs(%{{.*}} : tensor<5x4xi8>) {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %{{.*}}: i8):
// CHECK:           math.floor %[[A]]
// CHECK:           %[[Q:.*]] = arith.minimumf
// CHECK:           %[[NAN:.*]] = arith.cmpf uno, %[[Q]], %[[Q]]
// CHECK:           %[[SAFE:.*]] = arith.select %[[NAN]]
// CHECK-NEXT:      %[[INTEGER:.*]] = arith.fptosi %[[SAFE]] : f32 to i8
// CHECK-NEXT:      linalg.yield %[[INTEGER]]
// CHECK:         %[[P:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]] : tensor<5x4xf32>) outs(%{{.*}} : tensor<5xf32>) {
// CHECK:           arith.subf
// CHECK-NEXT:      arith.addf
// CHECK:         %[[SUMS:.*]] = mml.einsum "ab,bc->ac" %[[I]], %{{.*}} bound(100) : (tensor<5x4xi8>, tensor<4x2x!mml.trit>) -> tensor<5x2xi32>
// CHECK:         linalg.generic {{.*}} ins(%[[SUMS]], %[[P]], %{{.*}} : tensor<5x2xi32>, tensor<5xf32>, tensor<f32>)
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      %[[F:.*]] = arith.sitofp
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[F]]
// CHECK-NEXT:      arith.mulf %[[S]]
// INTEGERS-LABEL: func @rounded(
// INTEGERS:         mml.einsum
// INTEGERS:         return
func.func @rounded(%x: tensor<5x4xf32>) -> tensor<5x2xf32> {
  %e = tensor.empty() : tensor<5x4xf32>
  %low = arith.constant -100.0 : f32
  %high = arith.constant 9.0 : f32
  %q = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<5x4xf32>) outs(%e : tensor<5x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.floor %a : f32
    %1 = arith.maximumf %0, %low : f32
    %2 = arith.minimumf %high, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<5x4xf32>
  %w = arith.constant dense<[[0.25, 0.0], [-0.25, 0.25], [0.0, 0.0], [0.25, 0.25]]> : tensor<4x2xf32>
  %zeros = arith.constant dense<0.0> : tensor<5x2xf32>
  %r = linalg.matmul ins(%q, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %r : tensor<5x2xf32>
}

// Clamps that do not make integers, are not of an i8, or let another number
// through, are none. A quantizer of the whole tensor is one.

// CHECK-LABEL: func @ranges(
// CHECK:         mml.einsum {{.*}} : (tensor<5x4xf32>, tensor<4x2x!mml.trit>) -> tensor<5x2xf32>
// CHECK:         mml.einsum {{.*}} : (tensor<5x4xf32>, tensor<4x2x!mml.trit>) -> tensor<5x2xf32>
// CHECK:         mml.einsum {{.*}} : (tensor<5x4xf32>, tensor<4x2x!mml.trit>) -> tensor<5x2xf32>
// CHECK:         mml.einsum {{.*}} bound(127) : (tensor<5x4xi8>, tensor<4x2x!mml.trit>) -> tensor<5x2xi32>
func.func @ranges(%x: tensor<5x4xf32>, %s: tensor<f32>) -> (tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>) {
  %low = arith.constant dense<-127.0> : tensor<5x4xf32>
  %high = arith.constant dense<127.0> : tensor<5x4xf32>
  %half = arith.constant dense<12.5> : tensor<5x4xf32>
  %more = arith.constant dense<128.0> : tensor<5x4xf32>
  %w = arith.constant dense<[[1.0, 0.0], [-1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]> : tensor<4x2xf32>
  %zeros = arith.constant dense<0.0> : tensor<5x2xf32>
  %round = math.roundeven %x : tensor<5x4xf32>
  %a0 = arith.maximumf %round, %low : tensor<5x4xf32>
  %b0 = arith.minimumf %a0, %half : tensor<5x4xf32>
  %0 = linalg.matmul ins(%b0, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<5x2xf32>) -> tensor<5x2xf32>
  %b1 = arith.minimumf %a0, %more : tensor<5x4xf32>
  %1 = linalg.matmul ins(%b1, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<5x2xf32>) -> tensor<5x2xf32>
  // For a NaN, the larger one is what it is compared with: 1000.
  %thousand = arith.constant dense<1000.0> : tensor<5x4xf32>
  %a2 = arith.minnumf %a0, %thousand : tensor<5x4xf32>
  %c2 = arith.cmpf ogt, %a2, %high : tensor<5x4xf32>
  %b2 = arith.select %c2, %high, %a2 : tensor<5x4xi1>, tensor<5x4xf32>
  %d2 = arith.maxnumf %b2, %thousand : tensor<5x4xf32>
  %2 = linalg.matmul ins(%d2, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<5x2xf32>) -> tensor<5x2xf32>
  %e = tensor.empty() : tensor<5x4xf32>
  %scales = linalg.broadcast ins(%s : tensor<f32>) outs(%e : tensor<5x4xf32>) dimensions = [0, 1]
  %scaled = arith.mulf %x, %scales : tensor<5x4xf32>
  %c3 = arith.cmpf ogt, %scaled, %high : tensor<5x4xf32>
  %a3 = arith.select %c3, %high, %scaled : tensor<5x4xi1>, tensor<5x4xf32>
  %d3 = arith.cmpf ogt, %a3, %low : tensor<5x4xf32>
  %b3 = arith.select %d3, %a3, %low : tensor<5x4xi1>, tensor<5x4xf32>
  %q3 = math.roundeven %b3 : tensor<5x4xf32>
  %3 = linalg.matmul ins(%q3, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %0, %1, %2, %3 : tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>
}

// Scales of the activations, and a start, go behind the product where that is
// allowed.

// CHECK-LABEL: func @scaled(
// CHECK-SAME:      %[[Q:.*]]: tensor<5x4xi8>, %[[S:.*]]: tensor<5xf32>, %[[INIT:.*]]: tensor<2x5xf32>
// EXACT:         linalg.contract
// REASSOC:       %[[SUMS:.*]] = mml.einsum "ab,bc->ca" %[[Q]], %{{.*}} bound(128) : (tensor<5x4xi8>, tensor<4x2x!mml.trit>) -> tensor<2x5xi32>
// REASSOC:       arith.constant dense<3.000000e-01> : tensor<f32>
// REASSOC:       %[[F:.*]] = linalg.generic {{.*}} ins(%[[SUMS]], %{{.*}} : tensor<2x5xi32>, tensor<f32>)
// REASSOC:       %[[SCALES:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<5xf32>)
// REASSOC:       %[[R:.*]] = linalg.generic {{.*}} ins(%[[F]], %[[SCALES]] : tensor<2x5xf32>, tensor<5xf32>)
// REASSOC-NEXT:  ^bb0
// REASSOC-NEXT:    arith.divf
// REASSOC:       arith.addf %[[INIT]], %[[R]]
// INTEGERS-LABEL: func @scaled(
// INTEGERS:         linalg.contract
// REMARK:         operand #1 is ternary, but the activations are integers with scales, which would multiply sums, not each product, which needs 'reassociate'
func.func @scaled(%q: tensor<5x4xi8>, %s: tensor<5xf32>, %init: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %e = tensor.empty() : tensor<5x4xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>, affine_map<(m, k) -> (m, k)>],
                       iterator_types = ["parallel", "parallel"]} ins(%q, %s : tensor<5x4xi8>, tensor<5xf32>) outs(%e : tensor<5x4xf32>) {
  ^bb0(%a: i8, %b: f32, %o: f32):
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.divf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<5x4xf32>
  %w = arith.constant dense<[[0.3, 0.0], [-0.3, 0.3], [0.0, 0.0], [0.3, 0.3]]> : tensor<4x2xf32>
  %r = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n, m)>]
      ins(%x, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x5xf32>) -> tensor<2x5xf32>
  return %r : tensor<2x5xf32>
}

// An operation may leave the order of its sums open itself.

// CHECK-LABEL: func @flags(
// CHECK:         mml.einsum
func.func @flags(%x: tensor<5x4xf32>, %init: tensor<5x2xf32>) -> tensor<5x2xf32> {
  %w = arith.constant dense<[[0.3, 0.0], [-0.3, 0.3], [0.0, 0.0], [0.3, 0.3]]> : tensor<4x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<5x4xf32>, tensor<4x2xf32>) outs(%init : tensor<5x2xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b fastmath<reassoc> : f32
    %1 = arith.addf %c, %0 fastmath<reassoc> : f32
    linalg.yield %1 : f32
  } -> tensor<5x2xf32>
  return %r : tensor<5x2xf32>
}
