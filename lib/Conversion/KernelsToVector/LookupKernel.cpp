//===- LookupKernel.cpp - Sums from tables of three trits -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are bytes, one for each output of a block. A step adds
// the eight indices of a group for some blocks at once: two lookups and two
// additions of bytes for three trits of every lane. Then both parts of the sums
// are put together in i16, as long as those hold them, and go to the i32 of the
// destination.
//
// In vectors of 64 bytes a step of one block is 46 vector instructions for 1536
// weights: 16 lookups and 14 additions, 10 shifts and exclusive ors for the
// indices, 6 to widen. Sums are in bytes, though they have ten bits, because
// permutes of bytes are one step of a processor where those of words are two.
//
// The k of an i16 are a chunk. Chunks are the outermost loop, so that the
// tables of one stay in the first cache while all blocks pass. Storage is read
// in pieces, a chunk's part of a block each; what reads ahead by itself loses
// its way there, so that every line is prefetched, from where the next steps
// will be.
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/LookupKernel.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Ternary/LookupLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/Sequence.h"

#include <limits>

using namespace mlir;
using namespace mlir::mml;
using ::mml::ternary::LookupLayout;

/// The bytes of the lanes that keep to themselves when bytes of two vectors
/// are interleaved.
static constexpr int64_t kSegment = 16;
/// The bytes that one prefetch brings.
static constexpr int64_t kCacheLine = 64;
/// The bits of the lower part of a sum.
static constexpr int64_t kLowBits = 5;
/// More groups of eight tables than this would take too much of a first cache
/// of 32 KB, whatever the bound.
static constexpr int64_t kMaxChunkGroups = 16;

/// Eight parts of sums up to 6 * 128 fit a byte.
static_assert(LookupLayout::groupIndices * ((1 << kLowBits) - 1) <= UINT8_MAX &&
                  LookupLayout::groupIndices * (6 * 128 >> kLowBits) <=
                      UINT8_MAX,
              "parts of sums exceed a byte");

namespace {

class SumBuilder {
public:
  SumBuilder(OpBuilder &builder, Location loc, Value tables, Value storage,
             Value out, const LookupKernelOptions &options);

  void build();

private:
  /// A line of the storage, a byte of each output of a block.
  struct Line {
    Value block, line;
  };
  /// What one prefetch brings, to the first or to the second cache.
  struct Ahead {
    Line line;
    int64_t position;
    bool isNear;
  };
  /// What one pass over a chunk of some blocks needs.
  struct Pass {
    /// The chunk: its first group, the end of its groups, and whether the
    /// indices behind the last whole group are part of it.
    Value first, last, isLast;
    /// The blocks, and for each where the next ones and those after them begin
    /// in the storage.
    SmallVector<Value> blocks;
    SmallVector<Line> next, afterNext;
    /// Whether the last outputs of a block may not be there.
    bool isPartial;
  };

  void buildChunk(Value first);
  void buildPass(Value first, Value last, Value isLast, Value block,
                 int64_t numBlocks, bool isPartial);
  /// Adds the chunk to the outputs of one token.
  void buildToken(const Pass &pass, Value token);
  /// Adds the `count` indices of a group to `sums`, two vectors of i16 for each
  /// vector of bytes.
  SmallVector<Value> buildGroup(const Pass &pass, Value token, Value group,
                                int64_t count, ValueRange sums);
  /// The table of the lower or the upper parts (`part` 0 or 1) of sums.
  Value loadTable(Value token, Value table, int64_t part);
  /// The indices `index` of a group for the bytes of one vector, above which
  /// there may be other bits.
  Value buildIndices(ArrayRef<Value> bytes, int64_t index);
  /// Adds both parts of sums of bytes, those of the lower or the upper half of
  /// each segment, to `sum`.
  Value widen(Value sum, Value low, Value high, bool isUpper);
  /// Adds i16 sums to the outputs from `row` of a block on.
  void addToOutputs(const Pass &pass, Value token, Value block, int64_t row,
                    Value sums);
  /// What is prefetched while `count` indices are looked up, which are `offset`
  /// lines behind the first of the chunk.
  SmallVector<Ahead> getLinesAhead(const Pass &pass, Value offset,
                                   int64_t count);
  void prefetch(const Ahead &ahead);

