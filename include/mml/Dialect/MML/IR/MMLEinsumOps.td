//===- MMLEinsumOps.td - Einsum operations ---------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLEINSUMOPS_TD
#define MML_DIALECT_MML_IR_MMLEINSUMOPS_TD

include "mml/Dialect/MML/IR/MMLOpBase.td"

//===----------------------------------------------------------------------===//
// mml.einsum
//===----------------------------------------------------------------------===//

def MML_EinsumOp : MML_LayerOp<"einsum"> {
  let summary = "The sum of products that an equation says";
  let description = [{
    The product of the operands, summed over every label that the output lacks.
    The equation is NumPy's: a term of labels for each operand, and one for the
    output behind `->`; without an output it is implied. A label that a term
    repeats is a diagonal. `...` stands for any number of leading, middle or
    trailing dimensions, which are aligned at the last one; only under it does
    a static size of 1 stretch. Sizes of a label that are not known have to be
    equal when the model runs, which it checks.

    Numbers are converted to the accumulator's type before they are multiplied,
    and the result has that type. By rule it is f32 for f16, bf16 and f32, f64
    for f64, i32 for i8, i16 and i32, i64 for i64; `accumulate` names another.
    Integers are signed and wrap around. The order of float sums is not fixed.

    One operand may be of trits. Its product with i8 and f32 operands is the
    contraction that `mml.dense` has too, `mml.contract`; `bound` is the largest
    magnitude of an i8 operand.

    Three operands or more are contracted two by two, in the order of least
    cost.

    ```mlir
    %s = mml.einsum "bqhd,bkhd->bhqk" %q, %k
       : (tensor<2x16x4x8xf32>, tensor<2x16x4x8xf32>) -> tensor<2x4x16x16xf32>
    %t = mml.einsum "...x,xy->...y" %i, %w bound(127) accumulate(i32)
       : (tensor<?x64xi8>, tensor<64x128x!mml.trit>) -> tensor<?x128xi32>
    ```

    Constraints:
    - (C1) the operands fit the equation: their number, their ranks, and the
      sizes of each label;
    - (C2) operands other than trits have one element type, at most one operand
      is of trits, and at least one is not; none has an encoding;
    - (C3) the accumulator is a float for floats and an integer for integers, of
      the operands' type or wider;
    - (C4) there are at most 64 operands, and 52 axes: labels, and dimensions
      under `...`;
    - (C5) `bound` is from 1 to 128 and stands only with two operands, of i8 and
      of trits.
  }];
  let arguments = (ins
    MML_EquationAttr:$equation,
    Variadic<MML_EinsumTensor>:$inputs,
    OptionalAttr<I64Attr>:$bound,
    OptionalAttr<TypeAttr>:$accumulator
  );
  let results = (outs MML_EinsumResultTensor:$result);
  let assemblyFormat = [{
    custom<Equation>($equation) $inputs (`bound` `(` custom<Int>($bound)^ `)`)?
    (`accumulate` `(` $accumulator^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let builders = [
    OpBuilder<(ins "const ::mml::einsum::Contraction &":$contraction,
                   "::mlir::ValueRange":$inputs,
                   "::mlir::Type":$accumulator,
                   CArg<"::mlir::IntegerAttr", "{}">:$bound)>
  ];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// The axes of the operands. The operation has been verified.
    ::mml::einsum::Contraction getContraction();
  }];
}

//===----------------------------------------------------------------------===//
// mml.einsum_dense
//===----------------------------------------------------------------------===//

def MML_EinsumDenseOp : MML_LayerOp<"einsum_dense", [AttrSizedOperandSegments]> {
  let summary = "A dense layer along any axes, with a float or ternary kernel";
  let description = [{
    `y = act(einsum(equation, Q(norm(x)), T(kernel)) + bias)`: the layer
    EinsumDense of Keras, and its ternary form. The equation has one of the
    forms `ab,bc->ac`, `...ab,bc->...ac` and `ab...,bc->ac...`, where a, b and c
    are any labels.

    - `norm(epsilon)`, where there, is that of `mml.rms_norm`, over the last
      axis, with `gain` and `norm_bias`.
    - `quantizer` makes the activations integers before the product; what it
      calls a token is an index of the axes that are not summed, so that there
      is one scale for each of these.
    - The kernel is of trits, with the `scale` that they were made with, or of
      floats. `kernel_quantizer` makes a float kernel ternary; a float kernel
      without it is multiplied as it is.
    - `bias` has the sizes of the last axes of the output, or 1 along axes on
      which it does not depend.
    - `lora(alpha) a(A) b(B)` adds a branch of rank r, in floats, to the sums:
      `einsum(equation, norm(x), alpha / r * A · B)`, where A has the shape of
      the kernel with r in place of the last axis, and B is `r x last axis`
      (arXiv 2106.09685, as Keras has it). The kernel stays as it is.

    With `...x,xy->...y`, a norm, a quantizer and trits this is Keras-MML's
    DenseMML, and becomes `mml.dense`.

    ```mlir
    %y = mml.einsum_dense "abc,cde->abde" %x, %w scale(%s divides) bias(%b)
           quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05,
                                 limit = 1.0e+09, per = token>)
           activation(#mml.activation<relu>)
         : (tensor<?x8x64xf32>, tensor<64x4x16x!mml.trit>, tensor<f32>,
            tensor<4x16xf32>) -> tensor<?x8x4x16xf32>
    ```

    Constraints:
    - (C1) the equation has one of the three forms, in the last of which the
      input has two labels or more, and each label of the kernel is one of the
      input or of the output;
    - (C2) the input and the kernel fit the equation;
    - (C3) a kernel of trits has no `kernel_quantizer`; a float kernel has no
      `scale`;
    - (C4) `scale` has rank 0, or the shape of the kernel's axes that are not
      summed; a kernel in which a label repeats has one scale in all;
    - (C5) `gain` and `norm_bias` stand only with `norm`; their shape is that of
      the last axes of x, fewer than all of them;
    - (C6) `bias` has at most the rank of the output, and along each of its last
      axes the output's size or 1;
    - (C7) `quantizer` quantizes to integers, `kernel_quantizer` to trits, and a
      `quantizer` stands only with a ternary kernel;
    - (C8) `norm` is finite and positive;
    - (C9) the sum over the summed axes fits an i32;
    - (C10) the activation acts on each element or along the last axis, which
      `glu` requires to be even;
    - (C11) `lora` has both factors, of the shapes above with r of at least 1,
      and its alpha is finite; the equation leaves a letter for r.
  }];
  let arguments = (ins
    MML_EquationAttr:$equation,
    MML_FloatTensor:$input,
    MML_KernelTensor:$kernel,
    Optional<MML_FloatTensor>:$scale,
    Optional<MML_FloatTensor>:$gain,
    Optional<MML_FloatTensor>:$norm_bias,
    Optional<MML_FloatTensor>:$bias,
    Optional<MML_FloatTensor>:$lora_a,
    Optional<MML_FloatTensor>:$lora_b,
    OptionalAttr<MML_ScaleDirectionAttr>:$scale_direction,
    OptionalAttr<F64Attr>:$norm_epsilon,
    OptionalAttr<F64Attr>:$lora_alpha,
    OptionalAttr<MML_QuantizerAttrInterface>:$quantizer,
    OptionalAttr<MML_QuantizerAttrInterface>:$kernel_quantizer,
    OptionalAttr<MML_ActivationAttr>:$activation
  );
  let assemblyFormat = [{
    custom<Equation>($equation) $input `,` $kernel
    (`scale` `(` $scale^ custom<Enum>($scale_direction) `)`)?
    (`norm` `(` custom<Double>($norm_epsilon)^ `)`)?
    (`gain` `(` $gain^ `)`)? (`norm_bias` `(` $norm_bias^ `)`)?
    (`bias` `(` $bias^ `)`)?
    (`lora` `(` custom<Double>($lora_alpha)^ `)`)?
    (`a` `(` $lora_a^ `)`)? (`b` `(` $lora_b^ `)`)?
    (`quantizer` `(` $quantizer^ `)`)?
    (`kernel_quantizer` `(` $kernel_quantizer^ `)`)?
    (`activation` `(` $activation^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Whether the product is of trits.
    bool isTernary();
    /// The axes of the input and of the kernel. The operation has been
    /// verified.
    ::mml::einsum::Contraction getContraction();
  }];
}

#endif // MML_DIALECT_MML_IR_MMLEINSUMOPS_TD
