//===- DotKernel.cpp - Trits by products of bytes -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of outputs is computed for all tokens before the next one. For a few
// tokens its codes are taken from the packed bytes as they are needed. For more
// they are expanded: on vectors a panel of some depth at a time, which lies in
// the nearest cache while every tile of tokens is multiplied by it, on tiles
// anew for each two tiles of tokens.
//
//===----------------------------------------------------------------------===//

#include "DotKernel.h"

using namespace mlir;
using namespace mlir::mml;

/// How far ahead of their use packed bytes are asked for: into the first cache,
/// which has few places for lines on their way, and before that, further ahead,
/// into the second. For one token on an Emerald Rapids, weights from memory are
/// read a fifth faster than with the first alone; where they are in the
/// last-level cache already, it costs up to 5 %.
static constexpr int64_t kNearBytes = 2048, kFarBytes = 8192;
/// The bytes of a line of the cache.
static constexpr int64_t kLineBytes = 64;

DotKernel::DotKernel(OpBuilder &builder, ContractPackedOp op,
                     const DotSchedule &schedule)
    : MemRefBuilder(builder, op.getLoc()), schedule(schedule),
      target(schedule.getTarget()), tiles(op.getActivations()[0]),
      tokenSums(op.getActivations()[1]), packed(op.getKernel()),
      out(op.getOut()), rows(op.getLayout().getBlockRows()),
      lanes(schedule.getLanes()), vectors(schedule.getVectors()),
      groups(cast<ShapedType>(packed.getType()).getDimSize(1)) {
  auto outType = cast<MemRefType>(out.getType());
  if (!outType.isDynamicDim(0))
    staticTokens = outType.getDimSize(0);
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

Value DotKernel::getCodes(Value bytes, int64_t field, int64_t places) {
  // NEON shifts bytes, so that the last field needs no mask; x86 shifts words.
  bool hasByteShifts = isNeon(target.kind);
  VectorType unit = hasByteShifts ? getBytesType() : vector(lanes, 32);
  Value codes = bitcast(bytes, unit);
  int64_t place = field % places, shift = 2 * (field - place);
  if (shift > 0)
    codes = arith::ShRUIOp::create(b, loc, codes, splat(unit, shift));
  int64_t mask = int64_t(hasByteShifts ? 3 : 0x03030303) << (2 * place);
  codes = arith::AndIOp::create(b, loc, codes, splat(unit, mask));
  return bitcast(codes, getBytesType());
}

Value DotKernel::readPacked(Value block, Value group, int64_t vector) {
  return load(getBytesType(), packed,
              {block, group, index(vector * lanes * kLaneDepth)});
}

void DotKernel::prefetch(Value block, Value group) {
  int64_t groupBytes = rows * kLaneDepth;
  Value nearGroup = add(group, llvm::divideCeil(kNearBytes, groupBytes)),
        farGroup = add(group, llvm::divideCeil(kFarBytes, groupBytes));
  auto ask = [&](Value ahead, int64_t byte, unsigned locality) {
    memref::PrefetchOp::create(b, loc, packed,
                               ValueRange{block, ahead, index(byte)},
                               /*isWrite=*/false, locality,
                               /*isDataCache=*/true);
  };
  for (int64_t byte = 0; byte < groupBytes; byte += kLineBytes) {
    ask(nearGroup, byte, /*locality=*/3);
    ask(farGroup, byte, /*locality=*/2);
  }
}

void DotKernel::storeFields(Value slot, Value group, int64_t vector,
                            ArrayRef<Value> codes) {
  for (int64_t field = 0; field < kFields; ++field)
    store(
        codes[field], panel,
        {slot, index(vector), apply(d(0) * kFields + field, group), index(0)});
}

void DotKernel::expandGroup(Value block, Value position, Value slot,
                            Value group) {
  prefetch(block, position);
  for (int64_t v = 0; v < vectors; ++v) {
    Value bytes = readPacked(block, position, v);
    SmallVector<Value> codes;
    for (int64_t field = 0; field < kFields; ++field)
      codes.push_back(getCodes(bytes, field));
    storeFields(slot, group, v, arrangeGroup(codes));
  }
}

Value DotKernel::getGroup(AffineExpr position, ValueRange operands,
                          bool mayBeBehind) {
  if (!mayBeBehind || groups % kTileGroups == 0)
    return apply(position, operands);
  return min(position, b.getAffineConstantExpr(groups - 1), operands);
}

void DotKernel::expandChunk(Value block, const Chunk &chunk) {
  loop(0, chunk.count, 1, [&](Value slot) {
    loop(0, kTileGroups, 1, [&](Value group) {
      Value position = getGroup((d(0) + d(1)) * kTileGroups + d(2),
                                {chunk.firstTile, slot, group}, chunk.isLast);
      expandGroup(block, position, slot, group);
    });
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

Value DotKernel::getStart(Value tokenTile, Value row) {
  Value sum =
      memref::LoadOp::create(b, loc, tokenSums, ValueRange{tokenTile, row});
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  return broadcast(arith::SubIOp::create(b, loc, zero, sum), getSumsType());
}

void DotKernel::writeOut(Value block, Value tokenTile, Value firstRow,
                         int64_t count, Value scratchTile,
                         llvm::function_ref<void()> whole,
                         llvm::function_ref<void()> part) {
  Value width = size(out, 1);
  Value outputsEnd = apply(d(0) * rows + rows, block),
        tokensEnd = apply(d(0) * kTokens + d(1) + count, {tokenTile, firstRow});
  int64_t staticWidth = cast<MemRefType>(out.getType()).getDimSize(1);
  auto isWhole = [](std::optional<int64_t> size, int64_t unit) {
    return size && !ShapedType::isDynamic(*size) && *size % unit == 0;
  };
  if (isWhole(staticWidth, rows) && isWhole(staticTokens, count))
    return whole();
  auto isInside = [&](Value end, Value size) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, end, size);
  };
  Value areInside = arith::AndIOp::create(b, loc, isInside(outputsEnd, width),
                                          isInside(tokensEnd, tokens));
  branch(areInside, whole, [&] {
    part();
    Value lastRow =
        min(d(0) - d(1) * kTokens, d(2) + count, {tokens, tokenTile, firstRow});
    loop(firstRow, lastRow, 1, [&](Value row) {
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> place = outAt(block, tokenTile, row, v);
        Value mask = vector::CreateMaskOp::create(
            b, loc, VectorType::get(lanes, b.getI1Type()),
            apply(d(0) - d(1), {width, place.back()}));
        vector::MaskedStoreOp::create(
            b, loc, out, place, mask,
            load(getSumsType(), scratch, at(block, scratchTile, v, row)));
      }
    });
  });
}

void DotKernel::buildDirect(int64_t count) {
  loop(index(0), size(packed, 0), 1,
       [&](Value block) { sumDirect(block, count); });
}

void DotKernel::forEachChunk(
    int64_t units, int64_t step,
    llvm::function_ref<void(Value, int64_t, bool, bool)> build) {
  int64_t chunks = llvm::divideCeil(units, step);
  int64_t lastFirst = (chunks - 1) * step;
  if (chunks > 1)
    build(index(0), step, /*isFirst=*/true, /*isLast=*/false);
  if (chunks > 2)
    loop(step, lastFirst, step, [&](Value first) {
      build(first, step, /*isFirst=*/false, /*isLast=*/false);
    });
  build(index(lastFirst), units - lastFirst, /*isFirst=*/chunks == 1,
        /*isLast=*/true);
}

void DotKernel::buildPanels() {
  int64_t depthTiles = llvm::divideCeil(groups, kTileGroups);
  loop(index(0), size(packed, 0), 1, [&](Value block) {
    forEachChunk(depthTiles, schedule.getPanelTiles(),
                 [&](Value first, int64_t count, bool isFirst, bool isLast) {
                   Chunk chunk = {first, count, isFirst, isLast};
                   expandChunk(block, chunk);
                   sumPanel(block, chunk);
                 });
  });
}

void DotKernel::buildDirectOrPanels() {
  if (staticTokens) {
    if (auto count = schedule.getDirectCount(*staticTokens, /*isKnown=*/true))
      return buildDirect(*count);
    return buildPanels();
  }
  auto buildFrom = [&](auto &&self, ArrayRef<int64_t> counts) -> void {
    if (counts.empty())
      return buildPanels();
    Value isEnough = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule,
                                           tokens, index(counts.front()));
    branch(
        isEnough, [&] { buildDirect(counts.front()); },
        [&] { self(self, counts.drop_front()); });
  };
  buildFrom(buildFrom, schedule.getDirectCounts());
}

