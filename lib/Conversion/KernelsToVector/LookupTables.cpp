//===- LookupTables.cpp - Tables of sums of three activations -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/LookupKernel.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Ternary/LookupLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::mml;
using ::mml::ternary::LookupLayout;

/// The sums of a table, and the bits of one that its first part has.
static constexpr int64_t kEntries = kLookupTableBytes / 2, kLowBits = 5;

MemRefType mlir::mml::getLookupTablesType(MLIRContext *context, int64_t tokens,
                                          int64_t depth) {
  return MemRefType::get(
      {tokens, LookupLayout::getNumIndices(depth), kLookupTableBytes},
      IntegerType::get(context, 8));
}

/// The trit of an activation in an entry; 0 in those of no index.
static int getTrit(int64_t entry, int64_t activation) {
  constexpr int64_t powers[LookupLayout::indexTrits] = {1, 3, 9};
  return entry < 27 ? int(entry / powers[activation] % 3) - 1 : 0;
}

namespace {

class TableBuilder {
public:
  TableBuilder(OpBuilder &builder, Location loc, Value activations,
               Value tables, const LookupKernelOptions &options)
      : b(builder), loc(loc), activations(activations), tables(tables),
        bias(LookupLayout::indexTrits * options.bound),
        vectorBytes(options.vectorBits / 8),
        hasPairs(hasPairProducts(options.kind)),
        sumsType(VectorType::get(kEntries, b.getI16Type())) {}

  void build();

private:
  /// Builds one table, of `count` activations from `first` on.
  void buildTable(Value token, Value index, int64_t count);
  /// The sums of its entries, above 0.
  Value buildSums(Value token, Value first, int64_t count);
  /// The same of three activations, by products of pairs.
  Value buildSumsOfPairs(Value token, Value first);
  /// Stores both parts of each sum.
  void store(Value sums, Value token, Value index);

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value constant(ArrayRef<int16_t> values) {
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(sumsType, values));
  }

  OpBuilder &b;
  Location loc;
  Value activations, tables;
  /// What makes every sum positive.
  int64_t bias;
  int64_t vectorBytes;
  bool hasPairs;
  VectorType sumsType;
};

} // namespace

void TableBuilder::build() {
  int64_t depth = cast<MemRefType>(activations.getType()).getDimSize(1);
  int64_t whole = depth / LookupLayout::indexTrits,
          rest = depth % LookupLayout::indexTrits;
  Value tokens = memref::DimOp::create(b, loc, activations, 0);
  scf::ForOp::create(b, loc, index(0), tokens, index(1), ValueRange(),
                     [&](OpBuilder &, Location, Value token, ValueRange) {
                       scf::ForOp::create(
                           b, loc, index(0), index(whole), index(1),
                           ValueRange(),
                           [&](OpBuilder &, Location, Value i, ValueRange) {
                             buildTable(token, i, LookupLayout::indexTrits);
                             scf::YieldOp::create(b, loc);
                           });
                       if (rest > 0)
                         buildTable(token, index(whole), rest);
                       scf::YieldOp::create(b, loc);
                     });
}

void TableBuilder::buildTable(Value token, Value i, int64_t count) {
  Value first =
      arith::MulIOp::create(b, loc, i, index(LookupLayout::indexTrits));
  bool isWhole = count == LookupLayout::indexTrits;
  store(isWhole && hasPairs ? buildSumsOfPairs(token, first)
                            : buildSums(token, first, count),
        token, i);
}

Value TableBuilder::buildSums(Value token, Value first, int64_t count) {
  Value sums = constant(int16_t(bias));
  for (int64_t j = 0; j < count; ++j) {
    SmallVector<int16_t> trits;
    for (int64_t entry = 0; entry < kEntries; ++entry)
      trits.push_back(getTrit(entry, j));
    Value k = arith::AddIOp::create(b, loc, first, index(j));
    Value x = memref::LoadOp::create(b, loc, activations, ValueRange{token, k});
    Value wide = arith::ExtSIOp::create(b, loc, b.getI16Type(), x);
    Value spread = vector::BroadcastOp::create(b, loc, sumsType, wide);
    Value products = arith::MulIOp::create(b, loc, spread, constant(trits));
    sums = arith::AddIOp::create(b, loc, sums, products);
  }
  return sums;
}

