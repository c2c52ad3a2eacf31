// RUN: mml-opt %s --mml-raise-ternary --remarks-filter=mml-raise-ternary --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// What is nearly ternary, and what would be rounded otherwise, stays as it is, and
// the reason is told. Other products stay, and nothing is said of them.

// CHECK-NOT: mml.

// CHECK-LABEL: func @values(
// CHECK-COUNT-5: linalg.matmul
func.func @values(%x: tensor<3x4xf32>, %zeros: tensor<3x2xf32>, %y: tensor<4x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %four = arith.constant dense<[[1.0, 0.0], [-1.0, 2.0], [1.0, 1.0], [0.5, -1.0]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than -s, 0 and s for one scale s of two elements or more}}
  %0 = linalg.matmul ins(%x, %four : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %asymmetric = arith.constant dense<[[1.0, 0.0], [-1.5, 0.0], [1.0, 1.0], [0.0, -1.5]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than}}
  %1 = linalg.matmul ins(%x, %asymmetric : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %nan = arith.constant dense<[[1.0, 0.0], [-1.0, 0x7FC00000], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than}}
  %2 = linalg.matmul ins(%x, %nan : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %infinite = arith.constant dense<[[0.0, 0x7F800000], [0.0, 0.0], [0.0, 0.0], [0.0, 0xFF800000]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has elements other than}}
  %3 = linalg.matmul ins(%x, %infinite : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %4 = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0, %1, %2, %3, %4 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// Floats whose scales, start or order of sums are others.

// CHECK-LABEL: func @floats(
// CHECK-COUNT-2: linalg.matmul
// CHECK:         linalg.contract
// CHECK:         linalg.matmul
func.func @floats(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>, %b: tensor<3x2x2xf32>, %h: tensor<3x4xf16>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf16>) {
  %zeros = arith.constant dense<0.0> : tensor<3x2xf32>
  %half = arith.constant dense<[[0.5, 0.0], [-0.5, 0.5], [0.5, 0.5], [0.0, -0.5]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 is ternary, but the scales would multiply sums, not each product, which needs 'reassociate'}}
  %0 = linalg.matmul ins(%x, %half : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %one = arith.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 is ternary, but the sum would be added to what the result starts from, not each product, which needs 'reassociate'}}
  %1 = linalg.matmul ins(%x, %one : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %cube = arith.constant dense<[[[1.0, 0.0], [-1.0, 1.0]], [[1.0, 1.0], [0.0, -1.0]]]> : tensor<2x2x2xf32>
  // expected-remark @below {{operand #1 is ternary, but sums along several loops would be in another order, which needs 'reassociate'}}
  %2 = linalg.contract indexing_maps = [affine_map<(m, n, k, l) -> (m, k, l)>, affine_map<(m, n, k, l) -> (k, l, n)>, affine_map<(m, n, k, l) -> (m, n)>]
      ins(%b, %cube : tensor<3x2x2xf32>, tensor<2x2x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %short = arith.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf16>
  %hzeros = arith.constant dense<0.0> : tensor<3x2xf16>
  // expected-remark @below {{operand #1 is ternary, but the order of sums is fixed for f32 alone, which needs 'reassociate'}}
  %3 = linalg.matmul ins(%h, %short : tensor<3x4xf16>, tensor<4x2xf16>) outs(%hzeros : tensor<3x2xf16>) -> tensor<3x2xf16>
  return %0, %1, %2, %3 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf16>
}

// Activations that are integers, of which sums or products may be no floats.

// CHECK-LABEL: func @integers(
// CHECK-COUNT-6: linalg.matmul
func.func @integers(%i: tensor<3x4xi8>, %j: tensor<3x32xi8>, %init: tensor<3x2xf32>, %s: tensor<3x1xf32>, %l: tensor<3x200000xi8>)
    -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x2xf32>) {
  %zeros = arith.constant dense<0.0> : tensor<3x2xf32>
  %x = arith.sitofp %i : tensor<3x4xi8> to tensor<3x4xf32>
  %third = arith.constant dense<[[0.3, 0.0], [-0.3, 0.3], [0.3, 0.3], [0.0, -0.3]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 is ternary, but scales that are no powers of two would multiply sums, not each product, which needs 'reassociate'}}
  %0 = linalg.matmul ins(%x, %third : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %half = arith.constant dense<[[0.5, 0.0], [-0.5, 0.5], [0.5, 0.5], [0.0, -0.5]]> : tensor<4x2xf32>
  // expected-remark @below {{operand #1 is ternary, but the sum would be added to what the result starts from, not each product, which needs}}
  %1 = linalg.matmul ins(%x, %half : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x4xf32>
  %scaled = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, 0)>, affine_map<(m, k) -> (m, k)>],
                            iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<3x4xf32>, tensor<3x1xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.divf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<3x4xf32>
  // expected-remark @below {{operand #1 is ternary, but the activations are integers with scales, which would multiply sums, not each product, which needs}}
  %2 = linalg.matmul ins(%scaled, %half : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = arith.sitofp %j : tensor<3x32xi8> to tensor<3x32xf32>
  %c = arith.constant dense_resource<trits> : tensor<2x16x2xi8>
  %f = arith.sitofp %c : tensor<2x16x2xi8> to tensor<2x16x2xf32>
  %g = arith.constant dense<[[[0.5, 1.0]], [[2.0, 4.0]]]> : tensor<2x1x2xf32>
  %ge = tensor.empty() : tensor<2x16x2xf32>
  %groups = linalg.generic {indexing_maps = [affine_map<(g, k, n) -> (g, k, n)>, affine_map<(g, k, n) -> (g, 0, n)>, affine_map<(g, k, n) -> (g, k, n)>],
                            iterator_types = ["parallel", "parallel", "parallel"]} ins(%f, %g : tensor<2x16x2xf32>, tensor<2x1x2xf32>) outs(%ge : tensor<2x16x2xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %b, %a : f32
    linalg.yield %p : f32
  } -> tensor<2x16x2xf32>
  %w = tensor.collapse_shape %groups [[0, 1], [2]] : tensor<2x16x2xf32> into tensor<32x2xf32>
  // expected-remark @below {{operand #1 is ternary, but sums of groups would be multiplied by scales, not each product, which needs}}
  %3 = linalg.matmul ins(%y, %w : tensor<3x32xf32>, tensor<32x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %long = arith.sitofp %l : tensor<3x200000xi8> to tensor<3x200000xf32>
  %ones = arith.constant dense<0.5> : tensor<200000x1xf32>
  %lzeros = arith.constant dense<0.0> : tensor<3x1xf32>
  // expected-remark @below {{operand #1 is ternary, but sums of integers might not be floats, which needs}}
  %4 = linalg.matmul ins(%long, %ones : tensor<3x200000xf32>, tensor<200000x1xf32>) outs(%lzeros : tensor<3x1xf32>) -> tensor<3x1xf32>
  %minus = arith.constant dense<-2.0> : tensor<4x2xf32>
  %negative = arith.mulf %half, %minus : tensor<4x2xf32>
  // expected-remark @below {{operand #1 is ternary, but negative scales would make -0 of sums that are 0, which needs}}
  %5 = linalg.matmul ins(%x, %negative : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x2xf32>
}

// Operations that are no such products.

// CHECK-LABEL: func @operations(
// CHECK:         linalg.matmul
// CHECK:         linalg.conv_2d_nhwc_hwcf
// CHECK:         linalg.conv_2d_nhwc_hwcf
// CHECK:         linalg.quantized_matmul
// CHECK:         linalg.batch_matmul
func.func @operations(%i: tensor<3x4xi8>, %image: tensor<1x5x5x2xf32>, %p: i32, %b: tensor<4x3x4xi8>)
    -> (tensor<3x2xi32>, tensor<1x4x4x2xf32>, tensor<1x3x3x2xf32>, tensor<3x2xi32>, tensor<4x3x2xi32>) {
  %izeros = arith.constant dense<0> : tensor<3x2xi32>
  %zero = arith.constant 0 : i32
  %w = arith.constant dense<[[1, 0], [-1, 1], [1, 1], [0, -1]]> : tensor<4x2xi8>
  // expected-remark @below {{expected the product of both inputs, extended by sign, added to the result}}
  %0 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%i, %w : tensor<3x4xi8>, tensor<4x2xi8>) outs(%izeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  %k2 = arith.constant dense<1.0> : tensor<2x2x2x2xf32>
  %z4 = arith.constant dense<0.0> : tensor<1x4x4x2xf32>
  // expected-remark @below {{expected each loop at most once in a map, and nothing else, but got}}
  %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%image, %k2 : tensor<1x5x5x2xf32>, tensor<2x2x2x2xf32>) outs(%z4 : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %k1 = arith.constant dense<1.0> : tensor<1x1x2x2xf32>
  %z3 = arith.constant dense<0.0> : tensor<1x3x3x2xf32>
  // expected-remark @below {{expected each loop at most once in a map, and nothing else, but got}}
  %2 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
      ins(%image, %k1 : tensor<1x5x5x2xf32>, tensor<1x1x2x2xf32>) outs(%z3 : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  // expected-remark @below {{operand #1 is ternary, but has a zero point}}
  %3 = linalg.quantized_matmul ins(%i, %w, %zero, %p : tensor<3x4xi8>, tensor<4x2xi8>, i32, i32) outs(%izeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  // A kernel that is the same for several channels of the result.
  %one = arith.constant dense<[[1], [-1], [0], [1]]> : tensor<4x1xi8>
  %flat = tensor.collapse_shape %one [[0, 1]] : tensor<4x1xi8> into tensor<4xi8>
  %e = tensor.empty() : tensor<4x4x2xi8>
  %many = linalg.broadcast ins(%flat : tensor<4xi8>) outs(%e : tensor<4x4x2xi8>) dimensions = [0, 2]
  %bzeros = arith.constant dense<0> : tensor<4x3x2xi32>
  // expected-remark @below {{operand #1 stays: it is repeated along a dimension that is not another operand's}}
  %4 = linalg.batch_matmul ins(%b, %many : tensor<4x3x4xi8>, tensor<4x4x2xi8>) outs(%bzeros : tensor<4x3x2xi32>) -> tensor<4x3x2xi32>
  return %0, %1, %2, %3, %4 : tensor<3x2xi32>, tensor<1x4x4x2xf32>, tensor<1x3x3x2xf32>, tensor<3x2xi32>, tensor<4x3x2xi32>
}

// Floats that linalg converts to integers, whatever they are.

// CHECK-LABEL: func @quantized(
// CHECK-COUNT-2: linalg.quantized_matmul
// CHECK:         linalg.quantized_batch_matmul
func.func @quantized(%i: tensor<3x4xi8>, %x: tensor<3x4xf32>, %b: tensor<1x3x4xf16>)
    -> (tensor<3x2xi32>, tensor<3x2xi32>, tensor<1x3x2xi32>) {
  %zeros = arith.constant dense<0> : tensor<3x2xi32>
  %zero = arith.constant 0 : i32
  %half = arith.constant dense<0.5> : tensor<4x2xf32>
  // expected-remark @below {{expected inputs of integers but got tensor<4x2xf32>}}
  %0 = linalg.quantized_matmul ins(%i, %half, %zero, %zero : tensor<3x4xi8>, tensor<4x2xf32>, i32, i32) outs(%zeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  %one = arith.constant dense<1> : tensor<4x2xi8>
  // expected-remark @below {{expected inputs of integers but got tensor<3x4xf32>}}
  %1 = linalg.quantized_matmul ins(%x, %one, %zero, %zero : tensor<3x4xf32>, tensor<4x2xi8>, i32, i32) outs(%zeros : tensor<3x2xi32>) -> tensor<3x2xi32>
  %short = arith.constant dense<[[[1.5, 0.0], [1.5, -1.5], [0.0, 1.5], [-1.5, 1.5]]]> : tensor<1x4x2xf16>
  %bzeros = arith.constant dense<0> : tensor<1x3x2xi32>
  // expected-remark @below {{expected inputs of integers but got tensor<1x3x4xf16>}}
  %2 = linalg.quantized_batch_matmul ins(%b, %short, %zero, %zero : tensor<1x3x4xf16>, tensor<1x4x2xf16>, i32, i32) outs(%bzeros : tensor<1x3x2xi32>) -> tensor<1x3x2xi32>
  return %0, %1, %2 : tensor<3x2xi32>, tensor<3x2xi32>, tensor<1x3x2xi32>
}

// What comes between a constant and its product.

// CHECK-LABEL: func @constants(
// CHECK-COUNT-8: linalg.matmul
func.func @constants(%x: tensor<3x4xf32>, %t: tensor<2xf32>, %o: tensor<4x2xf32>)
    -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %zeros = arith.constant dense<0.0> : tensor<3x2xf32>
  %c = arith.constant dense<[[1, 0], [-1, 1], [1, 1], [0, -1]]> : tensor<4x2xi8>
  %f = arith.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  %w0 = linalg.generic {indexing_maps = [affine_map<(k, n) -> (k, n)>, affine_map<(k, n) -> (k, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%f : tensor<4x2xf32>) outs(%o : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = math.sqrt %a : f32
    linalg.yield %s : f32
  } -> tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant goes through 'math.sqrt'}}
  %0 = linalg.matmul ins(%x, %w0 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %w1 = linalg.generic {indexing_maps = [affine_map<(k, n) -> (k, n)>, affine_map<(k, n) -> (n)>, affine_map<(k, n) -> (k, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%f, %t : tensor<4x2xf32>, tensor<2xf32>) outs(%o : tensor<4x2xf32>) {
  ^bb0(%a: f32, %b: f32, %u: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has a factor that is not constant}}
  %1 = linalg.matmul ins(%x, %w1 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %infinity = arith.constant dense<0x7F800000> : tensor<4x2xf32>
  %w2 = arith.mulf %f, %infinity : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has a factor that is not finite}}
  %2 = linalg.matmul ins(%x, %w2 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %large = arith.constant dense<3.0e+38> : tensor<4x2xf32>
  %w3 = arith.mulf %f, %large : tensor<4x2xf32>
  %w3b = arith.mulf %w3, %large : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has a scale that is not finite}}
  %3 = linalg.matmul ins(%x, %w3b : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %each = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  %g = arith.sitofp %c : tensor<4x2xi8> to tensor<4x2xf32>
  %w4 = arith.divf %g, %each : tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has a scale for each element}}
  %4 = linalg.matmul ins(%x, %w4 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %q5 = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!quant.uniform<i8:f32, 0.5:3>>
  %w5 = quant.dcast %q5 : tensor<4x2x!quant.uniform<i8:f32, 0.5:3>> to tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant has a zero point other than 0}}
  %5 = linalg.matmul ins(%x, %w5 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %q6 = quant.scast %c : tensor<4x2xi8> to tensor<4x2x!quant.uniform<u8:f32, 0.5>>
  %w6 = quant.dcast %q6 : tensor<4x2x!quant.uniform<u8:f32, 0.5>> to tensor<4x2xf32>
  // expected-remark @below {{operand #1 stays: the constant is quantized without a sign}}
  %6 = linalg.matmul ins(%x, %w6 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  %d = arith.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf64>
  %w7 = arith.truncf %d downward : tensor<4x2xf64> to tensor<4x2xf32>
  %7 = linalg.matmul ins(%x, %w7 : tensor<3x4xf32>, tensor<4x2xf32>) outs(%zeros : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// TOSA: kernels of other sizes, strides, padding, sums of another type, and zero
// points of the weights.

// CHECK-LABEL: func @tosa(
// CHECK-COUNT-4: tosa.conv2d
// CHECK:         tosa.matmul
func.func @tosa(%x: tensor<1x5x5x2xf32>, %h: tensor<1x5x5x2xf16>, %i: tensor<1x3x4xi8>, %zp: tensor<1xf32>)
    -> (tensor<1x4x4x2xf32>, tensor<1x3x3x2xf32>, tensor<1x7x5x2xf32>, tensor<1x5x5x2xf16>, tensor<1x3x2xi32>) {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %hzero = "tosa.const"() <{values = dense<0.0> : tensor<1xf16>}> : () -> tensor<1xf16>
  %bias = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %hbias = "tosa.const"() <{values = dense<0.0> : tensor<2xf16>}> : () -> tensor<2xf16>
  %k2 = "tosa.const"() <{values = dense<1.0> : tensor<2x2x2x2xf32>}> : () -> tensor<2x2x2x2xf32>
  // expected-remark @below {{expected a kernel of size 1 x 1 but got}}
  %0 = tosa.conv2d %x, %k2, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x5x5x2xf32>, tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  %k1 = "tosa.const"() <{values = dense<1.0> : tensor<2x1x1x2xf32>}> : () -> tensor<2x1x1x2xf32>
  // expected-remark @below {{expected strides of 1}}
  %1 = tosa.conv2d %x, %k1, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x5x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x3x2xf32>
  // expected-remark @below {{expected no padding}}
  %2 = tosa.conv2d %x, %k1, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x5x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x5x2xf32>
  %hk = "tosa.const"() <{values = dense<1.0> : tensor<2x1x1x2xf16>}> : () -> tensor<2x1x1x2xf16>
  // expected-remark @below {{expected sums of the result's type f16 but got f32}}
  %3 = tosa.conv2d %h, %hk, %hbias, %hzero, %hzero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x5x5x2xf16>, tensor<2x1x1x2xf16>, tensor<2xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<1x5x5x2xf16>
  %izero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %three = "tosa.const"() <{values = dense<3> : tensor<1xi8>}> : () -> tensor<1xi8>
  %w = "tosa.const"() <{values = dense<1> : tensor<1x4x2xi8>}> : () -> tensor<1x4x2xi8>
  // expected-remark @below {{operand #1 is ternary, but has a zero point}}
  %4 = tosa.matmul %i, %w, %izero, %three : (tensor<1x3x4xi8>, tensor<1x4x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x3x2xi32>
  return %0, %1, %2, %3, %4 : tensor<1x4x4x2xf32>, tensor<1x3x3x2xf32>, tensor<1x7x5x2xf32>, tensor<1x5x5x2xf16>, tensor<1x3x2xi32>
}

// A value that comes from itself, where that is allowed, is no constant, and no
// expression.

module {
  %zeros = arith.constant dense<0.0> : tensor<2x2xf32>
  %x = tensor.empty() : tensor<2x2xf32>
  %w = tensor.cast %v : tensor<2x2xf32> to tensor<2x2xf32>
  %v = tensor.cast %w : tensor<2x2xf32> to tensor<2x2xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<2x2xf32>) -> tensor<2x2xf32>
  %a = arith.mulf %b, %b : tensor<2x2xf32>
  %b = arith.addf %a, %a : tensor<2x2xf32>
  // expected-remark @below {{operand #1 is ternary, but the scales would multiply sums}}
  %1 = linalg.matmul ins(%b, %two : tensor<2x2xf32>, tensor<2x2xf32>) outs(%zeros : tensor<2x2xf32>) -> tensor<2x2xf32>
  %two = arith.constant dense<2.0> : tensor<2x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      trits: "0x0100000000FF000100010101FF01000001000101FF00FF0101FF00FF0001000000FFFF0001FF0001FF00FF000101FF000100FF0001010001FFFF0000FFFF0100FF01FFFF"
    }
  }
#-}
