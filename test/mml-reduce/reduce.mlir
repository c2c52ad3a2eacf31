// A module with our operations is cut down to the one that a script looks for.

// RUN: mml-reduce %s -reduction-tree='traversal-mode=0 test=%S/Inputs/has-dense.sh' | FileCheck %s

// CHECK-NOT: @other
// CHECK:     func.func @layer
// CHECK:       mml.dense
// CHECK-NOT: @other
func.func @other(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = mml.activation %x <tanh> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

func.func @layer(%x: tensor<?x4xf32>, %w: tensor<4x6x!mml.trit>, %s: tensor<f32>) -> tensor<?x6xf32> {
  %y = mml.dense %x, %w scale(%s divides) : (tensor<?x4xf32>, tensor<4x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

func.func @others(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = mml.activation %x <relu> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
