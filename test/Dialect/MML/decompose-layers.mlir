// RUN: mml-opt %s --mml-decompose-layers --split-input-file | FileCheck %s
// RUN: mml-opt %s --mml-decompose-layers --split-input-file | mml-opt --split-input-file | FileCheck %s

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>

// All parts, one idea an operation, in the order of the formula.

// CHECK-LABEL: func @full(
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64x128x!mml.trit>, %[[S:.*]]: tensor<f32>, %[[G:.*]]: tensor<64xf32>, %[[NB:.*]]: tensor<64xf32>, %[[B:.*]]: tensor<128xf32>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK:         %[[N:.*]] = mml.rms_norm %[[X]] epsilon(1.000000e-03) gain(%[[G]]) bias(%[[NB]])
// CHECK:         %[[ROWS:.*]] = tensor.dim %[[N]], %[[C0]]
// CHECK:         %[[Q0:.*]] = tensor.empty(%[[ROWS]]) : tensor<?x64xi8>
// CHECK:         %[[S0:.*]] = tensor.empty(%[[ROWS]]) : tensor<?xf32>
// CHECK:         %[[Q:.*]]:2 = mml.quantize #mml.absmax<i8, range = [-128, 127], {{.*}}> ins(%[[N]] : tensor<?x64xf32>) outs(%[[Q0]], %[[S0]] : tensor<?x64xi8>, tensor<?xf32>)
// CHECK:         %[[A0:.*]] = tensor.empty(%{{.*}}) : tensor<?x128xi32>
// CHECK:         %[[A1:.*]] = linalg.fill ins(%[[ZERO]] : i32) outs(%[[A0]] : tensor<?x128xi32>)
// CHECK:         %[[A:.*]] = mml.contract bound(128) ins(%[[Q]]#0, %[[W]] : tensor<?x64xi8>, tensor<64x128x!mml.trit>) outs(%[[A1]] : tensor<?x128xi32>)
// CHECK:         %[[F:.*]] = mml.rescale row(%[[Q]]#1 divides : tensor<?xf32>) column(%[[S]] divides : tensor<f32>) ins(%[[A]] : tensor<?x128xi32>)
// CHECK:         %[[Z:.*]] = mml.merge add %[[F]], %[[B]] : (tensor<?x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
// CHECK:         %[[Y:.*]] = mml.activation %[[Z]] <relu> : (tensor<?x128xf32>) -> tensor<?x128xf32>
// CHECK:         return %[[Y]]
func.func @full(%x: tensor<?x64xf32>, %w: tensor<64x128x!mml.trit>, %s: tensor<f32>,
                %g: tensor<64xf32>, %n: tensor<64xf32>, %b: tensor<128xf32>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-3) gain(%g) norm_bias(%n) bias(%b)
         quantizer(#q) activation(#mml.activation<relu>)
       : (tensor<?x64xf32>, tensor<64x128x!mml.trit>, tensor<f32>, tensor<64xf32>, tensor<64xf32>, tensor<128xf32>)
       -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// -----

#small = #mml.absmax<i8, range = [-7, 7], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>

// Nothing but the product: no norm, no bias, no scale of the kernel. The bound
// follows from the range, the shape of the scale from the granularity.

// CHECK-LABEL: func @bare(
// CHECK-NOT:     mml.rms_norm
// CHECK:         %[[Q:.*]]:2 = mml.quantize {{.*}} outs(%{{.*}}, %{{.*}} : tensor<4x64xi8>, tensor<f32>)
// CHECK:         %[[A:.*]] = mml.contract bound(7) ins(%[[Q]]#0, %arg1
// CHECK:         %[[Y:.*]] = mml.rescale row(%[[Q]]#1 divides : tensor<f32>) ins(%[[A]] : tensor<4x128xi32>)
// CHECK-NEXT:    return %[[Y]]
func.func @bare(%x: tensor<4x64xf32>, %w: tensor<64x128x!mml.trit>) -> tensor<4x128xf32> {
  %y = mml.dense %x, %w quantizer(#small) : (tensor<4x64xf32>, tensor<64x128x!mml.trit>) -> tensor<4x128xf32>
  return %y : tensor<4x128xf32>
}

// -----

// Floats that trits add and subtract.

// CHECK-LABEL: func @float_activations(
// CHECK:         %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NOT:     mml.quantize
// CHECK:         %[[A0:.*]] = linalg.fill ins(%[[ZERO]] : f32)
// CHECK:         %[[A:.*]] = mml.contract ins(%arg0, %arg1 : tensor<?x64xf32>, tensor<64x128x!mml.trit>) outs(%[[A0]] : tensor<?x128xf32>)
// CHECK:         %[[Y:.*]] = mml.rescale column(%arg2 multiplies : tensor<128xf32>) ins(%[[A]] : tensor<?x128xf32>)
// CHECK-NEXT:    return %[[Y]]
func.func @float_activations(%x: tensor<?x64xf32>, %w: tensor<64x128x!mml.trit>, %s: tensor<128xf32>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w scale(%s multiplies) : (tensor<?x64xf32>, tensor<64x128x!mml.trit>, tensor<128xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// CHECK-LABEL: func @float_activations_without_scale(
// CHECK:         %[[Y:.*]] = mml.contract ins(
// CHECK-NEXT:    return %[[Y]]
func.func @float_activations_without_scale(%x: tensor<?x64xf32>, %w: tensor<64x128x!mml.trit>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w : (tensor<?x64xf32>, tensor<64x128x!mml.trit>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// -----

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
#kc = #mml.threshold<factor = 5.0e-01, per = channel>

// A float kernel that is made ternary at run time, and how its scale applies.

// CHECK-LABEL: func @kernel_quantizer(
// CHECK:         %[[T:.*]]:2 = mml.ternarize #mml.absmean<{{.*}}> ins(%arg1 : tensor<64x128xf32>) outs(%{{.*}}, %{{.*}} : tensor<64x128x!mml.trit>, tensor<f32>)
// CHECK:         mml.contract bound(128) ins(%{{.*}}#0, %[[T]]#0
// CHECK:         mml.rescale row(%{{.*}} divides : tensor<?xf32>) column(%[[T]]#1 divides : tensor<f32>)
func.func @kernel_quantizer(%x: tensor<?x64xf32>, %w: tensor<64x128xf32>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w quantizer(#q) kernel_quantizer(#k) : (tensor<?x64xf32>, tensor<64x128xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// CHECK-LABEL: func @kernel_quantizer_of_channels(
// CHECK:         %[[UNITS:.*]] = tensor.dim %arg1, %{{.*}}
// CHECK:         %[[T0:.*]] = tensor.empty(%[[UNITS]]) : tensor<64x?x!mml.trit>
// CHECK:         %[[S0:.*]] = tensor.empty(%[[UNITS]]) : tensor<?xf32>
// CHECK:         %[[T:.*]]:2 = mml.ternarize #mml.threshold<{{.*}}> ins(%arg1 : tensor<64x?xf32>) outs(%[[T0]], %[[S0]] :
// CHECK:         mml.contract ins(%arg0, %[[T]]#0
// CHECK:         mml.rescale column(%[[T]]#1 multiplies : tensor<?xf32>)
func.func @kernel_quantizer_of_channels(%x: tensor<?x64xf32>, %w: tensor<64x?xf32>) -> tensor<?x?xf32> {
  %y = mml.dense %x, %w kernel_quantizer(#kc) : (tensor<?x64xf32>, tensor<64x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// A float kernel without a quantizer is multiplied.

// CHECK-LABEL: func @float_kernel(
// CHECK-NOT:     mml.contract
// CHECK:         %[[A:.*]] = linalg.matmul ins(%arg0, %arg1 : tensor<?x64xf32>, tensor<64x128xf32>) outs(%{{.*}} : tensor<?x128xf32>)
// CHECK-NEXT:    %[[B:.*]] = mml.merge add %[[A]], %arg2
// CHECK-NEXT:    return %[[B]]
func.func @float_kernel(%x: tensor<?x64xf32>, %w: tensor<64x128xf32>, %b: tensor<128xf32>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w bias(%b) : (tensor<?x64xf32>, tensor<64x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// -----

// Activations along the last axis, which is axis 1 of the product; glu halves it.

// CHECK-LABEL: func @row_wise(
// CHECK:         mml.activation %{{.*}} <softmax> axis(1) : (tensor<?x128xf32>) -> tensor<?x128xf32>
// CHECK:         mml.activation %{{.*}} <glu> axis(1) : (tensor<?x128xf32>) -> tensor<?x64xf32>
func.func @row_wise(%x: tensor<?x64xf32>, %w: tensor<64x128xf32>) -> (tensor<?x128xf32>, tensor<?x64xf32>) {
  %y = mml.dense %x, %w activation(#mml.activation<softmax>) : (tensor<?x64xf32>, tensor<64x128xf32>) -> tensor<?x128xf32>
  %z = mml.dense %x, %w activation(#mml.activation<glu>) : (tensor<?x64xf32>, tensor<64x128xf32>) -> tensor<?x64xf32>
  return %y, %z : tensor<?x128xf32>, tensor<?x64xf32>
}

// -----

// Higher ranks: the norm sees all axes, the product two.

// CHECK-LABEL: func @rank3(
// CHECK:         %[[N:.*]] = mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%arg2) : (tensor<?x?x64xf32>, tensor<?x64xf32>) -> tensor<?x?x64xf32>
// CHECK:         %[[F:.*]] = tensor.collapse_shape %[[N]] {{\[\[}}0, 1], [2]] : tensor<?x?x64xf32> into tensor<?x64xf32>
// CHECK:         %[[A:.*]] = mml.contract ins(%[[F]], %arg1
// CHECK:         %[[Y:.*]] = tensor.expand_shape %[[A]] {{\[\[}}0, 1], [2]] output_shape [%{{.*}}, %{{.*}}, 8] : tensor<?x8xf32> into tensor<?x?x8xf32>
// CHECK:         return %[[Y]]
func.func @rank3(%x: tensor<?x?x64xf32>, %w: tensor<64x8x!mml.trit>, %g: tensor<?x64xf32>) -> tensor<?x?x8xf32> {
  %y = mml.dense %x, %w norm(1.0e-3) gain(%g) : (tensor<?x?x64xf32>, tensor<64x8x!mml.trit>, tensor<?x64xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// CHECK-LABEL: func @rank4(
// CHECK:         tensor.collapse_shape %arg0 {{\[\[}}0, 1, 2], [3]] : tensor<2x3x4x64xf32> into tensor<24x64xf32>
// CHECK:         mml.activation %{{.*}} <glu> axis(1) : (tensor<24x8xf32>) -> tensor<24x4xf32>
// CHECK:         tensor.expand_shape %{{.*}} {{\[\[}}0, 1, 2], [3]] output_shape [2, 3, 4, 4] : tensor<24x4xf32> into tensor<2x3x4x4xf32>
func.func @rank4(%x: tensor<2x3x4x64xf32>, %w: tensor<64x8x!mml.trit>) -> tensor<2x3x4x4xf32> {
  %y = mml.dense %x, %w activation(#mml.activation<glu>) : (tensor<2x3x4x64xf32>, tensor<64x8x!mml.trit>) -> tensor<2x3x4x4xf32>
  return %y : tensor<2x3x4x4xf32>
}

// -----

// The declared type may say more or less than the computed one.

// CHECK-LABEL: func @declared_types(
// CHECK:         tensor.cast %{{.*}} : tensor<?x8xf32> to tensor<5x8xf32>
// CHECK:         tensor.cast %{{.*}} : tensor<?x?x8xf32> to tensor<?x4x?xf32>
func.func @declared_types(%x: tensor<?x64xf32>, %z: tensor<?x?x64xf32>, %w: tensor<64x8xf32>) -> (tensor<5x8xf32>, tensor<?x4x?xf32>) {
  %0 = mml.dense %x, %w : (tensor<?x64xf32>, tensor<64x8xf32>) -> tensor<5x8xf32>
  %1 = mml.dense %z, %w : (tensor<?x?x64xf32>, tensor<64x8xf32>) -> tensor<?x4x?xf32>
  return %0, %1 : tensor<5x8xf32>, tensor<?x4x?xf32>
}

// -----

// Where there is no dense layer, nothing changes.

// CHECK-LABEL: func @other(
// CHECK-NEXT:    mml.rms_norm
// CHECK-NEXT:    mml.gate
// CHECK-NEXT:    return
func.func @other(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = mml.gate %0 <silu> : (tensor<?x64xf32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}
