//===- ShareCode.cpp - One function for code that repeats -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Grouping.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::mml {
#define GEN_PASS_DEF_SHARECODEPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Operations of a block, one behind the other but for constants, and what
/// passes between them and the code around them.
struct Segment {
  SmallVector<Operation *> ops;
  /// The values from outside, in the order of their first use.
  SetVector<Value> captures;
  /// For each use of such a value, in the order of the walk, which it is.
  SmallVector<unsigned> uses;
  /// The results that are used outside, and which of all results they are.
  SmallVector<Value> escaping;
  SmallVector<unsigned> escapes;
  /// Equal for segments that compute the same.
  llvm::hash_code hash = 0;

  explicit Segment(ArrayRef<Operation *> ops);

  /// Whether `op` is one of the operations or inside of one.
  bool contains(Operation *op) const;

private:
  void addCaptures();
  void addEscapes();

  Block *block;
  DenseSet<Operation *> members;
};

/// Segments that compute the same of values of their own.
using Group = SmallVector<const Segment *>;

} // namespace

Segment::Segment(ArrayRef<Operation *> ops)
    : ops(ops), block(ops.front()->getBlock()),
      members(ops.begin(), ops.end()) {
  addCaptures();
  addEscapes();
  for (Operation *op : ops)
    op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
      hash = llvm::hash_combine(
          hash, OperationEquivalence::computeHash(
                    inner, OperationEquivalence::ignoreHashValue,
                    OperationEquivalence::ignoreHashValue,
                    OperationEquivalence::IgnoreLocations));
    });
  hash = llvm::hash_combine(hash, llvm::hash_combine_range(uses),
                            llvm::hash_combine_range(escapes));
}

bool Segment::contains(Operation *op) const {
  Operation *ancestor = block->findAncestorOpInBlock(*op);
  return ancestor && members.contains(ancestor);
}

void Segment::addCaptures() {
  for (Operation *op : ops)
    op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        Operation *owner = operand.getDefiningOp();
        if (!owner)
          owner = operand.getParentBlock()->getParentOp();
        if (contains(owner))
          continue;
        captures.insert(operand);
        uses.push_back(llvm::find(captures, operand) - captures.begin());
      }
    });
}

void Segment::addEscapes() {
  unsigned number = 0;
  for (Operation *op : ops)
    for (Value result : op->getResults()) {
      if (!llvm::all_of(result.getUsers(),
                        [&](Operation *user) { return contains(user); })) {
        escaping.push_back(result);
        escapes.push_back(number);
      }
      ++number;
    }
}

/// A constant that is part of what code is made for: the size of a loop, not
/// the scale of a layer.
static Attribute getIntegerConstant(Value value) {
  Attribute constant;
  if (value.getType().isIntOrIndex())
    matchPattern(value, m_Constant(&constant));
  return constant;
}

static bool computeTheSame(const Segment &lhs, const Segment &rhs) {
  if (lhs.hash != rhs.hash || lhs.ops.size() != rhs.ops.size() ||
      lhs.uses != rhs.uses || lhs.escapes != rhs.escapes)
    return false;
  for (auto [left, right] : llvm::zip_equal(lhs.captures, rhs.captures))
    if (left.getType() != right.getType() ||
        getIntegerConstant(left) != getIntegerConstant(right))
      return false;
  DenseMap<Value, Value> inner;
  auto areEquivalent = [&](Value left, Value right) {
    // Which of the captures they are was compared above.
    if (lhs.captures.contains(left))
      return success(rhs.captures.contains(right));
    return success(inner.lookup(left) == right);
  };
  auto mark = [&](Value left, Value right) { inner[left] = right; };
  for (auto [left, right] : llvm::zip_equal(lhs.ops, rhs.ops))
    if (!OperationEquivalence::isEquivalentTo(
            left, right, areEquivalent, mark,
            OperationEquivalence::IgnoreLocations))
      return false;
  return true;
}

/// A constant that all segments of `group` have as capture `index`, or nothing.
static Operation *getCommonConstant(const Group &group, unsigned index) {
  Operation *first = group.front()->captures[index].getDefiningOp();
  if (!first || !matchPattern(first, m_Constant()))
    return nullptr;
  bool isCommon = llvm::all_of(group, [&](const Segment *segment) {
    Operation *op = segment->captures[index].getDefiningOp();
    return op && OperationEquivalence::isEquivalentTo(
                     op, first, OperationEquivalence::IgnoreLocations);
  });
  return isCommon ? first : nullptr;
}

namespace {
/// A function for the segments of a group.
struct SharedFunction {
  const Group *group;
  func::FuncOp function;
  /// Which captures of a segment are its operands.
  SmallVector<unsigned> parameters;
};
} // namespace

