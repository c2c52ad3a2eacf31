// Weights in integers with scales: constants of quantized types, and integers that
// operations of linalg or tensors convert and multiply. With 'reassociate' the
// scales multiply sums; activations are small integers, so that no rounding shows.

// DEFINE: %{lower} = --pass-pipeline="builtin.module(func.func(lower-quant-ops,canonicalize))"
// DEFINE: %{loops} = --pass-pipeline="builtin.module(mml-annotate-entries,func.func(convert-elementwise-to-linalg),one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map},func.func(convert-linalg-to-loops))"

// RUN: rm -rf %t && mkdir %t
// RUN: mml-opt %s %{lower} -o %t/lowered.mlir
// RUN: mml-opt %t/lowered.mlir %{loops} -o %t/loops.mlir
// RUN: mml-opt %s --mml-raise-ternary=reassociate -o %t/found.mlir && FileCheck %s < %t/found.mlir
// RUN: mml-opt %t/found.mlir %{lower} -o %t/raised.mlir
// RUN: mml-runner %t/loops.mlir --batch 1 --output %t/y0.npy --output %t/y1.npy --output %t/y2.npy --output %t/y3.npy --output %t/y4.npy 2>/dev/null
// RUN: mml-runner %t/raised.mlir --batch 1 --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy --expect %t/y3.npy --expect %t/y4.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL
// RUN: mml-runner %t/loops.mlir --batch 9 --output %t/y0.npy --output %t/y1.npy --output %t/y2.npy --output %t/y3.npy --output %t/y4.npy 2>/dev/null
// RUN: mml-runner %t/raised.mlir --batch 9 --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy --expect %t/y3.npy --expect %t/y4.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL
// RUN: mml-runner %t/raised.mlir --batch 9 --kernel reference --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy --expect %t/y3.npy --expect %t/y4.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL

// EQUAL:      layer: equal
// EQUAL-NEXT: axis: equal
// EQUAL-NEXT: blocks: equal
// EQUAL-NEXT: generic: equal
// EQUAL-NEXT: tensors: equal

// CHECK:     mml.einsum "ab,bc->ac" %arg0, %{{.*}} bound(128) : (tensor<?x96xi8>, tensor<96x7x!mml.trit>) -> tensor<?x7xi32>
// CHECK:     arith.constant dense<3.750000e-01> : tensor<f32>
// CHECK:     mml.einsum "ab,bc->ac" %arg0, %{{.*}} bound(128) : (tensor<?x96xi8>, tensor<96x7x!mml.trit>) -> tensor<?x7xi32>
// CHECK:     arith.constant dense<[5.000000e-01, 2.500000e-01, 1.000000e+00, 2.000000e+00, 3.000000e+00, 1.500000e+00, 7.500000e-01]> : tensor<7xf32>

// Blocks along the summed axis are kept by the product, and summed when they were
// multiplied by their scales.

// CHECK:     tensor.expand_shape %arg0 {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 3, 32] : tensor<?x96xi8> into tensor<?x3x32xi8>
// CHECK:     mml.einsum "abc,bcd->bad" %{{.*}} bound(128) : (tensor<?x3x32xi8>, tensor<3x32x7x!mml.trit>) -> tensor<3x?x7xi32>
// CHECK:     linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]
// CHECK:     mml.einsum "abc,bcd->bad" %{{.*}} bound(128) : (tensor<?x3x32xi8>, tensor<3x32x7x!mml.trit>) -> tensor<3x?x7xi32>
// CHECK:     mml.einsum "ab,bc->ac" %arg0, %{{.*}} bound(128) : (tensor<?x96xi8>, tensor<96x7x!mml.trit>) -> tensor<?x7xi32>
// CHECK:     arith.constant dense<[2.500000e-01, 1.250000e-01, 5.000000e-01, 1.000000e+00, 1.500000e+00, 7.500000e-01, 3.750000e-01]> : tensor<7xf32>
// CHECK-NOT: quant.

