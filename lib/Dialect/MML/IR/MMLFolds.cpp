//===- MMLFolds.cpp - Folders and canonicalizations -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Folds.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mml/Ternary/Quantize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// A constant that says one value for all elements is short whatever its size;
/// more elements than this are not written out.
static constexpr int64_t kMaxSplatElements = int64_t(1) << 28;

/// The floats of a constant, or nothing where they are not at hand. `splat`
/// keeps the values of a splat alive.
static std::optional<ArrayRef<float>> getFloats(Attribute attr,
                                                SmallVectorImpl<float> &splat) {
  if (auto dense = dyn_cast_or_null<DenseFPElementsAttr>(attr)) {
    if (!dense.getElementType().isF32() ||
        (dense.isSplat() && dense.getNumElements() > kMaxSplatElements))
      return std::nullopt;
    llvm::append_range(splat, dense.getValues<float>());
    return splat;
  }
  auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(attr);
  if (!resource || !resource.getElementType().isF32())
    return std::nullopt;
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  size_t expected = resource.getNumElements() * sizeof(float);
  if (!blob || blob->getData().size() != expected ||
      !llvm::isAddrAligned(llvm::Align(alignof(float)), blob->getData().data()))
    return std::nullopt;
  return ArrayRef(reinterpret_cast<const float *>(blob->getData().data()),
                  resource.getNumElements());
}

/// Whether all elements of a constant are `value`.
static bool isConstantOf(Value tensor, float value) {
  Attribute attr;
  if (!tensor || !matchPattern(tensor, m_Constant(&attr)))
    return false;
  auto dense = dyn_cast<DenseFPElementsAttr>(attr);
  if (dense && dense.isSplat())
    return dense.getSplatValue<APFloat>().convertToDouble() == value;
  SmallVector<float> splat;
  std::optional<ArrayRef<float>> values = getFloats(attr, splat);
  return values && llvm::all_of(*values, [=](float x) { return x == value; });
}

static StringRef getResourceName(Attribute attr, StringRef fallback) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return resource.getRawHandle().getKey();
  return fallback;
}

//===----------------------------------------------------------------------===//
// Core form
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult StorageOp::fold(FoldAdaptor adaptor) {
  if (auto trits = dyn_cast_or_null<TritsAttr>(adaptor.getInput()))
    return getStorageConstant(trits, getResult().getType());
  return {};
}

Attribute mlir::mml::getStorageConstant(TritsAttr trits,
                                        RankedTensorType type) {
  // Of packed trits the bytes are the storage.
  if (trits.getType().getEncoding()) {
    std::optional<ArrayRef<char>> bytes = trits.getBytes();
    int64_t size = trits.getStorage().getNumElements();
    if (!bytes)
      return {};
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(trits.getStorage()))
      return DenseResourceElementsAttr::get(
          type, cast<DenseResourceElementsHandle>(resource.getRawHandle()));
    if (size > kMaxSplatElements)
      return {};
    return createResource(type, "trits", size,
                          [&](MutableArrayRef<char> storage) {
                            // A splat has its one byte.
                            for (auto [i, byte] : llvm::enumerate(storage))
                              byte = (*bytes)[i % bytes->size()];
                          });
  }
  FailureOr<ternary::TritArray> values = trits.getTrits();
  if (failed(values))
    return {};
  // Upstream folds the access to an element of a constant only where the
  // constant is no resource: it fails on those.
  constexpr int64_t kMaxDenseElements = 64;
  if (type.getNumElements() <= kMaxDenseElements) {
    SmallVector<int8_t> bytes(type.getNumElements());
    values->unpack(bytes);
    return DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes));
  }
  return createResource(
      type, trits.getResourceName("trits"), type.getNumElements(),
      [&](MutableArrayRef<char> storage) {
        values->unpack(MutableArrayRef(
            reinterpret_cast<int8_t *>(storage.data()), storage.size()));
      });
}

/// The trits and scales of a row-major kernel with `columns` columns.
struct ConstantKernel {
  ternary::TritArray trits;
  SmallVector<float> scales;
};

static std::optional<ternary::TernaryKernel>
ternarizeGroup(QuantizerAttrInterface quantizer, ArrayRef<float> group) {
  if (auto absmean = dyn_cast<AbsMeanAttr>(quantizer))
    return ternary::ternarize(
        ternary::AbsmeanQuantizer{
            static_cast<float>(absmean.getEpsilon().getValueAsDouble()),
            static_cast<float>(absmean.getLimit().getValueAsDouble())},
        group);
  if (auto threshold = dyn_cast<ThresholdAttr>(quantizer)) {
    ternary::ThresholdQuantizer parameters;
    if (threshold.getFactor())
      parameters.factor = threshold.getFactor().getValueAsDouble();
    else
      parameters.fixed = threshold.getValue().getValueAsDouble();
    return ternary::ternarize(parameters, group);
  }
  return std::nullopt;
}

