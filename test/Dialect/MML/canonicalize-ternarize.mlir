// RUN: mml-opt %s --canonicalize --split-input-file | FileCheck %s

// A kernel that is known at compile time is made ternary at compile time. The
// codes are t + 1, four to a byte, the first in the lowest bits; the four bytes
// in front of them are the alignment of the resource.

// mean|w| = 2: w / 2 is 2, -1 and two ties, which go to 0; clipped 1, -1, 0, 0.
// CHECK-LABEL: func @absmean(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<5.000000e-01> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}52"
func.func @absmean(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<[[4.0, -2.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// -----

// mean|w| is 2.5 and 1.5: 1.6, -1.33, 0.4 and 0.67 are rounded to 1 (clipped), -1,
// 0 and 1.
// CHECK-LABEL: func @absmean_channel(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[4.000000e-01, 0.666666686]> : tensor<2xf32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}92"
func.func @absmean_channel(%t: tensor<2x2x!mml.trit>, %s: tensor<2xf32>) -> (tensor<2x2x!mml.trit>, tensor<2xf32>) {
  %w = arith.constant dense<[[4.0, -2.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = channel>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<2xf32>) -> tensor<2x2x!mml.trit>, tensor<2xf32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<2xf32>
}

// -----

// T = 0.5 * 2: 1 does not exceed it.
// CHECK-LABEL: func @factor(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}52"
func.func @factor(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<[[4.0, -2.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.threshold<factor = 5.0e-01, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// -----

// T is 1.25 and 0.75.
// CHECK-LABEL: func @factor_channel(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[2.500000e+00, 1.500000e+00]> : tensor<2xf32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}92"
func.func @factor_channel(%t: tensor<2x2x!mml.trit>, %s: tensor<2xf32>) -> (tensor<2x2x!mml.trit>, tensor<2xf32>) {
  %w = arith.constant dense<[[4.0, -2.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.threshold<factor = 5.0e-01, per = channel>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<2xf32>) -> tensor<2x2x!mml.trit>, tensor<2xf32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<2xf32>
}

// -----

// T = 0.5: 0, -1, 1, 0. The scale is 1.
// CHECK-LABEL: func @value(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}61"
func.func @value(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<[[0.5, -0.6], [0.51, -0.5]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.threshold<value = 5.0e-01, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// -----

// The same for each channel.
// CHECK-LABEL: func @value_channel(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}61"
func.func @value_channel(%t: tensor<2x2x!mml.trit>, %s: tensor<2xf32>) -> (tensor<2x2x!mml.trit>, tensor<2xf32>) {
  %w = arith.constant dense<[[0.5, -0.6], [0.51, -0.5]]> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.threshold<value = 5.0e-01, per = channel>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<2xf32>) -> tensor<2x2x!mml.trit>, tensor<2xf32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<2xf32>
}

// -----

// A kernel in a resource keeps its name.
// CHECK-LABEL: func @resource(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:my_kernel.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}52"
func.func @resource(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense_resource<my_kernel> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.threshold<factor = 5.0e-01, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}
{-#
  dialect_resources: { builtin: { my_kernel: "0x0400000000008040000000C00000803F0000803F" } }
#-}

// -----

// One value: all trits are -1.
// CHECK-LABEL: func @splat(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<0.333333343> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}00"
func.func @splat(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<-3.0> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// -----

// A kernel of zeros: the mean is raised to epsilon.
// CHECK-LABEL: func @zeros(
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.000000e+05> : tensor<f32>
// CHECK-DAG:     %[[T:.*]] = mml.constant #mml.trits<dense_resource<[[K:.*]]> : tensor<1xui8>> : tensor<2x2x!mml.trit>
// CHECK-NOT:     mml.ternarize
// CHECK:         return %[[T]], %[[S]]
// CHECK:         [[K]]: "0x{{........}}55"
func.func @zeros(%t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<0.0> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// -----

// What is not known at compile time, or is too large for it, is left.

// A kernel that a caller passes.
// CHECK-LABEL: func @argument(
// CHECK:         mml.ternarize
func.func @argument(%a: tensor<2x2xf32>, %t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%a : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// A resource without data.
// CHECK-LABEL: func @without_data(
// CHECK:         mml.ternarize
func.func @without_data(%a: tensor<2x2xf32>, %t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense_resource<nothing> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// A resource with too few data.
// CHECK-LABEL: func @short_data(
// CHECK:         mml.ternarize
func.func @short_data(%a: tensor<2x2xf32>, %t: tensor<2x2x!mml.trit>, %s: tensor<f32>) -> (tensor<2x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense_resource<short> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<2x2x!mml.trit>, tensor<f32>) -> tensor<2x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<2x2x!mml.trit>, tensor<f32>
}

// A destination of dynamic size.
// CHECK-LABEL: func @dynamic(
// CHECK:         mml.ternarize
func.func @dynamic(%a: tensor<2x2xf32>, %t: tensor<?x2x!mml.trit>, %s: tensor<f32>) -> (tensor<?x2x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<2x2xf32>) outs(%t, %s : tensor<?x2x!mml.trit>, tensor<f32>) -> tensor<?x2x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<?x2x!mml.trit>, tensor<f32>
}

// A terabyte that is said in one value.
// CHECK-LABEL: func @huge(
// CHECK:         mml.ternarize
func.func @huge(%a: tensor<1000000x1000000xf32>, %t: tensor<1000000x1000000x!mml.trit>, %s: tensor<f32>) -> (tensor<1000000x1000000x!mml.trit>, tensor<f32>) {
  %w = arith.constant dense<1.0> : tensor<1000000x1000000xf32>
  %0:2 = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : tensor<1000000x1000000xf32>) outs(%t, %s : tensor<1000000x1000000x!mml.trit>, tensor<f32>) -> tensor<1000000x1000000x!mml.trit>, tensor<f32>
  return %0#0, %0#1 : tensor<1000000x1000000x!mml.trit>, tensor<f32>
}
{-#
  dialect_resources: { builtin: { short: "0x040000000000803F" } }
#-}

// -----

// CHECK-LABEL: func @memref(
// CHECK:         mml.ternarize
func.func @memref(%w: memref<2x2xf32>, %t: memref<2x2x!mml.trit>, %s: memref<f32>) {
  mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
      ins(%w : memref<2x2xf32>) outs(%t, %s : memref<2x2x!mml.trit>, memref<f32>)
  return
}
