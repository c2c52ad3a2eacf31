//===- MMLTransformOps.td - Schedules of contractions ----*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of the transform dialect that decide for single contractions what
// the passes of the pipeline decide for all of them, by the same code.
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_TD
#define MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_TD

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mml/Dialect/MML/IR/MMLAttributes.td"

def MML_MatchContractionsOp : Op<Transform_Dialect, "mml.match_contractions", [
    DeclareOpInterfaceMethods<TransformOpInterface>, NavigationTransformOpTrait,
    MemoryEffectsOpInterface]> {
  let cppNamespace = "::mlir::mml";
  let summary = "Contractions with constant trits";
  let description = [{
    The `mml.contract` operations within `root`, in the order of the module,
    whose trits are constant and have no layout yet: those that a kernel can
    still be chosen for. Of `tokens`, `depth` and `outputs`, where they stand,
    each is a size that a contraction has; one that is not known when a model is
    compiled is none. With `integers` the activations are i8.

    The result has no operations where there are none of that kind.

    ```mlir
    %few = transform.mml.match_contractions in %root integers tokens(1)
         : (!transform.any_op) -> !transform.any_op
    ```

    Constraints:
    - (C1) sizes are not negative.
  }];
  let arguments = (ins
    TransformHandleTypeInterface:$root,
    UnitAttr:$integers,
    OptionalAttr<I64Attr>:$tokens,
    OptionalAttr<I64Attr>:$depth,
    OptionalAttr<I64Attr>:$outputs
  );
  let results = (outs TransformHandleTypeInterface:$contractions);
  let assemblyFormat = [{
    `in` $root (`integers` $integers^)? (`tokens` `(` $tokens^ `)`)?
    (`depth` `(` $depth^ `)`)? (`outputs` `(` $outputs^ `)`)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

class MML_EachOp<string mnemonic, list<Trait> traits>
    : Op<Transform_Dialect, mnemonic,
         traits # [TransformOpInterface, TransformEachOpTrait]> {
  let cppNamespace = "::mlir::mml";
  // How one operation is transformed, of those that the handle stands for.
  let extraClassDeclaration = [{
    ::mlir::DiagnosedSilenceableFailure
    applyToOne(::mlir::transform::TransformRewriter &rewriter,
               ::mlir::Operation *target,
               ::mlir::transform::ApplyToEachResultList &results,
               ::mlir::transform::TransformState &state);
  }];
}

def MML_PackWeightsOp : MML_EachOp<"mml.pack_weights", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Choose the kernel of contractions by the layout of their trits";
  let description = [{
    Packs the trits of each contraction of `target` in `layout`, which decides
    the kernel: `#mml.dot`, `#mml.lookup`, `#mml.word_lookup` or `#mml.tiled`
    (add/subtract). It is what `mml-pack-weights` does for all contractions, with layouts that follow
    from the target; the pass leaves those alone that have one. The operations
    stay, and so do handles of them.

    Fails silenceably for what is no `mml.contract`, for trits that are not
    constant or are packed already, for a shape that the layout does not take,
    and for activations that it does not take: `#mml.dot` and `#mml.lookup` are
    for i8, `#mml.word_lookup` is for floats, `#mml.tiled` for both.

    ```mlir
    transform.mml.pack_weights %contractions layout(#mml.dot<rows = 64>)
        : !transform.any_op
    ```
  }];
  let arguments = (ins
    TransformHandleTypeInterface:$target,
    MML_LayoutAttrInterface:$layout
  );
  let assemblyFormat = [{
    $target `layout` `(` $layout `)` attr-dict `:` type($target)
  }];
}

def MML_TransformPackActivationsOp : MML_EachOp<"mml.pack_activations", [
    FunctionalStyleTransformOpTrait, MemoryEffectsOpInterface]> {
  let summary = "Split contractions into arrangement and product";
  let description = [{
    Replaces each contraction of `target`, whose trits are in the layout of a
    kernel (`#mml.dot`, `#mml.lookup`, `#mml.word_lookup`), by
    `mml.pack_activations`, which floats do not need, and `mml.contract_packed`,
    as the pass `mml-pack-activations` does. The result is the latter; one for all matrices
    of a batch, which is a loop.

    Fails silenceably for everything else, and where a size is 0.

    ```mlir
    %packed = transform.mml.pack_activations %contractions
            : (!transform.any_op) -> !transform.any_op
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let results = (outs TransformHandleTypeInterface:$packed);
  let assemblyFormat = [{
    $target attr-dict `:` functional-type(operands, results)
  }];
}

def MML_TileContractionOp : MML_EachOp<"mml.tile_contraction", [
    FunctionalStyleTransformOpTrait, MemoryEffectsOpInterface]> {
  let summary = "Tile contractions together with what follows them";
  let description = [{
    Makes a loop over tiles of each `mml.contract_packed` of `target`: its sums
    go through the elementwise operations behind it, a tile after another, as
    `mml-fuse-contractions` has it with the options of the same names. That pass
    leaves the contraction alone afterwards. A size of 0 is the one that the
    pass chooses; `parallel` runs tiles on threads however small the contraction
    is. The result is the loop; none for one tile of everything.

    Fails silenceably for what is no `mml.contract_packed` on tensors, and where
    `outputs` is no multiple of the rows of the layout.

    ```mlir
    %loops = transform.mml.tile_contraction %packed tokens(64) outputs(256)
           : (!transform.any_op) -> !transform.any_op
    ```

    Constraints:
    - (C1) `tokens` is a multiple of 16 from 0 to 65536;
    - (C2) `outputs` is not negative.
  }];
  let arguments = (ins
    TransformHandleTypeInterface:$target,
    DefaultValuedAttr<I64Attr, "0">:$tokens,
    DefaultValuedAttr<I64Attr, "0">:$outputs,
    UnitAttr:$parallel
  );
  let results = (outs TransformHandleTypeInterface:$loops);
  let assemblyFormat = [{
    $target (`tokens` `(` $tokens^ `)`)? (`outputs` `(` $outputs^ `)`)?
    (`parallel` $parallel^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_TD
