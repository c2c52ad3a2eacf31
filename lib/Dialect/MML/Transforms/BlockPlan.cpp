//===- BlockPlan.cpp - How contractions are cut into blocks ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;

/// Sums that are kept in registers along depth: a panel of rows of this depth
/// is half of a first-level cache of 32 KiB.
static constexpr int64_t maxDepthBlock = 256;
/// A second block is worth its reading and writing of the sums from here on.
static constexpr int64_t maxSingleDepthBlock = 384;
/// From this many multiply-accumulates on a contraction is worth the start of
/// threads.
static constexpr int64_t parallelMacs = 1 << 20;
/// Where there are fewer tasks, columns are cut too.
static constexpr int64_t soughtTasks = 16;
/// The rows that a task packs at once. It reads all packed columns for them:
/// many rows make that cheap where columns come from main memory, few stay
/// closer where the columns are in a cache.
static constexpr int64_t maxTaskRows = 192, maxCachedTaskRows = 48;
/// Elements of packed columns that stay in a second-level cache of 1 MiB, next
/// to rows and results.
static constexpr int64_t maxCachedColumns = 1 << 17;
/// Fewer rows read the columns too few times to pack them for it.
static constexpr int64_t leastRows = 4;

/// The product of two sizes, or the largest number below it.
static int64_t multiply(int64_t a, int64_t b) {
  return llvm::MulOverflow(a, b, a) ? std::numeric_limits<int64_t>::max() : a;
}

FailureOr<BlockPlan> BlockPlanner::plan() {
  BlockPlan plan;
  if (failed(checkOperation()) || failed(classify(plan)))
    return failure();
  plan.lanes = vectorBits / 32;
  orderDepth(plan);
  if (failed(checkSizes(plan)))
    return failure();
  chooseTile(plan);
  chooseBlocks(plan);
  return plan;
}

/// Whether `body` adds the product of its inputs to the result and does nothing
/// else. Upstream's test for contractions looks through operations of one
/// operand, which a tile would leave out.
static bool isPlainMultiplyAdd(Block &body) {
  Value lhs = body.getArgument(0), rhs = body.getArgument(1),
        old = body.getArgument(2);
  auto yield = cast<linalg::YieldOp>(body.getTerminator());
  auto sum = yield->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || (sum.getLhs() != old && sum.getRhs() != old))
    return false;
  Value other = sum.getLhs() == old ? sum.getRhs() : sum.getLhs();
  auto product = other.getDefiningOp<arith::MulFOp>();
  return product && ((product.getLhs() == lhs && product.getRhs() == rhs) ||
                     (product.getLhs() == rhs && product.getRhs() == lhs));
}

LogicalResult BlockPlanner::checkOperation() {
  if (!op.hasPureTensorSemantics())
    return refuse("operands are not tensors");
  if (!linalg::isaContractionOpInterface(op))
    return refuse("not a sum of products");
  for (Value operand : op->getOperands())
    if (Type type = getElementTypeOrSelf(operand); !type.isF32())
      return refuse("elements are '{0}' and not 'f32'", type);
  if (!isPlainMultiplyAdd(*op.getBlock()))
    return refuse("the body does more than multiply and add");
  for (auto [i, map] : llvm::enumerate(op.getIndexingMapsArray()))
    if (!map.isProjectedPermutation())
      return refuse("operand #{0} is not indexed by distinct axes", i);
  sizes = op.getStaticLoopRanges();
  return success();
}

int64_t BlockPlanner::getSize(ArrayRef<unsigned> axes) const {
  int64_t size = 1;
  for (unsigned axis : axes) {
    if (ShapedType::isDynamic(sizes[axis]))
      return ShapedType::kDynamic;
    size = multiply(size, sizes[axis]);
  }
  return size;
}

std::optional<unsigned> BlockPlanner::getInnermost(OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (map.getNumResults() == 0)
    return std::nullopt;
  return map.getDimPosition(map.getNumResults() - 1);
}

/// The axis of `axes` that tiles run along: the last one, unless tiles along a
/// longer one would be filled much better. A dynamic size counts as large.
unsigned BlockPlanner::chooseAxis(ArrayRef<unsigned> axes) const {
  auto getLength = [&](unsigned axis) {
    return ShapedType::isDynamic(sizes[axis])
               ? std::numeric_limits<int64_t>::max()
               : sizes[axis];
  };
  unsigned last = axes.back();
  if (getLength(last) * 2 > vectorBits / 32)
    return last;
  return *llvm::max_element(axes, [&](unsigned a, unsigned b) {
    return getLength(a) < getLength(b);
  });
}

