//===- MMLLayouts.cpp - How trits lie in memory ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mml/Ternary/Layout.h"
#include "mml/Ternary/LookupLayout.h"
#include "mml/Ternary/MixedSteps.h"
#include "mml/Ternary/WordLookupLayout.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

//===----------------------------------------------------------------------===//
// TiledLayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult
TiledLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        int64_t rows) {
  // (C1)
  if (llvm::Error error = ternary::TiledLayout::verify(rows, kDepth))
    return emitError() << llvm::toString(std::move(error));
  return success();
}

/// Checks that a tensor can be packed by `layout`.
static LogicalResult
verifyLayoutOf(Attribute layout, ArrayRef<int64_t> shape, Type elementType,
               function_ref<InFlightDiagnostic()> emitError) {
  if ((shape.size() != 2 && shape.size() != 3) ||
      ShapedType::isDynamicShape(shape) || !isa<TritType>(elementType))
    return emitError() << "layout " << layout
                       << " is for static tensors of trits of rank 2 or 3";
  return success();
}

LogicalResult TiledLayoutAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  // (C2)
  return verifyLayoutOf(*this, shape, elementType, emitError);
}

RankedTensorType
TiledLayoutAttr::getStorageType(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> storage(shape.drop_back(2));
  ArrayRef<int64_t> matrix = shape.take_back(2);
  storage.append({llvm::divideCeilSigned(matrix[1], getRows()),
                  llvm::divideCeilSigned(matrix[0], kDepth), getRows()});
  return RankedTensorType::get(storage, IntegerType::get(getContext(), 16));
}

/// Packs each matrix of `shape`, which may have a batch in front, into its part
/// of `storage`.
static void packMatrices(
    ArrayRef<int64_t> shape, ternary::TritView trits,
    MutableArrayRef<char> storage,
    function_ref<void(ternary::TritView, MutableArrayRef<char>)> pack) {
  int64_t batch = shape.size() == 3 ? shape.front() : 1;
  if (batch == 0)
    return;
  if (batch == 1)
    return pack(trits, storage);
  // The trits of a matrix need not begin at a byte.
  size_t size = storage.size() / batch;
  SmallVector<int8_t> values(shape[1] * shape[2]);
  for (int64_t i = 0; i < batch; ++i) {
    trits.unpack(values, i * values.size());
    pack(llvm::cantFail(ternary::TritArray::fromTrits(values)),
         storage.slice(i * size, size));
  }
}

void TiledLayoutAttr::pack(ArrayRef<int64_t> shape, ternary::TritView trits,
                           MutableArrayRef<char> storage) const {
  ternary::TiledLayout layout(getRows());
  int64_t depth = shape[shape.size() - 2], outputs = shape.back();
  packMatrices(shape, trits, storage,
               [&](ternary::TritView matrix, MutableArrayRef<char> part) {
                 MutableArrayRef words(
                     reinterpret_cast<uint16_t *>(part.data()),
                     part.size() / sizeof(uint16_t));
                 layout.packBlocks(matrix, depth, outputs, 0,
                                   layout.getRowBlocks(outputs), words);
               });
}

//===----------------------------------------------------------------------===//
// DotLayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult
DotLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      int64_t rows, bool mixed) {
  // (C1)
  if (llvm::Error error = ternary::DotLayout::verify(rows))
    return emitError() << llvm::toString(std::move(error));
  // (C3)
  if (mixed && rows != kMixedRows)
    return emitError() << "expected " << kMixedRows
                       << " rows of a mixed layout but got " << rows;
  return success();
}

LogicalResult DotLayoutAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  // (C2)
  return verifyLayoutOf(*this, shape, elementType, emitError);
}

RankedTensorType DotLayoutAttr::getStorageType(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> storage(shape.drop_back(2));
  ArrayRef<int64_t> matrix = shape.take_back(2);
  storage.append({llvm::divideCeilSigned(matrix[1], getRows()),
                  llvm::divideCeilSigned(matrix[0], kDepth), 4 * getRows()});
  return RankedTensorType::get(storage, IntegerType::get(getContext(), 8));
}

int64_t DotLayoutAttr::getBlockRows() const { return getRows(); }

int64_t DotLayoutAttr::getTokenTile() const { return kTileTokens; }

int64_t DotLayoutAttr::getStorageDepth(ArrayRef<int64_t> shape) const {
  return shape[1] * kDepth;
}

SmallVector<RankedTensorType>
DotLayoutAttr::getActivationTypes(int64_t tokens, int64_t depth) const {
  int64_t tiles = ShapedType::isDynamic(tokens)
                      ? tokens
                      : llvm::divideCeil(tokens, kTileTokens);
  int64_t depthTiles = llvm::divideCeil(depth, kTileDepth);
  auto byte = IntegerType::get(getContext(), 8);
  auto sum = IntegerType::get(getContext(), 32);
  SmallVector<RankedTensorType> types = {
      RankedTensorType::get({tiles, depthTiles, kTileTokens, kTileDepth}, byte),
      RankedTensorType::get({tiles, kTileTokens}, sum)};
  if (!getMixed())
    return types;
  using Steps = ternary::MixedSteps;
  int64_t chunks = Steps::getChunks(depth);
  types.push_back(RankedTensorType::get(
      {tiles, chunks, kTileTokens,
       Steps::chunkPeriods * Steps::quads * Steps::groupFields},
      byte));
  types.push_back(RankedTensorType::get(
      {tiles, chunks, kTileTokens / Steps::tokens,
       Steps::chunkPeriods * Steps::lookups * Steps::tokens,
       Steps::tableEntries},
      IntegerType::get(getContext(), 16)));
  return types;
}

