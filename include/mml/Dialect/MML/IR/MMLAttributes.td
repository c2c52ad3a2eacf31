//===- MMLAttributes.td - Attributes of the mml dialect --*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLATTRIBUTES_TD
#define MML_DIALECT_MML_IR_MMLATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mml/Dialect/MML/IR/MMLDialect.td"
include "mml/Dialect/MML/IR/MMLEnums.td"
include "mml/Dialect/MML/IR/MMLInterfaces.td"

class MML_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<MML_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Trits
//===----------------------------------------------------------------------===//

def MML_TritsAttr : MML_Attr<"Trits", "trits", [TypedAttrInterface]> {
  let summary = "A constant tensor of trits";
  let description = [{
    The value of an `mml.constant`. `storage` holds the trits in one of two
    forms:
    - a tensor of `i8` with the shape of `type`: one trit an element, for
      constants that are written by hand;
    - a rank-1 tensor of `ui8`: the bytes of the tensor in memory. Without an
      encoding on `type` these are 2-bit codes `trit + 1`, row-major, element i
      in byte `i / 4` at bits `2 * (i % 4)`, with zeros behind the last. With
      an encoding they are the bytes of that layout.

    ```mlir
    #mml.trits<dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8>> : tensor<2x2x!mml.trit>
    #mml.trits<dense_resource<kernel> : tensor<4096xui8>> : tensor<64x256x!mml.trit>
    ```

    Constraints:
    - (C1) `type` has a static shape, `!mml.trit` elements, and fewer than
      2^40 of them;
    - (C2) `storage` is of one of the two forms, and its size fits `type`;
    - (C3) the values are trits: -1, 0 or 1 in the first form, no code 3 and no
      set bit behind the last trit in the second.
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::RankedTensorType">:$type,
    "::mlir::ElementsAttr":$storage
  );
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::RankedTensorType":$type,
                                        "::mlir::ElementsAttr":$storage), [{
      return $_get(type.getContext(), type, storage);
    }]>
  ];
  let assemblyFormat = "`<` $storage `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The attribute of row-major `trits` without an encoding; the bytes
    /// become a resource called `name` (made unique).
    static TritsAttr get(::mlir::RankedTensorType type, ::llvm::StringRef name,
                         ::mml::ternary::TritView trits);

    /// The trits in row-major order. Fails with an encoding, and when the
    /// contents are not trits.
    ::llvm::FailureOr<::mml::ternary::TritArray> getTrits() const;

    /// The same trits in `layout`, as a resource called `name` (made unique).
    /// Fails with an encoding, and when the contents are not trits.
    ::llvm::FailureOr<TritsAttr>
    withLayout(::mlir::mml::LayoutAttrInterface layout,
               ::llvm::StringRef name) const;

    /// The bytes of a storage of `ui8`, or nothing where a resource has no
    /// data.
    std::optional<::llvm::ArrayRef<char>> getBytes() const;

    /// (C3) A resource is read behind the attributes that name it, so its
    /// contents are verified by the operation that holds the attribute.
    ::llvm::LogicalResult verifyContents(
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError) const;

    /// The name of the resource that holds the storage, or `fallback`.
    ::llvm::StringRef getResourceName(::llvm::StringRef fallback) const;
  }];
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

def MML_TiledLayoutAttr : MML_Attr<"TiledLayout", "tiled", [
    DeclareAttrInterfaceMethods<MML_LayoutAttrInterface>,
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "Two bits a trit, a vector of outputs beside each other";
  let description = [{
    The layout of the add/subtract kernel for a kernel of shape `K x M`: 16-bit
    words, each the trits of eight consecutive k of one output; the words of
    `rows` consecutive outputs lie side by side, so that a vector load brings
    one word for each lane. The storage is
    `tensor<ceil(M/rows) x ceil(K/8) x rows x i16>`. In a word, for j < 8, bit
    2j is set where the trit is +1 and bit 2j+1 where it is -1. Trits behind K
    or M are 0.

    Constraints:
    - (C1) `rows` is a multiple of 4 from 4 to 1024;
    - (C2) the tensor has rank 2, or rank 3 with a batch of kernels in front,
      each packed by itself; its shape is static, its elements `!mml.trit`.
  }];
  let parameters = (ins "int64_t":$rows);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The number of consecutive k in one word.
    static constexpr int64_t kDepth = 8;
  }];
}

