//===- MMLDialect.td - The mml dialect -------------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLDIALECT_TD
#define MML_DIALECT_MML_IR_MMLDIALECT_TD

include "mlir/IR/OpBase.td"

def MML_Dialect : Dialect {
  let name = "mml";
  let cppNamespace = "::mlir::mml";
  let summary = "Ternary neural network layers and the arithmetic behind them";
  let description = [{
    The `mml` dialect describes neural network layers whose weights are trits:
    -1, 0 or +1, with a scale beside them. It has two forms.

    The *layer form* says what a model says, one operation a layer:
    `mml.dense` with its norm, quantizers, bias and activation,
    `mml.einsum_dense` for any equation, the norms, and the glue between layers
    (`mml.activation`, `mml.merge`, `mml.pool`, ...), with `mml.einsum` for sums
    of products in general. Layer operations are pure functions of tensors.

    The *core form* has one idea an operation: `mml.quantize`,
    `mml.ternarize`, `mml.contract` (integers or floats times trits) and
    `mml.rescale`. Core operations are in destination style, on tensors or on
    memrefs, and join upstream by its interfaces.

    `mml-decompose-layers` leads from the layer form to the core form,
    `mml-pack-weights` chooses the layout of constant trits,
    `convert-mml-contract-to-vector` builds the add/subtract kernel of a packed
    contraction, and `convert-mml-to-linalg` lowers all the rest.

    Every constraint of an operation is numbered (C1, C2, ...); the verifier
    and the tests cite the numbers.

    Discardable attributes describe the entry functions of a model and survive
    every stage:
    - `mml.signature` (a type attribute holding a function type): the tensors
      that a caller passes and gets;
    - `mml.input_names`, `mml.output_names` (arrays of strings): their names.
    `mml.batched` (a unit attribute, on a function) says that axis 0 of every
    input is the batch, of which a caller passes the same size in all of them.
    `mml.ordered_sums` (a unit attribute, on a function) says that each sum of
    floats times trits in it has to be in the order of its axis, one by one.
    `mml.macs` (an integer, on a function) counts the multiply-accumulates of
    the model for one row of its batch, `mml.layers` (an array of dictionaries,
    on a function) names the layers that a profile tells apart, and
    `mml.resource` (a `dense_resource`,
    on a global without an initial value) is the memory that a loader binds to
    that symbol.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasCanonicalizer = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif // MML_DIALECT_MML_IR_MMLDIALECT_TD
