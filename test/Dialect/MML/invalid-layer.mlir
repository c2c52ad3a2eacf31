// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What no operation of the layer form may say. Each case names the operation and
// the constraint of its definition.

// DenseOp (C1)
func.func @f(%x: tensor<8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more but got 'tensor<8xf32>'}}
  %0 = mml.dense %x, %w : (tensor<8xf32>, tensor<8x6x!mml.trit>) -> tensor<6xf32>
  return
}

// -----

// DenseOp (C1)
func.func @f(%x: tensor<f32>, %w: tensor<8x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more but got 'tensor<f32>'}}
  %0 = mml.dense %x, %w : (tensor<f32>, tensor<8x6xf32>) -> tensor<6xf32>
  return
}

// -----

// DenseOp (C1)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a kernel of rank 2 but got 'tensor<8x!mml.trit>'}}
  %0 = mml.dense %x, %w : (tensor<?x8xf32>, tensor<8x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C1)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x1xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a kernel of rank 2 but got 'tensor<8x6x1xf32>'}}
  %0 = mml.dense %x, %w : (tensor<?x8xf32>, tensor<8x6x1xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C2)
func.func @f(%x: tensor<?x7xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected the last dimension of the input to be 8, the first of the kernel, but got 7}}
  %0 = mml.dense %x, %w : (tensor<?x7xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C3)
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected no kernel_quantizer for a kernel of trits}}
  %0 = mml.dense %x, %w kernel_quantizer(#k) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C3)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6xf32>, %s: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected no scale for a kernel of floats}}
  %0 = mml.dense %x, %w scale(%s divides) : (tensor<?x8xf32>, tensor<8x6xf32>, tensor<f32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C3): a scale says its direction.
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %s: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a direction with a scale, and only there}}
  %0 = "mml.dense"(%x, %w, %s) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}> : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C3)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a direction with a scale, and only there}}
  %0 = "mml.dense"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>, scale_direction = #mml<scale_direction divides>}> : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C4)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %s: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a scale of rank 0 or of shape [6] but got 'tensor<8xf32>'}}
  %0 = mml.dense %x, %w scale(%s divides) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<8xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C4)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %s: tensor<1x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a scale of rank 0 or of shape [6] but got 'tensor<1x6xf32>'}}
  %0 = mml.dense %x, %w scale(%s divides) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<1x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C5)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %g: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected gain and norm_bias only with a norm}}
  %0 = mml.dense %x, %w gain(%g) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<8xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C5)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %g: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected gain and norm_bias only with a norm}}
  %0 = mml.dense %x, %w norm_bias(%g) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<8xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C5)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %g: tensor<6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a gain with the shape of the last axes of 'tensor<?x8xf32>' but got 'tensor<6xf32>'}}
  %0 = mml.dense %x, %w norm(1.0e-3) gain(%g) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<6xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C5)
func.func @f(%x: tensor<4x8xf32>, %w: tensor<8x6x!mml.trit>, %g: tensor<4x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a gain with the shape of the last axes of 'tensor<4x8xf32>' but got 'tensor<4x8xf32>'}}
  %0 = mml.dense %x, %w norm(1.0e-3) gain(%g) : (tensor<4x8xf32>, tensor<8x6x!mml.trit>, tensor<4x8xf32>) -> tensor<4x6xf32>
  return
}

// -----

// DenseOp (C5)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %g: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a norm_bias with the shape of the last axes of 'tensor<?x8xf32>' but got 'tensor<f32>'}}
  %0 = mml.dense %x, %w norm(1.0e-3) norm_bias(%g) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C6)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %b: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bias of shape [6] but got 'tensor<8xf32>'}}
  %0 = mml.dense %x, %w bias(%b) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<8xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C6)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>, %b: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bias of shape [6] but got 'tensor<f32>'}}
  %0 = mml.dense %x, %w bias(%b) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>, tensor<f32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C7)
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a quantizer to integers but got #mml.absmean<}}
  %0 = mml.dense %x, %w quantizer(#k) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C7)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a kernel_quantizer to trits but got #mml.absmax<}}
  %0 = mml.dense %x, %w kernel_quantizer(#q) : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C7)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a ternary kernel with a quantizer}}
  %0 = mml.dense %x, %w quantizer(#q) : (tensor<?x8xf32>, tensor<8x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C8)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got 0.000000e+00}}
  %0 = mml.dense %x, %w norm(0.0) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C8)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got -1.000000e+00}}
  %0 = mml.dense %x, %w norm(-1.0) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C8)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got INF}}
  %0 = mml.dense %x, %w norm(inf) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C8)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got nan}}
  %0 = mml.dense %x, %w norm(0x7FF8000000000000) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C9)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<?x16777216xf32>, %w: tensor<16777216x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a sum of at most 16777215 products, which fits an i32, but got 16777216}}
  %0 = mml.dense %x, %w quantizer(#q) : (tensor<?x16777216xf32>, tensor<16777216x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C9)
#q = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
#k = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<?x?xf32>, %w: tensor<?x6xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a sum of at most 16777215 products, which fits an i32, but got}}
  %0 = mml.dense %x, %w quantizer(#q) kernel_quantizer(#k) : (tensor<?x?xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
  return
}

// -----

// DenseOp (C10)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x7x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<?x7xf32>'}}
  %0 = mml.dense %x, %w activation(#mml.activation<glu>) : (tensor<?x8xf32>, tensor<8x7x!mml.trit>) -> tensor<?x7xf32>
  return
}

// -----

// DenseOp (C10)
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x?x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<?x?xf32>'}}
  %0 = mml.dense %x, %w activation(#mml.activation<glu>) : (tensor<?x8xf32>, tensor<8x?x!mml.trit>) -> tensor<?x?xf32>
  return
}

// -----

// DenseOp infers its type
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<?x6xf32>' are incompatible with return type(s) of operation 'tensor<?x7xf32>'}}
  %0 = mml.dense %x, %w : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x7xf32>
  return
}

