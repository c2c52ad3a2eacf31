//===- DotKernel.cpp - Trits by dot product instructions ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are outputs, each with four consecutive k in the bytes
// of 32 bits. A byte of the layout holds the codes of four such groups: shifted
// and masked it is a trit plus one, from 0 to 2, which the instructions
// multiply as a byte without sign by an activation with one. The sum of all
// activations, which that adds to each output, is taken off at the beginning.
//
//===----------------------------------------------------------------------===//

#include "ContractKernel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

/// The k of the bytes of a lane, and the groups of them in the bits of a byte.
static constexpr int64_t kLaneDepth = 4, kFields = 4;

/// Tokens whose sums are in registers at once, with two vectors of sums each:
/// 32 registers of 512 bits have twelve, 16 smaller ones five. Sums in i16 need
/// one more for what they are widened by.
static SmallVector<int64_t> getTokenTiles(unsigned vectorBits, DotKind dot) {
  if (vectorBits == 512)
    return {12, 4, 1};
  if (dot == DotKind::QuadsI32)
    return {5, 1};
  return {4, 1};
}

namespace {

class DotKernel : public ContractKernel {
public:
  DotKernel(RewriterBase &rewriter, ContractOp op, DotLayoutAttr layout,
            unsigned vectorBits, DotKind dot)
      : ContractKernel(rewriter, op, layout.getRows(),
                       getTokenTiles(vectorBits, dot)),
        dot(dot), lanes(getLanes(layout, vectorBits)), vectors(rows / lanes) {}

private:
  /// A block may have fewer outputs than a vector has lanes, or none that fill
  /// it.
  static int64_t getLanes(DotLayoutAttr layout, unsigned vectorBits) {
    int64_t lanes = vectorBits / 32;
    while (layout.getRows() % lanes != 0)
      lanes /= 2;
    return lanes;
  }

  /// The bytes of the layout, the activations in groups of whole bytes, and the
  /// sum of each token's.
  SmallVector<Value> prepare() override;
  SmallVector<Value> buildSums(ValueRange operands, Value block, Value token,
                               ValueRange init) override;

  Value padActivations();
  Value sumActivations();

  /// Adds the groups `first` to `last` of a block to the sums of each token:
  /// `vectors` vectors of them, of `type`.
  SmallVector<Value> buildGroups(ValueRange operands, Value block, Value token,
                                 Value first, Value last, ValueRange sums);

  /// Four activations of a token, in every lane.
  Value readActivations(Value activations, Value token, int64_t offset,
                        Value group, int64_t field);

  /// Adds the products of the bytes of each lane to `sum`.
  Value multiplyAdd(Value sum, Value codes, Value activations);

  Value bitcast(Value vector, VectorType type) {
    return vector::BitCastOp::create(b, loc, type, vector);
  }
  Value splat(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(type,
                               b.getIntegerAttr(type.getElementType(), value)));
  }

  VectorType getBytesType() const {
    return VectorType::get(lanes * kLaneDepth, b.getI8Type());
  }
  VectorType getWideType() const {
    return VectorType::get(lanes, b.getI32Type());
  }
  VectorType getPairsType() const {
    return VectorType::get(2 * lanes, b.getI16Type());
  }

  /// Groups whose sums of pairs fit an i16: a group adds two products of at
  /// most twice the bound for each of its fields.
  int64_t getChunkGroups() {
    int64_t mostOfGroup =
        2 * 2 * kFields * static_cast<int64_t>(*op.getBound());
    return std::numeric_limits<int16_t>::max() / mostOfGroup;
  }

