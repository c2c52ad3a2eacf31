//===- MixedDotKernel.cpp - Lookups beside products of bytes --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For processors whose lookups have a port of their own beside that of products
// of bytes. Of 18 k, 6 are looked up by two `vpermw` in tables of the sums of
// three activations, and 12 are multiplied by three `vpdpbusd`; for 64 outputs
// and 4 tokens that is 16 lookups, as many additions and 48 products, which are
// as many cycles where there is one a cycle.
//
// A chunk of depth is outermost, so that its tables stay in the second cache
// for all outputs of a tile. A panel has the codes and the indices of a chunk
// for two blocks of outputs.
//
//===----------------------------------------------------------------------===//

#include "VectorDotKernel.h"

#include "mml/Ternary/MixedSteps.h"

using namespace mlir;
using namespace mlir::mml;
using Steps = ::mml::ternary::MixedSteps;

namespace {

class MixedDotKernel : public VectorDotKernel {
public:
  MixedDotKernel(OpBuilder &builder, ContractPackedOp op,
                 const DotSchedule &schedule)
      : VectorDotKernel(builder, op, schedule), quads(op.getActivations()[2]),
        tables(op.getActivations()[3]) {}

protected:
  void allocateBuffers() override;
  void buildPanels() override;
  Value getScratchVector(Value block, int64_t vector) override {
    return apply(d(0) * vectors + vector, block);
  }

private:
  /// The vectors of two blocks. A step has the codes of each of its quads for
  /// all of them, and behind those the indices, each for both vectors of a
  /// block.
  static constexpr int64_t kLanes = 512 / 32,
                           kBlockVectors = DotLayoutAttr::kMixedRows / kLanes,
                           kVectors = Steps::blocks * kBlockVectors,
                           kCodeVectors = Steps::stepQuads * kVectors,
                           kStepVectors = kCodeVectors +
                                          Steps::stepLookups * Steps::blocks;

  /// The two blocks of a pair, of which the second one may be the first again.
  using Pair = std::array<Value, Steps::blocks>;

  VectorType getWordsType() { return vector(2 * lanes, 16); }
  /// Even lanes have words of the first vector of a block, odd ones those of
  /// the second.
  Value joinWords(Value even, Value odd);

  /// Writes the codes and indices of block number `part` of a pair to the steps
  /// of the panel from `firstStep` on, for a period of which `count` groups
  /// exist.
  void expandPeriod(Value block, Value part, Value period, Value firstStep,
                    int64_t count);
  void expandLookups(ArrayRef<Value> bytes, Value part, Value firstStep,
                     int64_t group);
  void storeCodes(Value codes, Value part, Value firstStep, int64_t quad,
                  int64_t vector);

  /// Adds `periods` periods, which are in the panel, to the sums of four
  /// tokens.
  void sumTokens(const Pair &pair, Value tokenTile, Value firstRow, Value chunk,
                 int64_t periods, bool isFirst, bool isLast);
  SmallVector<Value> addMixedStep(Value tokenTile, Value chunk, Value firstRow,
                                  Value step, ValueRange sums);

  Value quads, tables;
};

} // namespace

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

Value MixedDotKernel::joinWords(Value even, Value odd) {
  Value low = arith::AndIOp::create(b, loc, even, splat(getSumsType(), 0xffff));
  Value high =
      arith::AndIOp::create(b, loc, odd, splat(getSumsType(), -0x10000));
  return arith::OrIOp::create(b, loc, low, high);
}

void MixedDotKernel::storeCodes(Value codes, Value part, Value firstStep,
                                int64_t quad, int64_t vector) {
  int64_t place = quad % Steps::stepQuads * kVectors + vector;
  MemRefBuilder::store(codes, panel,
                       {add(firstStep, quad / Steps::stepQuads),
                        apply(d(0) * kBlockVectors + place, part), index(0)});
}

