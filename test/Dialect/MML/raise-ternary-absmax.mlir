// RUN: mml-opt %s --mml-raise-ternary | FileCheck %s

// A quantizer by the largest magnitude is that of the dialect where all elements
// are looked at. Those of a diagonal alone are another quantizer, which stays.

// CHECK-LABEL: func @all(
// CHECK:         mml.quantize {{.*}} axes([1, 2])
// CHECK-LABEL: func @diagonal(
// CHECK-NOT:     mml.quantize
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction"]
// CHECK-NOT:     mml.quantize
// CHECK:         arith.fptosi
// CHECK:         mml.einsum

#id = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b)>
#last = affine_map<(b, i, j) -> (i, j)>

func.func @all(%x: tensor<2x16x16xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<16x16x4xf32>
  %zero = arith.constant 0.0 : f32
  %high = arith.constant 127.0 : f32
  %low = arith.constant -127.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %se = tensor.empty() : tensor<2xf32>
  %sizes = tensor.empty() : tensor<16x16xf32>
  %start = linalg.fill ins(%zero : f32) outs(%se : tensor<2xf32>) -> tensor<2xf32>
  %max = linalg.generic {indexing_maps = [#id, #last, #row], iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %sizes : tensor<2x16x16xf32>, tensor<16x16xf32>) outs(%start : tensor<2xf32>) {
  ^bb0(%a: f32, %u: f32, %o: f32):
    %0 = math.absf %a : f32
    %1 = arith.maximumf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %qe = tensor.empty() : tensor<2x16x16xf32>
  %q = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %max : tensor<2x16x16xf32>, tensor<2xf32>) outs(%qe : tensor<2x16x16xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %0 = arith.maximumf %s, %eps : f32
    %1 = arith.divf %high, %0 : f32
    %2 = arith.mulf %a, %1 : f32
    %3 = math.roundeven %2 : f32
    %4 = arith.minimumf %3, %high : f32
    %5 = arith.maximumf %4, %low : f32
    linalg.yield %5 : f32
  } -> tensor<2x16x16xf32>
  %ye = tensor.empty() : tensor<2x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%ye : tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = linalg.contract indexing_maps = [affine_map<(b, n, i, j) -> (b, i, j)>, affine_map<(b, n, i, j) -> (i, j, n)>, affine_map<(b, n, i, j) -> (b, n)>]
      ins(%q, %w : tensor<2x16x16xf32>, tensor<16x16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

func.func @diagonal(%x: tensor<2x16x16xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<16x16x4xf32>
  %zero = arith.constant 0.0 : f32
  %high = arith.constant 127.0 : f32
  %low = arith.constant -127.0 : f32
  %eps = arith.constant 1.0e-5 : f32
  %se = tensor.empty() : tensor<2xf32>
  %sizes = tensor.empty() : tensor<16x16xf32>
  %start = linalg.fill ins(%zero : f32) outs(%se : tensor<2xf32>) -> tensor<2xf32>
  %max = linalg.generic {indexing_maps = [affine_map<(b, i, j) -> (b, i, i)>, #last, #row], iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %sizes : tensor<2x16x16xf32>, tensor<16x16xf32>) outs(%start : tensor<2xf32>) {
  ^bb0(%a: f32, %u: f32, %o: f32):
    %0 = math.absf %a : f32
    %1 = arith.maximumf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %qe = tensor.empty() : tensor<2x16x16xf32>
  %q = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %max : tensor<2x16x16xf32>, tensor<2xf32>) outs(%qe : tensor<2x16x16xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %0 = arith.maximumf %s, %eps : f32
    %1 = arith.divf %high, %0 : f32
    %2 = arith.mulf %a, %1 : f32
    %3 = math.roundeven %2 : f32
    %4 = arith.minimumf %3, %high : f32
    %5 = arith.maximumf %4, %low : f32
    linalg.yield %5 : f32
  } -> tensor<2x16x16xf32>
  %ye = tensor.empty() : tensor<2x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%ye : tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = linalg.contract indexing_maps = [affine_map<(b, n, i, j) -> (b, i, j)>, affine_map<(b, n, i, j) -> (i, j, n)>, affine_map<(b, n, i, j) -> (b, n)>]
      ins(%q, %w : tensor<2x16x16xf32>, tensor<16x16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
