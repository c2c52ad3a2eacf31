//===- MMLKernelOps.td - Contractions in packed layouts --*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a contraction with packed trits is tiled and compiled as: both operands
// lie in memory as the loops of a kernel read them.
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLKERNELOPS_TD
#define MML_DIALECT_MML_IR_MMLKERNELOPS_TD

include "mml/Dialect/MML/IR/MMLCoreOps.td"

def MML_PackActivationsOp : MML_CoreOp<"pack_activations", [
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let summary = "Activations as the kernel of a layout reads them";
  let description = [{
    Arranges the activations of `N` tokens and depth `K`, once for all outputs
    of a layer. What comes out is the layout's: its description says it, and
    `getActivationTypes` of the layout's interface gives the types. Behind `N`
    and `K` the destinations are filled with zeros.

    ```mlir
    %t, %s = mml.pack_activations #mml.dot<rows = 32>
        ins(%x : tensor<?x100xi8>)
        outs(%t0, %s0 : tensor<?x2x16x64xi8>, tensor<?x16xi32>)
        -> tensor<?x2x16x64xi8>, tensor<?x16xi32>
    ```

    Constraints:
    - (C1) `input` has rank 2 and a static depth;
    - (C2) the destinations have the types that the layout gives for `input`,
      and the layout is one of i8;
    - (C3) operands are all tensors or all memrefs, and the results have the
      types of the destinations.
  }];
  let arguments = (ins
    MML_KernelLayoutAttrInterface:$layout,
    MML_Int8Shaped:$input,
    Variadic<MML_PackedShaped>:$outs
  );
  let assemblyFormat = [{
    $layout `ins` `(` $input `:` type($input) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
  }];
}

def MML_ContractPackedOp : MML_CoreOp<"contract_packed", [
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let summary = "A product with trits, both in the form that a kernel reads";
  let description = [{
    `out[n, m] = sum over k of x[n, k] * w[k, m]`, where `kernel` is the storage
    of w in the layout. Sums of i8 are exact in i32: `activations` are what
    `mml.pack_activations` made of x then, and `bound` is the largest magnitude
    of an element of x. With a layout that takes floats `activations` are x
    itself, and the order of the sums in f32 is the kernel's. Unlike
    `mml.contract` it does not add to `out`, so that the sums of a tile begin in
    registers.

    Tiles begin at a multiple of the layout's rows and of its tokens.

    ```mlir
    %r = mml.contract_packed #mml.dot<rows = 32> bound(128)
        ins(%t, %s : tensor<?x2x16x64xi8>, tensor<?x16xi32>)
        kernel(%w : tensor<4x7x128xi8>) outs(%acc : tensor<?x120xi32>)
        -> tensor<?x120xi32>
    ```

    ```mlir
    %r = mml.contract_packed #mml.word_lookup<rows = 64>
        ins(%x : tensor<?x100xf32>)
        kernel(%w : tensor<2x6x64xi32>) outs(%acc : tensor<?x120xf32>)
        -> tensor<?x120xf32>
    ```

    Constraints:
    - (C1) `out` has rank 2, and elements of i32, or of f32 with a layout that
      takes floats;
    - (C2) `kernel` has rank 3, with the blocks of rows of `out` in front, and
      the sizes of the layout's storage behind;
    - (C3) `activations` have the types that the layout gives for the tokens of
      `out` and for the depth of `kernel`;
    - (C4) with i32 there is a `bound`, `1 <= bound <= 128`, and `bound` times
      the depth fits an i32; with f32 there is none;
    - (C5) operands are all tensors or all memrefs, and the result has the type
      of the destination.
  }];
  let arguments = (ins
    MML_KernelLayoutAttrInterface:$layout,
    OptionalAttr<I64Attr>:$bound,
    Variadic<MML_PackedShaped>:$activations,
    MML_PackedShaped:$kernel,
    MML_AccumulatorShaped:$out
  );
  let assemblyFormat = [{
    $layout (`bound` `(` custom<Int>($bound)^ `)`)?
    `ins` `(` $activations `:` type($activations) `)`
    `kernel` `(` $kernel `:` type($kernel) `)`
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutMutable(); }
  }];
}

#endif // MML_DIALECT_MML_IR_MMLKERNELOPS_TD
