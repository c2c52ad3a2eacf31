//===- BufferizableOpInterfaceImpl.cpp - Bufferization of core operations -===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::mml;

namespace {

/// A core operation on tensors becomes the same operation on memrefs.
/// `accumulates` says whether it reads its destinations.
template <typename OpTy, bool accumulates>
struct CoreOpModel
    : DstBufferizableOpInterfaceExternalModel<CoreOpModel<OpTy, accumulates>,
                                              OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return accumulates ||
           !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto dps = cast<DestinationStyleOpInterface>(op);
    if (dps.hasPureBufferSemantics())
      return success();
    SmallVector<Value> operands, results;
    for (OpOperand &operand : op->getOpOperands()) {
      FailureOr<Value> buffer =
          getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
      if (dps.isDpsInit(&operand))
        results.push_back(*buffer);
    }
    OperationState opState(op->getLoc(), op->getName(), operands, TypeRange(),
                           llvm::to_vector(op->getDiscardableAttrs()));
    opState.propertiesAttr = op->getPropertiesAsAttribute();
    rewriter.create(opState);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

} // namespace

void mlir::mml::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MMLDialect *) {
    QuantizeOp::attachInterface<CoreOpModel<QuantizeOp, false>>(*context);
    TernarizeOp::attachInterface<CoreOpModel<TernarizeOp, false>>(*context);
    ContractOp::attachInterface<CoreOpModel<ContractOp, true>>(*context);
    ContractPackedOp::attachInterface<CoreOpModel<ContractPackedOp, false>>(
        *context);
    PackActivationsOp::attachInterface<CoreOpModel<PackActivationsOp, false>>(
        *context);
    RescaleOp::attachInterface<CoreOpModel<RescaleOp, false>>(*context);
  });
}
