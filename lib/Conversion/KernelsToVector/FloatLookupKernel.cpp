//===- FloatLookupKernel.cpp - Sums of floats from tables -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are 16 outputs. A step of some tokens and some vectors
// of outputs has its sums in registers; each index that was shifted to the low
// bits serves all of its tokens, each table that was loaded all of its vectors.
//
// Some tokens and as many words as have their tables in the first cache are a
// chunk. Its tables are made once and serve all outputs; sums wait in the
// destination from chunk to chunk. So a chunk reads a piece of each block of
// the storage, and prefetches that of the next block.
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/FloatLookupKernel.h"

#include "MemRefBuilder.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"
#include "mml/Ternary/WordLookupLayout.h"

using namespace mlir;
using namespace mlir::mml;
using Layout = ::mml::ternary::WordLookupLayout;

/// The outputs of a vector; the elements of a table and of one half of it.
static constexpr int64_t kLanes = 16, kEntries = LookupOp::kTableSize,
                         kHalf = kEntries / 2;
/// The tables that are in memory at once: 32 KB.
static constexpr int64_t kTables = 256;
/// The bytes that one prefetch brings.
static constexpr int64_t kLineBytes = 64;

namespace {

class FloatLookupBuilder : MemRefBuilder {
public:
  FloatLookupBuilder(OpBuilder &builder, Location loc, Value activations,
                     Value storage, Value out, LookupKind kind);

  void build();

private:
  /// Some words of some tokens.
  struct Chunk {
    /// The first token and their number.
    Value token;
    int64_t tokens;
    /// The first word and the end.
    Value first, last;

    /// The tables of a word.
    int64_t getWordTables() const { return tokens * Layout::wordIndices; }
  };

  /// Computes all outputs of `count` tokens from `token` on.
  void buildTokens(Value token, int64_t count);
  void buildTables(const Chunk &chunk);
  /// Makes the table of the activations at `depths` of a token.
  void buildTable(Value token, ArrayRef<Value> depths, Value table);
  /// Adds the chunk to `vectors` vectors of outputs of a block, from `lane` on.
  void buildSums(const Chunk &chunk, Value block, Value lane, int64_t vectors,
                 bool isPartial);
  /// Adds a word of each output.
  SmallVector<Value> buildWord(const Chunk &chunk, Value block, Value lane,
                               int64_t vectors, Value word, ValueRange sums);
  void prefetch(Value block, Value word, Value lane);

  VectorType floats(int64_t size) {
    return VectorType::get(size, b.getF32Type());
  }

  Value activations, storage, out, tables;
  LookupKind kind;
  int64_t depth, words, rows;
  /// Blocks of outputs.
  Value blocks;
};

} // namespace

FloatLookupBuilder::FloatLookupBuilder(OpBuilder &builder, Location loc,
                                       Value activations, Value storage,
                                       Value out, LookupKind kind)
    : MemRefBuilder(builder, loc), activations(activations), storage(storage),
      out(out), kind(kind),
      depth(cast<MemRefType>(activations.getType()).getDimSize(1)),
      words(cast<MemRefType>(storage.getType()).getDimSize(1)),
      rows(cast<MemRefType>(storage.getType()).getDimSize(2)) {}

void FloatLookupBuilder::build() {
  tables = memref::AllocOp::create(
      b, loc, MemRefType::get({kTables, kEntries}, b.getF32Type()),
      ValueRange(), b.getI64IntegerAttr(kLineBytes));
  blocks = size(storage, 0);
  Value tokens = size(out, 0), done = index(0);
  int64_t staticTokens = cast<MemRefType>(out.getType()).getDimSize(0);
  for (int64_t count : kFloatLookupTokens) {
    if (!ShapedType::isDynamic(staticTokens)) {
      if (staticTokens < count)
        continue;
      staticTokens %= count;
    }
    Value end =
        apply(d(0) + (d(1) - d(0)).floorDiv(count) * count, {done, tokens});
    loop(done, end, count, [&](Value token) { buildTokens(token, count); });
    done = end;
  }
  memref::DeallocOp::create(b, loc, tables);
}

