//===- Passes.td - Passes on the mml dialect -------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_PASSES_TD
#define MML_DIALECT_MML_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AnnotateEntriesPass : Pass<"mml-annotate-entries", "::mlir::ModuleOp"> {
  let summary = "Describe the public functions for a loader";
  let description = [{
    Gives each public function with a body whose operands and results are
    ranked tensors the attributes by which a loader knows it at every later
    stage: `mml.signature`, `mml.macs` (multiply-accumulates with a kernel for
    one row of the batch; dynamic sizes other than the batch count as 1), and
    `llvm.emit_c_interface`. What is there already stays. With `layers` it gets
    `mml.layers` too: the names of its layers, each with its
    multiply-accumulates.

    ```mlir
    func.func @main(%x: tensor<?x64xf32>) -> tensor<?x10xf32>
    // becomes
    func.func @main(%x: tensor<?x64xf32>) -> tensor<?x10xf32> attributes {
      llvm.emit_c_interface, mml.macs = 640 : i64,
      mml.signature = (tensor<?x64xf32>) -> tensor<?x10xf32>}
    ```
  }];
  let options = [
    Option<"layers", "layers", "bool", /*default=*/"false",
           "Name the layers, for a profile">
  ];
}

def DecomposeLayersPass : Pass<"mml-decompose-layers"> {
  let summary = "Lead from the layer form to the core form";
  let description = [{
    Takes `mml.dense` apart into a norm, a quantization, a contraction of rank
    2, a rescale, a bias and an activation, one idea an operation:

    ```mlir
    %y = mml.dense %x, %w scale(%s divides) bias(%b) quantizer(#q)
    // becomes
    %q, %sx = mml.quantize #q ins(%x) outs(...)
    %r = mml.contract bound(128) ins(%q, %w) outs(%zero)
    %f = mml.rescale row(%sx divides) column(%s divides) ins(%r) outs(...)
    %y = mml.merge add %f, %b
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerEinsumPass : Pass<"mml-lower-einsum"> {
  let summary = "Lead einsums to contractions";
  let description = [{
    Contracts an `mml.einsum` of many operands two by two, in the order of
    least cost, and brings each pair to a normal form: sizes that stretch are
    dropped, diagonals taken, and what one operand alone is summed over is
    summed. The axes that are left are batch x M x K by batch x K x N.

    Numbers become `linalg.matmul`, `linalg.batch_matmul` or `linalg.contract`,
    and `linalg.generic` where nothing is summed. Axes that stay beside each
    other become one by a reshape; the others stay where they are, as the
    indexing maps take any order.

    Trits become the right-hand side of an `mml.contract`, whose axes a
    `linalg.transpose` and reshapes bring together; those of constants happen
    at compile time.

    ```mlir
    %y = mml.einsum "abc,cde->abde" %x, %w
       : (tensor<?x8x64xi8>, tensor<64x4x16x!mml.trit>) -> tensor<?x8x4x16xi32>
    // becomes
    %q = tensor.collapse_shape %x [[0, 1], [2]]
    %r = mml.contract bound(128) ins(%q, %v : tensor<?x64xi8>,
                                     tensor<64x64x!mml.trit>) outs(...)
    %y = tensor.expand_shape %r [[0, 1], [2, 3]] output_shape [%n, 8, 4, 16]
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseToEinsumPass : Pass<"mml-raise-to-einsum"> {
  let summary = "Lead contractions of numbers to einsums, and use their trits";
  let description = [{
    Replaces each operation of linalg on tensors that adds up products of two
    inputs by an `mml.einsum`: `linalg.contract`, `linalg.matmul`, its batched,
    vector and permuted forms, `linalg.dot` and what `linalg.generic` says like
    them. Each loop is at most once in an indexing map, the body multiplies both
    inputs, extended by sign, and adds; the operands stand in any order. Loops
    of one iteration, such as those of convolutions by kernels of size 1, may
    stand beside others in a map. The
    einsum has the accumulator's type. A result that does not start at zero is
    added to the einsum.

    An operand of an einsum, of such a one or of any other, that is a constant
    of -s, 0 and s becomes trits, and the result is multiplied by s; there is
    one s for the constant, or one for each index of its axes that are not
    summed, each for two elements or more. Constants are seen through
    transpositions, reshapes and extensions. For integers the result is the
    same, modulo the range of their type. What constants are seen through, and
    when floats keep every bit, is said with `mml-raise-ternary`, which replaces
    products with trits alone.

    Sums of floats would be rounded otherwise by scales, by a result that does
    not start at zero, and by a loop that is summed in one input alone. These
    need `reassociate`, or the flag `reassoc` on the operations of the body. A
    remark says why an operation, or a constant, stays.

    ```mlir
    %w = arith.constant dense<[[2, 0], [-2, 2]]> : tensor<2x2xi8>
    %y = linalg.matmul ins(%x, %w : tensor<?x2xi8>, tensor<2x2xi8>)
                       outs(%zeros : tensor<?x2xi32>) -> tensor<?x2xi32>
    // becomes
    %t = mml.constant #mml.trits<...> : tensor<2x2x!mml.trit>
    %s = mml.einsum "ab,bc->ac" %x, %t
       : (tensor<?x2xi8>, tensor<2x2x!mml.trit>) -> tensor<?x2xi32>
    %y = linalg.generic {...} ins(%s, %two) outs(...) // multiplies
    ```
  }];
  let options = [
    Option<"reassociate", "reassociate", "bool", /*default=*/"false",
           "Rewrite sums of floats whose result may be rounded otherwise">
  ];
  let dependentDialects = ["::mlir::mml::MMLDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseTernaryPass : Pass<"mml-raise-ternary"> {
  let summary = "Find ternary constants in products, and use trits";
  let description = [{
    For modules of other front ends: replaces each sum of products of which one
    operand is a ternary constant by an `mml.einsum` of trits, and leaves all
    others as they are. Products are

    - operations of linalg on tensors that multiply two inputs, extended by
      sign, and add: `linalg.matmul`, its batched, vector and permuted forms,
      `linalg.contract`, `linalg.generic`, convolutions by kernels of size 1;
    - `linalg.quantized_matmul` and `linalg.quantized_batch_matmul`;
    - `tosa.matmul`, and `tosa.conv2d` by kernels of size 1.

    A constant is ternary where its elements are -s, 0 and s for one s, one for
    each index of the dimensions that are not summed, or one for each of those
    and each group of 16 or more consecutive elements of another dimension.
    It may be a `dense` or `dense_resource` value behind any number of
    transpositions, reshapes, broadcasts, casts and conversions, products with
    and quotients by constants, or `quant.dcast` of `quant.scast` with zero
    points of 0. Nothing is computed for its elements; these are read once, or
    a few at the beginning for what is not ternary.

    Activations of floats that are integers, because they were rounded and
    clamped to what an i8 holds, or converted from i8, are multiplied as
    integers. What was an absmax quantizer by the formulas of `#mml.absmax`
    becomes `mml.quantize`; of others the operations stay.

    The result is the same to the bit, with what operations of linalg compute
    when their loops run in order:

    - Sums of integers are the same modulo the range of their type.
    - f32 times trits of -1, 0 and 1 adds the same numbers in the same order,
      along one summed loop: a product by 0 is added as 0, or NaN. So are
      infinities, NaNs and the signs of zeros. The function gets the attribute
      `mml.ordered_sums`, as the lookup kernel of floats has another order.
    - f32 activations that are integers are summed exactly, whatever the order,
      where no sum can exceed 2^24 in magnitude and each s is a power of two from
      2^-64 to 2^64, and positive: -2 times a sum of 0 is -0. NaNs come through.

    All other sums of floats would be rounded otherwise: with a scale that is
    no power of two, or any scale where activations are no integers (products
    that are denormal or infinite are then other ones), scales of groups,
    activations that are scaled before the product, a result that does not
    start at zero, sums along several loops. These need `reassociate`, or the
    flag `reassoc` on the operations of the body; then scales multiply sums.
    A remark says why an operation with a ternary constant, or one with a
    constant that is not ternary, stays, and what it would need.

    Floats that are no integers are added up by trits, which reads weights of a
    sixteenth of their size. With the lookup kernel of floats (AVX-512F), which
    needs `reassociate`, that pays for any number of tokens, with the
    add/subtract kernel for one or a few: `integers-only` leaves such products.

    ```mlir
    %w = arith.constant dense<[[0.5, 0.0], [-0.5, 0.5]]> : tensor<2x2xf32>
    %f = arith.sitofp %x : tensor<?x2xi8> to tensor<?x2xf32>
    %y = linalg.matmul ins(%f, %w : tensor<?x2xf32>, tensor<2x2xf32>)
                       outs(%zeros : tensor<?x2xf32>) -> tensor<?x2xf32>
    // becomes
    %t = mml.constant #mml.trits<...> : tensor<2x2x!mml.trit>
    %s = mml.einsum "ab,bc->ac" %x, %t bound(128)
       : (tensor<?x2xi8>, tensor<2x2x!mml.trit>) -> tensor<?x2xi32>
    %y = linalg.generic {...} ins(%s, %half) outs(...) // converts, multiplies
    ```
  }];
  let options = [
    Option<"reassociate", "reassociate", "bool", /*default=*/"false",
           "Rewrite sums of floats whose result may be rounded otherwise">,
    Option<"integersOnly", "integers-only", "bool", /*default=*/"false",
           "Leave products whose activations are floats that are no integers">
  ];
  let dependentDialects = ["::mlir::mml::MMLDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackWeightsPass : Pass<"mml-pack-weights"> {
  let summary = "Choose a kernel for each contraction and pack constant trits";
  let description = [{
    Chooses the kernel of each `mml.contract` and gives a constant right-hand
    side the layout that the kernel reads. A remark says what was chosen and
    why. The trits of one constant are packed once for each layout; the
    constant without a layout goes when nothing else reads it. Constants are
    packed on the threads of the context. With `release-sources` each resource
    is freed as soon as it was packed, if nothing else in the module refers to
    it, so that the trits of a model are not in memory twice.

    A contraction of integers gets the kernel that a model of costs predicts to
    be the fastest (`CostModel.h`), of those that the target has instructions
    for, and lookups beside products where `core` is known to have ports of
    their own for both: from what the ports of a core execute, and from where weights come,
    which depends on those of the whole module and on `core-cache-bytes` and
    `last-cache-bytes`. For a number of tokens that is not known, it is the
    kernel that is the least behind the fastest at 1, 8 and 128 tokens; one copy
    of the weights serves all of them. Remarks tell the predictions.

    A contraction of floats gets the lookup kernel of floats or the add/subtract
    kernel, as the model predicts and `float-lookup` allows; one whose trits are
    not constant keeps the reference kernel. Without `add-sub`, the trits of a
    contraction of floats are in the dot kernel's layout, of which loops of
    linalg read them one by one.
  }];
  let options = [
    Option<"releaseSources", "release-sources", "bool", /*default=*/"false",
           "Free the memory of trits that were packed; no other module of the "
           "context may refer to it">,
    Option<"kernel", "kernel", "::mlir::mml::KernelKind",
           /*default=*/"::mlir::mml::KernelKind::Auto",
           "The kernel of contractions with constant trits",
           [{::llvm::cl::values(
              clEnumValN(::mlir::mml::KernelKind::Auto, "auto",
                         "the one that is expected to be the fastest"),
              clEnumValN(::mlir::mml::KernelKind::AddSub, "addsub",
                         "additions and subtractions under masks"),
              clEnumValN(::mlir::mml::KernelKind::Dot, "dot",
                         "dot product instructions, where the target has them"),
              clEnumValN(::mlir::mml::KernelKind::Lookup, "lookup",
                         "tables of the sums of three activations"),
              clEnumValN(::mlir::mml::KernelKind::Mixed, "mixed",
                         "both of these on ports of their own"),
              clEnumValN(::mlir::mml::KernelKind::Reference, "reference",
                         "one byte a trit, as linalg loops"))}]>,
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "The width of the target's vectors in bits: 128, 256 or 512">,
    Option<"dot", "dot", "::mlir::mml::DotKind",
           /*default=*/"::mlir::mml::DotKind::None",
           "The dot product instruction that the target has",
           [{::llvm::cl::values(
              clEnumValN(::mlir::mml::DotKind::None, "none", "none"),
              clEnumValN(::mlir::mml::DotKind::PairsI16, "vpmaddubsw",
                         "pairs of products in i16 (SSSE3, AVX2, AVX-512BW)"),
              clEnumValN(::mlir::mml::DotKind::QuadsI32, "vpdpbusd",
                         "four products in i32 (AVX-VNNI, AVX-512VNNI)"),
              clEnumValN(::mlir::mml::DotKind::TilesI32, "tdpbsud",
                         "tiles of 16 x 16 sums in i32 (AMX-INT8)"),
              clEnumValN(::mlir::mml::DotKind::NeonPairsI16, "smull",
                         "pairs of products in i16 (NEON)"),
              clEnumValN(::mlir::mml::DotKind::NeonQuadsI32, "sdot",
                         "four products in i32 (NEON, dotprod)"),
              clEnumValN(::mlir::mml::DotKind::NeonMatricesI32, "smmla",
                         "2 x 2 sums in i32 (NEON, i8mm)"))}]>,
    Option<"dotBits", "dot-bits", "unsigned", /*default=*/"256",
           "The width of the vectors of kernels in bits: 128, 256 or 512">,
    Option<"lookup", "lookup", "::mlir::mml::LookupKind",
           /*default=*/"::mlir::mml::LookupKind::Portable",
           "The instruction of the target that looks bytes up",
           [{::llvm::cl::values(
              clEnumValN(::mlir::mml::LookupKind::Portable, "portable", "none"),
              clEnumValN(::mlir::mml::LookupKind::Pshufb, "pshufb",
                         "16 entries (SSSE3, AVX2, AVX-512BW)"),
              clEnumValN(::mlir::mml::LookupKind::Vpermb, "vpermb",
                         "64 entries (AVX-512VBMI)"),
              clEnumValN(::mlir::mml::LookupKind::Tbl, "tbl",
                         "32 entries (NEON)"))}]>,
    Option<"floatLookup", "float-lookup", "::mlir::mml::LookupKind",
           /*default=*/"::mlir::mml::LookupKind::Portable",
           "The instruction of the target that looks floats up",
           [{::llvm::cl::values(
              clEnumValN(::mlir::mml::LookupKind::Portable, "portable", "none"),
              clEnumValN(::mlir::mml::LookupKind::Vpermi2ps, "vpermi2ps",
                         "32 entries (AVX-512F)"))}]>,
    Option<"core", "core", "::mlir::mml::CoreKind",
           /*default=*/"::mlir::mml::CoreKind::Common",
           "The processors whose ports kernels are chosen for",
           [{::llvm::cl::values(
              clEnumValN(::mlir::mml::CoreKind::Common, "common",
                         "what is common with the target's instructions"),
              clEnumValN(::mlir::mml::CoreKind::Zen4, "zen4",
                         "AMD's with halves of 512 bits"),
              clEnumValN(::mlir::mml::CoreKind::Zen5, "zen5",
                         "AMD's with 512 bits"))}]>,
    Option<"addSub", "add-sub", "bool", /*default=*/"true",
           "Whether the target has the add/subtract kernel, which is made of "
           "vectors">,
    Option<"coreCacheBytes", "core-cache-bytes", "int64_t", /*default=*/"0",
           "The size of the cache of a core; 0 for what is common">,
    Option<"lastCacheBytes", "last-cache-bytes", "int64_t", /*default=*/"0",
           "The size of the largest cache; 0 for what is common">
  ];
  let statistics = [
    Statistic<"numPacked", "packed", "Number of contractions that were packed">
  ];
  let dependentDialects = ["::mlir::mml::MMLDialect"];
}

def GeneralizeTransposesPass : Pass<"mml-generalize-transposes"> {
  let summary = "Let transposes be fused with what computes their input";
  let description = [{
    Makes a `linalg.generic` of each `linalg.transpose` whose input is computed
    element by element for it alone, so that `linalg-fuse-elementwise-ops` makes
    one loop of both: quantized activations are written once, in the order that
    the contraction reads. Other transposes stay what they are.

    ```mlir
    %q = linalg.generic {...} ins(%x) outs(%e : tensor<5x4x64xi8>) {...}
    %t = linalg.transpose ins(%q) outs(%f : tensor<4x5x64xi8>)
           permutation = [1, 0, 2]
    // becomes
    %q = linalg.generic {...} ins(%x) outs(%e : tensor<5x4x64xi8>) {...}
    %t = linalg.generic {indexing_maps = [...], ...} ins(%q) outs(%f) {...}
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def BlockContractionsPass
    : InterfacePass<"mml-block-contractions", "::mlir::FunctionOpInterface"> {
  let summary = "Cut contractions of floats into packed blocks";
  let description = [{
    Computes each large enough contraction of f32 tensors (`linalg.matmul`,
    `linalg.batch_matmul`, `linalg.contract` and what else is a sum of products
    indexed by projected permutations) by packed blocks, as the libraries do.
    The operands and the result may have their axes in any order, and any number
    of axes of the batch, of rows, of columns and of depth, which is what is
    summed over. Those that stand side by side in all operands become one. Only
    sizes of the batch and of rows may be dynamic.

    Columns are the axes of the input that the innermost axis of the result
    belongs to. They are packed into panels as wide as a tile; rows are packed
    a block of depth at a time. Where columns are contiguous along depth, square
    blocks are transposed in registers. A tile keeps all its sums in registers
    while it goes through a block of depth; its size is the one that computes
    the least beside what is asked for. Tiles that reach out of the result go
    through memory of their own. Tasks, each some panels of rows of one step of
    the batch, run on threads where the contraction is large; with many steps of
    the batch, a task is a whole step and packs its own columns.

    A contraction of few multiply-accumulates, or of few rows, is left as it is;
    with a dynamic number of rows, which way to go is decided at run time. A
    remark says what was chosen, or why nothing was.

    Products are fused with the sums that they are added to. The sum of a block
    of depth begins at zero and takes the steps of depth in order, the innermost
    axis of the columns' input last; the sums of the blocks are added to the
    result in order. Neither the tile nor the number of threads changes the
    bits of a result; the width of vectors may, by the size of the last block.

    ```mlir
    %y = linalg.matmul ins(%a, %b : tensor<1024x512xf32>, tensor<512x512xf32>)
                       outs(%zeros : tensor<1024x512xf32>)
    // becomes, for vectors of 256 bits
    %p = scf.forall (%j) in (32) shared_outs(...)  // tensor<32x512x16xf32>
    %y = scf.forall (%i) in (16) shared_outs(...) {
      scf.for %k = %c0 to %c512 step %c256 {
        // Rows are packed, and for all panels of rows and columns:
        %sums:12 = scf.for ... -> (vector<8xf32>, ...) // vector.fma
      }
    }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "The width of the target's vectors in bits: 128, 256 or 512">,
    Option<"minMacs", "min-macs", "int64_t", /*default=*/"32768",
           "The fewest multiply-accumulates that are worth packing for">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::vector::VectorDialect"];
}

def PackActivationsPass
    : InterfacePass<"mml-pack-activations", "::mlir::FunctionOpInterface"> {
  let summary = "Arrange activations as packed kernels read them";
  let description = [{
    Splits each `mml.contract` whose trits are in a layout with a kernel of its
    own into `mml.pack_activations`, once for all outputs, and
    `mml.contract_packed`. Products of a batch are computed one after another.
    A layout that takes floats reads activations as they are.

    ```mlir
    %r = mml.contract bound(128) ins(%q, %w : tensor<?x64xi8>, tensor<64x128x!mml.trit, #mml.dot<rows = 32>>)
                      outs(%zeros : tensor<?x128xi32>) -> tensor<?x128xi32>
    // becomes
    %t:2 = mml.pack_activations #mml.dot<rows = 32> ins(%q : ...) outs(...)
    %s = mml.storage %w : ... -> tensor<4x4x128xi8>
    %r = mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%t#0, %t#1 : ...) kernel(%s : ...) outs(...)
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def FuseActivationsPass
    : InterfacePass<"mml-fuse-activations", "::mlir::FunctionOpInterface"> {
  let summary = "Tile the arrangement of activations with what computes them";
  let description = [{
    Cuts each `mml.pack_activations` of more than one tile of tokens, together
    with the operations on rows that its input comes from (norm, quantization),
    into tiles of tokens, by upstream's tiling and fusion: a tile goes through
    all of them while it is in a nearby cache, on threads where there is enough
    work. What others read too, such as the scale of each token, comes out of
    the loop.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def FuseContractionsPass
    : InterfacePass<"mml-fuse-contractions", "::mlir::FunctionOpInterface"> {
  let summary = "Tile packed contractions with what is computed of their sums";
  let description = [{
    Cuts each `mml.contract_packed`, together with the elementwise operations
    that its sums go through (rescale, bias, activation), into tiles of tokens
    and outputs, by upstream's tiling and fusion. The sums of a tile stay in a
    nearby cache, and no array of sums grows with the number of tokens. Tiles
    are the iterations of an `scf.forall` where there is enough work for
    threads, of `scf.for` otherwise.
  }];
  let options = [
    Option<"tokenTile", "token-tile", "int64_t", /*default=*/"0",
           "Tokens of a tile, a multiple of 16; 0: chosen">,
    Option<"outputTile", "output-tile", "int64_t", /*default=*/"0",
           "Outputs of a tile, a multiple of the layout's rows; 0: chosen">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def FuseElementwisePass : Pass<"mml-fuse-elementwise"> {
  let summary = "Fuse elementwise operations, but not into contractions";
  let description = [{
    Upstream's fusion of elementwise `linalg.generic` operations and of reshapes
    between them, but for what a contraction reads: each element of that would
    be computed again for each row or column, and the contraction would be one
    no longer.

    ```mlir
    %a = linalg.generic {...} ins(%x) outs(%e) { math.tanh }
    %y = linalg.generic {...} ins(%a, %w) outs(%z) { mulf, addf }
    // stays as it is
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def ShareCodePass : Pass<"mml-share-code", "::mlir::ModuleOp"> {
  let summary = "Make code that repeats one function";
  let description = [{
    Loops on memrefs that compute the same of other buffers, such as those of
    the layers of one shape of a model, become calls of one private function, so
    that code is made for them once. So does what lies between two calls in the
    body of a function. Operations compute the same if they are the same with
    the same attributes and use the values around them at the same places.
    Integers that are constant are a part of the code, all other values are
    operands of the call.

    ```mlir
    scf.forall (%i) in (20) { mml.contract_packed ins(%x, %w0) outs(%y0) }
    scf.forall (%i) in (20) { mml.contract_packed ins(%y0, %w1) outs(%y1) }
    // becomes
    call @shared(%x, %w0, %y0)
    call @shared(%y0, %w1, %y1)
    ```

    The functions are not inlined. What has fewer operations than
    `min-operations`, and none of this dialect, stays.
  }];
  let options = [
    Option<"minOperations", "min-operations", "unsigned", /*default=*/"24",
           "The least number of operations that are worth a call">
  ];
  let statistics = [
    Statistic<"numShared", "calls", "Number of calls that code became">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def ProfileLayersPass : Pass<"mml-profile-layers", "::mlir::ModuleOp"> {
  let summary = "Tell the runtime which layer begins";
  let description = [{
    In functions that have `mml.layers`, puts a call of `mmlEnterLayer` in front
    of operations on memrefs that come from another layer than those before
    them, by their locations, and one with -1 in front of the return. Its operand
    is the number of the layer in `mml.layers`, which gets what is not in it yet,
    and of each layer the bytes of the constants that it reads.

    ```mlir
    scf.forall ... loc("dense")
    scf.forall ... loc("dense_1")
    return
    // becomes
    call @mmlEnterLayer(%c0_i64)
    scf.forall ... loc("dense")
    call @mmlEnterLayer(%c1_i64)
    scf.forall ... loc("dense_1")
    call @mmlEnterLayer(%c-1_i64)
    return
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

def RecordValuesPass : Pass<"mml-record-values", "::mlir::ModuleOp"> {
  let summary = "Make what layers compute results of their functions";
  let description = [{
    In functions on ranked tensors that can be seen from outside and that nothing
    calls, every value that an operation computes becomes one more result, with
    the name of its layer and of its operation in `mml.output_names`. Constants,
    views of other values, and trits stay within. On the core form, whatever the
    pipeline behind it, the results of one name stand for the same value: this is
    what `mml-trace` compares.

    ```mlir
    func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %0 = mml.rms_norm %x epsilon(1.0e-14) : (tensor<?x4xf32>) -> tensor<?x4xf32> loc("norm")
      %1 = mml.activation %0 <relu> : (tensor<?x4xf32>) -> tensor<?x4xf32> loc("act")
      return %1 : tensor<?x4xf32>
    }
    // becomes
    func.func @main(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        attributes {mml.output_names = ["output0", "norm/rms_norm", "act/activation"]} {
      %0 = mml.rms_norm %x epsilon(1.0e-14) : (tensor<?x4xf32>) -> tensor<?x4xf32>
      %1 = mml.activation %0 <relu> : (tensor<?x4xf32>) -> tensor<?x4xf32>
      return %1, %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"numRecorded", "recorded", "Number of values that are recorded">
  ];
}

def VectorizeLinalgPass
    : InterfacePass<"mml-vectorize-linalg", "::mlir::FunctionOpInterface"> {
  let summary = "Tile and vectorize linalg operations on tensors";
  let description = [{
    Tiles each linalg operation whose innermost axis is static to vectors along
    that axis, with a tail of its own static size, and vectorizes the tiles. A
    reduction keeps some vectors of partial results. Other operations are left to
    loops; a remark says why.

    Floats are summed in the order of the lanes, and a product may be fused with
    the sum that it is added to, so that the last bits depend on the width.

    ```mlir
    %y = linalg.generic {...} ins(%x : tensor<?x20xf32>) outs(...)
    // becomes a loop over rows of a vector<16xf32> and a vector<4xf32>
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "The width of the target's vectors in bits: 128, 256 or 512">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::vector::VectorDialect"];
}

include "mml/Dialect/MML/Transforms/BufferPasses.td"

#endif // MML_DIALECT_MML_TRANSFORMS_PASSES_TD
