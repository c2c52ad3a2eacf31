//===- Passes.td - Conversions from the mml dialect ------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_PASSES_TD
#define MML_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertMMLKernelsToVectorPass
    : InterfacePass<"convert-mml-kernels-to-vector",
                    "::mlir::FunctionOpInterface"> {
  let summary = "Build the kernels of packed contractions on memrefs";
  let description = [{
    Lowers `mml.pack_activations` and `mml.contract_packed` on memrefs to loops
    of vectors, and to tiles of the `amx` dialect or to instructions of the
    `arm_neon` dialect where `dot` says so.

    In the `#mml.dot` layout a shift and a mask give, for each output, four
    consecutive trits plus one, which are multiplied by four activations and
    added by `mml.byte_dot`, as the instruction that `dot` names has it, or by
    vector operations for `none`. The sum of the activations is taken off again.
    A few tokens are computed straight from the packed bytes; for more of them
    the codes of a block of outputs are expanded into the nearest cache, some
    depth at a time, for `tdpbsud` anew for each 32 tokens. `vpmaddubsw` sums in
    i16 over as much depth as cannot overflow it. For `smmla` the codes of a
    panel are two outputs by eight k.

    With `mixed`, more than eight tokens have a third of the depth looked up by
    `vpermw` in tables of words, which are made beside the arranged activations,
    while the rest is multiplied; `vpdpwssd` adds up what was looked up. That is
    for `vpdpbusd` and `tdpbsud` on 512 bits; elsewhere the layout is as without
    `mixed`, and a remark says so.

    Tiles of `tdpbsud` have as many rows as there are tokens where those of all
    contractions in the function fit the eight registers, each of which has one
    shape throughout a function; otherwise they are whole. The function is marked
    `no_inline`, as its tiles might not fit together with those of another one.

    In the `#mml.lookup` layout the sums of every three activations with every
    three trits are computed once, in tables, and looked up by `mml.lookup`, as
    the instruction that `lookup` names has it.

    In the `#mml.word_lookup` layout it is the same with activations of f32, by
    the instruction that `float-lookup` names. The tables of some tokens and some
    depth are made in the nearest cache and serve all outputs. An output is
    `s = s + ((t0*x0 + t1*x1) + t2*x2)` for three k after the other.
  }];
  let options = [
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
                         "32 entries (AVX-512F)"))}]>
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::amx::AMXDialect",
    "::mlir::arith::ArithDialect", "::mlir::arm_neon::ArmNeonDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ConvertMMLContractToVectorPass
    : InterfacePass<"convert-mml-contract-to-vector",
                    "::mlir::FunctionOpInterface"> {
  let summary = "Build the add/subtract kernel of packed contractions";
  let description = [{
    Lowers each `mml.contract` on tensors whose trits are in the `#mml.tiled`
    layout to loops over blocks of outputs, tiles of tokens and words of trits,
    on vectors. For each k the bits of a word make two masks, under which the
    activation is added and subtracted; nothing is multiplied.

    Integers are summed in i16 for as many k as cannot overflow it, which
    follows from the bound of the contraction, then in i32. Floats are summed
    in f32, in the order of k.

    Blocks of outputs are the iterations of an `scf.forall`.
  }];
  let options = [
    Option<"tokenTile", "token-tile", "unsigned", /*default=*/"4",
           "The number of tokens whose sums are in registers at once">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::mml::MMLDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ConvertMMLToLinalgPass : Pass<"convert-mml-to-linalg"> {
  let summary = "Lower the mml dialect to linalg";
  let description = [{
    Lowers every operation of the layer and the core form to linalg and tensor
    operations, and tensors of trits to tensors of the integers that they are
    stored in (one `i8` a trit without a layout). Operations on memrefs are
    lowered through tensors of them. Contractions of floats may have their trits
    in the `#mml.dot` layout, which they are read from one by one.

    Run `mml-decompose-layers` first; `mml.dense` itself is not lowered here.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def LowerMathPass : Pass<"mml-lower-math"> {
  let summary = "Lower the math dialect to arithmetic and calls of libm";
  let description = [{
    Expands `math.erf`, `math.erfc`, `math.exp`, `math.expm1`, `math.log`,
    `math.log1p` and `math.tanh` on f32 and vectors of it to arithmetic without
    branches. Results are right to a few ulps for every operand, denormal ones,
    infinities and NaN included, and are the same on every processor;
    docs/Numerics.md lists the errors.

    Operations that are an instruction of common processors, such as
    `math.sqrt`, stay as they are for `convert-math-to-llvm`. What is left, of
    other types too, becomes calls of the C library's functions, one an
    element, if `call-libm` says so.

    The pass runs on operations that are a symbol table, such as modules.
  }];
  let options = [
    Option<"expandRoundEven", "expand-roundeven", "bool", /*default=*/"false",
           "Expand math.roundeven too, for processors that cannot round "
           "vectors to integers, such as x86-64 before SSE4.1">,
    Option<"callLibm", "call-libm", "bool", /*default=*/"true",
           "Make calls of what is left; otherwise it stays, for targets that "
           "have no such library">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def DebugLayersPass : Pass<"mml-debug-layers", "::mlir::ModuleOp"> {
  let summary = "Give the code of layers their names in debug information";
  let description = [{
    In functions of the LLVM dialect that upstream's
    `ensure-debug-info-scope-on-llvm-func` gave a scope, an operation whose
    location has the name of a layer becomes a part of a function of that name
    which is inlined there. So a debugger, a profiler and a disassembler show the
    layer that an instruction belongs to. Code that layers share is in its own
    function, and the calls of it are in theirs. The line of a layer that has none
    is its number, from 1 on. Other locations stay: a model that is text has its
    lines.

    ```mlir
    %0 = llvm.fmul %a, %b : f32 loc("dense_3")
    // becomes
    %0 = llvm.fmul %a, %b : f32
        loc(callsite(fused<#di_subprogram_of_dense_3>["model":3:0] at "model":0:0))
    ```
  }];
  let statistics = [
    Statistic<"numLayers", "layers", "Number of layers that have a name">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // MML_CONVERSION_PASSES_TD