  DotKind dot;
  int64_t lanes, vectors;
};

} // namespace

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The activations with zeros up to a multiple of a group's depth.
Value DotKernel::padActivations() {
  Value activations = op.getLhs();
  int64_t padded = llvm::alignTo(depth, DotLayoutAttr::kDepth);
  if (padded == depth)
    return activations;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, activations);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
      strides(sizes.size(), b.getIndexAttr(1)), wide(sizes);
  wide.back() = b.getIndexAttr(padded);
  sizes.back() = b.getIndexAttr(depth);
  Value zero = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, wide, b.getI8Type());
  Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  auto type = cast<RankedTensorType>(activations.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = depth;
  if (shape != type.getShape())
    activations = tensor::CastOp::create(
        b, loc, RankedTensorType::get(shape, b.getI8Type()), activations);
  return tensor::InsertSliceOp::create(b, loc, activations, zeros, offsets,
                                       sizes, strides);
}

/// For each token the sum of its activations.
Value DotKernel::sumActivations() {
  auto type = cast<RankedTensorType>(op.getLhs().getType());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, op.getLhs());
  sizes.pop_back();
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getI32Type());
  Value init = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineMap> maps{identity,
                              identity.dropResult(type.getRank() - 1)};
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             b, loc, init.getType(), op.getLhs(), init, maps, iterators,
             [](OpBuilder &inner, Location loc, ValueRange args) {
               Value wide = arith::ExtSIOp::create(inner, loc,
                                                   args[1].getType(), args[0]);
               Value sum = arith::AddIOp::create(inner, loc, args[1], wide);
               linalg::YieldOp::create(inner, loc, sum);
             })
      .getResult(0);
}

SmallVector<Value> DotKernel::prepare() {
  auto rhsType = cast<RankedTensorType>(op.getRhs().getType());
  auto layout = cast<DotLayoutAttr>(rhsType.getEncoding());
  Value bytes = StorageOp::create(
      b, loc, layout.getStorageType(rhsType.getShape()), op.getRhs());
  return {bytes, padActivations(), sumActivations()};
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value DotKernel::readActivations(Value activations, Value token, int64_t offset,
                                 Value group, int64_t field) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value n = affine(d0 + offset, token);
  Value k = affine(d0 * DotLayoutAttr::kDepth + field * kLaneDepth, group);
  Value four =
      read(VectorType::get(kLaneDepth, b.getI8Type()), activations, {n, k});
  Value one = bitcast(four, VectorType::get(1, b.getI32Type()));
  Value word = vector::ExtractOp::create(b, loc, one, ArrayRef<int64_t>{0});
  Value spread = vector::BroadcastOp::create(b, loc, getWideType(), word);
  return bitcast(spread, getBytesType());
}

Value DotKernel::multiplyAdd(Value sum, Value codes, Value activations) {
  if (dot != DotKind::None)
    return ByteDotOp::create(b, loc, sum.getType(), sum, codes, activations);
  // Byte by byte: the code in the lowest bits of a lane, the activation by its
  // sign.
  Value code = bitcast(codes, getWideType()),
        activation = bitcast(activations, getWideType());
  Value low = splat(getWideType(), 3);
  Value top = splat(getWideType(), 24);
  for (int64_t j = 0; j < kLaneDepth; ++j) {
    Value shift = splat(getWideType(), 8 * j),
          left = splat(getWideType(), 8 * (kLaneDepth - 1 - j));
    Value factor = arith::AndIOp::create(
        b, loc, arith::ShRUIOp::create(b, loc, code, shift), low);
    Value x = arith::ShRSIOp::create(
        b, loc, arith::ShLIOp::create(b, loc, activation, left), top);
    sum = arith::AddIOp::create(b, loc, sum,
                                arith::MulIOp::create(b, loc, factor, x));
  }
  return sum;
}

