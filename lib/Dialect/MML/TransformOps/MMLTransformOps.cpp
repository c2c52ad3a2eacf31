//===- MMLTransformOps.cpp - Schedules of contractions --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/TransformOps/MMLTransformOps.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::mml;
// The operations are members of no namespace of their own.
using transform::ApplyToEachResultList;
using transform::TransformResults;
using transform::TransformRewriter;
using transform::TransformState;

/// The constant that holds the trits of `op`, where they have no layout.
static ConstantOp getUnpacked(ContractOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getRhs().getType());
  if (!type || type.getEncoding())
    return {};
  return op.getRhs().getDefiningOp<ConstantOp>();
}

/// Says why `op` does not apply to `target`.
static DiagnosedSilenceableFailure refuse(transform::TransformOpInterface op,
                                          Operation *target,
                                          const Twine &text) {
  auto error = op.emitSilenceableError() << text;
  error.attachNote(target->getLoc()) << "this operation";
  return DiagnosedSilenceableFailure(std::move(error));
}

//===----------------------------------------------------------------------===//
// MatchContractionsOp
//===----------------------------------------------------------------------===//

LogicalResult MatchContractionsOp::verify() {
  // (C1)
  for (auto [name, size] :
       {std::pair("tokens", getTokens()), std::pair("depth", getDepth()),
        std::pair("outputs", getOutputs())})
    if (size && static_cast<int64_t>(*size) < 0)
      return emitOpError() << "expected " << name << " of 0 or more but got "
                           << static_cast<int64_t>(*size);
  return success();
}

DiagnosedSilenceableFailure
MatchContractionsOp::apply(TransformRewriter &, TransformResults &results,
                           TransformState &state) {
  SmallVector<Operation *> found;
  auto hasSize = [](int64_t size, std::optional<uint64_t> wanted) {
    return !wanted || size == static_cast<int64_t>(*wanted);
  };
  for (Operation *root : state.getPayloadOps(getRoot()))
    root->walk([&](ContractOp op) {
      ArrayRef<int64_t> lhs =
          cast<ShapedType>(op.getLhs().getType()).getShape();
      ArrayRef<int64_t> rhs =
          cast<ShapedType>(op.getRhs().getType()).getShape();
      if (getUnpacked(op) && (!getIntegers() || op.getBound()) &&
          hasSize(lhs.end()[-2], getTokens()) &&
          hasSize(rhs.end()[-2], getDepth()) &&
          hasSize(rhs.back(), getOutputs()))
        found.push_back(op);
    });
  results.set(cast<OpResult>(getContractions()), found);
  return DiagnosedSilenceableFailure::success();
}

//===----------------------------------------------------------------------===//
// PackWeightsOp
//===----------------------------------------------------------------------===//

DiagnosedSilenceableFailure
PackWeightsOp::applyToOne(TransformRewriter &rewriter, Operation *target,
                          ApplyToEachResultList &, TransformState &) {
  auto op = dyn_cast<ContractOp>(target);
  if (!op)
    return refuse(*this, target, "expected an mml.contract");
  ConstantOp constant = getUnpacked(op);
  if (!constant)
    return refuse(*this, target, "expected constant trits without a layout");
  auto kernel = dyn_cast<KernelLayoutAttrInterface>(getLayout());
  bool isFloat = !op.getBound();
  if (kernel && kernel.takesFloats() != isFloat)
    return refuse(*this, target,
                  isFloat ? "expected #mml.tiled or #mml.word_lookup for "
                            "activations that are floats"
                          : "expected #mml.tiled, #mml.dot or #mml.lookup for "
                            "activations that are integers");
  auto encoding = dyn_cast<VerifiableTensorEncoding>(Attribute(getLayout()));
  TritsAttr value = constant.getValue();
  RankedTensorType type = value.getType();
  // What the layout says of the shape is part of this failure.
  std::string reason;
  {
    ScopedDiagnosticHandler handler(getContext(), [&](Diagnostic &diagnostic) {
      reason = diagnostic.str();
      return success();
    });
    if (encoding && succeeded(encoding.verifyEncoding(
                        type.getShape(), type.getElementType(),
                        [&] { return mlir::emitError(getLoc()); })))
      reason.clear();
  }
  if (!reason.empty())
    return refuse(*this, target, reason);
  FailureOr<TritsAttr> packed =
      value.withLayout(getLayout(), value.getResourceName("trits"));
  if (failed(packed))
    return refuse(*this, target, "expected the trits to be at hand");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(constant);
  auto made = ConstantOp::create(rewriter, constant.getLoc(), *packed);
  rewriter.modifyOpInPlace(op, [&] { op.getRhsMutable().assign(made); });
  if (constant.use_empty())
    rewriter.eraseOp(constant);
  return DiagnosedSilenceableFailure::success();
}

void PackWeightsOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  transform::onlyReadsHandle(getTargetMutable(), effects);
  transform::modifiesPayload(effects);
}

//===----------------------------------------------------------------------===//
// TransformPackActivationsOp
//===----------------------------------------------------------------------===//

DiagnosedSilenceableFailure TransformPackActivationsOp::applyToOne(
    TransformRewriter &rewriter, Operation *target,
    ApplyToEachResultList &results, TransformState &) {
  auto op = dyn_cast<ContractOp>(target);
  if (!op)
    return refuse(*this, target, "expected an mml.contract");
  rewriter.setInsertionPoint(op);
  std::string reason;
  FailureOr<ContractPackedOp> packed = packContraction(rewriter, op, reason);
  if (failed(packed))
    return refuse(*this, target, reason);
  results.push_back(*packed);
  return DiagnosedSilenceableFailure::success();
}

//===----------------------------------------------------------------------===//
// TileContractionOp
//===----------------------------------------------------------------------===//

LogicalResult TileContractionOp::verify() {
  // (C1)
  auto tokens = static_cast<int64_t>(getTokens());
  if (!isTokenTile(tokens))
    return emitOpError() << "expected tokens that are a multiple of 16 up to "
                            "65536 but got "
                         << tokens;
  // (C2)
  auto outputs = static_cast<int64_t>(getOutputs());
  if (outputs < 0)
    return emitOpError() << "expected outputs of 0 or more but got " << outputs;
  return success();
}

DiagnosedSilenceableFailure
TileContractionOp::applyToOne(TransformRewriter &rewriter, Operation *target,
                              ApplyToEachResultList &results,
                              TransformState &) {
  auto op = dyn_cast<ContractPackedOp>(target);
  if (!op || !op.hasPureTensorSemantics())
    return refuse(*this, target, "expected an mml.contract_packed on tensors");
  auto outputs = static_cast<int64_t>(getOutputs());
  if (int64_t rows = op.getLayout().getBlockRows(); outputs % rows != 0)
    return refuse(*this, target,
                  "expected outputs that are a multiple of " + Twine(rows) +
                      ", the rows of the layout, but got " + Twine(outputs));
  ContractionTiles tiles{static_cast<int64_t>(getTokens()), outputs,
                         getParallel()};
  FailureOr<Operation *> loop = fuseContraction(rewriter, op, tiles);
  if (failed(loop))
    return DiagnosedSilenceableFailure::definiteFailure();
  results.push_back(*loop);
  return DiagnosedSilenceableFailure::success();
}

//===----------------------------------------------------------------------===//
// Extension
//===----------------------------------------------------------------------===//

#define GET_OP_CLASSES
#include "mml/Dialect/MML/TransformOps/MMLTransformOps.cpp.inc"

namespace {

struct MMLTransformDialectExtension
    : transform::TransformDialectExtension<MMLTransformDialectExtension> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MMLTransformDialectExtension)

  using Base::Base;

  void init() {
    declareDependentDialect<MMLDialect>();
    declareGeneratedDialect<affine::AffineDialect>();
    declareGeneratedDialect<linalg::LinalgDialect>();
    declareGeneratedDialect<scf::SCFDialect>();
    declareGeneratedDialect<tensor::TensorDialect>();
    registerTransformOps<
#define GET_OP_LIST
#include "mml/Dialect/MML/TransformOps/MMLTransformOps.cpp.inc"
        >();
  }
};

} // namespace

void mlir::mml::registerTransformDialectExtension(DialectRegistry &registry) {
  registry.addExtensions<MMLTransformDialectExtension>();
}