void MixedDotKernel::expandLookups(ArrayRef<Value> bytes, Value part,
                                   Value firstStep, int64_t group) {
  VectorType type = getSumsType();
  auto shift = [&](Value value, int64_t count) -> Value {
    return arith::ShRUIOp::create(b, loc, value, splat(type, count));
  };
  // A byte has c0 + 4 * c1 + 16 * c2 below its two highest bits. Taking off
  // c1 + 4 * c2 and c2 leaves c0 + 3 * c1 + 11 * c2 in the low five bits; the
  // others are of no matter to a lookup.
  SmallVector<Value> sums;
  for (Value packedBytes : bytes) {
    Value all = bitcast(packedBytes, type);
    Value upper =
        arith::AndIOp::create(b, loc, shift(all, 2), splat(type, 0x0f0f0f0f));
    Value sum = arith::SubIOp::create(b, loc, packedBytes,
                                      bitcast(upper, getBytesType()));
    sum = arith::SubIOp::create(b, loc, sum,
                                bitcast(shift(upper, 2), getBytesType()));
    sums.push_back(bitcast(sum, type));
  }
  // The bytes of an output have its four indices: two words of each of two
  // vectors, of which the lower and then the upper byte is looked up with.
  Value half = splat(type, 16);
  for (int64_t pair : {0, 1}) {
    Value words =
        pair == 0
            ? joinWords(sums[0], arith::ShLIOp::create(b, loc, sums[1], half))
            : joinWords(shift(sums[0], 16), sums[1]);
    for (int64_t byte : {0, 1}) {
      if (byte == 1) {
        Value whole = bitcast(words, getWordsType());
        words = arith::ShRUIOp::create(b, loc, whole, splat(getWordsType(), 8));
      }
      int64_t number = group * Steps::groupFields + 2 * pair + byte;
      int64_t place =
          kCodeVectors + number % Steps::stepLookups * Steps::blocks;
      MemRefBuilder::store(bitcast(words, getBytesType()), panel,
                           {add(firstStep, number / Steps::stepLookups),
                            apply(d(0) + place, part), index(0)});
    }
  }
}

void MixedDotKernel::expandPeriod(Value block, Value part, Value period,
                                  Value firstStep, int64_t count) {
  // The same of the next two blocks is needed after all tokens.
  Value ahead = add(block, Steps::blocks);
  for (int64_t group = 0; group < Steps::periodGroups; ++group) {
    // What is behind the depth is nothing in the sums, as activations are 0.
    SmallVector<Value> bytes(vectors, zeros(getBytesType()));
    if (group < count) {
      Value position = apply(d(0) * Steps::periodGroups + group, period);
      memref::PrefetchOp::create(
          b, loc, packed, ValueRange{ahead, position, index(0)},
          /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
      for (int64_t v = 0; v < vectors; ++v)
        bytes[v] = readPacked(block, position, v);
    }
    bool hasLookups = group < Steps::lookupGroups;
    if (hasLookups)
      expandLookups(bytes, part, firstStep, group);
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t field = hasLookups ? kFields - 1 : 0; field < kFields;
           ++field) {
        int64_t quad =
            hasLookups ? group
                       : Steps::lookupGroups +
                             (group - Steps::lookupGroups) * kFields + field;
        storeCodes(getCodes(bytes[v], field), part, firstStep, quad, v);
      }
  }
}

void MixedDotKernel::allocateBuffers() {
  panel = allocate(
      {Steps::chunkPeriods * Steps::steps, kStepVectors, lanes * kLaneDepth},
      b.getI8Type());
  OpFoldResult allVectors = affine::makeComposedFoldedAffineApply(
      b, loc, d(0) * vectors, memref::getMixedSize(b, loc, packed, 0));
  scratch = allocateSums(
      {allVectors, b.getIndexAttr(kTokens), b.getIndexAttr(lanes)});
}