def MML_DotLayoutAttr : MML_Attr<"DotLayout", "dot", [
    DeclareAttrInterfaceMethods<MML_KernelLayoutAttrInterface>,
    DeclareAttrInterfaceMethods<MML_LayoutAttrInterface>,
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "Two bits a trit, four bytes of an output beside each other";
  let description = [{
    The layout of the dot product kernel for a kernel of shape `K x M`: bytes of
    four trits, four bytes a lane and `rows` outputs side by side. The storage
    is `tensor<ceil(M/rows) x ceil(K/16) x 4*rows x i8>`. Bits 2f and 2f+1 of
    byte j < 4 of an output are the trit at k = 4f + j of the group, plus one:
    shifted by 2f and masked, a vector of bytes holds four consecutive k of each
    output, as instructions that multiply and add four bytes a lane take them.
    Trits behind K or M are 0.

    Activations of N tokens are tiles of 16 tokens and 64 k,
    `tensor<ceil(N/16) x ceil(K/64) x 16 x 64 x i8>`, which are also operands of
    matrix units, and the sums of each token's, `tensor<ceil(N/16) x 16 x i32>`.

    With `mixed`, the same storage is for the kernel that looks up a third of
    the depth and multiplies the rest (`mml/Ternary/MixedSteps.h`). The depth is
    periods of nine groups, two of which are a chunk; of the first four groups
    of a period, k = j, 4 + j and 8 + j are looked up together, for j < 4.
    Activations are the above and two more, which are 0 from K to the end of its
    period, behind which they are of no matter. With C = ceil(K/288), `tensor<ceil(N/16) x C x 16 x 192 x i8>` are those to be
    multiplied, 96 of a period: k = 12 to 15 of four groups, and all of five;
    and `tensor<ceil(N/16) x C x 4 x 128 x 32 x i16>` are tables, for four
    tokens of each of 32 indices: word `e` is the sum of the three activations,
    each times its trit plus one, for e = c0 + 3 * c1 + 11 * c2 with these codes
    c. What belongs to tokens behind the last one is of no matter.

    ```mlir
    tensor<2560x6912x!mml.trit, #mml.dot<rows = 32, mixed = true>>
    ```

    Constraints:
    - (C1) `rows` is a multiple of 4 from 4 to 1024;
    - (C2) the tensor has rank 2, or rank 3 with a batch of kernels in front,
      each packed by itself; its shape is static, its elements `!mml.trit`;
    - (C3) with `mixed`, `rows` is 32.
  }];
  let parameters = (ins
    "int64_t":$rows,
    DefaultValuedParameter<"bool", "false">:$mixed
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The number of k in one group.
    static constexpr int64_t kDepth = 16;
    /// The tokens and the k of a tile of activations.
    static constexpr int64_t kTileTokens = 16, kTileDepth = 64;
    /// The outputs of a block of the mixed kernel.
    static constexpr int64_t kMixedRows = 32;
  }];
}

def MML_LookupLayoutAttr : MML_Attr<"LookupLayout", "lookup", [
    DeclareAttrInterfaceMethods<MML_KernelLayoutAttrInterface>,
    DeclareAttrInterfaceMethods<MML_LayoutAttrInterface>,
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "Five bits for three trits, the indices of tables of sums";
  let description = [{
    The layout of the lookup kernel for a kernel of shape `K x M`: three
    consecutive trits of an output are an index of five bits into the sums of
    three activations, and eight indices take five bytes. The storage is
    `tensor<ceil(M/rows) x ceil(5*ceil(K/3)/8) x rows x i8>`: byte j of all
    outputs of a block lies side by side, the outputs of its first and of its
    second half alternating by eights. An index is the trits at k = 3i, 3i + 1
    and 3i + 2, each plus one, as digits to the base of 3, the first one lowest.
    Of the bytes b0 to b4 of eight indices, the low five bits are the indices 0,
    1, 3, 4 and 6; those of `(b0 >> 5) ^ (b1 >> 2)` are the index 2, those of
    `(b2 >> 5) ^ (b3 >> 2)` 5, those of `(b4 >> 5) ^ (b1 >> 4) ^ (b3 >> 3)` 7,
    with shifts of words of two neighbouring bytes. Trits behind K or M are 0.

    Activations of N tokens are tables, `tensor<N x ceil(K/3) x 64 x i8>`: byte
    e < 27 of the table of index i is the low five bits, byte 32 + e the bits
    above them, of 384 + t0 * x[3i] + t1 * x[3i + 1] + t2 * x[3i + 2] for the
    trits that e stands for.

    ```mlir
    tensor<2560x6912x!mml.trit, #mml.lookup<rows = 64>>
    ```

    Constraints:
    - (C1) `rows` is a multiple of 16 from 16 to 1024;
    - (C2) the tensor has rank 2, or rank 3 with a batch of kernels in front,
      each packed by itself; its shape is static, its elements `!mml.trit`.
  }];
  let parameters = (ins "int64_t":$rows);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The bytes of the table of an index.
    static constexpr int64_t kTableBytes = 64;
  }];
}