  /// Where `block`, moved on by `distance`, lies in this chunk or the next one.
  Line getNext(Value block, int64_t distance, Value first, Value last,
               Value isLast);

  /// The groups of a chunk, whose sums fit an i16; those of the last one
  /// together with the indices behind the groups.
  int64_t findChunkGroups() const;
  /// The lines of `count` indices.
  static int64_t getNumLines(int64_t count) {
    return LookupLayout::getBytesPerOutput(count * LookupLayout::indexTrits);
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(b, loc, lhs, rhs);
  }
  Value add(Value lhs, int64_t rhs) { return add(lhs, index(rhs)); }
  Value subtract(Value lhs, Value rhs) {
    return arith::SubIOp::create(b, loc, lhs, rhs);
  }
  Value multiply(Value lhs, int64_t rhs) {
    return arith::MulIOp::create(b, loc, lhs, index(rhs));
  }
  Value minimum(Value lhs, Value rhs) {
    return arith::MinSIOp::create(b, loc, lhs, rhs);
  }
  Value select(Value condition, Value lhs, Value rhs) {
    return arith::SelectOp::create(b, loc, condition, lhs, rhs);
  }
  Value isLess(Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, lhs, rhs);
  }
  Value splat(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(type,
                               b.getIntegerAttr(type.getElementType(), value)));
  }
  Value bitcast(VectorType type, Value vector) {
    return vector::BitCastOp::create(b, loc, type, vector);
  }

  OpBuilder &b;
  Location loc;
  Value tables, storage, out;
  LookupKernelOptions options;

  /// The outputs of a block; the bytes of a vector; the vectors of a block; the
  /// blocks of a pass.
  int64_t rows, lanes, vectors, passBlocks;
  /// The whole groups of an output, the indices behind them, and all lines.
  int64_t groups, rest, lines;
  /// The groups of a chunk but the last.
  int64_t chunkGroups;
  VectorType bytesType, sumsType;
  Value numBlocks;
};

} // namespace

SumBuilder::SumBuilder(OpBuilder &builder, Location loc, Value tables,
                       Value storage, Value out,
                       const LookupKernelOptions &options)
    : b(builder), loc(loc), tables(tables), storage(storage), out(out),
      options(options) {
  auto storageType = cast<MemRefType>(storage.getType());
  lines = storageType.getDimSize(1);
  rows = storageType.getDimSize(2);
  int64_t indices = cast<MemRefType>(tables.getType()).getDimSize(1);
  groups = indices / LookupLayout::groupIndices;
  rest = indices % LookupLayout::groupIndices;
  chunkGroups = findChunkGroups();
  lanes = options.vectorBits / 8;
  while (rows % lanes != 0)
    lanes /= 2;
  vectors = rows / lanes;
  // A table that is loaded serves two vectors where there are registers for
  // them.
  bool isWide = options.vectorBits == 512 || options.kind == LookupKind::Tbl;
  passBlocks = isWide && vectors == 1 ? 2 : 1;
  bytesType = VectorType::get(lanes, b.getI8Type());
  sumsType = VectorType::get(lanes / 2, b.getI16Type());
}

int64_t SumBuilder::findChunkGroups() const {
  int64_t steps = std::numeric_limits<int16_t>::max() / options.bound;
  int64_t restDepth = rest * LookupLayout::indexTrits;
  auto fits = [&](int64_t chunk) {
    int64_t last = groups - (groups - 1) / chunk * chunk;
    return last * LookupLayout::groupDepth + restDepth <= steps;
  };
  int64_t chunk = std::min(steps / LookupLayout::groupDepth, kMaxChunkGroups);
  // A chunk of one group fits: 24 and 21 steps of at most 128.
  while (groups > 0 && !fits(chunk))
    --chunk;
  return chunk;
}

void SumBuilder::build() {
  numBlocks = memref::DimOp::create(b, loc, storage, 0);
  // Without a whole group there is one chunk too.
  scf::ForOp::create(b, loc, index(0), index(std::max<int64_t>(groups, 1)),
                     index(chunkGroups), ValueRange(),
                     [&](OpBuilder &, Location, Value first, ValueRange) {
                       buildChunk(first);
                       scf::YieldOp::create(b, loc);
                     });
}

