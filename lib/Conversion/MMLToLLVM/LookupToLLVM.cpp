//===- LookupToLLVM.cpp - Lookups in tables in the LLVM dialect -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LookupToLLVM.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace mlir::mml;

/// The elements of a half of a table, which some instructions take apart.
static constexpr int64_t kHalf = LookupOp::kTableSize / 2;

namespace {

/// Builds one lookup.
class LookupBuilder {
public:
  LookupBuilder(OpBuilder &builder, Location loc, Value table, Value indices)
      : b(builder), loc(loc), table(table), indices(indices),
        count(getSize(indices)) {}

  Value build(LookupKind kind) {
    switch (kind) {
    case LookupKind::Portable:
      return buildPortable();
    case LookupKind::Pshufb:
      return buildPshufb();
    case LookupKind::Vpermb:
      return buildVpermb();
    case LookupKind::Tbl:
      return buildTbl();
    case LookupKind::Vpermi2ps:
      return buildVpermi2ps();
    case LookupKind::Vpermw:
      return call("x86.avx512.permvar.hi.512", {table, indices});
    }
    llvm_unreachable("unknown kind of lookups");
  }

private:
  /// Lane by lane; the table goes through memory.
  Value buildPortable();
  /// Indices with the highest bit set give 0 there: the halves of the table are
  /// looked up apart, and one of the two results is 0.
  Value buildPshufb();
  Value buildVpermb();
  /// Sixteen indices at once.
  Value buildTbl();
  /// The halves of the table are operands of their own.
  Value buildVpermi2ps();

  static int64_t getSize(Value vector) {
    return cast<VectorType>(vector.getType()).getDimSize(0);
  }
  VectorType getBytesType(int64_t size) {
    return VectorType::get(size, b.getI8Type());
  }
  Value splat(int64_t value) {
    auto type = cast<VectorType>(indices.getType());
    return LLVM::ConstantOp::create(
        b, loc, type,
        DenseElementsAttr::get(type,
                               b.getIntegerAttr(type.getElementType(), value)));
  }
  Value call(const Twine &name, Type type, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(
               b, loc, type, b.getStringAttr("llvm." + name), operands)
        .getResult(0);
  }
  /// An intrinsic whose result is as the indices are.
  Value call(const Twine &name, ValueRange operands) {
    return call(name, indices.getType(), operands);
  }
  /// The elements of `vector` and, behind them, of `other` at `positions`.
  Value shuffle(Value vector, Value other, ArrayRef<int32_t> positions) {
    return LLVM::ShuffleVectorOp::create(b, loc, vector, other, positions);
  }
  /// The `size` elements of `vector` from `first` on.
  Value slice(Value vector, int64_t first, int64_t size) {
    return shuffle(vector, vector,
                   llvm::to_vector(llvm::seq<int32_t>(first, first + size)));
  }
  /// The indices without the bits above them.
  Value maskIndices() {
    return LLVM::AndOp::create(b, loc, indices,
                               splat(LookupOp::kTableSize - 1));
  }

  OpBuilder &b;
  Location loc;
  Value table, indices;
  /// The number of indices.
  int64_t count;
};

} // namespace

Value LookupBuilder::buildPortable() {
  Value masked = maskIndices();
  Value result = LLVM::PoisonOp::create(
      b, loc, LookupOp::getResultType(indices.getType()));
  for (int64_t lane = 0; lane < count; ++lane) {
    Value position = LLVM::ConstantOp::create(b, loc, b.getI64Type(), lane);
    Value index = LLVM::ExtractElementOp::create(b, loc, masked, position);
    Value element = LLVM::ExtractElementOp::create(b, loc, table, index);
    result = LLVM::InsertElementOp::create(b, loc, result, element, position);
  }
  return result;
}

Value LookupBuilder::buildPshufb() {
  StringRef name = count == 64   ? "x86.avx512.pshuf.b.512"
                   : count == 32 ? "x86.avx2.pshuf.b"
                                 : "x86.ssse3.pshuf.b.128";
  auto lookUp = [&](int64_t first, Value index) {
    // Every 16 bytes look up in their own copy.
    SmallVector<int32_t> positions;
    for (int64_t lane = 0; lane < count; ++lane)
      positions.push_back(first + lane % kHalf);
    return call(name, {shuffle(table, table, positions), index});
  };
  Value masked = maskIndices();
  // From 16 on these are 128 and more; below 16 those are negative.
  Value low = LLVM::AddOp::create(b, loc, masked, splat(128 - kHalf));
  Value high = LLVM::SubOp::create(b, loc, masked, splat(kHalf));
  return LLVM::OrOp::create(b, loc, lookUp(0, low), lookUp(kHalf, high));
}

Value LookupBuilder::buildVpermb() {
  if (count == 16)
    return call("x86.avx512.vpermi2var.qi.128",
                {slice(table, 0, kHalf), indices, slice(table, kHalf, kHalf)});
  if (count == 32)
    return call("x86.avx512.permvar.qi.256", {table, indices});
  // The sixth bit of an index is of no matter with a table that has two copies.
  SmallVector<int32_t> twice;
  for (int64_t lane = 0; lane < count; ++lane)
    twice.push_back(lane % LookupOp::kTableSize);
  return call("x86.avx512.permvar.qi.512",
              {shuffle(table, table, twice), indices});
}

Value LookupBuilder::buildVpermi2ps() {
  return call("x86.avx512.vpermi2var.ps.512",
              LookupOp::getResultType(indices.getType()),
              {slice(table, 0, kHalf), indices, slice(table, kHalf, kHalf)});
}

Value LookupBuilder::buildTbl() {
  Value masked = maskIndices();
  Value low = slice(table, 0, kHalf), high = slice(table, kHalf, kHalf);
  SmallVector<Value> pieces;
  for (int64_t first = 0; first < count; first += kHalf) {
    Value part = count == kHalf ? masked : slice(masked, first, kHalf);
    pieces.push_back(call("aarch64.neon.tbl2.v16i8", getBytesType(kHalf),
                          {low, high, part}));
  }
  // Neighbours join until there is one.
  while (pieces.size() > 1) {
    auto all =
        llvm::to_vector(llvm::seq<int32_t>(0, 2 * getSize(pieces.front())));
    SmallVector<Value> joined;
    for (size_t i = 0; i < pieces.size(); i += 2)
      joined.push_back(shuffle(pieces[i], pieces[i + 1], all));
    pieces = std::move(joined);
  }
  return pieces.front();
}

namespace {

struct ConvertLookup : ConvertOpToLLVMPattern<LookupOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(LookupOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LookupBuilder builder(rewriter, op.getLoc(), adaptor.getTable(),
                          adaptor.getIndices());
    rewriter.replaceOp(op, builder.build(op.getKind()));
    return success();
  }
};

} // namespace

void mlir::mml::populateLookupToLLVMPatterns(const LLVMTypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertLookup>(converter);
}
