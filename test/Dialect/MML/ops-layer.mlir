// RUN: mml-opt %s | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | mml-opt | FileCheck %s
// RUN: mml-opt %s --emit-bytecode | mml-opt | FileCheck %s
// RUN: mml-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC

// Every operation of the layer form, with each of its optional parts present
// and absent, on ranks 2 to 4, on static and dynamic sizes.

#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#qt = #mml.absmax<i8, range = [-127, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
#mean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = channel>

//===----------------------------------------------------------------------===//
// mml.dense
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @dense_full(
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64x128x!mml.trit>, %[[S:.*]]: tensor<f32>, %[[G:.*]]: tensor<64xf32>, %[[N:.*]]: tensor<64xf32>, %[[B:.*]]: tensor<128xf32>)
// CHECK-NEXT:    mml.dense %[[X]], %[[W]] scale(%[[S]] divides) norm(1.000000e-03) gain(%[[G]]) norm_bias(%[[N]]) bias(%[[B]]) quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.000000e-05, limit = 1.000000e+09, per = token>) activation(<relu>) : (tensor<?x64xf32>, tensor<64x128x!mml.trit>, tensor<f32>, tensor<64xf32>, tensor<64xf32>, tensor<128xf32>) -> tensor<?x128xf32>
// GENERIC:       "mml.dense"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) <{activation = #mml.activation<relu>, norm_epsilon = 1.000000e-03 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>, quantizer = #mml.absmax<{{.*}}>, scale_direction = #mml<scale_direction divides>}>
func.func @dense_full(%x: tensor<?x64xf32>, %w: tensor<64x128x!mml.trit>, %s: tensor<f32>,
                      %g: tensor<64xf32>, %n: tensor<64xf32>, %b: tensor<128xf32>) -> tensor<?x128xf32> {
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-3) gain(%g) norm_bias(%n) bias(%b)
         quantizer(#q) activation(#mml.activation<relu>)
       : (tensor<?x64xf32>, tensor<64x128x!mml.trit>, tensor<f32>, tensor<64xf32>, tensor<64xf32>, tensor<128xf32>)
       -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// CHECK-LABEL: func @dense_keras(
// CHECK-NEXT:    mml.dense %arg0, %arg1 : (tensor<8x3xf32>, tensor<3x5xf32>) -> tensor<8x5xf32>
// CHECK-NEXT:    mml.dense %arg0, %arg1 bias(%arg2) activation(<softmax>) : (tensor<8x3xf32>, tensor<3x5xf32>, tensor<5xf32>) -> tensor<8x5xf32>
// GENERIC-LABEL: sym_name = "dense_keras"
// GENERIC:       "mml.dense"(%{{.*}}, %{{.*}}) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>}>
func.func @dense_keras(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>) -> (tensor<8x5xf32>, tensor<8x5xf32>) {
  %0 = mml.dense %x, %w : (tensor<8x3xf32>, tensor<3x5xf32>) -> tensor<8x5xf32>
  %1 = mml.dense %x, %w bias(%b) activation(#mml.activation<softmax>) : (tensor<8x3xf32>, tensor<3x5xf32>, tensor<5xf32>) -> tensor<8x5xf32>
  return %0, %1 : tensor<8x5xf32>, tensor<8x5xf32>
}

// Trits with a scale for each unit that multiplies, and floats that are added
// and subtracted.
// CHECK-LABEL: func @dense_rank3(
// CHECK-NEXT:    mml.dense %arg0, %arg1 scale(%arg2 multiplies) : (tensor<?x?x3xf32>, tensor<3x6x!mml.trit>, tensor<6xf32>) -> tensor<?x?x6xf32>
// CHECK-NEXT:    mml.dense %arg0, %arg1 quantizer(#mml.absmax<i8, range = [-127, 127], epsilon = 1.000000e-05, limit = 1.000000e+09, per = tensor>) activation(<glu>) : (tensor<?x?x3xf32>, tensor<3x6x!mml.trit>) -> tensor<?x?x3xf32>
func.func @dense_rank3(%x: tensor<?x?x3xf32>, %w: tensor<3x6x!mml.trit>, %s: tensor<6xf32>) -> (tensor<?x?x6xf32>, tensor<?x?x3xf32>) {
  %0 = mml.dense %x, %w scale(%s multiplies) : (tensor<?x?x3xf32>, tensor<3x6x!mml.trit>, tensor<6xf32>) -> tensor<?x?x6xf32>
  %1 = mml.dense %x, %w quantizer(#qt) activation(#mml.activation<glu>) : (tensor<?x?x3xf32>, tensor<3x6x!mml.trit>) -> tensor<?x?x3xf32>
  return %0, %1 : tensor<?x?x6xf32>, tensor<?x?x3xf32>
}

// A float kernel that is made ternary, and a gain that differs along the
// sequence.
// CHECK-LABEL: func @dense_rank4(
// CHECK-NEXT:    mml.dense %arg0, %arg1 norm(5.000000e-01) gain(%arg2) quantizer(#mml.absmax<{{.*}}>) kernel_quantizer(#mml.absmean<epsilon = 1.000000e-05, limit = 1.000000e+09, per = channel>) : (tensor<2x?x4x3xf32>, tensor<3x?xf32>, tensor<4x3xf32>) -> tensor<2x?x4x?xf32>
func.func @dense_rank4(%x: tensor<2x?x4x3xf32>, %w: tensor<3x?xf32>, %g: tensor<4x3xf32>) -> tensor<2x?x4x?xf32> {
  %0 = mml.dense %x, %w norm(0.5) gain(%g) quantizer(#q) kernel_quantizer(#mean)
     : (tensor<2x?x4x3xf32>, tensor<3x?xf32>, tensor<4x3xf32>) -> tensor<2x?x4x?xf32>
  return %0 : tensor<2x?x4x?xf32>
}

// The declared type may say more or less than the inferred one.
// CHECK-LABEL: func @dense_types(
// CHECK-NEXT:    mml.dense {{.*}} -> tensor<7x5xf32>
// CHECK-NEXT:    mml.dense {{.*}} -> tensor<?x?xf32>
func.func @dense_types(%x: tensor<?x3xf32>, %w: tensor<3x5xf32>) -> (tensor<7x5xf32>, tensor<?x?xf32>) {
  %0 = mml.dense %x, %w : (tensor<?x3xf32>, tensor<3x5xf32>) -> tensor<7x5xf32>
  %1 = mml.dense %x, %w : (tensor<?x3xf32>, tensor<3x5xf32>) -> tensor<?x?xf32>
  return %0, %1 : tensor<7x5xf32>, tensor<?x?xf32>
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @rms_norm(
// CHECK-NEXT:    mml.rms_norm %arg0 epsilon(1.000000e-03) : (tensor<?x64xf32>) -> tensor<?x64xf32>
// CHECK-NEXT:    mml.rms_norm %arg0 epsilon(1.000000e-03) gain(%arg1) : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
// CHECK-NEXT:    mml.rms_norm %arg0 epsilon(1.000000e-03) bias(%arg1) : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
// CHECK-NEXT:    mml.rms_norm %arg2 epsilon(2.500000e-01) gain(%arg3) bias(%arg4) : (tensor<?x2x?x4xf32>, tensor<2x?x4xf32>, tensor<4xf32>) -> tensor<?x2x?x4xf32>
func.func @rms_norm(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %z: tensor<?x2x?x4xf32>,
                    %gz: tensor<2x?x4xf32>, %bz: tensor<4xf32>) -> tensor<?x2x?x4xf32> {
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %2 = mml.rms_norm %x epsilon(1.0e-3) bias(%g) : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %3 = mml.rms_norm %z epsilon(0.25) gain(%gz) bias(%bz) : (tensor<?x2x?x4xf32>, tensor<2x?x4xf32>, tensor<4xf32>) -> tensor<?x2x?x4xf32>
  return %3 : tensor<?x2x?x4xf32>
}

// CHECK-LABEL: func @layer_norm(
// CHECK-NEXT:    mml.layer_norm %arg0 axes([1, 2]) epsilon(0.000000e+00) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
// CHECK-NEXT:    mml.layer_norm %arg0 axes([2]) epsilon(1.000000e-03) gamma(%arg1) beta(%arg1) : (tensor<?x4x12xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<?x4x12xf32>
// CHECK-NEXT:    mml.layer_norm %arg0 axes([1, 2]) epsilon(1.000000e-03) beta(%arg2) : (tensor<?x4x12xf32>, tensor<4x12xf32>) -> tensor<?x4x12xf32>
// GENERIC-LABEL: sym_name = "layer_norm"
// GENERIC:       "mml.layer_norm"(%{{.*}}) <{axes = array<i64: 1, 2>, epsilon = 0.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 0, 0>}>
func.func @layer_norm(%x: tensor<?x4x12xf32>, %g: tensor<12xf32>, %h: tensor<4x12xf32>) -> tensor<?x4x12xf32> {
  %0 = mml.layer_norm %x axes([1, 2]) epsilon(0.0) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  %1 = mml.layer_norm %x axes([2]) epsilon(1.0e-03) gamma(%g) beta(%g) : (tensor<?x4x12xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<?x4x12xf32>
  %2 = mml.layer_norm %x axes([1, 2]) epsilon(1.0e-03) beta(%h) : (tensor<?x4x12xf32>, tensor<4x12xf32>) -> tensor<?x4x12xf32>
  return %2 : tensor<?x4x12xf32>
}

// CHECK-LABEL: func @batch_norm(
// CHECK-NEXT:    mml.batch_norm %arg0 mean(%arg1) variance(%arg1) axis(1) epsilon(1.000000e-03) : (tensor<?x48xf32>, tensor<48xf32>, tensor<48xf32>) -> tensor<?x48xf32>
// CHECK-NEXT:    mml.batch_norm %arg0 mean(%arg1) variance(%arg1) gamma(%arg1) beta(%arg1) axis(1) epsilon(1.000000e-03) : (tensor<?x48xf32>, tensor<48xf32>, tensor<48xf32>, tensor<48xf32>, tensor<48xf32>) -> tensor<?x48xf32>
// CHECK-NEXT:    mml.batch_norm %arg2 mean(%arg3) variance(%arg3) beta(%arg3) axis(0) epsilon(0.000000e+00) : (tensor<?x2x3x4xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x2x3x4xf32>
func.func @batch_norm(%x: tensor<?x48xf32>, %v: tensor<48xf32>, %z: tensor<?x2x3x4xf32>, %d: tensor<?xf32>) -> tensor<?x2x3x4xf32> {
  %0 = mml.batch_norm %x mean(%v) variance(%v) axis(1) epsilon(1.0e-03) : (tensor<?x48xf32>, tensor<48xf32>, tensor<48xf32>) -> tensor<?x48xf32>
  %1 = mml.batch_norm %x mean(%v) variance(%v) gamma(%v) beta(%v) axis(1) epsilon(1.0e-03) : (tensor<?x48xf32>, tensor<48xf32>, tensor<48xf32>, tensor<48xf32>, tensor<48xf32>) -> tensor<?x48xf32>
  %2 = mml.batch_norm %z mean(%d) variance(%d) beta(%d) axis(0) epsilon(0.0) : (tensor<?x2x3x4xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x2x3x4xf32>
  return %2 : tensor<?x2x3x4xf32>
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @activation(
// CHECK-NEXT:    mml.activation %arg0 <silu> : (tensor<?x10xf32>) -> tensor<?x10xf32>
// CHECK-NEXT:    mml.activation %arg0 <softmax> axis(1) : (tensor<?x10xf32>) -> tensor<?x10xf32>
// CHECK-NEXT:    mml.activation %arg0 <softmax> axis(0) : (tensor<?x10xf32>) -> tensor<?x10xf32>
// CHECK-NEXT:    mml.activation %arg1 <glu> axis(2) : (tensor<1x2x4x3xf32>) -> tensor<1x2x2x3xf32>
// CHECK-NEXT:    mml.activation %arg2 <relu> : (tensor<f32>) -> tensor<f32>
func.func @activation(%x: tensor<?x10xf32>, %z: tensor<1x2x4x3xf32>, %s: tensor<f32>) -> tensor<1x2x2x3xf32> {
  %0 = mml.activation %x <silu> : (tensor<?x10xf32>) -> tensor<?x10xf32>
  %1 = mml.activation %x <softmax> axis(1) : (tensor<?x10xf32>) -> tensor<?x10xf32>
  %2 = mml.activation %x <softmax> axis(0) : (tensor<?x10xf32>) -> tensor<?x10xf32>
  %3 = mml.activation %z <glu> axis(2) : (tensor<1x2x4x3xf32>) -> tensor<1x2x2x3xf32>
  %4 = mml.activation %s <relu> : (tensor<f32>) -> tensor<f32>
  return %3 : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: func @gate(
// CHECK-NEXT:    mml.gate %arg0 <silu> : (tensor<?x512xf32>) -> tensor<?x256xf32>
// CHECK-NEXT:    mml.gate %arg1 <gelu_tanh> : (tensor<?x?x3x8xf32>) -> tensor<?x?x3x4xf32>
func.func @gate(%x: tensor<?x512xf32>, %z: tensor<?x?x3x8xf32>) -> (tensor<?x256xf32>, tensor<?x?x3x4xf32>) {
  %0 = mml.gate %x <silu> : (tensor<?x512xf32>) -> tensor<?x256xf32>
  %1 = mml.gate %z <gelu_tanh> : (tensor<?x?x3x8xf32>) -> tensor<?x?x3x4xf32>
  return %0, %1 : tensor<?x256xf32>, tensor<?x?x3x4xf32>
}

//===----------------------------------------------------------------------===//
// Glue
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @merge(
// CHECK-NEXT:    mml.merge add %arg0, %arg1 : (tensor<?x12xf32>, tensor<12xf32>) -> tensor<?x12xf32>
// CHECK-NEXT:    mml.merge subtract %arg0, %arg1 : (tensor<?x12xf32>, tensor<12xf32>) -> tensor<?x12xf32>
// CHECK-NEXT:    mml.merge multiply %arg0, %arg2 : (tensor<?x12xf32>, tensor<4x?x1xf32>) -> tensor<4x?x12xf32>
// CHECK-NEXT:    mml.merge average %arg0, %arg0, %arg0 : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x12xf32>) -> tensor<?x12xf32>
// CHECK-NEXT:    mml.merge maximum %arg0 : (tensor<?x12xf32>) -> tensor<?x12xf32>
// CHECK-NEXT:    mml.merge minimum %arg3, %arg0 : (tensor<f32>, tensor<?x12xf32>) -> tensor<?x12xf32>
func.func @merge(%a: tensor<?x12xf32>, %b: tensor<12xf32>, %c: tensor<4x?x1xf32>, %s: tensor<f32>) -> tensor<4x?x12xf32> {
  %0 = mml.merge add %a, %b : (tensor<?x12xf32>, tensor<12xf32>) -> tensor<?x12xf32>
  %1 = mml.merge subtract %a, %b : (tensor<?x12xf32>, tensor<12xf32>) -> tensor<?x12xf32>
  %2 = mml.merge multiply %a, %c : (tensor<?x12xf32>, tensor<4x?x1xf32>) -> tensor<4x?x12xf32>
  %3 = mml.merge average %a, %a, %a : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x12xf32>) -> tensor<?x12xf32>
  %4 = mml.merge maximum %a : (tensor<?x12xf32>) -> tensor<?x12xf32>
  %5 = mml.merge minimum %s, %a : (tensor<f32>, tensor<?x12xf32>) -> tensor<?x12xf32>
  return %2 : tensor<4x?x12xf32>
}

// CHECK-LABEL: func @pool(
// CHECK-NEXT:    mml.pool mean %arg0 axis(1) : (tensor<?x16x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT:    mml.pool max %arg0 axis(0) : (tensor<?x16x4xf32>) -> tensor<16x4xf32>
// CHECK-NEXT:    mml.pool mean %arg1 axis(3) : (tensor<?x?x2x?xf32>) -> tensor<?x?x2xf32>
// GENERIC-LABEL: sym_name = "pool"
// GENERIC:       "mml.pool"(%{{.*}}) <{axis = 1 : i64, kind = #mml<pool_kind mean>}>
func.func @pool(%x: tensor<?x16x4xf32>, %z: tensor<?x?x2x?xf32>) -> tensor<?x4xf32> {
  %0 = mml.pool mean %x axis(1) : (tensor<?x16x4xf32>) -> tensor<?x4xf32>
  %1 = mml.pool max %x axis(0) : (tensor<?x16x4xf32>) -> tensor<16x4xf32>
  %2 = mml.pool mean %z axis(3) : (tensor<?x?x2x?xf32>) -> tensor<?x?x2xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func @embedding(
// CHECK-NEXT:    mml.embedding %arg0, %arg3 : (tensor<?x16xi32>, tensor<50x24xf32>) -> tensor<?x16x24xf32>
// CHECK-NEXT:    mml.embedding %arg1, %arg3 : (tensor<i64>, tensor<50x24xf32>) -> tensor<24xf32>
// CHECK-NEXT:    mml.embedding %arg2, %arg3 : (tensor<?x2x3xf32>, tensor<50x24xf32>) -> tensor<?x2x3x24xf32>
func.func @embedding(%i: tensor<?x16xi32>, %j: tensor<i64>, %f: tensor<?x2x3xf32>, %t: tensor<50x24xf32>) -> tensor<?x16x24xf32> {
  %0 = mml.embedding %i, %t : (tensor<?x16xi32>, tensor<50x24xf32>) -> tensor<?x16x24xf32>
  %1 = mml.embedding %j, %t : (tensor<i64>, tensor<50x24xf32>) -> tensor<24xf32>
  %2 = mml.embedding %f, %t : (tensor<?x2x3xf32>, tensor<50x24xf32>) -> tensor<?x2x3x24xf32>
  return %0 : tensor<?x16x24xf32>
}

// CHECK-LABEL: func @patches(
// CHECK-NEXT:    mml.patches %arg0 size(4) : (tensor<?x8x8x3xf32>) -> tensor<?x4x48xf32>
// CHECK-NEXT:    mml.patches %arg1 size(3) : (tensor<5x10x7x1xf32>) -> tensor<5x6x9xf32>
func.func @patches(%x: tensor<?x8x8x3xf32>, %z: tensor<5x10x7x1xf32>) -> (tensor<?x4x48xf32>, tensor<5x6x9xf32>) {
  %0 = mml.patches %x size(4) : (tensor<?x8x8x3xf32>) -> tensor<?x4x48xf32>
  %1 = mml.patches %z size(3) : (tensor<5x10x7x1xf32>) -> tensor<5x6x9xf32>
  return %0, %1 : tensor<?x4x48xf32>, tensor<5x6x9xf32>
}