void SumBuilder::buildChunk(Value first) {
  Value last = minimum(add(first, chunkGroups), index(groups));
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, last,
                                       index(groups));
  // Blocks that are whole, some at once, then the others.
  Value outputs = memref::DimOp::create(b, loc, out, 1);
  Value whole =
      arith::DivUIOp::create(b, loc, outputs, index(rows * passBlocks));
  Value middle = multiply(whole, passBlocks);
  auto buildLoop = [&](Value begin, Value end, int64_t step, bool isPartial) {
    scf::ForOp::create(b, loc, begin, end, index(step), ValueRange(),
                       [&](OpBuilder &, Location, Value block, ValueRange) {
                         buildPass(first, last, isLast, block, step, isPartial);
                         scf::YieldOp::create(b, loc);
                       });
  };
  buildLoop(index(0), middle, passBlocks, /*isPartial=*/false);
  buildLoop(middle, numBlocks, 1, /*isPartial=*/true);
}

SumBuilder::Line SumBuilder::getNext(Value block, int64_t distance, Value first,
                                     Value last, Value isLast) {
  // Behind the last block the next chunk begins, which may be short: as many
  // lines are prefetched as are read, all inside. Behind the last chunk follows
  // what is next in memory, on purpose outside of this part of the storage:
  // other blocks, which this thread will need next if it has another tile.
  constexpr int64_t groupLines = LookupLayout::groupBytes;
  Value moved = add(block, distance);
  Value isInside = isLess(moved, numBlocks);
  Value wrapped = minimum(subtract(moved, numBlocks), add(numBlocks, -1));
  int64_t latest = std::max<int64_t>(lines - chunkGroups * groupLines, 0);
  Value following = minimum(multiply(last, groupLines), index(latest));
  Value staysInChunk = arith::OrIOp::create(b, loc, isInside, isLast);
  return {select(staysInChunk, moved, wrapped),
          select(isInside, multiply(first, groupLines),
                 select(isLast, index(0), following))};
}

void SumBuilder::buildPass(Value first, Value last, Value isLast, Value block,
                           int64_t numPassBlocks, bool isPartial) {
  Pass pass{first, last, isLast, {}, {}, {}, isPartial};
  for (int64_t r = 0; r < numPassBlocks; ++r) {
    pass.blocks.push_back(add(block, r));
    pass.next.push_back(getNext(block, r + numPassBlocks, first, last, isLast));
    pass.afterNext.push_back(
        getNext(block, r + 2 * numPassBlocks, first, last, isLast));
  }
  Value tokens = memref::DimOp::create(b, loc, tables, 0);
  scf::ForOp::create(b, loc, index(0), tokens, index(1), ValueRange(),
                     [&](OpBuilder &, Location, Value token, ValueRange) {
                       buildToken(pass, token);
                       scf::YieldOp::create(b, loc);
                     });
}

void SumBuilder::buildToken(const Pass &pass, Value token) {
  constexpr int64_t perGroup = LookupLayout::groupIndices;
  // Every lookup adds three times the bound too; that it all fits is true of
  // the result alone.
  Value lookups = multiply(subtract(pass.last, pass.first), perGroup);
  lookups = add(lookups, select(pass.isLast, index(rest), index(0)));
  Value bias = multiply(lookups, -LookupLayout::indexTrits * options.bound);
  Value start = vector::BroadcastOp::create(
      b, loc, sumsType,
      arith::IndexCastOp::create(b, loc, b.getI16Type(), bias));
  SmallVector<Value> sums(2 * pass.blocks.size() * vectors, start);
  auto loop = scf::ForOp::create(
      b, loc, pass.first, pass.last, index(1), sums,
      [&](OpBuilder &, Location, Value group, ValueRange args) {
        scf::YieldOp::create(b, loc,
                             buildGroup(pass, token, group, perGroup, args));
      });
  sums.assign(loop.getResults().begin(), loop.getResults().end());
  if (rest > 0) {
    auto ifLast = scf::IfOp::create(
        b, loc, pass.isLast,
        [&](OpBuilder &, Location) {
          scf::YieldOp::create(
              b, loc, buildGroup(pass, token, index(groups), rest, sums));
        },
        [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, sums); });
    sums.assign(ifLast.getResults().begin(), ifLast.getResults().end());
  }
  for (auto [r, block] : llvm::enumerate(pass.blocks))
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t half = 0; half < 2; ++half)
        addToOutputs(pass, token, block, (half * rows + v * lanes) / 2,
                     sums[2 * (r * vectors + v) + half]);
}

