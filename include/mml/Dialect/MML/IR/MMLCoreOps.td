//===- MMLCoreOps.td - Operations of the core form -------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLCOREOPS_TD
#define MML_DIALECT_MML_IR_MMLCOREOPS_TD

include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/TilingInterface.td"
include "mml/Dialect/MML/IR/MMLOpBase.td"

// An operation of the core form: destination style, on tensors or on memrefs,
// with the memory effects of a structured operation.
class MML_CoreOp<string mnemonic, list<Trait> traits = []>
    : MML_Op<mnemonic, traits # [DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<ConditionallySpeculatable>,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>]> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let extraClassDefinition = [{
    ::mlir::Speculation::Speculatability $cppClass::getSpeculatability() {
      return hasPureTensorSemantics() ? ::mlir::Speculation::Speculatable
                                      : ::mlir::Speculation::NotSpeculatable;
    }
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance>
            &effects) {
      getDestinationStyleEffects(*this, effects);
    }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder,
        ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return reifyDestinationShapes(*this, builder, shapes);
    }
  }];
}

def MML_ConstantOp : MML_Op<"constant", [ConstantLike, Pure,
    AllTypesMatch<["value", "result"]>]> {
  let summary = "A constant tensor of trits";
  let description = [{
    ```mlir
    %w = mml.constant #mml.trits<dense_resource<kernel> : tensor<2048xui8>>
       : tensor<64x128x!mml.trit>
    ```

    Constraints:
    - (C1) a resource has data, of the right size, and its codes are trits.
  }];
  let arguments = (ins MML_TritsAttr:$value);
  let results = (outs MML_TritTensor:$result);
  let assemblyFormat = "attr-dict qualified($value)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def MML_QuantizeOp : MML_CoreOp<"quantize"> {
  let summary = "Integers and scales of float activations";
  let description = [{
    Writes the integers of `input` by `quantizer`, and the scale of each group.
    With `per = token` a group runs along `axes`, or along the last axis without
    them.

    ```mlir
    %q, %s = mml.quantize #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05,
                                      limit = 1.0e+09, per = token>
        ins(%x : tensor<?x64xf32>)
        outs(%q0, %s0 : tensor<?x64xi8>, tensor<?xf32>)
        -> tensor<?x64xi8>, tensor<?xf32>
    ```

    Constraints:
    - (C1) the quantizer gives integers;
    - (C2) the integers have the shape of `input`, which has rank 1 or more;
    - (C3) the scales have the shape of `input` without the axes of a group for
      `per = token`, and rank 0 for `per = tensor`;
    - (C4) operands are all tensors or all memrefs, and the results have the
      types of the destinations;
    - (C5) `axes` stand only with `per = token`, are in range and ascending.
  }];
  let arguments = (ins
    MML_QuantizerAttrInterface:$quantizer,
    OptionalAttr<DenseI64ArrayAttr>:$axes,
    MML_FloatShaped:$input,
    MML_Int8Shaped:$output,
    MML_FloatShaped:$scale
  );
  let assemblyFormat = [{
    $quantizer (`axes` `(` $axes^ `)`)? `ins` `(` $input `:` type($input) `)`
    `outs` `(` $output `,` $scale `:` type($output) `,` type($scale) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The axes along which elements share a scale.
    ::llvm::SmallVector<int64_t> getGroupAxes();

    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return ::mlir::MutableOperandRange(*this, 1, 2);
    }
  }];
}

def MML_TernarizeOp : MML_CoreOp<"ternarize"> {
  let summary = "Trits and scales of a float kernel";
  let description = [{
    Writes the trits of `input` by `quantizer`, and the scale of each group. A
    constant input is made ternary at compile time.

    ```mlir
    %t, %s = mml.ternarize #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
        ins(%w : tensor<64x128xf32>)
        outs(%t0, %s0 : tensor<64x128x!mml.trit>, tensor<f32>)
        -> tensor<64x128x!mml.trit>, tensor<f32>
    ```

    Constraints:
    - (C1) the quantizer gives trits;
    - (C2) the trits have the shape of `input` and no encoding; its rank is 1
      or more;
    - (C3) the scales have rank 0 for `per = tensor`, and the shape of the last
      axis for `per = channel`;
    - (C4) operands are all tensors or all memrefs, and the results have the
      types of the destinations.
  }];
  let arguments = (ins
    MML_QuantizerAttrInterface:$quantizer,
    MML_FloatShaped:$input,
    MML_TritShaped:$output,
    MML_FloatShaped:$scale
  );
  let assemblyFormat = [{
    $quantizer `ins` `(` $input `:` type($input) `)`
    `outs` `(` $output `,` $scale `:` type($output) `,` type($scale) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// The axes along which elements share a scale.
    ::llvm::SmallVector<int64_t> getGroupAxes();

    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return ::mlir::MutableOperandRange(*this, 1, 2);
    }
  }];
}