LogicalResult BlockPlanner::classify(BlockPlan &plan) {
  FailureOr<linalg::ContractionDimensions> dims =
      linalg::inferContractionDims(op);
  if (failed(dims) ||
      dims->batch.size() + dims->m.size() + dims->n.size() + dims->k.size() !=
          op.getNumLoops())
    return refuse("an axis belongs to one operand alone");
  if (dims->m.empty() || dims->n.empty())
    return refuse("no product of matrices: only one input has axes of its own");
  // The axes of rows and columns in the order of the result.
  auto inOrder = [&](ArrayRef<unsigned> axes) {
    SmallVector<unsigned> ordered;
    OpOperand *init = op.getDpsInitOperand(0);
    for (AffineExpr expr : op.getMatchingIndexingMap(init).getResults()) {
      unsigned axis = cast<AffineDimExpr>(expr).getPosition();
      if (llvm::is_contained(axes, axis))
        ordered.push_back(axis);
    }
    return ordered;
  };
  plan.batchAxes = inOrder(dims->batch);
  plan.outerRowAxes = inOrder(dims->m);
  plan.outerColumnAxes = inOrder(dims->n);
  plan.depthAxes.assign(dims->k.begin(), dims->k.end());
  plan.rowInput = 0, plan.columnInput = 1;
  // Columns are stored in vectors, so they are what is contiguous.
  if (getInnermost(*op.getDpsInitOperand(0)) == plan.outerRowAxes.back()) {
    std::swap(plan.rowInput, plan.columnInput);
    std::swap(plan.outerRowAxes, plan.outerColumnAxes);
  }
  // Rows need not be contiguous anywhere.
  plan.rowAxis =
      *llvm::max_element(plan.outerRowAxes, [&](unsigned a, unsigned b) {
        return !ShapedType::isDynamic(sizes[a]) &&
               (ShapedType::isDynamic(sizes[b]) || sizes[a] < sizes[b]);
      });
  plan.columnAxis = chooseAxis(plan.outerColumnAxes);
  llvm::erase(plan.outerRowAxes, plan.rowAxis);
  llvm::erase(plan.outerColumnAxes, plan.columnAxis);
  return success();
}

/// Puts the axis last that is contiguous in an input, so that vectors run along
/// it.
void BlockPlanner::orderDepth(BlockPlan &plan) {
  auto moveToEnd = [&](std::optional<unsigned> axis) {
    auto *it = axis ? llvm::find(plan.depthAxes, *axis) : plan.depthAxes.end();
    if (it != plan.depthAxes.end())
      std::rotate(it, std::next(it), plan.depthAxes.end());
    return it;
  };
  moveToEnd(getInnermost(*op.getDpsInputOperand(plan.rowInput)));
  moveToEnd(getInnermost(*op.getDpsInputOperand(plan.columnInput)));
  plan.rowAccess = getAccess(plan, plan.rowInput, plan.rowAxis);
  plan.columnAccess = getAccess(plan, plan.columnInput, plan.columnAxis);
}

BlockPlan::Access BlockPlanner::getAccess(const BlockPlan &plan, unsigned input,
                                          unsigned across) {
  std::optional<unsigned> innermost =
      getInnermost(*op.getDpsInputOperand(input));
  if (innermost == across)
    return BlockPlan::Access::Across;
  // A vector must not reach from one step of an outer axis into the next.
  unsigned last = plan.depthAxes.back();
  if (innermost == last &&
      (plan.depthAxes.size() == 1 || sizes[last] % plan.lanes == 0))
    return BlockPlan::Access::Depth;
  return BlockPlan::Access::Scalar;
}