SmallVector<SumBuilder::Ahead>
SumBuilder::getLinesAhead(const Pass &pass, Value offset, int64_t count) {
  SmallVector<Ahead> ahead;
  for (int64_t j = 0; j < getNumLines(count); ++j) {
    // Lines may be shorter than what a prefetch brings.
    if (j * rows % kCacheLine != 0)
      continue;
    for (size_t r = 0; r < pass.blocks.size(); ++r)
      for (bool isNear : {true, false}) {
        const Line &start = isNear ? pass.next[r] : pass.afterNext[r];
        Line line = {start.block, add(start.line, add(offset, j))};
        for (int64_t position = 0; position < rows; position += kCacheLine)
          ahead.push_back({line, position, isNear});
      }
  }
  return ahead;
}

void SumBuilder::prefetch(const Ahead &ahead) {
  memref::PrefetchOp::create(
      b, loc, storage,
      ValueRange{ahead.line.block, ahead.line.line, index(ahead.position)},
      /*isWrite=*/false, /*localityHint=*/ahead.isNear ? 3 : 2,
      /*isDataCache=*/true);
}

SmallVector<Value> SumBuilder::buildGroup(const Pass &pass, Value token,
                                          Value group, int64_t count,
                                          ValueRange sums) {
  constexpr int64_t groupLines = LookupLayout::groupBytes;
  int64_t numVectors = pass.blocks.size() * vectors;
  Value firstLine = multiply(group, groupLines);
  Value offset = multiply(subtract(group, pass.first), groupLines);
  SmallVector<SmallVector<Value>> bytes(numVectors);
  for (int64_t j = 0; j < getNumLines(count); ++j)
    for (auto [r, block] : llvm::enumerate(pass.blocks)) {
      Value line = add(firstLine, j);
      for (int64_t v = 0; v < vectors; ++v)
        bytes[r * vectors + v].push_back(
            vector::LoadOp::create(b, loc, bytesType, storage,
                                   ValueRange{block, line, index(v * lanes)}));
    }

  // Prefetches one after the other would wait for the few places that the first
  // cache has for lines on their way, and all behind them with them: they are
  // spread over the lookups.
  SmallVector<Ahead> ahead = getLinesAhead(pass, offset, count);
  int64_t numAhead = ahead.size(), numSteps = count * numVectors;
  SmallVector<Value> low(numVectors), high(numVectors);
  Value firstTable = multiply(group, LookupLayout::groupIndices);
  for (int64_t i = 0; i < count; ++i) {
    Value table = add(firstTable, i);
    Value lowTable = loadTable(token, table, 0),
          highTable = loadTable(token, table, 1);
    for (int64_t v = 0; v < numVectors; ++v) {
      Value indices = buildIndices(bytes[v], i);
      auto lookUp = [&](Value part, Value &sum) {
        Value found =
            LookupOp::create(b, loc, bytesType, options.kind, part, indices);
        sum = sum ? add(sum, found) : found;
      };
      lookUp(lowTable, low[v]);
      lookUp(highTable, high[v]);
      int64_t step = i * numVectors + v;
      for (int64_t next = numAhead * step / numSteps,
                   end = numAhead * (step + 1) / numSteps;
           next < end; ++next)
        prefetch(ahead[next]);
    }
  }
  SmallVector<Value> result;
  for (int64_t v = 0; v < numVectors; ++v)
    for (int64_t half = 0; half < 2; ++half)
      result.push_back(widen(sums[2 * v + half], low[v], high[v], half == 1));
  return result;
}

Value SumBuilder::loadTable(Value token, Value table, int64_t part) {
  auto load = [&](int64_t first, int64_t size) -> Value {
    return vector::LoadOp::create(
        b, loc, VectorType::get(size, b.getI8Type()), tables,
        ValueRange{token, table, index(part * LookupOp::kTableSize + first)});
  };
  if (options.kind == LookupKind::Vpermb ||
      options.kind == LookupKind::Portable)
    return load(0, LookupOp::kTableSize);
  // The others take the halves of a table apart, which a load does at no cost.
  constexpr int64_t half = LookupOp::kTableSize / 2;
  auto both = llvm::to_vector(llvm::seq<int64_t>(0, LookupOp::kTableSize));
  return vector::ShuffleOp::create(b, loc, load(0, half), load(half, half),
                                   both);
}