static SharedFunction createFunction(const Group &group, SymbolTable &symbols) {
  const Segment &first = *group.front();
  Location loc = first.ops.front()->getLoc();
  OpBuilder builder(loc.getContext());
  SmallVector<unsigned> parameters;
  SmallVector<Value> operands;
  SmallVector<Operation *> constants;
  for (auto [index, value] : llvm::enumerate(first.captures)) {
    if (Operation *constant = getCommonConstant(group, index)) {
      constants.push_back(constant);
      continue;
    }
    parameters.push_back(index);
    operands.push_back(value);
  }
  auto function = func::FuncOp::create(
      builder, loc, "shared",
      builder.getFunctionType(TypeRange(operands), TypeRange(first.escaping)));
  function.setPrivate();
  function.setNoInline(true);
  symbols.insert(function);

  builder.setInsertionPointToStart(function.addEntryBlock());
  IRMapping mapping;
  mapping.map(operands, function.getArguments());
  for (Operation *op : constants)
    builder.clone(*op, mapping);
  for (Operation *op : first.ops)
    builder.clone(*op, mapping);
  auto results = llvm::map_to_vector(
      first.escaping, [&](Value value) { return mapping.lookup(value); });
  func::ReturnOp::create(builder, loc, results);
  return {&group, function, parameters};
}

/// Puts a call of `callee` in front of `segment`, with operands by `replaced`,
/// which gets what stands for the results of `segment`.
static void createCall(const SharedFunction &callee, const Segment &segment,
                       IRMapping &replaced) {
  OpBuilder builder(segment.ops.back());
  auto operands = llvm::map_to_vector(callee.parameters, [&](unsigned index) {
    return replaced.lookupOrDefault(segment.captures[index]);
  });
  auto call = func::CallOp::create(builder, segment.ops.front()->getLoc(),
                                   callee.function, operands);
  for (auto [escaping, result] :
       llvm::zip_equal(segment.escaping, call.getResults())) {
    Value value = escaping;
    replaced.map(value, result);
    value.replaceUsesWithIf(result, [&](OpOperand &use) {
      return !segment.contains(use.getOwner());
    });
  }
}

/// Makes calls of the segments that are not the only ones of their kind, and
/// returns how many.
static unsigned share(const std::vector<Segment> &segments,
                      SymbolTable &symbols) {
  SmallVector<Group> groups = groupAlike(segments, computeTheSame);
  llvm::erase_if(groups, [](const Group &group) { return group.size() < 2; });
  // Calls change what the segments behind them use: first all are copied.
  SmallVector<SharedFunction> functions;
  for (const Group &group : groups)
    functions.push_back(createFunction(group, symbols));
  IRMapping replaced;
  unsigned count = 0;
  for (const SharedFunction &function : functions)
    for (const Segment *segment : *function.group) {
      createCall(function, *segment, replaced);
      ++count;
    }
  for (const Group &group : groups)
    for (const Segment *segment : group)
      for (Operation *op : llvm::reverse(segment->ops))
        op->erase();
  return count;
}

namespace {

struct ShareCodePass : mlir::mml::impl::ShareCodePassBase<ShareCodePass> {
  using ShareCodePassBase::ShareCodePassBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    numShared += share(findLoops(), symbols);
    // What lies between the calls that loops became repeats as they do.
    numShared += share(findRuns(), symbols);
  }

private:
  std::vector<Segment> findLoops() {
    std::vector<Segment> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](LoopLikeOpInterface loop) {
      if (loop->getNumResults() != 0 || !isWorthwhile(loop.getOperation()))
        return WalkResult::advance();
      loops.emplace_back(loop.getOperation());
      return WalkResult::skip();
    });
    return loops;
  }

  /// What lies between two calls in the bodies of functions. Constants, which
  /// may stand anywhere, are moved in front of it.
  std::vector<Segment> findRuns() {
    std::vector<Segment> runs;
    SmallVector<Operation *> run;
    auto finish = [&] {
      if (isWorthwhile(run))
        runs.emplace_back(run);
      run.clear();
    };
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody()) {
        for (Operation &op : llvm::make_early_inc_range(block)) {
          if (matchPattern(&op, m_Constant()) || isa<memref::GetGlobalOp>(op)) {
            if (!run.empty())
              op.moveBefore(run.front());
            continue;
          }
          // What is on the stack would end with the function.
          if (isa<func::CallOp, memref::AllocaOp>(op) ||
              op.hasTrait<OpTrait::IsTerminator>())
            finish();
          else
            run.push_back(&op);
        }
      }
    return runs;
  }

  /// Whether `ops` become more code than a call does.
  bool isWorthwhile(ArrayRef<Operation *> ops) {
    unsigned count = 0;
    return llvm::any_of(ops, [&](Operation *op) {
      return op
          ->walk([&](Operation *inner) {
            bool isKernel = isa_and_nonnull<MMLDialect>(inner->getDialect());
            return isKernel || ++count >= minOperations
                       ? WalkResult::interrupt()
                       : WalkResult::advance();
          })
          .wasInterrupted();
    });
  }
};

} // namespace
