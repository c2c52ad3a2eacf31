// RUN: mml-opt %s --mml-raise-to-einsum --remarks-filter=mml-raise-to-einsum --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// What is no einsum, or would be rounded otherwise, stays as it is, and the
// reason is told.

#lhs = affine_map<(d0, d1, d2) -> (d0, d2)>
#rhs = affine_map<(d0, d1, d2) -> (d2, d1)>
#out = affine_map<(d0, d1, d2) -> (d0, d1)>
#loops = ["parallel", "parallel", "reduction"]
#contraction = {indexing_maps = [#lhs, #rhs, #out], iterator_types = #loops}

// CHECK-LABEL: func @buffers(
// CHECK-NEXT:    linalg.matmul
func.func @buffers(%x: memref<3x4xf32>, %y: memref<4x8xf32>, %out: memref<3x8xf32>) {
  // expected-remark @below {{expected tensors but got memrefs}}
  linalg.matmul ins(%x, %y : memref<3x4xf32>, memref<4x8xf32>) outs(%out : memref<3x8xf32>)
  return
}

// CHECK-LABEL: func @inputs(
// CHECK-NEXT:    linalg.quantized_matmul
func.func @inputs(%x: tensor<3x4xi8>, %y: tensor<4x8xi8>, %z: i32, %out: tensor<3x8xi32>) -> tensor<3x8xi32> {
  // expected-remark @below {{expected 2 inputs and 1 result but got 4 and 1}}
  %r = linalg.quantized_matmul ins(%x, %y, %z, %z : tensor<3x4xi8>, tensor<4x8xi8>, i32, i32) outs(%out : tensor<3x8xi32>) -> tensor<3x8xi32>
  return %r : tensor<3x8xi32>
}

// CHECK-LABEL: func @elements(
// CHECK-NEXT:    linalg.matmul
func.func @elements(%x: tensor<3x4xi4>, %y: tensor<4x8xi4>, %out: tensor<3x8xi32>) -> tensor<3x8xi32> {
  // expected-remark @below {{expected tensors of i8 to i64, f16, bf16, f32 or f64, without an encoding, but got tensor<3x4xi4>}}
  %r = linalg.matmul ins(%x, %y : tensor<3x4xi4>, tensor<4x8xi4>) outs(%out : tensor<3x8xi32>) -> tensor<3x8xi32>
  return %r : tensor<3x8xi32>
}

