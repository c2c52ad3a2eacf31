// RUN: mml-opt %s --canonicalize --split-input-file | FileCheck %s

// What changes nothing goes, and constants are computed at compile time.

//===----------------------------------------------------------------------===//
// Activations and merges
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @identity_activation(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT:    return %[[X]]
func.func @identity_activation(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = mml.activation %x <linear> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// The identity to another type is not one.
// CHECK-LABEL: func @identity_to_another_type(
// CHECK:         mml.activation %{{.*}} <linear>
// CHECK:         mml.merge add %{{.*}} :
func.func @identity_to_another_type(%x: tensor<?x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %y = mml.activation %x <linear> : (tensor<?x4xf32>) -> tensor<2x4xf32>
  %z = mml.merge add %x : (tensor<?x4xf32>) -> tensor<2x4xf32>
  return %y, %z : tensor<2x4xf32>, tensor<2x4xf32>
}

// A relu that does nothing to these inputs is still a relu.
// CHECK-LABEL: func @other_activation(
// CHECK:         mml.activation
func.func @other_activation(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = mml.activation %x <relu(negative_slope = 1.0)> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @merge_of_one(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>
// CHECK-NEXT:    return %[[X]], %[[X]], %[[X]]
func.func @merge_of_one(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %0 = mml.merge add %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = mml.merge average %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = mml.merge minimum %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0, %1, %2 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func @merge_of_two(
// CHECK:         mml.merge maximum
func.func @merge_of_two(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mml.merge maximum %x, %x : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

//===----------------------------------------------------------------------===//
// Gains of ones and biases of zeros
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @neutral_rms_norm(
// CHECK-NEXT:    %[[Y:.*]] = mml.rms_norm %arg0 epsilon(1.000000e-03) : (tensor<?x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @neutral_rms_norm(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %b = arith.constant dense<[0.0, -0.0, 0.0, 0.0]> : tensor<4xf32>
  %y = mml.rms_norm %x epsilon(1.0e-3) gain(%g) bias(%b) : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// One that is not neutral stays, and so does its neighbour's operand.
// CHECK-LABEL: func @rms_norm_with_gain(
// CHECK:         %[[G:.*]] = arith.constant dense<[1.000000e+00, 1.000000e+00, 1.000000e+00, 1.500000e+00]>
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%[[G]]) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
func.func @rms_norm_with_gain(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %g = arith.constant dense<[1.0, 1.0, 1.0, 1.5]> : tensor<4xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = mml.rms_norm %x epsilon(1.0e-3) gain(%g) bias(%b) : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @rms_norm_with_bias(
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) bias(%{{.*}}) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
func.func @rms_norm_with_bias(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %b = arith.constant dense<0x7FC00000> : tensor<4xf32>
  %y = mml.rms_norm %x epsilon(1.0e-3) gain(%g) bias(%b) : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// What is not constant is not known to be neutral.
// CHECK-LABEL: func @unknown_gain(
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%arg1)
func.func @unknown_gain(%x: tensor<?x4xf32>, %g: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @neutral_dense(
// CHECK-NEXT:    mml.dense %arg0, %arg1 norm(1.000000e-03) : (tensor<?x4xf32>, tensor<4x8x!mml.trit>) -> tensor<?x8xf32>
func.func @neutral_dense(%x: tensor<?x4xf32>, %w: tensor<4x8x!mml.trit>) -> tensor<?x8xf32> {
  %g = arith.constant dense<1.0> : tensor<4xf32>
  %b = arith.constant dense<0.0> : tensor<4xf32>
  %y = mml.dense %x, %w norm(1.0e-3) gain(%g) norm_bias(%b) activation(#mml.activation<linear>)
     : (tensor<?x4xf32>, tensor<4x8x!mml.trit>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A bias of the product, a scale and an activation that does something stay.
// CHECK-LABEL: func @dense_with_all(
// CHECK:         mml.dense %arg0, %arg1 scale(%{{.*}} divides) norm(1.000000e-03) gain(%{{.*}}) norm_bias(%{{.*}}) bias(%{{.*}}) activation(<relu>)
func.func @dense_with_all(%x: tensor<?x4xf32>, %w: tensor<4x8x!mml.trit>) -> tensor<?x8xf32> {
  %s = arith.constant dense<1.0> : tensor<f32>
  %g = arith.constant dense<2.0> : tensor<4xf32>
  %n = arith.constant dense<[0.0, 1.0, 0.0, 0.0]> : tensor<4xf32>
  %b = arith.constant dense<1.0> : tensor<8xf32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-3) gain(%g) norm_bias(%n) bias(%b) activation(#mml.activation<relu>)
     : (tensor<?x4xf32>, tensor<4x8x!mml.trit>, tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A gain that is larger than memory, as one value says it.
// CHECK-LABEL: func @huge_gain(
// CHECK-NEXT:    mml.rms_norm %arg0 epsilon(1.000000e-03) : (tensor<?x100000000000xf32>)
func.func @huge_gain(%x: tensor<?x100000000000xf32>) -> tensor<?x100000000000xf32> {
  %g = arith.constant dense<1.0> : tensor<100000000000xf32>
  %y = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x100000000000xf32>, tensor<100000000000xf32>) -> tensor<?x100000000000xf32>
  return %y : tensor<?x100000000000xf32>
}

// -----

// The floats of resources are looked at too: ones, and ones but the last.

// CHECK-LABEL: func @resources(
// CHECK:         %[[G:.*]] = arith.constant dense_resource<not_ones> : tensor<2xf32>
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) : (tensor<?x2xf32>) -> tensor<?x2xf32>
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%[[G]])
// CHECK:         mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%{{.*}})
func.func @resources(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %g = arith.constant dense_resource<ones> : tensor<2xf32>
  %h = arith.constant dense_resource<not_ones> : tensor<2xf32>
  %i = arith.constant dense_resource<without_data> : tensor<2xf32>
  %0 = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mml.rms_norm %x epsilon(1.0e-3) gain(%h) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = mml.rms_norm %x epsilon(1.0e-3) gain(%i) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %0, %1, %2 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}
{-#
  dialect_resources: { builtin: {
    ones: "0x040000000000803F0000803F",
    not_ones: "0x040000000000803F00000000"
  } }
#-}