def MML_WordLookupLayoutAttr : MML_Attr<"WordLookupLayout", "word_lookup", [
    DeclareAttrInterfaceMethods<MML_KernelLayoutAttrInterface, ["takesFloats"]>,
    DeclareAttrInterfaceMethods<MML_LayoutAttrInterface>,
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "Six indices of three trits in a word, for tables of floats";
  let description = [{
    The layout of the lookup kernel of floats for a kernel of shape `K x M`:
    three consecutive trits of an output are an index of five bits into the sums
    of three activations, and six indices, of 18 consecutive k, are bits 0 to 29
    of a word. The storage is `tensor<ceil(M/rows) x ceil(K/18) x rows x i32>`,
    16/9 bits a weight: shifted to the right by 5i, a vector of words has the
    index i of each output in the bits that a lookup reads. With
    `v = t0 + 3*t1 + 9*t2` for the trits at k = 3i, 3i + 1 and 3i + 2, bits 0 to
    3 of an index are `|v|`, and bit 4 is set where v is negative. Trits behind
    K or M are 0, and so are their indices; bits 30 and 31 are 0.

    Activations of N tokens lie as they are, `tensor<N x K x f32>`: the kernel
    makes their tables where it needs them.

    ```mlir
    tensor<2560x6912x!mml.trit, #mml.word_lookup<rows = 64>>
    ```

    Constraints:
    - (C1) `rows` is a multiple of 16 from 16 to 1024;
    - (C2) the tensor has rank 2, or rank 3 with a batch of kernels in front,
      each packed by itself; its shape is static, its elements `!mml.trit`.
  }];
  let parameters = (ins "int64_t":$rows);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

defvar MML_QuantizerMethods =
  [DeclareAttrInterfaceMethods<MML_QuantizerAttrInterface>];

def MML_AbsMaxAttr : MML_Attr<"AbsMax", "absmax", MML_QuantizerMethods> {
  let summary = "Symmetric integers scaled by the largest magnitude";
  let description = [{
    `s = high / clip(max|x|, epsilon, limit)` over a group,
    `q = clip(round(x * s), low, high)` with ties to even; x is represented by
    `q / s`. The quantizer of activations in BitNet b1.58 (arXiv 2402.17764)
    and in Keras-MML.

    A group of zeros gives q = 0. A NaN in a group gives a NaN scale and
    integers in range.

    ```mlir
    #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>
    ```

    Constraints:
    - (C1) the type is `i8`, and `-128 <= low < 0 < high <= 127`;
    - (C2) `0 < epsilon <= limit`, both finite;
    - (C3) `per` is `token` (one scale for each index of all axes but the last)
      or `tensor`.
  }];
  let parameters = (ins
    "::mlir::Type":$type,
    "int64_t":$low,
    "int64_t":$high,
    "::mlir::FloatAttr":$epsilon,
    "::mlir::FloatAttr":$limit,
    EnumParameter<MML_Granularity>:$per
  );
  let assemblyFormat = [{
    `<` $type `,` `range` `=` `[` $low `,` $high `]` `,` `epsilon` `=`
    custom<Double>($epsilon) `,` `limit` `=` custom<Double>($limit) `,`
    `per` `=` $per `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What Keras-MML and BitNet b1.58 use: i8 in [-128, 127], epsilon 1e-5,
    /// limit 1e9, per token.
    static AbsMaxAttr getDefault(::mlir::MLIRContext *context);
  }];
}

def MML_AbsMeanAttr : MML_Attr<"AbsMean", "absmean", MML_QuantizerMethods> {
  let summary = "Trits scaled by the mean magnitude";
  let description = [{
    `s = 1 / clip(mean|w|, epsilon, limit)` over a group,
    `t = clip(round(w * s), -1, 1)` with ties to even; w is represented by
    `t / s`. The quantizer of kernels in BitNet b1.58 (arXiv 2402.17764) and in
    Keras-MML.

    ```mlir
    #mml.absmean<epsilon = 1.0e-05, limit = 1.0e+09, per = tensor>
    ```

    Constraints:
    - (C1) `0 < epsilon <= limit`, both finite;
    - (C2) `per` is `tensor` or `channel` (one scale for each index of the last
      axis).
  }];
  let parameters = (ins
    "::mlir::FloatAttr":$epsilon,
    "::mlir::FloatAttr":$limit,
    EnumParameter<MML_Granularity>:$per
  );
  let assemblyFormat = [{
    `<` `epsilon` `=` custom<Double>($epsilon) `,` `limit` `=`
    custom<Double>($limit) `,` `per` `=` $per `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What Keras-MML and BitNet b1.58 use: epsilon 1e-5, limit 1e9, per
    /// tensor.
    static AbsMeanAttr getDefault(::mlir::MLIRContext *context);
  }];
}

def MML_ThresholdAttr : MML_Attr<"Threshold", "threshold",
                                 MML_QuantizerMethods> {
  let summary = "Trits by the sign of what exceeds a threshold";
  let description = [{
    `t = sign(w)` where `|w| > T`, strictly, else 0. Either
    `T = factor * mean|w|` over a group and w is represented by `t * mean|w|`,
    or `T = value` and w is represented by t. The quantizer of TernaryDense in
    Keras 3.16, with factor 0.5.

    ```mlir
    #mml.threshold<factor = 5.0e-01, per = tensor>
    #mml.threshold<value = 3.0e-01, per = tensor>
    ```

    Constraints:
    - (C1) exactly one of `factor` and `value` is there, finite and not
      negative;
    - (C2) `per` is `tensor` or `channel` (one scale for each index of the last
      axis).
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::FloatAttr">:$factor,
    OptionalParameter<"::mlir::FloatAttr">:$value,
    EnumParameter<MML_Granularity>:$per
  );
  let assemblyFormat = [{
    `<` (`factor` `=` custom<Double>($factor)^ `,` ` `)?
    (`value` `=` custom<Double>($value)^ `,` ` `)? `per` `=` $per `>`
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

def MML_ActivationAttr : MML_Attr<"Activation", "activation"> {
  let summary = "An activation function and its parameters";
  let description = [{
    One of the functions of the activation table, by the name that Keras gives
    it, with the parameters that differ from the table's defaults. Most act on
    each element; `softmax`, `log_softmax`, `sparsemax` and `glu` act along one
    axis.

    ```mlir
    #mml.activation<gelu>
    #mml.activation<leaky_relu(negative_slope = 3.0e-01)>
    ```

    Constraints:
    - (C1) the name is in the table;
    - (C2) each parameter is one of that function, once, and not NaN.
  }];
  let parameters = (ins
    "::mml::ternary::Activation":$kind,
    "::mlir::DenseF64ArrayAttr":$parameters
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The function with the parameters `given`, by name, and the defaults of
    /// the table for the others. Fails with a diagnostic on a parameter that
    /// is unknown, given twice or missing.
    static ::llvm::FailureOr<ActivationAttr>
    get(::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError,
        ::mlir::MLIRContext *context, ::mml::ternary::Activation kind,
        ::llvm::ArrayRef<std::pair<::llvm::StringRef, double>> given);

    /// Whether the function acts along an axis and not on each element.
    bool isRowWise() const;

    /// Whether the function changes nothing.
    bool isIdentity() const;

    /// Whether the axis that the function acts along is halved (`glu`).
    bool halvesAxis() const;
  }];
}

//===----------------------------------------------------------------------===//
// Equations
//===----------------------------------------------------------------------===//

def MML_EquationAttr : MML_Attr<"Equation", "equation"> {
  let summary = "An einsum equation";
  let description = [{
    An equation of NumPy's grammar, parsed once. It prints without spaces and
    with its output; operations print the bare string. A fault is reported at
    its column.

    ```mlir
    #mml.equation<"bqhd,bkhd->bhqk">
    ```

    Constraints:
    - (C1) the text is an equation;
    - (C2) each label of the output is one of an operand's, and stands there
      once.
  }];
  let parameters = (ins
    AttrParameter<"::mml::einsum::Equation", "the parsed equation">:$value
  );
  // Columns are those of the canonical text, whatever was written first.
  let skipDefaultBuilders = 1;
  let builders = [
    AttrBuilder<(ins "const ::mml::einsum::Equation &":$value), [{
      return $_get($_ctxt, ::llvm::cantFail(
          ::mml::einsum::Equation::parse(value.str())));
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
}

#endif // MML_DIALECT_MML_IR_MMLATTRIBUTES_TD
