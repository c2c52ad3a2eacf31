// RUN: mml-opt %s --mml-raise-ternary --remarks-filter=mml-raise-ternary --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// What is too large to look at stays, and takes no time.

// CHECK-LABEL: func @long_body(
// CHECK:         linalg.matmul
func.func @long_body(%x: tensor<2x16xf32>) -> tensor<2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<16x4xf32>
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<16x4xf32>
  %long = linalg.generic {indexing_maps = [affine_map<(k, n) -> (k, n)>, affine_map<(k, n) -> (k, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<16x4xf32>) outs(%e : tensor<16x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.mulf %a, %one : f32
    %2 = arith.mulf %1, %one : f32
    %3 = arith.mulf %2, %one : f32
    %4 = arith.mulf %3, %one : f32
    %5 = arith.mulf %4, %one : f32
    %6 = arith.mulf %5, %one : f32
    %7 = arith.mulf %6, %one : f32
    %8 = arith.mulf %7, %one : f32
    %9 = arith.mulf %8, %one : f32
    %10 = arith.mulf %9, %one : f32
    %11 = arith.mulf %10, %one : f32
    %12 = arith.mulf %11, %one : f32
    %13 = arith.mulf %12, %one : f32
    %14 = arith.mulf %13, %one : f32
    %15 = arith.mulf %14, %one : f32
    %16 = arith.mulf %15, %one : f32
    %17 = arith.mulf %16, %one : f32
    %18 = arith.mulf %17, %one : f32
    %19 = arith.mulf %18, %one : f32
    %20 = arith.mulf %19, %one : f32
    %21 = arith.mulf %20, %one : f32
    %22 = arith.mulf %21, %one : f32
    %23 = arith.mulf %22, %one : f32
    %24 = arith.mulf %23, %one : f32
    %25 = arith.mulf %24, %one : f32
    %26 = arith.mulf %25, %one : f32
    %27 = arith.mulf %26, %one : f32
    %28 = arith.mulf %27, %one : f32
    %29 = arith.mulf %28, %one : f32
    %30 = arith.mulf %29, %one : f32
    %31 = arith.mulf %30, %one : f32
    %32 = arith.mulf %31, %one : f32
    %33 = arith.mulf %32, %one : f32
    %34 = arith.mulf %33, %one : f32
    %35 = arith.mulf %34, %one : f32
    %36 = arith.mulf %35, %one : f32
    %37 = arith.mulf %36, %one : f32
    %38 = arith.mulf %37, %one : f32
    %39 = arith.mulf %38, %one : f32
    %40 = arith.mulf %39, %one : f32
    %41 = arith.mulf %40, %one : f32
    %42 = arith.mulf %41, %one : f32
    %43 = arith.mulf %42, %one : f32
    %44 = arith.mulf %43, %one : f32
    %45 = arith.mulf %44, %one : f32
    %46 = arith.mulf %45, %one : f32
    %47 = arith.mulf %46, %one : f32
    %48 = arith.mulf %47, %one : f32
    %49 = arith.mulf %48, %one : f32
    %50 = arith.mulf %49, %one : f32
    %51 = arith.mulf %50, %one : f32
    %52 = arith.mulf %51, %one : f32
    %53 = arith.mulf %52, %one : f32
    %54 = arith.mulf %53, %one : f32
    %55 = arith.mulf %54, %one : f32
    %56 = arith.mulf %55, %one : f32
    %57 = arith.mulf %56, %one : f32
    %58 = arith.mulf %57, %one : f32
    %59 = arith.mulf %58, %one : f32
    %60 = arith.mulf %59, %one : f32
    %61 = arith.mulf %60, %one : f32
    %62 = arith.mulf %61, %one : f32
    %63 = arith.mulf %62, %one : f32
    %64 = arith.mulf %63, %one : f32
    %65 = arith.mulf %64, %one : f32
    linalg.yield %65 : f32
  } -> tensor<16x4xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x4xf32>
  // expected-remark @below {{operand #1 stays: the constant goes through more than 64 operations of one body}}
  %y = linalg.matmul ins(%x, %long : tensor<2x16xf32>, tensor<16x4xf32>) outs(%zeros : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// One NaN, repeated, is not looked for in groups.

// CHECK-LABEL: func @large_splat(
// CHECK:         linalg.matmul
func.func @large_splat(%x: tensor<2x549755813888xf32>, %init: tensor<2x1xf32>) -> tensor<2x1xf32> {
  %w = arith.constant dense<0x7FC00000> : tensor<549755813888x1xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than}}
  %y = linalg.matmul ins(%x, %w : tensor<2x549755813888xf32>, tensor<549755813888x1xf32>) outs(%init : tensor<2x1xf32>) -> tensor<2x1xf32>
  return %y : tensor<2x1xf32>
}

// The sums of a constant that a zero point is multiplied with are a constant, too.

// CHECK-LABEL: func @many_totals(
// CHECK:         linalg.quantized_matmul
func.func @many_totals(%x: tensor<2x4xi8>, %init: tensor<2x137438953472xi32>) -> tensor<2x137438953472xi32> {
  %w = arith.constant dense<1> : tensor<4x137438953472xi8>
  %three = arith.constant 3 : i32
  %zero = arith.constant 0 : i32
  // expected-remark @below {{operand #1 is ternary, but a zero point would be taken from more than 16777216 sums}}
  %y = linalg.quantized_matmul ins(%x, %w, %three, %zero : tensor<2x4xi8>, tensor<4x137438953472xi8>, i32, i32) outs(%init : tensor<2x137438953472xi32>) -> tensor<2x137438953472xi32>
  return %y : tensor<2x137438953472xi32>
}
