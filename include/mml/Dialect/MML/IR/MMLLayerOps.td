//===- MMLLayerOps.td - Operations of the layer form -----*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLLAYEROPS_TD
#define MML_DIALECT_MML_IR_MMLLAYEROPS_TD

include "mml/Dialect/MML/IR/MMLOpBase.td"

//===----------------------------------------------------------------------===//
// mml.dense
//===----------------------------------------------------------------------===//

def MML_DenseOp : MML_LayerOp<"dense", [AttrSizedOperandSegments]> {
  let summary = "A dense layer with a ternary or a float kernel";
  let description = [{
    `y = act(Q(norm(x)) · T(kernel) + bias)` over the last axis of x:
    x is `tensor<batch x ... x D>`, the kernel `tensor<D x units>`, the result
    `tensor<batch x ... x units>`.

    - `norm(epsilon)`, where there, is that of `mml.rms_norm` with `gain` and
      `norm_bias`.
    - `quantizer` makes the activations integers before the product; without it
      they stay float, and the trits add and subtract floats.
    - The kernel is of trits, with the `scale` that they were made with, or of
      floats. `kernel_quantizer` makes a float kernel ternary; a float kernel
      without it is multiplied as it is.
    - The product of integers and trits is exact in i32; one float rescale
      follows.

    With all of them this is Keras-MML's DenseMML. With trits, a scale that
    multiplies and no quantizer it is TernaryDense of Keras 3.16. With a float
    kernel and nothing else it is Keras' Dense.

    ```mlir
    %y = mml.dense %x, %w scale(%s divides) norm(1.0e-14) gain(%g) bias(%b)
           quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05,
                                 limit = 1.0e+09, per = token>)
           activation(#mml.activation<relu>)
         : (tensor<?x64xf32>, tensor<64x128x!mml.trit>, tensor<f32>,
            tensor<64xf32>, tensor<128xf32>) -> tensor<?x128xf32>
    ```

    Constraints:
    - (C1) x has rank 2 or more, the kernel rank 2;
    - (C2) the last dimension of x and the first of the kernel agree;
    - (C3) a kernel of trits has no `kernel_quantizer`; a float kernel has no
      `scale`;
    - (C4) `scale` is a `tensor<f32>`, or a `tensor<units x f32>`;
    - (C5) `gain` and `norm_bias` stand only with `norm`; their shape is that of
      the last axes of x, fewer than all of them;
    - (C6) `bias` has shape `units`;
    - (C7) `quantizer` quantizes to integers, `kernel_quantizer` to trits, and
      a `quantizer` stands only with a ternary kernel;
    - (C8) `norm` is finite and positive;
    - (C9) the sum of `D` products fits an i32;
    - (C10) the activation acts on each element or along the last axis, which
      `glu` requires to be even.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    MML_KernelTensor:$kernel,
    Optional<MML_FloatTensor>:$scale,
    Optional<MML_FloatTensor>:$gain,
    Optional<MML_FloatTensor>:$norm_bias,
    Optional<MML_FloatTensor>:$bias,
    OptionalAttr<MML_ScaleDirectionAttr>:$scale_direction,
    OptionalAttr<F64Attr>:$norm_epsilon,
    OptionalAttr<MML_QuantizerAttrInterface>:$quantizer,
    OptionalAttr<MML_QuantizerAttrInterface>:$kernel_quantizer,
    OptionalAttr<MML_ActivationAttr>:$activation
  );
  let assemblyFormat = [{
    $input `,` $kernel (`scale` `(` $scale^ custom<Enum>($scale_direction) `)`)?
    (`norm` `(` custom<Double>($norm_epsilon)^ `)`)?
    (`gain` `(` $gain^ `)`)? (`norm_bias` `(` $norm_bias^ `)`)?
    (`bias` `(` $bias^ `)`)? (`quantizer` `(` $quantizer^ `)`)?
    (`kernel_quantizer` `(` $kernel_quantizer^ `)`)?
    (`activation` `(` $activation^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Whether the product is of trits.
    bool isTernary();
  }];
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

def MML_RMSNormOp : MML_LayerOp<"rms_norm", [AttrSizedOperandSegments]> {
  let summary = "Root mean square normalization over the last axis";
  let description = [{
    `y = x / sqrt(max(sum(x^2), epsilon)) * sqrt(D) * gain + bias`, the sum over
    the last axis, which has size D (arXiv 1910.07467, as Keras-MML computes
    it).

    ```mlir
    %y = mml.rms_norm %x epsilon(1.0e-14) gain(%g)
       : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```

    Constraints:
    - (C1) x has rank 2 or more and a static last dimension that is not 0;
    - (C2) `gain` and `bias` have the shape of the last axes of x, fewer than
      all of them;
    - (C3) `epsilon` is finite and positive.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    Optional<MML_FloatTensor>:$gain,
    Optional<MML_FloatTensor>:$bias,
    F64Attr:$epsilon
  );
  let assemblyFormat = [{
    $input `epsilon` `(` custom<Double>($epsilon) `)` (`gain` `(` $gain^ `)`)?
    (`bias` `(` $bias^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
  let hasCanonicalizer = 1;
}

def MML_LayerNormOp : MML_LayerOp<"layer_norm", [AttrSizedOperandSegments]> {
  let summary = "Layer normalization over given axes";
  let description = [{
    `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, mean and biased
    variance over `axes`; gamma and beta have the shape of these axes.

    ```mlir
    %y = mml.layer_norm %x axes([2]) epsilon(1.0e-03) gamma(%g) beta(%b)
       : (tensor<?x4x12xf32>, tensor<12xf32>, tensor<12xf32>)
       -> tensor<?x4x12xf32>
    ```

    Constraints:
    - (C1) `axes` is not empty, in range and ascending; their dimensions are
      static and not 0;
    - (C2) `gamma` and `beta` have the shape of the axes;
    - (C3) `epsilon` is finite and not negative.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    Optional<MML_FloatTensor>:$gamma,
    Optional<MML_FloatTensor>:$beta,
    DenseI64ArrayAttr:$axes,
    F64Attr:$epsilon
  );
  let assemblyFormat = [{
    $input `axes` `(` $axes `)` `epsilon` `(` custom<Double>($epsilon) `)`
    (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def MML_BatchNormOp : MML_LayerOp<"batch_norm", [AttrSizedOperandSegments]> {
  let summary = "Batch normalization with moving statistics";
  let description = [{
    `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, all of them
    vectors along `axis`.

    ```mlir
    %y = mml.batch_norm %x mean(%m) variance(%v) gamma(%g) beta(%b) axis(1)
           epsilon(1.0e-03)
       : (tensor<?x48xf32>, tensor<48xf32>, tensor<48xf32>, tensor<48xf32>,
          tensor<48xf32>) -> tensor<?x48xf32>
    ```

    Constraints:
    - (C1) `axis` is an axis of x;
    - (C2) each vector has the size of that axis;
    - (C3) `epsilon` is finite and not negative.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    MML_FloatTensor:$mean,
    MML_FloatTensor:$variance,
    Optional<MML_FloatTensor>:$gamma,
    Optional<MML_FloatTensor>:$beta,
    I64Attr:$axis,
    F64Attr:$epsilon
  );
  let assemblyFormat = [{
    $input `mean` `(` $mean `)` `variance` `(` $variance `)`
    (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)?
    `axis` `(` custom<Int>($axis) `)` `epsilon` `(` custom<Double>($epsilon) `)`
    attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

def MML_ActivationOp : MML_LayerOp<"activation"> {
  let summary = "An activation function";
  let description = [{
    Applies one of the functions of `#mml.activation`, to each element or along
    `axis`. `glu` splits the axis into halves a and b and gives
    `a * sigmoid(b)`.

    ```mlir
    %y = mml.activation %x <softmax> axis(1)
       : (tensor<?x10xf32>) -> tensor<?x10xf32>
    ```

    Constraints:
    - (C1) `axis` stands exactly with the functions that act along an axis, and
      is an axis of x;
    - (C2) for `glu` the axis is static and even.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    MML_ActivationAttr:$activation,
    OptionalAttr<I64Attr>:$axis
  );
  let assemblyFormat = [{
    $input $activation (`axis` `(` custom<Int>($axis)^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def MML_GateOp : MML_LayerOp<"gate"> {
  let summary = "A gated linear unit: one half activates the other";
  let description = [{
    Splits the last axis of x into halves g and u and gives `act(g) * u`: the
    middle of Keras-MML's GLU family.

    ```mlir
    %y = mml.gate %x <silu> : (tensor<?x512xf32>) -> tensor<?x256xf32>
    ```

    Constraints:
    - (C1) the last dimension of x is static and even;
    - (C2) the activation acts on each element.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    MML_ActivationAttr:$activation
  );
  let assemblyFormat = [{
    $input $activation attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Glue
//===----------------------------------------------------------------------===//

def MML_MergeOp : MML_LayerOp<"merge"> {
  let summary = "An elementwise combination of tensors";
  let description = [{
    Combines its operands element by element, from the first to the last. Shapes
    broadcast as in NumPy: aligned at the last axis, a size of 1 stretches.
    `average` is the sum divided by the number of operands. A dynamic dimension
    is taken to equal every other size along that axis but a static 1, which
    stretches.

    ```mlir
    %y = mml.merge add %a, %b : (tensor<?x12xf32>, tensor<12xf32>) -> tensor<?x12xf32>
    ```

    Constraints:
    - (C1) there is at least one operand, and `subtract` has two;
    - (C2) the shapes broadcast.
  }];
  let arguments = (ins
    MML_MergeKindAttr:$kind,
    Variadic<MML_FloatTensor>:$inputs
  );
  let assemblyFormat = [{
    custom<Enum>($kind) $inputs attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def MML_PoolOp : MML_LayerOp<"pool"> {
  let summary = "The mean or the maximum over one axis";
  let description = [{
    Reduces `axis`, which is not in the result.

    ```mlir
    %y = mml.pool mean %x axis(1) : (tensor<?x16x4xf32>) -> tensor<?x4xf32>
    ```

    Constraints:
    - (C1) x has rank 2 or more, and `axis` is an axis of it.
  }];
  let arguments = (ins
    MML_PoolKindAttr:$kind,
    MML_FloatTensor:$input,
    I64Attr:$axis
  );
  let assemblyFormat = [{
    custom<Enum>($kind) $input `axis` `(` custom<Int>($axis) `)` attr-dict `:`
    functional-type(operands, results)
  }];
}

def MML_EmbeddingOp : MML_LayerOp<"embedding"> {
  let summary = "Rows of a table by their index";
  let description = [{
    `y[..., :] = table[ids[...], :]`. A float id is truncated. An id below 0
    counts from the end; one that is out of range gives a row of NaN, as Keras
    does on JAX.

    ```mlir
    %y = mml.embedding %ids, %t : (tensor<?x16xi32>, tensor<50x24xf32>) -> tensor<?x16x24xf32>
    ```

    Constraints:
    - (C1) the table has rank 2 and a static shape that is not empty.
  }];
  let arguments = (ins
    MML_IndexTensor:$ids,
    MML_FloatTensor:$table
  );
  let assemblyFormat = [{
    $ids `,` $table attr-dict `:` functional-type(operands, results)
  }];
}

def MML_PatchesOp : MML_LayerOp<"patches"> {
  let summary = "Square patches of images as vectors";
  let description = [{
    Cuts images `tensor<batch x H x W x C>` into squares of `size` by `size`
    without overlap, row by row, and lays the elements of each (row, column,
    channel) along the last axis: `tensor<batch x N x size*size*C>` with
    `N = (H / size) * (W / size)`. Rows and columns that do not fill a patch
    are left out.

    ```mlir
    %y = mml.patches %x size(4) : (tensor<?x8x8x3xf32>) -> tensor<?x4x48xf32>
    ```

    Constraints:
    - (C1) x has rank 4 and static dimensions but the first;
    - (C2) `size` is positive and at most H and W, and the number and the size
      of the patches fit an i64.
  }];
  let arguments = (ins
    MML_FloatTensor:$input,
    I64Attr:$size
  );
  let assemblyFormat = [{
    $input `size` `(` custom<Int>($size) `)` attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // MML_DIALECT_MML_IR_MMLLAYEROPS_TD
