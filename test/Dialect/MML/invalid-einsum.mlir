// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What einsum operations may not say. Each case names the operation and the
// constraint of its definition.

// EinsumOp (C1): the number of operands.
func.func @f(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected 2 operands but got 1}}
  %0 = mml.einsum "ab,bc->ac" %a : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// EinsumOp (C1): a rank.
func.func @f(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected operand 2 of rank 2 but got rank 1}}
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// EinsumOp (C1): the sizes of a label.
func.func @f(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected label 'b' to have size 3, as in operand 1, but got size 4 in operand 2}}
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// EinsumOp (C1): sizes that do not stretch.
func.func @f(%a: tensor<2x3xf32>, %b: tensor<4x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected sizes under '...' that are equal or 1 but got 2 in operand 1 and 4 in operand 2}}
  %0 = mml.einsum "...a,...a->..." %a, %b : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2xf32>
  return
}

// -----

// EinsumOp (C1): the result.
func.func @f(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{op inferred type(s) 'tensor<3x2xf32>' are incompatible with return type(s) of operation 'tensor<2x3xf32>'}}
  %0 = mml.einsum "ab->ba" %a : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// EinsumOp (C2)
func.func @f(%a: tensor<2x3x!mml.trit>, %b: tensor<3x4x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected at most one operand of trits but got 2}}
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3x!mml.trit>, tensor<3x4x!mml.trit>) -> tensor<2x4xi32>
  return
}

// -----

// EinsumOp (C2)
func.func @f(%a: tensor<2x3x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, one of them of trits at most, but got 'tensor<2x3x!mml.trit>'}}
  %0 = mml.einsum "ab->ba" %a : (tensor<2x3x!mml.trit>) -> tensor<3x2xi32>
  return
}

// -----

// EinsumOp (C2)
func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xi8>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected operands of one element type, one of them of trits at most, but got 'tensor<2x3xf32>', 'tensor<3x4xi8>'}}
  %0 = mml.einsum "ab,bc->ac" %a, %b : (tensor<2x3xf32>, tensor<3x4xi8>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumOp (C3)
func.func @f(%a: tensor<2x3xi32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an accumulator for operands of 'i32' but got 'i16'}}
  %0 = mml.einsum "ab->a" %a accumulate(i16) : (tensor<2x3xi32>) -> tensor<2xi16>
  return
}

// -----

// EinsumOp (C3)
func.func @f(%a: tensor<2x3xi32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an accumulator for operands of 'i32' but got 'f32'}}
  %0 = mml.einsum "ab->a" %a accumulate(f32) : (tensor<2x3xi32>) -> tensor<2xf32>
  return
}

// -----

// EinsumOp (C3)
func.func @f(%a: tensor<2x3xi8>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an accumulator for operands of 'i8' but got 'i24'}}
  %0 = mml.einsum "ab->a" %a accumulate(i24) : (tensor<2x3xi8>) -> tensor<2xi32>
  return
}

// -----

// EinsumOp (C4)
func.func @f(%a: tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected at most 52 axes but got 53}}
  %0 = mml.einsum "a...->..." %a : (tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>) -> tensor<1xf32>
  return
}

// -----

// EinsumOp (C4): operands.
func.func @f(%a: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected at most 64 operands but got 65}}
  %0 = mml.einsum ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,->" %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

// EinsumOp (C5)
func.func @f(%a: tensor<2x3xi8>, %b: tensor<3x4xi8>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bound only with an operand of i8 and one of trits}}
  %0 = mml.einsum "ab,bc->ac" %a, %b bound(127) : (tensor<2x3xi8>, tensor<3x4xi8>) -> tensor<2x4xi32>
  return
}

// -----

// EinsumOp (C5)
func.func @f(%a: tensor<2x3xi8>, %b: tensor<3x4x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bound from 1 to 128 but got 129}}
  %0 = mml.einsum "ab,bc->ac" %a, %b bound(129) : (tensor<2x3xi8>, tensor<3x4x!mml.trit>) -> tensor<2x4xi32>
  return
}

// -----

// An equation that does not parse is shown at its column.
func.func @f(%a: tensor<2x3xf32>) {
  // expected-error @below {{expected '...' but got '..'}}
  %0 = mml.einsum "a..b" %a : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// EinsumDenseOp (C1)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %v: tensor<4x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an equation of the form 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...' but got 'ab,bc,cd->ad'}}
  %0 = mml.einsum_dense "ab,bc,cd->ad" %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x5xf32>
  return
}

