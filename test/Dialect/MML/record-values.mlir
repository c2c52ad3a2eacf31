// RUN: mml-opt %s --mml-record-values --split-input-file | FileCheck %s

// What layers compute becomes results, named by layer and operation; constants,
// memory and views do not.

// CHECK-LABEL: func.func @names(
// CHECK-SAME:    -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xi8>, tensor<?xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK-SAME:    mml.output_names = ["y", "norm/rms_norm", "norm/quantize", "norm/quantize#1", "act/activation", "act/activation.2"]
// CHECK-SAME:    mml.signature = (tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xi8>, tensor<?xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK:         %[[N:.*]] = mml.rms_norm
// CHECK:         %[[Q:.*]]:2 = mml.quantize
// CHECK:         %[[A:.*]] = mml.activation
// CHECK:         %[[B:.*]] = mml.activation
// CHECK:         return %[[B]], %[[N]], %[[Q]]#0, %[[Q]]#1, %[[A]], %[[B]]
func.func @names(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {mml.output_names = ["y"], mml.signature = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
  %c0 = arith.constant 0 : index
  %n = mml.rms_norm %x epsilon(1.0e-14) : (tensor<?x4xf32>) -> tensor<?x4xf32> loc("norm")
  %size = tensor.dim %n, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%size) : tensor<?x4xi8> loc("norm")
  %s = tensor.empty(%size) : tensor<?xf32> loc("norm")
  %q:2 = mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
      ins(%n : tensor<?x4xf32>) outs(%e, %s : tensor<?x4xi8>, tensor<?xf32>) -> tensor<?x4xi8>, tensor<?xf32> loc("norm")
  %a = mml.activation %n <relu> : (tensor<?x4xf32>) -> tensor<?x4xf32> loc("act")
  %b = mml.activation %a <tanh> : (tensor<?x4xf32>) -> tensor<?x4xf32> loc("act")
  return %b : tensor<?x4xf32>
}

// -----

// Without a name of its own a layer has its line. A name that an output has is
// not given again. Attributes of results stay.

// CHECK-LABEL: func.func @lines(
// CHECK-SAME:    -> (tensor<4xf32> {llvm.noundef}, tensor<4xf32>)
// CHECK-SAME:    mml.output_names = ["act/activation", "act/activation.2"]
// CHECK-LABEL: func.func @outputs(
// CHECK-SAME:    mml.output_names = ["output0", "record-values.mlir:{{[0-9]+}}/activation"]
func.func @lines(%x: tensor<4xf32>) -> (tensor<4xf32> {llvm.noundef})
    attributes {mml.output_names = ["act/activation"]} {
  %a = mml.activation %x <relu> : (tensor<4xf32>) -> tensor<4xf32> loc("act")
  return %a : tensor<4xf32>
}
func.func @outputs(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = mml.activation %x <relu> : (tensor<4xf32>) -> tensor<4xf32>
  return %a : tensor<4xf32>
}

// -----

// Trits stay within, and so do sizes.

// CHECK-LABEL: func.func @types(
// CHECK-SAME:    -> tensor<?x4xf32>
// CHECK-SAME:    mml.output_names = ["output0"]
func.func @types(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<4x4xi8>> : tensor<4x4x!mml.trit>
  %view = tensor.cast %x : tensor<?x4xf32> to tensor<2x4xf32>
  return %x : tensor<?x4xf32>
}

// -----

// Left alone: what others call, what nobody sees, what has several blocks and
// what is not of tensors.

// CHECK-LABEL: func.func @called(
// CHECK-SAME:    -> tensor<4xf32> {
func.func @called(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = mml.activation %x <relu> : (tensor<4xf32>) -> tensor<4xf32>
  return %a : tensor<4xf32>
}
// CHECK-LABEL: func.func @caller(
// CHECK-SAME:    -> (tensor<4xf32>, tensor<4xf32>)
func.func @caller(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = call @called(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %a : tensor<4xf32>
}
// CHECK-LABEL: func.func private @hidden(
// CHECK-SAME:    -> tensor<4xf32> {
func.func private @hidden(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = mml.activation %x <relu> : (tensor<4xf32>) -> tensor<4xf32>
  return %a : tensor<4xf32>
}
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME:    -> tensor<4xf32> {
func.func @blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^bb1
^bb1:
  %a = mml.activation %x <relu> : (tensor<4xf32>) -> tensor<4xf32>
  return %a : tensor<4xf32>
}
// CHECK-LABEL: func.func @scalar(
// CHECK-SAME:    -> f32 {
func.func @scalar(%x: tensor<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %a = tensor.extract %x[%c0] : tensor<4xf32>
  return %a : f32
}
