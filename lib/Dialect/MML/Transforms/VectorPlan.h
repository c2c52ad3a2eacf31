//===- VectorPlan.h - How linalg is cut into vectors ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_VECTORPLAN_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_VECTORPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::mml {

/// Registers that a vector fills: two chains of dependent operations hide part
/// of their latency, and a broadcast serves two.
inline constexpr int64_t registersPerVector = 2;

/// How one operation is cut into vectors.
struct VectorPlan {
  /// The reduction of one output along the vectors' axis.
  struct Reduction {
    vector::CombiningKind kind;
    /// The element that changes nothing.
    TypedAttr neutral;
  };

  /// The axis that vectors run along, its size and the lanes of a vector.
  unsigned axis;
  int64_t size;
  int64_t lanes;
  /// One an output, if `axis` is reduced.
  SmallVector<Reduction> reductions;
  /// An axis whose steps read the same vectors of some input, in a contraction.
  std::optional<unsigned> rowAxis;
  /// Operations of the body that may be fused: the sum of a reduction with the
  /// product that it adds.
  llvm::SmallPtrSet<Operation *, 2> contracted;
};

/// Finds the plan of an operation, or why there is none.
class VectorPlanner {
public:
  VectorPlanner(linalg::LinalgOp op, unsigned vectorBits)
      : op(op), vectorBits(vectorBits) {}

  /// Fails with a reason.
  FailureOr<VectorPlan> plan();
  const std::string &getReason() const { return reason; }

private:
  template <typename... Args>
  LogicalResult refuse(const char *format, Args &&...args) {
    // The first axis that is tried is the one that was meant to be fast.
    if (reason.empty())
      reason = llvm::formatv(format, std::forward<Args>(args)...).str();
    return failure();
  }

  LogicalResult checkOperation();
  FailureOr<VectorPlan> planAlong(unsigned axis);
  LogicalResult checkOperands(const VectorPlan &plan);
  LogicalResult checkBody(VectorPlan &plan);
  LogicalResult checkReductions(VectorPlan &plan);
  void chooseRowAxis(VectorPlan &plan);
  void findProducts(VectorPlan &plan);
  bool isReduced(unsigned axis);

  linalg::LinalgOp op;
  unsigned vectorBits;
  std::string reason;
};

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_VECTORPLAN_H