!layer = !quant.uniform<i8:f32, 0.375>
!axis = !quant.uniform<i8:f32:1, {0.5, 0.25, 1.0, 2.0, 3.0, 1.5, 0.75}>
!blocks = !quant.uniform<i8:f32:{0:32, 1:1}, {{2.0, 0.5, 0.25, 0.5, 0.5, 0.25, 0.5}, {0.25, 0.5, 2.0, 0.5, 0.5, 0.5, 0.5}, {2.0, 0.5, 0.25, 2.0, 0.25, 2.0, 0.25}}>
func.func @main(%i: tensor<?x96xi8>) -> (tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>)
    attributes {mml.input_names = ["i"], mml.output_names = ["layer", "axis", "blocks", "generic", "tensors"]} {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %i, %c0 : tensor<?x96xi8>
  %x = arith.sitofp %i : tensor<?x96xi8> to tensor<?x96xf32>
  %zero = arith.constant 0.0 : f32
  %ye = tensor.empty(%n) : tensor<?x7xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%ye : tensor<?x7xf32>) -> tensor<?x7xf32>
  %c = arith.constant dense_resource<trits> : tensor<96x7xi8>

  %q0 = quant.scast %c : tensor<96x7xi8> to tensor<96x7x!layer>
  %w0 = quant.dcast %q0 : tensor<96x7x!layer> to tensor<96x7xf32>
  %y0 = linalg.matmul ins(%x, %w0 : tensor<?x96xf32>, tensor<96x7xf32>) outs(%zeros : tensor<?x7xf32>) -> tensor<?x7xf32>

  %q1 = quant.scast %c : tensor<96x7xi8> to tensor<96x7x!axis>
  %w1 = quant.dcast %q1 : tensor<96x7x!axis> to tensor<96x7xf32>
  %y1 = linalg.matmul ins(%x, %w1 : tensor<?x96xf32>, tensor<96x7xf32>) outs(%zeros : tensor<?x7xf32>) -> tensor<?x7xf32>

  %q2 = quant.scast %c : tensor<96x7xi8> to tensor<96x7x!blocks>
  %w2 = quant.dcast %q2 : tensor<96x7x!blocks> to tensor<96x7xf32>
  %y2 = linalg.matmul ins(%x, %w2 : tensor<?x96xf32>, tensor<96x7xf32>) outs(%zeros : tensor<?x7xf32>) -> tensor<?x7xf32>

  // Groups of 32, as a body that converts and multiplies.
  %g = arith.constant dense_resource<groups> : tensor<3x7xf32>
  %e = tensor.expand_shape %c [[0, 1], [2]] output_shape [3, 32, 7] : tensor<96x7xi8> into tensor<3x32x7xi8>
  %de = tensor.empty() : tensor<3x32x7xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(g, k, n) -> (g, k, n)>, affine_map<(g, k, n) -> (g, n)>, affine_map<(g, k, n) -> (g, k, n)>],
                       iterator_types = ["parallel", "parallel", "parallel"]} ins(%e, %g : tensor<3x32x7xi8>, tensor<3x7xf32>) outs(%de : tensor<3x32x7xf32>) {
  ^bb0(%a: i8, %b: f32, %o: f32):
    %0 = arith.sitofp %a : i8 to f32
    %1 = arith.mulf %0, %b : f32
    linalg.yield %1 : f32
  } -> tensor<3x32x7xf32>
  %w3 = tensor.collapse_shape %d [[0, 1], [2]] : tensor<3x32x7xf32> into tensor<96x7xf32>
  %y3 = linalg.matmul ins(%x, %w3 : tensor<?x96xf32>, tensor<96x7xf32>) outs(%zeros : tensor<?x7xf32>) -> tensor<?x7xf32>

  // Operations on tensors, one after another.
  %f = arith.sitofp %c : tensor<96x7xi8> to tensor<96x7xf32>
  %s = arith.constant dense<[0.5, 0.25, 1.0, 2.0, 3.0, 1.5, 0.75]> : tensor<7xf32>
  %be = tensor.empty() : tensor<96x7xf32>
  %b = linalg.broadcast ins(%s : tensor<7xf32>) outs(%be : tensor<96x7xf32>) dimensions = [0]
  %m = arith.mulf %b, %f : tensor<96x7xf32>
  %two = arith.constant dense<2.0> : tensor<96x7xf32>
  %w4 = arith.divf %m, %two : tensor<96x7xf32>
  %y4 = linalg.matmul ins(%x, %w4 : tensor<?x96xf32>, tensor<96x7xf32>) outs(%zeros : tensor<?x7xf32>) -> tensor<?x7xf32>
  return %y0, %y1, %y2, %y3, %y4 : tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>
}

{-#
  dialect_resources: {
    builtin: {
      trits: "0x01000000FF0100FF00FF000001FFFFFF00FF000000FFFFFF010101FF0000FF01FFFFFF01000101010001FFFF0001FF00FF0101FFFF0000FFFF00000001FF0000010001FF010100FF01010000FF0100FF01FFFF00FF01FF010100000101000000FF0101FFFF0000FF0001FFFF0100FFFF0101000100000100FF0000FF0001FF00FF00010100FF0001010000FFFFFFFFFFFFFF01FF00FF0001010101FFFF00FF00FF00FF01000000000001FF0000010001000100000000FF00FF01000000FF0101010001FF00FF00FF0100010000FFFFFF00FF00000001FF00FF0001FF01FF0100FFFFFF0100FF010000FFFFFFFF000101000101FFFFFFFFFF00FFFFFF01000101FF0000FF0100FFFF0101FF010001FF000000FFFF00FF00FF0000FFFF0001FF01010000FF00FFFFFF0101000100FF01FFFF000101000101010001010100FFFF00010100FF01FF010000FFFFFF01FFFFFF01FF0100FFFF0101FF000101FF01FFFF01010001010100FFFF0100FFFF01010001FFFF00FFFF01FF0001000001FF00010101010000FF0100010001000000FF0000FF0100FFFFFF00010001FF0100FF0001FF0000FF01010001FFFF00010001FFFF01FF01FF000100FFFF00000101FF00010001000100FF0100FF0100FF010000FF01000000000001FF01FF01FF000001000100FFFF010100FFFF000101FF010000000101000100FF0100FFFF0000FFFF010101010101FFFFFF01010101FF01010100FF0101010001FFFF00FF000101FFFF0001000101FFFF00FF01FFFF01FF000101FFFF00FF0001FF01FFFF01010001FFFF0000000001FF0001000100FF000100FF0001010101FFFF00000001010100000000FF0001FF0001FF01FF010000000001FF01FFFFFF00FF01FF010100FF0000010000FF0001010101FF010000FF0001FFFFFF00FF010100FFFF01FF000100FFFFFFFF",
      groups: "0x04000000000000400000003F0000803E0000003F0000003F0000803E0000003F0000803E0000003F000000400000003F0000003F0000003F0000003F000000400000003F0000803E000000400000803E000000400000803E"
    }
  }
#-}