LogicalResult BlockPlanner::checkSizes(BlockPlan &plan) {
  for (unsigned axis : plan.depthAxes)
    if (ShapedType::isDynamic(sizes[axis]))
      return refuse("axis {0}, which is summed over, is dynamic", axis);
  SmallVector<unsigned> columnAxes = plan.outerColumnAxes,
                        rowAxes = plan.outerRowAxes;
  columnAxes.push_back(plan.columnAxis);
  rowAxes.push_back(plan.rowAxis);
  for (unsigned axis : columnAxes)
    if (ShapedType::isDynamic(sizes[axis]))
      return refuse("axis {0}, which columns run along, is dynamic", axis);
  plan.depth = getSize(plan.depthAxes);
  int64_t columns = getSize(columnAxes), rows = getSize(rowAxes);
  for (auto [axis, size] : llvm::enumerate(sizes))
    if (size == 0)
      return refuse("axis {0} has no elements", axis);
  if (columns < plan.lanes / 2)
    return refuse("{0} columns fill no vector of {1}", columns, plan.lanes);
  bool isDynamic = ShapedType::isDynamic(rows);
  if (!isDynamic && rows < leastRows)
    return refuse("{0} rows are too few to pack {1} columns for", rows,
                  columns);
  int64_t rowMacs = multiply(columns, plan.depth);
  int64_t batch = 1;
  for (unsigned axis : plan.batchAxes)
    batch = ShapedType::isDynamic(sizes[axis]) ? batch
                                               : multiply(batch, sizes[axis]);
  int64_t macs = multiply(rowMacs, isDynamic ? 1 : rows);
  if (!isDynamic && multiply(macs, batch) < minMacs)
    return refuse("{0} multiply-accumulates are fewer than {1}",
                  multiply(macs, batch), minMacs);
  if (isDynamic)
    plan.minRows =
        std::max<int64_t>(leastRows, llvm::divideCeil(minMacs, rowMacs));
  // Whether a dynamic number of rows is large is not known here; a small one
  // of large rows is worth threads too.
  plan.isParallel =
      multiply(multiply(rowMacs, batch), isDynamic ? 64 : rows) >= parallelMacs;
  return success();
}

/// Chooses the tile that computes the least that is not asked for, with all
/// sums, the vectors of one row of columns and one broadcast in registers.
void BlockPlanner::chooseTile(BlockPlan &plan) const {
  int64_t registers = vectorBits == 512 ? 32 : 16;
  int64_t rows = sizes[plan.rowAxis], columns = sizes[plan.columnAxis];
  double best = std::numeric_limits<double>::max();
  for (int64_t vectors = 1; vectors <= 4; ++vectors) {
    int64_t maxRows = (registers - 2 - vectors) / vectors;
    for (int64_t tileRows = maxRows; tileRows >= 1; --tileRows) {
      double filled = llvm::alignTo(columns, vectors * plan.lanes);
      filled *= ShapedType::isDynamic(rows)
                    ? 1.0
                    : double(llvm::alignTo(rows, tileRows)) / rows;
      // A multiplication waits for each load that the tile has more than
      // multiplications; fewer chains of sums than these do not fill the
      // pipelines.
      double loads = 1.0 / tileRows + 1.0 / vectors;
      double chains = std::max(1.0, 10.0 / (tileRows * vectors));
      double cost = filled * chains * std::max(1.0 + 0.1 * loads, loads);
      if (cost >= best)
        continue;
      best = cost;
      plan.tileRows = tileRows;
      plan.tileVectors = vectors;
    }
  }
}

void BlockPlanner::chooseBlocks(BlockPlan &plan) const {
  int64_t blocks = plan.depth <= maxSingleDepthBlock
                       ? 1
                       : llvm::divideCeil(plan.depth, maxDepthBlock);
  plan.depthBlock =
      llvm::alignTo(llvm::divideCeil(plan.depth, blocks), plan.lanes);
  SmallVector<unsigned> columnAxes = plan.outerColumnAxes;
  columnAxes.push_back(plan.columnAxis);
  int64_t columns = getSize(columnAxes);
  int64_t batch = 1;
  for (unsigned axis : plan.batchAxes)
    batch =
        multiply(batch, ShapedType::isDynamic(sizes[axis]) ? 1 : sizes[axis]);
  bool isCached = multiply(columns, plan.depth) <= maxCachedColumns;
  plan.packsInTask = batch >= soughtTasks && isCached;
  plan.isRowMajor = multiply(columns, plan.depthBlock) <= maxCachedColumns / 2;
  plan.taskPanels = std::max<int64_t>(
      1, (isCached ? maxCachedTaskRows : maxTaskRows) / plan.tileRows);
  plan.tasks = plan.isParallel && !plan.packsInTask ? soughtTasks : 1;
}