void FloatLookupBuilder::buildTokens(Value token, int64_t count) {
  int64_t chunkWords = std::min(words, kTables / (count * Layout::wordIndices));
  loop(0, words, chunkWords, [&](Value first) {
    Value last = min(d(0) + chunkWords, b.getAffineConstantExpr(words), first);
    Chunk chunk{token, count, first, last};
    buildTables(chunk);
    // Blocks that are whole, and vectors of the last one.
    int64_t outputs = cast<MemRefType>(out.getType()).getDimSize(1);
    Value whole = apply(d(0).floorDiv(rows), size(out, 1));
    int64_t vectors = rows / kLanes;
    loop(index(0), whole, 1, [&](Value block) {
      int64_t done = 0;
      for (int64_t step : {kFloatLookupVectors, int64_t(1)}) {
        int64_t end = done + (vectors - done) / step * step;
        if (end == done)
          continue;
        loop(done * kLanes, end * kLanes, step * kLanes, [&](Value lane) {
          buildSums(chunk, block, lane, step, /*isPartial=*/false);
        });
        done = end;
      }
    });
    if (!ShapedType::isDynamic(outputs) && outputs % rows == 0)
      return;
    Value rest = apply(d(0) - d(1) * rows, {size(out, 1), whole});
    loop(index(0), rest, kLanes, [&](Value lane) {
      buildSums(chunk, whole, lane, 1, /*isPartial=*/true);
    });
  });
}

void FloatLookupBuilder::buildTables(const Chunk &chunk) {
  constexpr int64_t perWord = Layout::wordIndices, trits = Layout::indexTrits;
  int64_t whole = depth / trits;
  Value first = apply(d(0) * perWord, chunk.first),
        end = min(d(0) * perWord, b.getAffineConstantExpr(whole), chunk.last);
  auto forEachToken = [&](llvm::function_ref<void(Value, Value)> body) {
    loop(0, chunk.tokens, 1,
         [&](Value t) { body(t, apply(d(0) + d(1), {chunk.token, t})); });
  };
  auto getTable = [&](Value i, Value t) {
    return apply((d(0) - d(1)) * chunk.tokens + d(2), {i, first, t});
  };
  forEachToken([&](Value t, Value token) {
    loop(first, end, 1, [&](Value i) {
      SmallVector<Value> depths;
      for (int64_t j = 0; j < trits; ++j)
        depths.push_back(apply(d(0) * trits + j, i));
      buildTable(token, depths, getTable(i, t));
    });
  });
  // What is left of the depth, and zeros for the indices behind it.
  int64_t indices = words * perWord;
  if (whole == indices)
    return;
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                       chunk.last, index(words));
  branch(
      isLast,
      [&] {
        forEachToken([&](Value t, Value token) {
          for (int64_t i = whole; i < indices; ++i) {
            SmallVector<Value> depths;
            for (int64_t k = i * trits; k < depth; ++k)
              depths.push_back(index(k));
            buildTable(token, depths, getTable(index(i), t));
          }
        });
      },
      [] {});
}

void FloatLookupBuilder::buildTable(Value token, ArrayRef<Value> depths,
                                    Value table) {
  // Trits are factors: a product with one is exact, so that it is of no matter
  // whether it is rounded before it is added, and 0 times infinity is NaN.
  VectorType type = floats(kHalf);
  Value sums;
  for (auto [j, k] : llvm::enumerate(depths)) {
    SmallVector<float> trits(kHalf, 0.0f);
    for (int64_t value = 0; value <= Layout::maxValue; ++value)
      trits[Layout::getIndex(value)] = Layout::getTrit(value, j);
    Value factors = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, ArrayRef<float>(trits)));
    Value x = memref::LoadOp::create(b, loc, activations, ValueRange{token, k});
    Value spread = broadcast(x, type);
    sums = sums ? vector::FMAOp::create(b, loc, spread, factors, sums)
                : arith::MulFOp::create(b, loc, spread, factors).getResult();
  }
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  if (!sums)
    sums = zeros;
  store(sums, tables, {table, index(0)});
  store(arith::NegFOp::create(b, loc, sums), tables, {table, index(kHalf)});
}