Value DotKernel::allocate(ArrayRef<OpFoldResult> sizes, Type type) {
  SmallVector<Value> dynamicSizes;
  SmallVector<int64_t> shape;
  dispatchIndexOpFoldResults(sizes, dynamicSizes, shape);
  return memref::AllocOp::create(b, loc, MemRefType::get(shape, type),
                                 dynamicSizes, b.getI64IntegerAttr(kLineBytes));
}

Value DotKernel::allocate(ArrayRef<int64_t> shape, Type type) {
  return allocate(getAsIndexOpFoldResult(b.getContext(), shape), type);
}

Value DotKernel::allocateSums(ArrayRef<OpFoldResult> sizes) {
  OpFoldResult tiles = tokenTiles;
  if (staticTokens)
    tiles = b.getIndexAttr(llvm::divideCeilSigned(*staticTokens, kTokens));
  SmallVector<OpFoldResult> all = {tiles};
  llvm::append_range(all, sizes);
  return allocate(all, b.getI32Type());
}

void DotKernel::allocateBuffers() {
  panel = allocate(
      {schedule.getPanelTiles(), vectors, kTileQuads, lanes * kLaneDepth},
      b.getI8Type());
  scratch = allocateSums(
      getAsIndexOpFoldResult(b.getContext(), {vectors, kTokens, lanes}));
}

void DotKernel::build() {
  if (staticTokens == 0)
    return;
  tokens = size(out, 0);
  tokenTiles = size(tiles, 0);
  allocateBuffers();
  if (staticTokens) {
    buildDirectOrPanels();
  } else {
    Value isEmpty = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          tokens, index(0));
    branch(isEmpty, [] {}, [&] { buildDirectOrPanels(); });
  }
  memref::DeallocOp::create(b, loc, scratch);
  memref::DeallocOp::create(b, loc, panel);
}

void mlir::mml::buildDotKernel(OpBuilder &builder, ContractPackedOp op,
                               const DotTarget &target, bool hasWholeTiles) {
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  DotSchedule schedule(target, op.getLayout().getBlockRows(),
                       kernel.getDimSize(1));
  DotKind kind = schedule.getTarget().kind;
  if (cast<DotLayoutAttr>(op.getLayout()).getMixed() && schedule.canMix())
    return createMixedDotKernel(builder, op, schedule)->build();
  if (kind == DotKind::TilesI32)
    return createTileDotKernel(builder, op, schedule, hasWholeTiles)->build();
  if (isNeon(kind))
    return createNeonDotKernel(builder, op, schedule)->build();
  createVectorDotKernel(builder, op, schedule)->build();
}