Value TableBuilder::buildSumsOfPairs(Value token, Value first) {
  // The factors without sign are the activations plus 128, which the start
  // takes back; those with sign are the trits. The second activation is in both
  // pairs, once with factors of 0.
  constexpr int64_t offset = 128;
  Value pairs[2];
  for (int64_t pair = 0; pair < 2; ++pair) {
    Value k = arith::AddIOp::create(b, loc, first, index(pair));
    Value x = vector::LoadOp::create(b, loc, VectorType::get(2, b.getI8Type()),
                                     activations, ValueRange{token, k});
    auto wordType = VectorType::get(1, b.getI16Type());
    Value word = vector::ExtractOp::create(
        b, loc, vector::BitCastOp::create(b, loc, wordType, x), 0);
    Value flip =
        arith::ConstantOp::create(b, loc, b.getI16IntegerAttr(int16_t(0x8080)));
    pairs[pair] = arith::XOrIOp::create(b, loc, word, flip);
  }
  auto sumType = VectorType::get(vectorBytes / 2, b.getI16Type());
  auto bytesType = VectorType::get(vectorBytes, b.getI8Type());
  Value sums = constant(int16_t(0));
  for (int64_t entry = 0; entry < kEntries; entry += vectorBytes / 2) {
    SmallVector<int16_t> start;
    SmallVector<int8_t> trits[2];
    for (int64_t lane = 0; lane < vectorBytes / 2; ++lane) {
      int8_t t0 = getTrit(entry + lane, 0), t1 = getTrit(entry + lane, 1),
             t2 = getTrit(entry + lane, 2);
      start.push_back(bias - offset * (t0 + t1 + t2));
      trits[0].append({t0, t1});
      trits[1].append({0, t2});
    }
    Value sum = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(sumType, ArrayRef(start)));
    for (int64_t pair = 0; pair < 2; ++pair) {
      Value spread = vector::BroadcastOp::create(b, loc, sumType, pairs[pair]);
      Value codes = vector::BitCastOp::create(b, loc, bytesType, spread);
      Value values = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(bytesType, ArrayRef(trits[pair])));
      sum = ByteDotOp::create(b, loc, sumType, sum, codes, values);
    }
    sums = vector::InsertStridedSliceOp::create(
        b, loc, sum, sums, ArrayRef<int64_t>{entry}, ArrayRef<int64_t>{1});
  }
  return sums;
}

void TableBuilder::store(Value sums, Value token, Value i) {
  // Shifted by three, the upper byte of a sum has what is above its low bits;
  // the lower byte of the sum itself has those.
  auto bytesType = VectorType::get(kLookupTableBytes, b.getI8Type());
  Value shifted =
      arith::ShLIOp::create(b, loc, sums, constant(int16_t(8 - kLowBits)));
  SmallVector<int64_t> order;
  SmallVector<int8_t> masks;
  for (int64_t part = 0; part < 2; ++part)
    for (int64_t entry = 0; entry < kEntries; ++entry) {
      order.push_back(2 * entry + part * (kLookupTableBytes + 1));
      masks.push_back(part == 0 ? (1 << kLowBits) - 1 : -1);
    }
  Value bytes = vector::ShuffleOp::create(
      b, loc, vector::BitCastOp::create(b, loc, bytesType, sums),
      vector::BitCastOp::create(b, loc, bytesType, shifted), order);
  Value mask = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(bytesType, ArrayRef(masks)));
  Value table = arith::AndIOp::create(b, loc, bytes, mask);
  vector::StoreOp::create(b, loc, table, tables,
                          ValueRange{token, i, index(0)});
}

void mlir::mml::buildLookupTables(OpBuilder &builder, Location loc,
                                  Value activations, Value tables,
                                  const LookupKernelOptions &options) {
  TableBuilder(builder, loc, activations, tables, options).build();
}
