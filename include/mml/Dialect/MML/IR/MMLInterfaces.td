//===- MMLInterfaces.td - Interfaces of the mml dialect --*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLINTERFACES_TD
#define MML_DIALECT_MML_IR_MMLINTERFACES_TD

include "mlir/IR/OpBase.td"

def MML_QuantizerAttrInterface : AttrInterface<"QuantizerAttrInterface"> {
  let cppNamespace = "::mlir::mml";
  let description = [{
    How floats become integers or trits and one scale for each group of them.

    A quantizer is a statistic of the group (a reduction of |x|), a scale that
    follows from the statistic, and an integer for each element. The two
    scalar computations are built here, so that a new quantizer is one
    attribute and no new lowering.
  }];
  let methods = [
    InterfaceMethod<"The statistic of |x| that the scale follows from.",
      "::mlir::mml::Statistic", "getStatistic">,
    InterfaceMethod<"Whether x is q times or q divided by the scale.",
      "::mlir::mml::ScaleDirection", "getDirection">,
    InterfaceMethod<"The elements that share one scale.",
      "::mlir::mml::Granularity", "getGranularity">,
    InterfaceMethod<"The element type of the quantized tensor: i8 or trit.",
      "::mlir::Type", "getQuantizedType">,
    InterfaceMethod<"The smallest and the largest integer of the result.",
      "std::pair<int64_t, int64_t>", "getRange">,
    InterfaceMethod<[{
        Builds the f32 scale of a group from its f32 statistic.
      }], "::mlir::Value", "buildScale",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$statistic)>,
    InterfaceMethod<[{
        Builds the i8 integer of the f32 element `x`, in range for every input:
        NaN and infinity too, for which a conversion alone would be poison.
      }], "::mlir::Value", "buildQuantized",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$x, "::mlir::Value":$statistic,
           "::mlir::Value":$scale)>,
  ];
}

def MML_LayoutAttrInterface : AttrInterface<"LayoutAttrInterface"> {
  let cppNamespace = "::mlir::mml";
  let description = [{
    How a rank-2 tensor of trits lies in memory. A layout is the encoding of
    the tensor's type, so that a producer and a consumer that disagree about
    it do not verify.
  }];
  let methods = [
    InterfaceMethod<"The tensor that holds `shape` trits in this layout.",
      "::mlir::RankedTensorType", "getStorageType",
      (ins "::llvm::ArrayRef<int64_t>":$shape)>,
    InterfaceMethod<[{
        Packs row-major trits of `shape` into `storage`, whose size is that of
        the storage type.
      }], "void", "pack",
      (ins "::llvm::ArrayRef<int64_t>":$shape,
           "::mml::ternary::TritView":$trits,
           "::llvm::MutableArrayRef<char>":$storage)>,
  ];
}

def MML_KernelLayoutAttrInterface
    : AttrInterface<"KernelLayoutAttrInterface", [MML_LayoutAttrInterface]> {
  let cppNamespace = "::mlir::mml";
  let description = [{
    A layout whose kernel is compiled from `mml.contract_packed`: it also says
    how the activations lie. Each tensor of them has tiles of tokens in front.
  }];
  let methods = [
    InterfaceMethod<"The outputs of a block, which the storage has in front.",
      "int64_t", "getBlockRows">,
    InterfaceMethod<"The tokens of a tile, which activations have in front.",
      "int64_t", "getTokenTile">,
    InterfaceMethod<"The most depth that a storage of `shape` may have.",
      "int64_t", "getStorageDepth",
      (ins "::llvm::ArrayRef<int64_t>":$shape)>,
    InterfaceMethod<[{
        The tensors that hold the activations of `tokens`, which may be dynamic,
        and of `depth`.
      }], "::llvm::SmallVector<::mlir::RankedTensorType>", "getActivationTypes",
      (ins "int64_t":$tokens, "int64_t":$depth)>,
    InterfaceMethod<[{
        Whether the kernel multiplies f32, which lie as they are, `N x K`, and
        sums in f32. Otherwise activations are i8 that
        `mml.pack_activations` arranges, and sums are i32.
      }], "bool", "takesFloats", (ins), /*methodBody=*/"",
      /*defaultImplementation=*/"return false;">,
  ];
}

#endif // MML_DIALECT_MML_IR_MMLINTERFACES_TD