// -----

// EinsumDenseOp (C1): an ellipsis of the kernel.
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected an equation of the form 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...' but got 'ab,...b->a...'}}
  %0 = mml.einsum_dense "ab,...b->a..." %x, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C1): on the right, one label is the batch alone.
func.func @f(%x: tensor<2x3xf32>, %w: tensor<2x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{but got 'a...,ab->b...'}}
  %0 = mml.einsum_dense "a...,ab->b..." %x, %w : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

// EinsumDenseOp (C1): a label of the kernel alone.
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected label 'd' of the kernel in the input or the output of 'ab,bcd->ac'}}
  %0 = mml.einsum_dense "ab,bcd->ac" %x, %w : (tensor<2x3xf32>, tensor<3x4x5xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C2)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<4x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected label 'b' to have size 3, as in operand 1, but got size 4 in operand 2}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// EinsumDenseOp (C3)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %s: tensor<f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{scale}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w scale(%s divides) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C3)
#absmean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{kernel_quantizer}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w kernel_quantizer(#absmean) : (tensor<2x3xf32>, tensor<3x4x!mml.trit>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C4)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x5x!mml.trit>, %s: tensor<5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a scale}}
  %0 = mml.einsum_dense "ab,bcd->acd" %x, %w scale(%s divides) : (tensor<2x3xf32>, tensor<3x4x5x!mml.trit>, tensor<5xf32>) -> tensor<2x4x5xf32>
  return
}

// -----

// EinsumDenseOp (C4): a label that the kernel repeats.
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x4x!mml.trit>, %s: tensor<4x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a scale}}
  %0 = mml.einsum_dense "ab,bcc->ac" %x, %w scale(%s divides) : (tensor<2x3xf32>, tensor<3x4x4x!mml.trit>, tensor<4x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C5)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %g: tensor<3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{norm}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w gain(%g) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C5)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %g: tensor<2xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{gain}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w norm(1.0e-06) gain(%g) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C6)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x5xf32>, %b: tensor<3x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a bias with the sizes of the last axes of the output [2, 4, 5], or 1, but got 'tensor<3x5xf32>'}}
  %0 = mml.einsum_dense "ab,bcd->acd" %x, %w bias(%b) : (tensor<2x3xf32>, tensor<3x4x5xf32>, tensor<3x5xf32>) -> tensor<2x4x5xf32>
  return
}

// -----

// EinsumDenseOp (C7)
#absmax = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{quantizer}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w quantizer(#absmax) : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C7)
#absmean = #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{quantizer}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w quantizer(#absmean) : (tensor<2x3xf32>, tensor<3x4x!mml.trit>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C8)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{epsilon}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w norm(-1.0) : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C9)
#absmax = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
func.func @f(%x: tensor<2x4096x8192xf32>, %w: tensor<4096x8192x4x!mml.trit>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{i32}}
  %0 = mml.einsum_dense "abc,bcd->ad" %x, %w quantizer(#absmax) : (tensor<2x4096x8192xf32>, tensor<4096x8192x4x!mml.trit>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C10)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{even}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w activation(#mml.activation<glu>) : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x2xf32>
  return
}

// -----

// EinsumDenseOp (C11)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<3x2xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected lora with both of its factors}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w lora(4.0) a(%a) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3x2xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C11)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<4x2xf32>, %b: tensor<2x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a factor a of shape [3, 2] but got 'tensor<4x2xf32>'}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w lora(4.0) a(%a) b(%b) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<4x2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C11)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<3x2xf32>, %b: tensor<2x5xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a factor b of shape [2, 4] but got 'tensor<2x5xf32>'}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w lora(4.0) a(%a) b(%b) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3x2xf32>, tensor<2x5xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C11)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<3x0xf32>, %b: tensor<0x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a factor a with a static rank of at least 1 along its last axis but got 'tensor<3x0xf32>'}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w lora(4.0) a(%a) b(%b) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3x0xf32>, tensor<0x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// EinsumDenseOp (C11)
func.func @f(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<3x2xf32>, %b: tensor<2x4xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @below {{expected a finite alpha}}
  %0 = mml.einsum_dense "ab,bc->ac" %x, %w lora(0x7FF0000000000000) a(%a) b(%b) : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3x2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}