// -----

// DenseOp infers its type
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x6x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{inferred type(s) 'tensor<?x3xf32>' are incompatible with return type(s) of operation 'tensor<?x6xf32>'}}
  %0 = mml.dense %x, %w activation(#mml.activation<glu>) : (tensor<?x8xf32>, tensor<8x6x!mml.trit>) -> tensor<?x6xf32>
  return
}

// -----

// RMSNormOp (C1)
func.func @f(%x: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more with a static last dimension that is not 0 but got 'tensor<8xf32>'}}
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

// RMSNormOp (C1)
func.func @f(%x: tensor<8x?xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more with a static last dimension that is not 0 but got 'tensor<8x?xf32>'}}
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<8x?xf32>) -> tensor<8x?xf32>
  return
}

// -----

// RMSNormOp (C1)
func.func @f(%x: tensor<?x0xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more with a static last dimension that is not 0 but got 'tensor<?x0xf32>'}}
  %0 = mml.rms_norm %x epsilon(1.0e-3) : (tensor<?x0xf32>) -> tensor<?x0xf32>
  return
}

// -----

// RMSNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %g: tensor<7xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a gain with the shape of the last axes of 'tensor<?x8xf32>' but got 'tensor<7xf32>'}}
  %0 = mml.rms_norm %x epsilon(1.0e-3) gain(%g) : (tensor<?x8xf32>, tensor<7xf32>) -> tensor<?x8xf32>
  return
}

// -----

// RMSNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %b: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bias with the shape of the last axes of 'tensor<?x8xf32>' but got 'tensor<?x8xf32>'}}
  %0 = mml.rms_norm %x epsilon(1.0e-3) bias(%b) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// RMSNormOp (C3)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got 0.000000e+00}}
  %0 = mml.rms_norm %x epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// RMSNormOp (C3)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and positive epsilon but got -INF}}
  %0 = mml.rms_norm %x epsilon(-inf) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected at least one axis}}
  %0 = mml.layer_norm %x axes([]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 2 of 'tensor<?x4x12xf32>' but got 3}}
  %0 = mml.layer_norm %x axes([3]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 2 of 'tensor<?x4x12xf32>' but got -1}}
  %0 = mml.layer_norm %x axes([-1]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected ascending axes but got 1 behind 2}}
  %0 = mml.layer_norm %x axes([2, 1]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected ascending axes but got 2 behind 2}}
  %0 = mml.layer_norm %x axes([2, 2]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected axis 0 to be static and not 0 but got 'tensor<?x4x12xf32>'}}
  %0 = mml.layer_norm %x axes([0]) epsilon(1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C1)
func.func @f(%x: tensor<4x0xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected axis 1 to be static and not 0 but got 'tensor<4x0xf32>'}}
  %0 = mml.layer_norm %x axes([1]) epsilon(1.0e-3) : (tensor<4x0xf32>) -> tensor<4x0xf32>
  return
}

// -----

// LayerNormOp (C2)
func.func @f(%x: tensor<?x4x12xf32>, %g: tensor<4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected gamma of shape [12] but got 'tensor<4xf32>'}}
  %0 = mml.layer_norm %x axes([2]) epsilon(1.0e-3) gamma(%g) : (tensor<?x4x12xf32>, tensor<4xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C2)