// CHECK-LABEL: func @encoding(
// CHECK-NEXT:    linalg.matmul
func.func @encoding(%x: tensor<3x4xf32, "sparse">, %y: tensor<4x8xf32>, %out: tensor<3x8xf32>) -> tensor<3x8xf32> {
  // expected-remark @below {{but got tensor<3x4xf32, "sparse">}}
  %r = linalg.matmul ins(%x, %y : tensor<3x4xf32, "sparse">, tensor<4x8xf32>) outs(%out : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

// CHECK-LABEL: func @loops(
// CHECK-NEXT:    linalg.generic
#many = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19, d20, d21, d22, d23, d24, d25, d26, d27, d28, d29, d30, d31, d32, d33, d34, d35, d36, d37, d38, d39, d40, d41, d42, d43, d44, d45, d46, d47, d48, d49, d50, d51, d52) -> (d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19, d20, d21, d22, d23, d24, d25, d26, d27, d28, d29, d30, d31, d32, d33, d34, d35, d36, d37, d38, d39, d40, d41, d42, d43, d44, d45, d46, d47, d48, d49, d50, d51, d52)>
#first = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19, d20, d21, d22, d23, d24, d25, d26, d27, d28, d29, d30, d31, d32, d33, d34, d35, d36, d37, d38, d39, d40, d41, d42, d43, d44, d45, d46, d47, d48, d49, d50, d51, d52) -> (d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19, d20, d21, d22, d23, d24, d25, d26, d27, d28, d29, d30, d31, d32, d33, d34, d35, d36, d37, d38, d39, d40, d41, d42, d43, d44, d45, d46, d47, d48, d49, d50, d51)>
func.func @loops(%x: tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>, %out: tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>) -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32> {
  // expected-remark @below {{expected at most 52 loops but got 53}}
  %r = linalg.generic {indexing_maps = [#many, #many, #first], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
       ins(%x, %x : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>, tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>) outs(%out : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>
  return %r : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xi32>
}

// CHECK-LABEL: func @diagonal(
// CHECK-NEXT:    linalg.generic
func.func @diagonal(%x: tensor<4x4xi32>, %y: tensor<4xi32>, %out: tensor<i32>) -> tensor<i32> {
  // expected-remark @below {{expected each loop at most once in a map, and nothing else, but got (d0) -> (d0, d0)}}
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0, d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>],
                       iterator_types = ["reduction"]}
       ins(%x, %y : tensor<4x4xi32>, tensor<4xi32>) outs(%out : tensor<i32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK-LABEL: func @convolution(
// CHECK-NEXT:    linalg.conv_1d
func.func @convolution(%x: tensor<10xi32>, %y: tensor<3xi32>, %out: tensor<8xi32>) -> tensor<8xi32> {
  // expected-remark @below {{but got (d0, d1) -> (d0 + d1)}}
  %r = linalg.conv_1d ins(%x, %y : tensor<10xi32>, tensor<3xi32>) outs(%out : tensor<8xi32>) -> tensor<8xi32>
  return %r : tensor<8xi32>
}

// CHECK-LABEL: func @only_in_result(
// CHECK-NEXT:    linalg.generic
func.func @only_in_result(%x: tensor<4xi32>, %y: tensor<4xi32>, %out: tensor<8xi32>) -> tensor<8xi32> {
  // expected-remark @below {{expected each loop in an input but got 1 in none}}
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>],
                       iterator_types = ["reduction", "parallel"]}
       ins(%x, %y : tensor<4xi32>, tensor<4xi32>) outs(%out : tensor<8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<8xi32>
  return %r : tensor<8xi32>
}

// CHECK-LABEL: func @reduced_in_result(
// CHECK-NEXT:    linalg.generic
func.func @reduced_in_result(%x: tensor<4xi32>, %y: tensor<4xi32>, %out: tensor<4xi32>) -> tensor<4xi32> {
  // expected-remark @below {{expected the result to run along its parallel loops alone, but loop 0 differs}}
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                       iterator_types = ["reduction"]}
       ins(%x, %y : tensor<4xi32>, tensor<4xi32>) outs(%out : tensor<4xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<4xi32>
  return %r : tensor<4xi32>
}

// Bodies: an unsigned extension, another sum, another product, a product before
// it is extended, a square, a difference, what does not add to the result.

// CHECK-LABEL: func @bodies(
// CHECK-NOT:     mml.einsum
// CHECK:         return
func.func @bodies(%x: tensor<3x4xi8>, %y: tensor<4x8xi8>, %v: tensor<3x4xi32>, %w: tensor<4x8xi32>, %out: tensor<3x8xi32>)
    -> (tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>) {
  // expected-remark @below {{expected the product of both inputs, extended by sign, added to the result}}
  %r0 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%x, %y : tensor<3x4xi8>, tensor<4x8xi8>) outs(%out : tensor<3x8xi32>) -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r1 = linalg.generic #contraction ins(%v, %w : tensor<3x4xi32>, tensor<4x8xi32>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.maxsi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r2 = linalg.generic #contraction ins(%v, %w : tensor<3x4xi32>, tensor<4x8xi32>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.andi %a, %b : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r3 = linalg.generic #contraction ins(%x, %y : tensor<3x4xi8>, tensor<4x8xi8>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i8, %b: i8, %c: i32):
    %0 = arith.muli %a, %b : i8
    %1 = arith.extsi %0 : i8 to i32
    %2 = arith.addi %c, %1 : i32
    linalg.yield %2 : i32
  } -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r4 = linalg.generic #contraction ins(%v, %w : tensor<3x4xi32>, tensor<4x8xi32>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %a : i32
    %1 = arith.addi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r5 = linalg.generic #contraction ins(%v, %w : tensor<3x4xi32>, tensor<4x8xi32>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.subi %c, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3x8xi32>
  // expected-remark @below {{expected the product of both inputs}}
  %r6 = linalg.generic #contraction ins(%v, %w : tensor<3x4xi32>, tensor<4x8xi32>) outs(%out : tensor<3x8xi32>) {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %0 = arith.muli %a, %b : i32
    %1 = arith.addi %a, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3x8xi32>
  return %r0, %r1, %r2, %r3, %r4, %r5, %r6 : tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>, tensor<3x8xi32>
}

// What multiplies without a sum, or sums without a product, is not asked for.

// CHECK-LABEL: func @others(
// CHECK-NEXT:    linalg.mul
// CHECK-NEXT:    linalg.reduce
func.func @others(%x: tensor<4x4xi32>, %out: tensor<4x4xi32>, %sums: tensor<4xi32>) -> (tensor<4x4xi32>, tensor<4xi32>) {
  %0 = linalg.mul ins(%x, %x : tensor<4x4xi32>, tensor<4x4xi32>) outs(%out : tensor<4x4xi32>) -> tensor<4x4xi32>
  %1 = linalg.reduce {arith.addi} ins(%x : tensor<4x4xi32>) outs(%sums : tensor<4xi32>) dimensions = [1]
  return %0, %1 : tensor<4x4xi32>, tensor<4xi32>
}

// Sums of floats that do not start at zero. A negative zero is not the zero
// that a sum of nothing is.

// CHECK-LABEL: func @starts(
// CHECK-COUNT-2: linalg.matmul
func.func @starts(%x: tensor<3x4xf32>, %y: tensor<4x8xf32>, %init: tensor<3x8xf32>) -> (tensor<3x8xf32>, tensor<3x8xf32>) {
  // expected-remark @below {{the sum would be added to what the result starts from, not each product, which needs 'reassociate'}}
  %0 = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%init : tensor<3x8xf32>) -> tensor<3x8xf32>
  %zeros = arith.constant dense<-0.0> : tensor<3x8xf32>
  // expected-remark @below {{the sum would be added to what the result starts from}}
  %1 = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x8xf32>) outs(%zeros : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %0, %1 : tensor<3x8xf32>, tensor<3x8xf32>
}

// One input is summed along a loop of its own.

// CHECK-LABEL: func @sum_alone(
// CHECK:         linalg.generic
func.func @sum_alone(%x: tensor<3x4xf32>, %y: tensor<3x5xf32>) -> tensor<3xf32> {
  %zeros = arith.constant dense<0.0> : tensor<3xf32>
  // expected-remark @below {{an input that is summed alone would be summed before it is multiplied, which needs 'reassociate'}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i)>],
                       iterator_types = ["parallel", "reduction", "reduction"]}
       ins(%x, %y : tensor<3x4xf32>, tensor<3x5xf32>) outs(%zeros : tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %c, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// Constants that stay, in einsums.

// CHECK-LABEL: func @constants(
// CHECK-NOT:     trit
// CHECK:         return
func.func @constants(%x: tensor<3x2xf32>, %z: tensor<3x1xi8>, %n: index) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xi32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %zeros = arith.constant dense<0.0> : tensor<3x2xf32>
  %izeros = arith.constant dense<0> : tensor<3x2xi32>
  %two = arith.constant dense<[[1.0, 1.0], [2.0, 0.5]]> : tensor<2x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than -s, 0 and s for one scale s of two elements or more}}
  %0 = linalg.matmul ins(%x, %two : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %infinite = arith.constant dense<[[0x7F800000, 0.0], [0.0, 0xFF800000]]> : tensor<2x2xf32>
  // expected-remark @below {{the constant has elements other than}}
  %1 = linalg.matmul ins(%x, %infinite : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<2x2xf32>
  // expected-remark @below {{the constant has elements other than}}
  %2 = linalg.matmul ins(%x, %nan : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %each = arith.constant dense<[[1, 2]]> : tensor<1x2xi8>
  // expected-remark @below {{the constant has elements other than}}
  %3 = linalg.matmul ins(%z, %each : tensor<3x1xi8>, tensor<1x2xi8>) outs(%izeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  %gone = arith.constant dense_resource<gone> : tensor<2x2xf32>
  // expected-remark @below {{the data of resource 'gone' are not at hand}}
  %4 = linalg.matmul ins(%x, %gone : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %sparse = arith.constant sparse<[[0, 0]], [1.0]> : tensor<2x2xf32>
  // expected-remark @below {{the constant is not a dense or a dense_resource value}}
  %5 = linalg.matmul ins(%x, %sparse : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xi32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// Constants that are moved to sizes that are not known, or are too large.

// CHECK-LABEL: func @shapes(
// CHECK-NOT:     trit
// CHECK:         return
func.func @shapes(%x: tensor<3x2xi8>, %y: tensor<1x1099511627776xi8>, %n: index) -> (tensor<3x?xi32>, tensor<1x1xi32>, tensor<3x2xi32>) {
  %c = arith.constant dense<[1, 0, -1, 1]> : tensor<4xi8>
  %dynamic = tensor.cast %c : tensor<4xi8> to tensor<?xi8>
  %w = tensor.expand_shape %dynamic [[0, 1]] output_shape [2, %n] : tensor<?xi8> into tensor<2x?xi8>
  %zero = arith.constant 0 : i32
  %empty = tensor.empty(%n) : tensor<3x?xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<3x?xi32>) -> tensor<3x?xi32>
  // expected-remark @below {{the constant is reshaped to sizes that are not known}}
  %0 = linalg.matmul ins(%x, %w : tensor<3x2xi8>, tensor<2x?xi8>) outs(%zeros : tensor<3x?xi32>) -> tensor<3x?xi32>
  %large = arith.constant dense<1> : tensor<1099511627776x1xi8>
  %small = arith.constant dense<0> : tensor<1x1xi32>
  // expected-remark @below {{the constant has 2^40 elements or more}}
  %1 = linalg.matmul ins(%y, %large : tensor<1x1099511627776xi8>, tensor<1099511627776x1xi8>) outs(%small : tensor<1x1xi32>) -> tensor<1x1xi32>
  %any = tensor.cast %c : tensor<4xi8> to tensor<*xi8>
  %other = tensor.cast %any : tensor<*xi8> to tensor<2x2xi8>
  %izeros = arith.constant dense<0> : tensor<3x2xi32>
  // expected-remark @below {{the constant is cast to another shape}}
  %2 = linalg.matmul ins(%x, %other : tensor<3x2xi8>, tensor<2x2xi8>) outs(%izeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  return %0, %1, %2 : tensor<3x?xi32>, tensor<1x1xi32>, tensor<3x2xi32>
}

// Ternary floats of other magnitudes than 1.

// CHECK-LABEL: func @ternary(
// CHECK:         mml.einsum {{.*}} : (tensor<3x2xf32>, tensor<2x2xf32>)
func.func @ternary(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[0.5, 0.0], [-0.5, 0.5]]> : tensor<2x2xf32>
  %zeros = arith.constant dense<0.0> : tensor<3x2xf32>
  // expected-remark @below {{operand #1 is ternary, but the scales would multiply sums, not each product, which needs 'reassociate'}}
  %r = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// A value that comes from itself, where that is allowed, is no constant.

module {
  %x = tensor.empty() : tensor<2x2xi8>
  %w = tensor.cast %v : tensor<2x2xi8> to tensor<2x2xi8>
  %v = tensor.cast %w : tensor<2x2xi8> to tensor<2x2xi8>
  %zeros = arith.constant dense<0> : tensor<2x2xi32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x2xi8>, tensor<2x2xi8>) outs(%zeros : tensor<2x2xi32>) -> tensor<2x2xi32>
}
