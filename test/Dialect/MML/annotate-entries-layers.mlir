// RUN: mml-opt %s --mml-annotate-entries=layers | FileCheck %s
// RUN: mml-opt %s --mml-annotate-entries | FileCheck %s --check-prefix=WITHOUT

// Layers by their names, in the order of the text, with what they multiply: one
// that is used twice is one. Constants belong to none.

// WITHOUT-NOT: mml.layers
// CHECK-LABEL: func.func @layers(
// CHECK-SAME:    mml.layers = [{macs = 48 : i64, name = "dense"}, {name = "tanh"}]
func.func @layers(%x: tensor<?x4xf32>, %s: tensor<f32>) -> tensor<?x6xf32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<4x6xi8>> : tensor<4x6x!mml.trit> loc("constant")
  %a = mml.dense %x, %w scale(%s divides) : (tensor<?x4xf32>, tensor<4x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32> loc("dense")
  %b = mml.dense %x, %w scale(%s divides) : (tensor<?x4xf32>, tensor<4x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32> loc("dense")
  %c = arith.addf %a, %b : tensor<?x6xf32> loc("sum")
  %d = mml.activation %c <tanh> : (tensor<?x6xf32>) -> tensor<?x6xf32> loc("tanh")
  return %d : tensor<?x6xf32>
}