func.func @f(%x: tensor<?x4x12xf32>, %g: tensor<12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected beta of shape [4, 12] but got 'tensor<12xf32>'}}
  %0 = mml.layer_norm %x axes([1, 2]) epsilon(1.0e-3) beta(%g) : (tensor<?x4x12xf32>, tensor<12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// LayerNormOp (C3)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and not negative epsilon but got -1.000000e-03}}
  %0 = mml.layer_norm %x axes([2]) epsilon(-1.0e-3) : (tensor<?x4x12xf32>) -> tensor<?x4x12xf32>
  return
}

// -----

// BatchNormOp (C1)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 1 of 'tensor<?x8xf32>' but got 2}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) axis(2) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C1)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 1 of 'tensor<?x8xf32>' but got -1}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) axis(-1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<7xf32>, %v: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a mean of shape [8] but got 'tensor<7xf32>'}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) axis(1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<7xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<7xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a variance of shape [8] but got 'tensor<7xf32>'}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) axis(1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<7xf32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %g: tensor<1x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a gamma of shape [8] but got 'tensor<1x8xf32>'}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) gamma(%g) axis(1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<1x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C2)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %g: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a beta of shape [8] but got 'tensor<f32>'}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) beta(%g) axis(1) epsilon(1.0e-3) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<?x8xf32>
  return
}

// -----

// BatchNormOp (C3)
func.func @f(%x: tensor<?x8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite and not negative epsilon but got -1.000000e+00}}
  %0 = mml.batch_norm %x mean(%m) variance(%v) axis(1) epsilon(-1.0) : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// ActivationOp (C1)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis for #mml.activation<softmax>}}
  %0 = mml.activation %x <softmax> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// ActivationOp (C1)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected no axis for #mml.activation<relu>}}
  %0 = mml.activation %x <relu> axis(1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// ActivationOp (C1)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 1 of 'tensor<?x8xf32>' but got 2}}
  %0 = mml.activation %x <softmax> axis(2) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// ActivationOp (C1)
func.func @f(%x: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to -1 of 'tensor<f32>' but got 0}}
  %0 = mml.activation %x <softmax> axis(0) : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// ActivationOp (C2)
func.func @f(%x: tensor<?x7xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<?x7xf32>'}}
  %0 = mml.activation %x <glu> axis(1) : (tensor<?x7xf32>) -> tensor<?x7xf32>
  return
}

// -----

// ActivationOp (C2)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<?x8xf32>'}}
  %0 = mml.activation %x <glu> axis(0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// GateOp (C1)
func.func @f(%x: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 1 or more}}
  %0 = mml.gate %x <relu> : (tensor<f32>) -> tensor<f32>
  return
}

// -----

// GateOp (C1)
func.func @f(%x: tensor<?x7xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<?x7xf32>'}}
  %0 = mml.gate %x <relu> : (tensor<?x7xf32>) -> tensor<?x3xf32>
  return
}

// -----

// GateOp (C1)
func.func @f(%x: tensor<8x?xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an even dimension to split into halves but got 'tensor<8x?xf32>'}}
  %0 = mml.gate %x <relu> : (tensor<8x?xf32>) -> tensor<8x?xf32>
  return
}

// -----

// GateOp (C2)
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an activation of each element but got #mml.activation<softmax>}}
  %0 = mml.gate %x <softmax> : (tensor<?x8xf32>) -> tensor<?x4xf32>
  return
}

// -----

// MergeOp (C1)
func.func @f() {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected at least one operand}}
  %0 = "mml.merge"() <{kind = #mml<merge_kind add>}> : () -> tensor<4xf32>
  return
}

// -----

// MergeOp (C1)
func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected two operands to subtract but got 1}}
  %0 = mml.merge subtract %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// MergeOp (C1)
func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected two operands to subtract but got 3}}
  %0 = mml.merge subtract %x, %x, %x : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// MergeOp (C2)
func.func @f(%x: tensor<?x4xf32>, %y: tensor<5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected shapes that broadcast but got 4 and 5 along axis 1}}
  %0 = mml.merge add %x, %y : (tensor<?x4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

// MergeOp (C2)
func.func @f(%x: tensor<4xf32>, %y: tensor<0x1xf32>, %z: tensor<2x1xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected shapes that broadcast but got 0 and 2 along axis 0}}
  %0 = mml.merge add %x, %y, %z : (tensor<4xf32>, tensor<0x1xf32>, tensor<2x1xf32>) -> tensor<0x4xf32>
  return
}

// -----

// PoolOp (C1)
func.func @f(%x: tensor<8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 2 or more but got 'tensor<8xf32>'}}
  %0 = mml.pool mean %x axis(0) : (tensor<8xf32>) -> tensor<f32>
  return
}

// -----

// PoolOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 2 of 'tensor<?x4x12xf32>' but got 3}}
  %0 = mml.pool max %x axis(3) : (tensor<?x4x12xf32>) -> tensor<?x4xf32>
  return
}

// -----

// PoolOp (C1)
func.func @f(%x: tensor<?x4x12xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an axis from 0 to 2 of 'tensor<?x4x12xf32>' but got -9223372036854775808}}
  %0 = mml.pool max %x axis(-9223372036854775808) : (tensor<?x4x12xf32>) -> tensor<?x4xf32>
  return
}

// -----

// EmbeddingOp (C1)
func.func @f(%i: tensor<?xi32>, %t: tensor<24xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a table of rank 2 with a static shape that is not empty but got 'tensor<24xf32>'}}
  %0 = mml.embedding %i, %t : (tensor<?xi32>, tensor<24xf32>) -> tensor<?x24xf32>
  return
}

// -----

// EmbeddingOp (C1)
func.func @f(%i: tensor<?xi32>, %t: tensor<?x24xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a table of rank 2 with a static shape that is not empty but got 'tensor<?x24xf32>'}}
  %0 = mml.embedding %i, %t : (tensor<?xi32>, tensor<?x24xf32>) -> tensor<?x24xf32>
  return
}

// -----

// EmbeddingOp (C1)
func.func @f(%i: tensor<?xi32>, %t: tensor<0x24xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a table of rank 2 with a static shape that is not empty but got 'tensor<0x24xf32>'}}
  %0 = mml.embedding %i, %t : (tensor<?xi32>, tensor<0x24xf32>) -> tensor<?x24xf32>
  return
}

// -----

// PatchesOp (C1)
func.func @f(%x: tensor<?x8x8xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 4 with static dimensions but the first but got 'tensor<?x8x8xf32>'}}
  %0 = mml.patches %x size(4) : (tensor<?x8x8xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// PatchesOp (C1)
func.func @f(%x: tensor<?x8x?x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 4 with static dimensions but the first but got 'tensor<?x8x?x3xf32>'}}
  %0 = mml.patches %x size(4) : (tensor<?x8x?x3xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// PatchesOp (C1)
func.func @f(%x: tensor<1x8x8x?xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an input of rank 4 with static dimensions but the first but got 'tensor<1x8x8x?xf32>'}}
  %0 = mml.patches %x size(4) : (tensor<1x8x8x?xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// PatchesOp (C2)
func.func @f(%x: tensor<?x4294967296x4294967296x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected patches whose number and size fit an i64 but got 'tensor<?x4294967296x4294967296x3xf32>' and size 1}}
  %0 = mml.patches %x size(1) : (tensor<?x4294967296x4294967296x3xf32>) -> tensor<?x?x3xf32>
  return
}

// -----

// PatchesOp (C2)
func.func @f(%x: tensor<?x4294967296x4294967296x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected patches whose number and size fit an i64 but got 'tensor<?x4294967296x4294967296x3xf32>' and size 4294967296}}
  %0 = mml.patches %x size(4294967296) : (tensor<?x4294967296x4294967296x3xf32>) -> tensor<?x1x?xf32>
  return
}

// -----

// PatchesOp (C2)
func.func @f(%x: tensor<?x8x9x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a size from 1 to 8 but got 0}}
  %0 = mml.patches %x size(0) : (tensor<?x8x9x3xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// PatchesOp (C2)
func.func @f(%x: tensor<?x8x9x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a size from 1 to 8 but got 9}}
  %0 = mml.patches %x size(9) : (tensor<?x8x9x3xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// PatchesOp (C2)
func.func @f(%x: tensor<?x8x9x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a size from 1 to 8 but got -1}}
  %0 = mml.patches %x size(-1) : (tensor<?x8x9x3xf32>) -> tensor<?x4x48xf32>
  return
}

// -----

// An operation of the layer form is of f32.
func.func @f(%x: tensor<?x8xf64>) {
  // expected-error @below {{operand #0 must be ranked tensor of 32-bit float values, but got 'tensor<?x8xf64>'}}
  %0 = mml.activation %x <relu> : (tensor<?x8xf64>) -> tensor<?x8xf64>
  return
}

// -----

// Tensors are ranked.
func.func @f(%x: tensor<*xf32>) {
  // expected-error @below {{operand #0 must be ranked tensor of 32-bit float values, but got 'tensor<*xf32>'}}
  %0 = mml.activation %x <relu> : (tensor<*xf32>) -> tensor<*xf32>
  return
}

// -----

// The names of enumerators.
func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected one of [add, subtract, multiply, average, maximum, minimum] for an elementwise reduction of operands, got: multply}}
  %0 = mml.merge multply %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// This shows (S18) of docs/Semantics.md.
