// With `...x,xy->...y`, a norm, a quantizer and trits, an einsum_dense is
// Keras-MML's DenseMML: to the bit, at the layer form and where it is lowered
// as an einsum, which a kernel with its axes exchanged is.

// RUN: rm -rf %t && mkdir %t
// RUN: mml-runner %s --entry dense --batch 5 --seed 1 --output %t/dense.npy 2>/dev/null
// RUN: mml-runner %s --entry einsum --batch 5 --seed 1 --output %t/einsum.npy 2>/dev/null
// RUN: mml-runner %s --entry exchanged --batch 5 --seed 1 --output %t/exchanged.npy 2>/dev/null
// RUN: cmp %t/dense.npy %t/einsum.npy
// RUN: cmp %t/dense.npy %t/exchanged.npy

// RUN: mml-opt %s --mml-cpu=stop-after=layer | FileCheck %s
// CHECK-LABEL: func @einsum(
// CHECK:         mml.dense
// CHECK-LABEL: func @exchanged(
// CHECK:         mml.einsum_dense

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#trits = dense<[[1, 0, -1, 1, -1], [0, 1, 1, -1, 1], [-1, -1, 0, 1, 0], [1, 1, 1, 1, -1], [0, 0, -1, 0, 1], [-1, 1, 0, 0, 1], [1, -1, 1, -1, 0]]> : tensor<7x5xi8>
#exchanged = dense<[[1, 0, -1, 1, 0, -1, 1], [0, 1, -1, 1, 0, 1, -1], [-1, 1, 0, 1, -1, 0, 1], [1, -1, 1, 1, 0, 0, -1], [-1, 1, 0, -1, 1, 1, 0]]> : tensor<5x7xi8>

func.func @dense(%x: tensor<?x3x7xf32>) -> tensor<?x3x5xf32> {
  %w = mml.constant #mml.trits<#trits> : tensor<7x5x!mml.trit>
  %s = arith.constant dense<1.7> : tensor<f32>
  %b = arith.constant dense<[0.1, -0.2, 0.3, 0.0, 5.0]> : tensor<5xf32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#q) activation(#mml.activation<gelu>)
     : (tensor<?x3x7xf32>, tensor<7x5x!mml.trit>, tensor<f32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

func.func @einsum(%x: tensor<?x3x7xf32>) -> tensor<?x3x5xf32> {
  %w = mml.constant #mml.trits<#trits> : tensor<7x5x!mml.trit>
  %s = arith.constant dense<1.7> : tensor<f32>
  %b = arith.constant dense<[0.1, -0.2, 0.3, 0.0, 5.0]> : tensor<5xf32>
  %y = mml.einsum_dense "...x,xy->...y" %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#q) activation(#mml.activation<gelu>)
     : (tensor<?x3x7xf32>, tensor<7x5x!mml.trit>, tensor<f32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

func.func @exchanged(%x: tensor<?x3x7xf32>) -> tensor<?x3x5xf32> {
  %w = mml.constant #mml.trits<#exchanged> : tensor<5x7x!mml.trit>
  %s = arith.constant dense<1.7> : tensor<f32>
  %b = arith.constant dense<[0.1, -0.2, 0.3, 0.0, 5.0]> : tensor<5xf32>
  %y = mml.einsum_dense "...x,yx->...y" %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#q) activation(#mml.activation<gelu>)
     : (tensor<?x3x7xf32>, tensor<5x7x!mml.trit>, tensor<f32>, tensor<5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

// This shows (S11) of docs/Semantics.md.
