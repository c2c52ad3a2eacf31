// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s
// RUN: mml-opt %s --emit-bytecode | mml-opt | FileCheck %s

// Both einsum operations with each of their optional parts present and absent,
// and equations of every form.

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#mean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = channel>

//===----------------------------------------------------------------------===//
// mml.einsum
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @heads(
// CHECK-SAME:    %[[Q:.*]]: tensor<?x16x4x8xf32>, %[[K:.*]]: tensor<?x16x4x8xf32>)
// CHECK-NEXT:    mml.einsum "bqhd,bkhd->bhqk" %[[Q]], %[[K]] : (tensor<?x16x4x8xf32>, tensor<?x16x4x8xf32>) -> tensor<?x4x16x16xf32>
func.func @heads(%q: tensor<?x16x4x8xf32>, %k: tensor<?x16x4x8xf32>) -> tensor<?x4x16x16xf32> {
  %0 = mml.einsum "bqhd,bkhd->bhqk" %q, %k : (tensor<?x16x4x8xf32>, tensor<?x16x4x8xf32>) -> tensor<?x4x16x16xf32>
  return %0 : tensor<?x4x16x16xf32>
}

// The canonical text: no spaces, the output there, capitals first.
// CHECK-LABEL: func @implicit(
// CHECK-NEXT:    mml.einsum "ba,bC...->...Ca" %{{.*}}, %{{.*}} :
func.func @implicit(%a: tensor<2x3xf32>, %b: tensor<2x4x5xf32>) -> tensor<5x4x3xf32> {
  %0 = mml.einsum " b a, b C ... " %a, %b : (tensor<2x3xf32>, tensor<2x4x5xf32>) -> tensor<5x4x3xf32>
  return %0 : tensor<5x4x3xf32>
}

// CHECK-LABEL: func @one_and_many(
// CHECK:         mml.einsum "ii->" %{{.*}} : (tensor<3x3xi64>) -> tensor<i64>
// CHECK:         mml.einsum "ab,bc,cd,de->ae" %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK:         mml.einsum ",->" %{{.*}}, %{{.*}} : (tensor<i64>, tensor<i64>) -> tensor<i64>
func.func @one_and_many(%a: tensor<3x3xi64>) -> (tensor<i64>, tensor<3x3xi64>, tensor<i64>) {
  %0 = mml.einsum "ii" %a : (tensor<3x3xi64>) -> tensor<i64>
  %1 = mml.einsum "ab,bc,cd,de->ae" %a, %a, %a, %a : (tensor<3x3xi64>, tensor<3x3xi64>, tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi64>
  %2 = mml.einsum ",->" %0, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
  return %0, %1, %2 : tensor<i64>, tensor<3x3xi64>, tensor<i64>
}

// The accumulator's type by rule.
// CHECK-LABEL: func @accumulators(
// CHECK-NEXT:    (tensor<2xi8>) -> tensor<i32>
// CHECK-NEXT:    (tensor<2xi16>) -> tensor<i32>
// CHECK-NEXT:    (tensor<2xi32>) -> tensor<i32>
// CHECK-NEXT:    (tensor<2xi64>) -> tensor<i64>
// CHECK-NEXT:    (tensor<2xf16>) -> tensor<f32>
// CHECK-NEXT:    (tensor<2xbf16>) -> tensor<f32>
// CHECK-NEXT:    (tensor<2xf64>) -> tensor<f64>
// CHECK-NEXT:    accumulate(i8) : (tensor<2xi8>) -> tensor<i8>
// CHECK-NEXT:    accumulate(f64) : (tensor<2xbf16>) -> tensor<f64>
func.func @accumulators(%a: tensor<2xi8>, %b: tensor<2xi16>, %c: tensor<2xi32>, %d: tensor<2xi64>,
                        %e: tensor<2xf16>, %f: tensor<2xbf16>, %g: tensor<2xf64>) {
  %0 = mml.einsum "a->" %a : (tensor<2xi8>) -> tensor<i32>
  %1 = mml.einsum "a->" %b : (tensor<2xi16>) -> tensor<i32>
  %2 = mml.einsum "a->" %c : (tensor<2xi32>) -> tensor<i32>
  %3 = mml.einsum "a->" %d : (tensor<2xi64>) -> tensor<i64>
  %4 = mml.einsum "a->" %e : (tensor<2xf16>) -> tensor<f32>
  %5 = mml.einsum "a->" %f : (tensor<2xbf16>) -> tensor<f32>
  %6 = mml.einsum "a->" %g : (tensor<2xf64>) -> tensor<f64>
  %7 = mml.einsum "a->" %a accumulate(i8) : (tensor<2xi8>) -> tensor<i8>
  %8 = mml.einsum "a->" %f accumulate(f64) : (tensor<2xbf16>) -> tensor<f64>
  return
}

// Trits on either side.
// CHECK-LABEL: func @trits(
// CHECK:         mml.einsum "...x,xy->...y" %{{.*}}, %{{.*}} bound(127) : (tensor<?x64xi8>, tensor<64x8x!mml.trit>) -> tensor<?x8xi32>
// CHECK:         mml.einsum "xy,...x->...y" %{{.*}}, %{{.*}} : (tensor<64x8x!mml.trit>, tensor<?x64xi8>) -> tensor<?x8xi32>
// CHECK:         mml.einsum "ax,xy->ya" %{{.*}}, %{{.*}} : (tensor<?x64xf32>, tensor<64x8x!mml.trit>) -> tensor<8x?xf32>
func.func @trits(%i: tensor<?x64xi8>, %f: tensor<?x64xf32>, %w: tensor<64x8x!mml.trit>) -> (tensor<?x8xi32>, tensor<?x8xi32>, tensor<8x?xf32>) {
  %0 = mml.einsum "...x,xy->...y" %i, %w bound(127) : (tensor<?x64xi8>, tensor<64x8x!mml.trit>) -> tensor<?x8xi32>
  %1 = mml.einsum "xy,...x->...y" %w, %i : (tensor<64x8x!mml.trit>, tensor<?x64xi8>) -> tensor<?x8xi32>
  %2 = mml.einsum "ax,xy->ya" %f, %w : (tensor<?x64xf32>, tensor<64x8x!mml.trit>) -> tensor<8x?xf32>
  return %0, %1, %2 : tensor<?x8xi32>, tensor<?x8xi32>, tensor<8x?xf32>
}

//===----------------------------------------------------------------------===//
// mml.einsum_dense
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @dense_full(
// CHECK-NEXT:    mml.einsum_dense "abc,cde->abde" %{{.*}}, %{{.*}} scale(%{{.*}} divides) norm(1.000000e-06) gain(%{{.*}}) norm_bias(%{{.*}}) bias(%{{.*}}) lora(4.000000e+00) a(%{{.*}}) b(%{{.*}}) quantizer(#mml.absmax<{{.*}}>) activation(<gelu>) :
func.func @dense_full(%x: tensor<?x8x64xf32>, %w: tensor<64x4x16x!mml.trit>, %s: tensor<4x16xf32>,
                      %g: tensor<64xf32>, %n: tensor<64xf32>, %b: tensor<4x1xf32>,
                      %la: tensor<64x4x2xf32>, %lb: tensor<2x16xf32>) -> tensor<?x8x4x16xf32> {
  %y = mml.einsum_dense "abc,cde->abde" %x, %w scale(%s divides) norm(1.0e-6) gain(%g) norm_bias(%n)
         bias(%b) lora(4.0) a(%la) b(%lb) quantizer(#q) activation(#mml.activation<gelu>)
       : (tensor<?x8x64xf32>, tensor<64x4x16x!mml.trit>, tensor<4x16xf32>, tensor<64xf32>, tensor<64xf32>,
          tensor<4x1xf32>, tensor<64x4x2xf32>, tensor<2x16xf32>) -> tensor<?x8x4x16xf32>
  return %y : tensor<?x8x4x16xf32>
}

// CHECK-LABEL: func @dense_bare(
// CHECK-NEXT:    mml.einsum_dense "ab...,bc->ac..." %{{.*}}, %{{.*}} : (tensor<?x3x5x7xf32>, tensor<3x4xf32>) -> tensor<?x4x5x7xf32>
func.func @dense_bare(%x: tensor<?x3x5x7xf32>, %w: tensor<3x4xf32>) -> tensor<?x4x5x7xf32> {
  %y = mml.einsum_dense "ab...,bc->ac..." %x, %w : (tensor<?x3x5x7xf32>, tensor<3x4xf32>) -> tensor<?x4x5x7xf32>
  return %y : tensor<?x4x5x7xf32>
}

// CHECK-LABEL: func @dense_latent(
// CHECK-NEXT:    mml.einsum_dense "...ab,bac->...c" %{{.*}}, %{{.*}} kernel_quantizer(#mml.absmean<{{.*}} per = channel>) :
func.func @dense_latent(%x: tensor<?x2x3xf32>, %w: tensor<3x2x4xf32>) -> tensor<?x4xf32> {
  %y = mml.einsum_dense "...ab,bac->...c" %x, %w kernel_quantizer(#mean) : (tensor<?x2x3xf32>, tensor<3x2x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

//===----------------------------------------------------------------------===//
// #mml.equation
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func private @attribute() attributes {a = #mml.equation<"...ab,b->...a">}
func.func private @attribute() attributes {a = #mml.equation<"... a b, b ">}