static std::optional<ConstantKernel>
ternarizeConstant(QuantizerAttrInterface quantizer, ArrayRef<float> kernel,
                  int64_t columns) {
  ConstantKernel result;
  if (quantizer.getGranularity() == Granularity::Tensor) {
    std::optional<ternary::TernaryKernel> whole =
        ternarizeGroup(quantizer, kernel);
    if (!whole)
      return std::nullopt;
    result.trits = std::move(whole->trits);
    result.scales.push_back(whole->scale.value);
    return result;
  }
  result.trits = ternary::TritArray(kernel.size());
  SmallVector<float> column;
  for (int64_t m = 0; m < columns; ++m) {
    column.clear();
    for (size_t i = m; i < kernel.size(); i += columns)
      column.push_back(kernel[i]);
    std::optional<ternary::TernaryKernel> part =
        ternarizeGroup(quantizer, column);
    if (!part)
      return std::nullopt;
    for (size_t k = 0; k < column.size(); ++k)
      result.trits.set(k * columns + m, part->trits[k]);
    result.scales.push_back(part->scale.value);
  }
  return result;
}

/// Makes the constant kernel of a ternarization ternary at compile time.
LogicalResult TernarizeOp::fold(FoldAdaptor adaptor,
                                SmallVectorImpl<OpFoldResult> &results) {
  if (getNumResults() == 0)
    return failure();
  SmallVector<float> splat;
  std::optional<ArrayRef<float>> floats = getFloats(adaptor.getInput(), splat);
  auto type = dyn_cast<RankedTensorType>(getResult(0).getType());
  auto scaleType = dyn_cast<RankedTensorType>(getResult(1).getType());
  if (!floats || !type || !type.hasStaticShape() || !scaleType.hasStaticShape())
    return failure();
  std::optional<ConstantKernel> kernel =
      ternarizeConstant(getQuantizer(), *floats, type.getShape().back());
  if (!kernel)
    return failure();
  StringRef name = getResourceName(adaptor.getInput(), "kernel");
  results.push_back(TritsAttr::get(type, name, kernel->trits));
  results.push_back(
      DenseElementsAttr::get(scaleType, ArrayRef(kernel->scales)));
  return success();
}

//===----------------------------------------------------------------------===//
// Layer form
//===----------------------------------------------------------------------===//

OpFoldResult ActivationOp::fold(FoldAdaptor) {
  if (getActivation().isIdentity() && getInput().getType() == getType())
    return getInput();
  return {};
}

OpFoldResult MergeOp::fold(FoldAdaptor) {
  // One operand merges with nothing.
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

namespace {

/// An operand that changes nothing: a gain of ones, a bias of zeros.
template <typename OpTy> struct DropNeutralOperand : OpRewritePattern<OpTy> {
  using Getter = MutableOperandRange (OpTy::*)();

  DropNeutralOperand(MLIRContext *context, Getter getter, float neutral)
      : OpRewritePattern<OpTy>(context), getter(getter), neutral(neutral) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    MutableOperandRange operand = (op.*getter)();
    if (operand.empty())
      return rewriter.notifyMatchFailure(op, "the operand is not there");
    if (!isConstantOf(operand[0].get(), neutral))
      return rewriter.notifyMatchFailure(op, "the operand is not neutral");
    rewriter.modifyOpInPlace(op, [&] { operand.clear(); });
    return success();
  }

private:
  Getter getter;
  float neutral;
};

/// An activation that changes nothing.
template <typename OpTy>
struct DropIdentityActivation : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getActivation() || !op.getActivation()->isIdentity())
      return rewriter.notifyMatchFailure(op, "no identity activation");
    rewriter.modifyOpInPlace(op, [&] { op.removeActivationAttr(); });
    return success();
  }
};

} // namespace

void DenseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<DropIdentityActivation<DenseOp>>(context);
  patterns.add<DropNeutralOperand<DenseOp>>(context, &DenseOp::getGainMutable,
                                            1.0f);
  patterns.add<DropNeutralOperand<DenseOp>>(context,
                                            &DenseOp::getNormBiasMutable, 0.0f);
}

void EinsumDenseOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  populateEinsumDenseToDensePatterns(patterns);
  patterns.add<DropIdentityActivation<EinsumDenseOp>>(context);
  patterns.add<DropNeutralOperand<EinsumDenseOp>>(
      context, &EinsumDenseOp::getGainMutable, 1.0f);
  patterns.add<DropNeutralOperand<EinsumDenseOp>>(
      context, &EinsumDenseOp::getNormBiasMutable, 0.0f);
}

void RMSNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<DropNeutralOperand<RMSNormOp>>(context,
                                              &RMSNormOp::getGainMutable, 1.0f);
  patterns.add<DropNeutralOperand<RMSNormOp>>(context,
                                              &RMSNormOp::getBiasMutable, 0.0f);
}