void MixedDotKernel::buildPanels() {
  int64_t whole = groups / Steps::periodGroups,
          tail = groups % Steps::periodGroups;
  Value blocks = size(packed, 0);
  auto addChunk = [&](Value first, int64_t periods, bool isFirst, bool isLast) {
    bool hasTail = isLast && tail > 0;
    Value chunk = apply(d(0).floorDiv(Steps::chunkPeriods), first);
    loop(index(0), blocks, Steps::blocks, [&](Value block) {
      Pair pair = {block, min(d(0) + 1, d(1) - 1, {block, blocks})};
      loop(0, Steps::blocks, 1, [&](Value part) {
        Value own = min(d(0) + d(1), d(2) - 1, {block, part, blocks});
        for (int64_t i = 0; i < periods; ++i)
          expandPeriod(own, part, add(first, i), index(i * Steps::steps),
                       hasTail && i == periods - 1 ? tail
                                                   : Steps::periodGroups);
      });
      loop(index(0), tokenTiles, 1, [&](Value tokenTile) {
        Value last = min(d(0) - d(1) * kTokens,
                         b.getAffineConstantExpr(kTokens), {tokens, tokenTile});
        loop(index(0), last, Steps::tokens, [&](Value firstRow) {
          sumTokens(pair, tokenTile, firstRow, chunk, periods, isFirst, isLast);
        });
      });
    });
  };
  forEachChunk(whole + (tail > 0), Steps::chunkPeriods, addChunk);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SmallVector<Value> MixedDotKernel::addMixedStep(Value tokenTile, Value chunk,
                                                Value firstRow, Value step,
                                                ValueRange sums) {
  constexpr int64_t kTokenStep = Steps::tokens;
  SmallVector<Value> next(sums);
  MutableArrayRef<Value> words =
      MutableArrayRef(next).drop_front(kTokenStep * kVectors);
  auto readStep = [&](int64_t vector) {
    return load(getBytesType(), panel, {step, index(vector), index(0)});
  };
  Value tokenQuad = apply(d(0).floorDiv(kTokenStep), firstRow);
  constexpr int64_t kLines = Steps::stepLookups * kTokenStep;
  // Tables come from the second cache, this many lines ahead.
  constexpr int64_t kAhead = 2 * kLines;

  // A lookup, its share of the products, and the addition of what was looked
  // up, which has come by then.
  SmallVector<Value> codes(kVectors), indices(Steps::blocks);
  Value x;
  int64_t product = 0;
  constexpr int64_t kLookups = Steps::stepLookups * kTokenStep * Steps::blocks,
                    kProducts = Steps::stepQuads * kTokenStep * kVectors,
                    kShare = kProducts / kLookups;
  for (int64_t i = 0; i < kLookups; ++i) {
    int64_t block = i % Steps::blocks, token = i / Steps::blocks % kTokenStep,
            lookup = i / (Steps::blocks * kTokenStep);
    if (token == 0)
      indices[block] =
          bitcast(readStep(kCodeVectors + lookup * Steps::blocks + block),
                  getWordsType());
    auto getTable = [&](int64_t ahead) -> SmallVector<Value> {
      return {
          tokenTile, chunk, tokenQuad,
          apply(d(0) * kLines + (lookup * kTokenStep + token + ahead), step),
          index(0)};
    };
    if (block == 0)
      memref::PrefetchOp::create(b, loc, tables, getTable(kAhead),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    Value found = LookupOp::create(b, loc, getWordsType(), LookupKind::Vpermw,
                                   load(getWordsType(), tables, getTable(0)),
                                   indices[block]);
    for (int64_t end = product + kShare; product < end; ++product) {
      int64_t quad = product / (kTokenStep * kVectors),
              t = product / kVectors % kTokenStep, v = product % kVectors;
      if (t == 0)
        codes[v] = readStep(quad * kVectors + v);
      if (v == 0)
        x = broadcastQuad(
            lanes * kLaneDepth, quads,
            {tokenTile, chunk, add(firstRow, t),
             apply(d(0) * (Steps::stepQuads * kLaneDepth) + quad * kLaneDepth,
                   step)});
      Value &sum = next[t * kVectors + v];
      sum = multiplyAdd(sum, codes[v], x);
    }
    Value &sum = words[token * Steps::blocks + block];
    sum = arith::AddIOp::create(b, loc, sum, found);
  }
  return next;
}

void MixedDotKernel::sumTokens(const Pair &pair, Value tokenTile,
                               Value firstRow, Value chunk, int64_t periods,
                               bool isFirst, bool isLast) {
  constexpr int64_t kTokenStep = Steps::tokens;
  SmallVector<Value> sums;
  for (int64_t t = 0; t < kTokenStep; ++t) {
    Value row = add(firstRow, t);
    for (int64_t v = 0; v < kVectors; ++v)
      sums.push_back(isFirst ? getStart(tokenTile, row)
                             : load(getSumsType(), scratch,
                                    at(pair[v / kBlockVectors], tokenTile,
                                       v % kBlockVectors, row)));
  }
  sums.append(kTokenStep * Steps::blocks, zeros(getWordsType()));
  sums = loop(index(0), index(periods * Steps::steps), 1, sums,
              [&](Value step, ValueRange args) {
                return addMixedStep(tokenTile, chunk, firstRow, step, args);
              });
  // Every second word, widened.
  auto getFactors = [&](int64_t value) {
    return bitcast(splat(getSumsType(), value), getWordsType());
  };
  Value factors[] = {getFactors(1), getFactors(1 << 16)};
  ArrayRef<Value> words = ArrayRef(sums).drop_front(kTokenStep * kVectors);
  for (int64_t part = 0; part < Steps::blocks; ++part) {
    SmallVector<Value> totals;
    for (int64_t t = 0; t < kTokenStep; ++t)
      for (int64_t v = 0; v < kBlockVectors; ++v)
        totals.push_back(
            WordDotOp::create(b, loc, getSumsType(),
                              sums[t * kVectors + part * kBlockVectors + v],
                              words[t * Steps::blocks + part], factors[v]));
    store(pair[part], tokenTile, firstRow, kTokenStep, totals, isLast);
  }
}

std::unique_ptr<DotKernel>
mlir::mml::createMixedDotKernel(OpBuilder &builder, ContractPackedOp op,
                                const DotSchedule &schedule) {
  // Few tokens are computed on vectors, too.
  DotTarget target = schedule.getTarget();
  target.kind = DotKind::QuadsI32;
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  return std::make_unique<MixedDotKernel>(
      builder, op,
      DotSchedule(target, op.getLayout().getBlockRows(), kernel.getDimSize(1)));
}