Value SumBuilder::buildIndices(ArrayRef<Value> bytes, int64_t index) {
  auto wordsType = VectorType::get(lanes / 2, b.getI16Type());
  Value result;
  for (const LookupLayout::Part &part : LookupLayout::getParts(index)) {
    Value shifted = bytes[part.byte];
    if (part.shift > 0)
      shifted = bitcast(
          bytesType, arith::ShRUIOp::create(b, loc, bitcast(wordsType, shifted),
                                            splat(wordsType, part.shift)));
    result = result ? arith::XOrIOp::create(b, loc, result, shifted) : shifted;
  }
  return result;
}

Value SumBuilder::widen(Value sum, Value low, Value high, bool isUpper) {
  constexpr int64_t half = kSegment / 2;
  bool hasPairs =
      options.kind == LookupKind::Pshufb || options.kind == LookupKind::Vpermb;
  SmallVector<int64_t> positions;
  for (int64_t segment = 0; segment < lanes; segment += kSegment)
    for (int64_t i = 0; i < half; ++i) {
      int64_t position = segment + (isUpper ? half : 0) + i;
      positions.push_back(position);
      if (hasPairs)
        positions.push_back(lanes + position);
    }
  if (hasPairs) {
    // Pairs of a lower and an upper part, times 1 and 32.
    Value pairs = vector::ShuffleOp::create(b, loc, low, high, positions);
    SmallVector<int8_t> factors;
    for (int64_t i = 0; i < lanes; ++i)
      factors.push_back(i % 2 == 0 ? 1 : 1 << kLowBits);
    Value weights = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(bytesType, ArrayRef(factors)));
    return ByteDotOp::create(b, loc, sumsType, sum, pairs, weights);
  }
  auto extend = [&](Value bytes) -> Value {
    Value part = vector::ShuffleOp::create(b, loc, bytes, bytes, positions);
    return arith::ExtUIOp::create(b, loc, sumsType, part);
  };
  Value upper =
      arith::ShLIOp::create(b, loc, extend(high), splat(sumsType, kLowBits));
  return add(add(sum, extend(low)), upper);
}

void SumBuilder::addToOutputs(const Pass &pass, Value token, Value block,
                              int64_t row, Value sums) {
  auto type = VectorType::get(sumsType.getShape(), b.getI32Type());
  Value output = add(multiply(block, rows), row);
  SmallVector<Value> position{token, output};
  Value mask;
  if (pass.isPartial) {
    Value left = subtract(memref::DimOp::create(b, loc, out, 1), output);
    mask = vector::CreateMaskOp::create(
        b, loc, VectorType::get(type.getShape(), b.getI1Type()), left);
  }
  Value zeros = splat(type, 0), before;
  if (pass.isPartial)
    before =
        vector::MaskedLoadOp::create(b, loc, type, out, position, mask, zeros);
  else
    before = vector::LoadOp::create(b, loc, type, out, position);
  if (options.startsAtZero) {
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          pass.first, index(0));
    before = select(isFirst, zeros, before);
  }
  Value after = add(before, arith::ExtSIOp::create(b, loc, type, sums));
  if (pass.isPartial)
    vector::MaskedStoreOp::create(b, loc, out, position, mask, after);
  else
    vector::StoreOp::create(b, loc, after, out, position);
}

LookupKind
mlir::mml::chooseLookupKind(unsigned vectorBits,
                            llvm::function_ref<bool(StringRef)> hasFeature) {
  bool isWide = vectorBits == 512;
  if (hasFeature("avx512vbmi") && (isWide || hasFeature("avx512vl")))
    return LookupKind::Vpermb;
  StringRef shuffle = isWide              ? "avx512bw"
                      : vectorBits == 256 ? "avx2"
                                          : "ssse3";
  if (hasFeature(shuffle))
    return LookupKind::Pshufb;
  return vectorBits == 128 && hasFeature("neon") ? LookupKind::Tbl
                                                 : LookupKind::Portable;
}

void mlir::mml::buildLookupSums(OpBuilder &builder, Location loc, Value tables,
                                Value storage, Value out,
                                const LookupKernelOptions &options) {
  SumBuilder(builder, loc, tables, storage, out, options).build();
}