void DotLayoutAttr::pack(ArrayRef<int64_t> shape, ternary::TritView trits,
                         MutableArrayRef<char> storage) const {
  ternary::DotLayout layout(getRows());
  int64_t depth = shape[shape.size() - 2], outputs = shape.back();
  packMatrices(shape, trits, storage,
               [&](ternary::TritView matrix, MutableArrayRef<char> part) {
                 MutableArrayRef bytes(reinterpret_cast<uint8_t *>(part.data()),
                                       part.size());
                 // The storage type has the layout's size.
                 llvm::cantFail(layout.pack(matrix, depth, outputs, bytes));
               });
}

//===----------------------------------------------------------------------===//
// LookupLayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult
LookupLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         int64_t rows) {
  // (C1)
  if (llvm::Error error = ternary::LookupLayout::verify(rows))
    return emitError() << llvm::toString(std::move(error));
  return success();
}

LogicalResult LookupLayoutAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  // (C2)
  return verifyLayoutOf(*this, shape, elementType, emitError);
}

RankedTensorType
LookupLayoutAttr::getStorageType(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> storage(shape.drop_back(2));
  ArrayRef<int64_t> matrix = shape.take_back(2);
  storage.append({llvm::divideCeilSigned(matrix[1], getRows()),
                  ternary::LookupLayout::getBytesPerOutput(matrix[0]),
                  getRows()});
  return RankedTensorType::get(storage, IntegerType::get(getContext(), 8));
}

int64_t LookupLayoutAttr::getBlockRows() const { return getRows(); }

int64_t LookupLayoutAttr::getTokenTile() const { return 1; }

int64_t LookupLayoutAttr::getStorageDepth(ArrayRef<int64_t> shape) const {
  using Layout = ternary::LookupLayout;
  return shape[1] * Layout::groupIndices / Layout::groupBytes *
         Layout::indexTrits;
}

SmallVector<RankedTensorType>
LookupLayoutAttr::getActivationTypes(int64_t tokens, int64_t depth) const {
  return {RankedTensorType::get(
      {tokens, ternary::LookupLayout::getNumIndices(depth), kTableBytes},
      IntegerType::get(getContext(), 8))};
}

void LookupLayoutAttr::pack(ArrayRef<int64_t> shape, ternary::TritView trits,
                            MutableArrayRef<char> storage) const {
  ternary::LookupLayout layout(getRows());
  int64_t depth = shape[shape.size() - 2], outputs = shape.back();
  packMatrices(shape, trits, storage,
               [&](ternary::TritView matrix, MutableArrayRef<char> part) {
                 MutableArrayRef bytes(reinterpret_cast<uint8_t *>(part.data()),
                                       part.size());
                 layout.packBlocks(matrix, depth, outputs, 0,
                                   layout.getRowBlocks(outputs), bytes);
               });
}

//===----------------------------------------------------------------------===//
// WordLookupLayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult
WordLookupLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                             int64_t rows) {
  // (C1)
  if (llvm::Error error = ternary::WordLookupLayout::verify(rows))
    return emitError() << llvm::toString(std::move(error));
  return success();
}

LogicalResult WordLookupLayoutAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  // (C2)
  return verifyLayoutOf(*this, shape, elementType, emitError);
}

RankedTensorType
WordLookupLayoutAttr::getStorageType(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> storage(shape.drop_back(2));
  ArrayRef<int64_t> matrix = shape.take_back(2);
  storage.append({llvm::divideCeilSigned(matrix[1], getRows()),
                  ternary::WordLookupLayout::getWordsPerOutput(matrix[0]),
                  getRows()});
  return RankedTensorType::get(storage, IntegerType::get(getContext(), 32));
}

int64_t WordLookupLayoutAttr::getBlockRows() const { return getRows(); }

int64_t WordLookupLayoutAttr::getTokenTile() const { return 1; }

int64_t WordLookupLayoutAttr::getStorageDepth(ArrayRef<int64_t> shape) const {
  return shape[1] * ternary::WordLookupLayout::wordDepth;
}

SmallVector<RankedTensorType>
WordLookupLayoutAttr::getActivationTypes(int64_t tokens, int64_t depth) const {
  return {
      RankedTensorType::get({tokens, depth}, Float32Type::get(getContext()))};
}

bool WordLookupLayoutAttr::takesFloats() const { return true; }

void WordLookupLayoutAttr::pack(ArrayRef<int64_t> shape,
                                ternary::TritView trits,
                                MutableArrayRef<char> storage) const {
  using Layout = ternary::WordLookupLayout;
  Layout layout(getRows());
  int64_t depth = shape[shape.size() - 2], outputs = shape.back();
  packMatrices(shape, trits, storage,
               [&](ternary::TritView matrix, MutableArrayRef<char> part) {
                 MutableArrayRef words(
                     reinterpret_cast<Layout::Word *>(part.data()),
                     part.size() / sizeof(Layout::Word));
                 layout.packBlocks(matrix, depth, outputs, 0,
                                   layout.getRowBlocks(outputs), words);
               });
}