SmallVector<Value> DotKernel::buildGroups(ValueRange operands, Value block,
                                          Value token, Value first, Value last,
                                          ValueRange sums) {
  int64_t tokens = sums.size() / vectors;
  auto loop = scf::ForOp::create(
      b, loc, first, last, index(1), sums,
      [&](OpBuilder &, Location, Value group, ValueRange args) {
        SmallVector<Value> next(args), packed;
        for (int64_t v = 0; v < vectors; ++v)
          packed.push_back(
              bitcast(read(getBytesType(), operands[0],
                           {block, group, index(v * lanes * kLaneDepth)}),
                      getWideType()));
        Value mask = splat(getWideType(), 0x03030303);
        for (int64_t field = 0; field < kFields; ++field) {
          SmallVector<Value> codes;
          for (Value bytes : packed) {
            Value shifted = bytes;
            if (field > 0)
              shifted = arith::ShRUIOp::create(b, loc, bytes,
                                               splat(getWideType(), 2 * field));
            codes.push_back(bitcast(
                arith::AndIOp::create(b, loc, shifted, mask), getBytesType()));
          }
          for (int64_t t = 0; t < tokens; ++t) {
            Value x = readActivations(operands[1], token, t, group, field);
            for (int64_t v = 0; v < vectors; ++v) {
              Value &sum = next[t * vectors + v];
              sum = multiplyAdd(sum, codes[v], x);
            }
          }
        }
        scf::YieldOp::create(b, loc, next);
      });
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> DotKernel::buildSums(ValueRange operands, Value block,
                                        Value token, ValueRange init) {
  int64_t tokens = init.size();
  int64_t groups = llvm::divideCeil(depth, DotLayoutAttr::kDepth);
  AffineExpr d0 = b.getAffineDimExpr(0);
  SmallVector<Value> sums;
  for (int64_t t = 0; t < tokens; ++t) {
    Value extra = tensor::ExtractOp::create(b, loc, operands[2],
                                            ValueRange{affine(d0 + t, token)});
    Value spread = vector::BroadcastOp::create(
        b, loc, VectorType::get(rows, b.getI32Type()), extra);
    Value start = arith::SubIOp::create(b, loc, init[t], spread);
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(vector::ExtractStridedSliceOp::create(
          b, loc, start, ArrayRef<int64_t>{v * lanes}, ArrayRef<int64_t>{lanes},
          ArrayRef<int64_t>{1}));
  }

  if (dot != DotKind::PairsI16) {
    sums = buildGroups(operands, block, token, index(0), index(groups), sums);
  } else {
    // Sums of pairs in i16 for a chunk of groups, then both halves of a lane to
    // its i32.
    int64_t chunk = getChunkGroups();
    SmallVector<Value> none(sums.size(), zeros(getPairsType()));
    auto loop = scf::ForOp::create(
        b, loc, index(0), index(groups), index(chunk), sums,
        [&](OpBuilder &, Location, Value first, ValueRange args) {
          AffineMap endMap = AffineMap::get(
              1, 0, {d0 + chunk, b.getAffineConstantExpr(groups)},
              b.getContext());
          Value last = affine::AffineMinOp::create(b, loc, endMap, first);
          SmallVector<Value> pairs =
              buildGroups(operands, block, token, first, last, none);
          SmallVector<Value> next;
          Value half = splat(getWideType(), 16);
          for (auto [sum, pair] : llvm::zip_equal(args, pairs)) {
            Value both = bitcast(pair, getWideType());
            Value high = arith::ShRSIOp::create(b, loc, both, half);
            Value low = arith::ShRSIOp::create(
                b, loc, arith::ShLIOp::create(b, loc, both, half), half);
            next.push_back(arith::AddIOp::create(
                b, loc, sum, arith::AddIOp::create(b, loc, high, low)));
          }
          scf::YieldOp::create(b, loc, next);
        });
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }

  SmallVector<Value> result;
  for (int64_t t = 0; t < tokens; ++t) {
    Value whole = zeros(VectorType::get(rows, b.getI32Type()));
    for (int64_t v = 0; v < vectors; ++v)
      whole = vector::InsertStridedSliceOp::create(
          b, loc, sums[t * vectors + v], whole, ArrayRef<int64_t>{v * lanes},
          ArrayRef<int64_t>{1});
    result.push_back(whole);
  }
  return result;
}

Value mlir::mml::buildDotKernel(RewriterBase &rewriter, ContractOp op,
                                DotLayoutAttr layout, unsigned vectorBits,
                                DotKind dot) {
  return DotKernel(rewriter, op, layout, vectorBits, dot).build();
}