def MML_ContractOp : MML_CoreOp<"contract", [
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let summary = "A product with trits: additions and subtractions";
  let description = [{
    `out[n, m] += sum over k of lhs[n, k] * rhs[k, m]`, the product by a trit
    being the element, nothing, or its negative. Operands of rank 3 are batches
    of such products: their first axis is the batch.

    With i8 elements the sum is exact in i32, whatever the kernel, tiling or
    number of threads. `bound` is the largest magnitude of an element of `lhs`;
    with it the verifier proves that no sum overflows. With f32 elements the sum
    is one of floats in the order of k, one by one or three at a time as the
    kernel has it, the same for any number of tokens and of threads; a trit of 0
    counts as a multiplication by 0.0, so that infinity and NaN come through as
    in a float product.

    ```mlir
    %r = mml.contract bound(128) ins(%q, %w : tensor<?x64xi8>, tensor<64x128x!mml.trit>)
                      outs(%acc : tensor<?x128xi32>) -> tensor<?x128xi32>
    ```

    Constraints:
    - (C1) all operands have rank 2, and sizes agree: `N x K`, `K x M`, `N x M`,
      or they have rank 3 with a batch of the same size in front;
    - (C2) `lhs` of i8 has an `out` of i32 and a `bound`; `lhs` of f32 an `out`
      of f32 and none;
    - (C3) `1 <= bound <= 128`, and `bound * K` fits an i32 (K is static then);
    - (C4) operands are all tensors or all memrefs, and the result has the type
      of the destination.
  }];
  let arguments = (ins
    MML_ActivationShaped:$lhs,
    MML_TritShaped:$rhs,
    MML_AccumulatorShaped:$out,
    OptionalAttr<I64Attr>:$bound
  );
  let assemblyFormat = [{
    (`bound` `(` custom<Int>($bound)^ `)`)?
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether the operands are batches.
    bool isBatched();
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutMutable(); }
  }];
}

def MML_RescaleOp : MML_CoreOp<"rescale", [AttrSizedOperandSegments]> {
  let summary = "The float value of sums, by their scales";
  let description = [{
    `out[n, m] = float(input[n, m])` times or divided by the scale of row n and
    times or divided by the scale of column m (or of the tensor). Scales that
    divide are multiplied with each other first, and divide once. With a batch
    in front, each of its elements has rows and columns of its own.

    ```mlir
    %y = mml.rescale row(%sx divides : tensor<?xf32>) column(%sw divides : tensor<f32>)
        ins(%acc : tensor<?x128xi32>) outs(%out : tensor<?x128xf32>)
        -> tensor<?x128xf32>
    ```

    Constraints:
    - (C1) `input` and `out` have rank 2 or 3 and the same shape;
    - (C2) the row scale has the shape of `input` without its last axis or rank
      0, the column scale that without the axis before it or rank 0, and there
      is at least one of them;
    - (C3) each scale has its direction;
    - (C4) operands are all tensors or all memrefs, and the result has the type
      of the destination.
  }];
  let arguments = (ins
    MML_AccumulatorShaped:$input,
    Optional<MML_FloatShaped>:$row_scale,
    Optional<MML_FloatShaped>:$column_scale,
    MML_FloatShaped:$out,
    OptionalAttr<MML_ScaleDirectionAttr>:$row_direction,
    OptionalAttr<MML_ScaleDirectionAttr>:$column_direction
  );
  let assemblyFormat = [{
    (`row` `(` $row_scale^ custom<Enum>($row_direction) `:` type($row_scale) `)`)?
    (`column` `(` $column_scale^ custom<Enum>($column_direction) `:` type($column_scale) `)`)?
    `ins` `(` $input `:` type($input) `)` `outs` `(` $out `:` type($out) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutMutable(); }
  }];
}

def MML_StorageOp : MML_Op<"storage", [Pure]> {
  let summary = "The memory of a tensor of trits";
  let description = [{
    Views a tensor of trits as the integers that it is stored in: those of its
    layout, or one `i8` a trit without one. A constant becomes a constant of
    integers.

    ```mlir
    %s = mml.storage %w : tensor<64x128x!mml.trit, #mml.tiled<rows = 32>> -> tensor<4x8x32xi16>
    ```

    Constraints:
    - (C1) the result has the storage type of the operand's layout.
  }];
  let arguments = (ins MML_TritTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // MML_DIALECT_MML_IR_MMLCOREOPS_TD