void FloatLookupBuilder::prefetch(Value block, Value word, Value lane) {
  Value next = min(d(0) + 1, d(1) - 1, {block, blocks});
  memref::PrefetchOp::create(b, loc, storage, ValueRange{next, word, lane},
                             /*isWrite=*/false, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

void FloatLookupBuilder::buildSums(const Chunk &chunk, Value block, Value lane,
                                   int64_t vectors, bool isPartial) {
  VectorType type = floats(kLanes);
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  Value mask;
  Value output = apply(d(0) * rows + d(1), {block, lane});
  if (isPartial)
    mask = vector::CreateMaskOp::create(
        b, loc, VectorType::get(kLanes, b.getI1Type()),
        apply(d(0) - d(1), {size(out, 1), output}));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        chunk.first, index(0));
  SmallVector<SmallVector<Value>> places;
  SmallVector<Value> sums;
  for (int64_t t = 0; t < chunk.tokens; ++t)
    for (int64_t v = 0; v < vectors; ++v) {
      places.push_back({add(chunk.token, t), add(output, v * kLanes)});
      Value before =
          isPartial ? vector::MaskedLoadOp::create(b, loc, type, out,
                                                   places.back(), mask, zeros)
                          .getResult()
                    : load(type, out, places.back());
      sums.push_back(arith::SelectOp::create(b, loc, isFirst, zeros, before));
    }
  sums =
      loop(chunk.first, chunk.last, 1, sums, [&](Value word, ValueRange args) {
        return buildWord(chunk, block, lane, vectors, word, args);
      });
  for (auto [place, sum] : llvm::zip_equal(places, sums)) {
    if (isPartial)
      vector::MaskedStoreOp::create(b, loc, out, place, mask, sum);
    else
      store(sum, out, place);
  }
}

SmallVector<Value> FloatLookupBuilder::buildWord(const Chunk &chunk,
                                                 Value block, Value lane,
                                                 int64_t vectors, Value word,
                                                 ValueRange before) {
  VectorType wordsType = vector(kLanes, 32);
  SmallVector<Value> sums(before), indices;
  for (int64_t v = 0; v < vectors; ++v) {
    Value position = add(lane, v * kLanes);
    indices.push_back(load(wordsType, storage, {block, word, position}));
    prefetch(block, word, position);
  }
  for (int64_t i = 0; i < Layout::wordIndices; ++i) {
    SmallVector<Value> low;
    for (Value packed : indices)
      low.push_back(
          i == 0 ? packed
                 : arith::ShRUIOp::create(
                       b, loc, packed, splat(wordsType, Layout::indexBits * i))
                       .getResult());
    for (int64_t t = 0; t < chunk.tokens; ++t) {
      Value row =
          apply((d(0) - d(1)) * chunk.getWordTables() + (i * chunk.tokens + t),
                {word, chunk.first});
      Value table = load(floats(kEntries), tables, {row, index(0)});
      for (int64_t v = 0; v < vectors; ++v) {
        Value found =
            LookupOp::create(b, loc, floats(kLanes), kind, table, low[v]);
        Value &sum = sums[t * vectors + v];
        sum = arith::AddFOp::create(b, loc, sum, found);
      }
    }
  }
  return sums;
}

void mlir::mml::buildFloatLookupSums(OpBuilder &builder, Location loc,
                                     Value activations, Value storage,
                                     Value out, LookupKind kind) {
  FloatLookupBuilder(builder, loc, activations, storage, out, kind).build();
}
