//===- TernaryConstant.cpp - Trits in constants of numbers ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements are read as the bits that they are stored in. Those of floats are a
// sign and a magnitude, so that two floats have one magnitude where all bits
// but the first agree; no element becomes an APFloat.
//
//===----------------------------------------------------------------------===//

#include "TernaryConstant.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

/// Attributes of trits have fewer.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

bool mlir::mml::isNumberType(Type type) {
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type) ||
         type.isSignlessInteger(8) || type.isSignlessInteger(16) ||
         type.isSignlessInteger(32) || type.isSignlessInteger(64);
}

/// Calls `visit` for each index of a row-major tensor of `shape` with the sum
/// of `steps`, each times its part of the index, until it returns false.
/// Returns whether it never did.
static bool forEachOffset(ArrayRef<int64_t> shape, ArrayRef<int64_t> steps,
                          function_ref<bool(int64_t, int64_t, int64_t)> visit) {
  if (llvm::is_contained(shape, 0))
    return true;
  if (shape.empty())
    return visit(0, 1, 0);
  // Rows along the last axis, so that the loop over elements is a plain one.
  SmallVector<int64_t> index(shape.size() - 1, 0);
  int64_t offset = 0;
  while (visit(offset, shape.back(), steps.back())) {
    size_t axis = index.size();
    for (; axis > 0; --axis) {
      offset += steps[axis - 1];
      if (++index[axis - 1] < shape[axis - 1])
        break;
      offset -= shape[axis - 1] * steps[axis - 1];
      index[axis - 1] = 0;
    }
    if (axis == 0)
      return true;
  }
  return false;
}

/// How many elements there are from one index of each axis to the next.
static SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

static std::optional<int64_t> getCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (llvm::MulOverflow(count, size, count) || count >= kMaxElements)
      return std::nullopt;
  return count;
}

namespace {

/// Reads one constant.
class ConstantReader {
public:
  explicit ConstantReader(std::string &reason) : reason(reason) {}

  /// Finds the elements of `value` in the order that it has them.
  LogicalResult read(Value value);

  /// The elements as trits and scales, for which `read` was successful.
  FailureOr<TernaryConstant> getTernary(ArrayRef<int64_t> channels,
                                        Type scaleType);

private:
  LogicalResult fail(const Twine &text) {
    reason = text.str();
    return failure();
  }
  LogicalResult readAttribute(Attribute constant);
  LogicalResult move(Operation *op);
  void permute(ArrayRef<int64_t> permutation);
  template <typename UInt>
  std::optional<TernaryConstant> scan(ArrayRef<int64_t> channels,
                                      Type scaleType) const;
  template <typename UInt>
  DenseElementsAttr getScale(ArrayRef<int64_t> shape, ArrayRef<UInt> scales,
                             Type type) const;

  std::string &reason;
  Type type;
  SmallVector<int64_t> shape;
  int64_t count = 0;
  /// The elements, or the one of a splat.
  ArrayRef<char> bytes;
  bool isSplat = false;
  /// The memory of `bytes`, where elements were moved.
  SmallVector<char, 0> moved;
  /// What the trits are called.
  StringRef name = "trits";
};

} // namespace

LogicalResult ConstantReader::readAttribute(Attribute constant) {
  auto elements = dyn_cast<ElementsAttr>(constant);
  auto shaped =
      elements ? dyn_cast<RankedTensorType>(elements.getShapedType()) : nullptr;
  if (!shaped || !isNumberType(shaped.getElementType()))
    return fail("the constant has no elements that an einsum takes");
  type = shaped.getElementType();
  shape = llvm::to_vector(shaped.getShape());
  std::optional<int64_t> size = getCount(shape);
  if (!size)
    return fail("the constant has 2^40 elements or more");
  count = *size;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    size_t numBytes = count * (type.getIntOrFloatBitWidth() / CHAR_BIT);
    if (!blob || blob->getData().size() != numBytes)
      return fail("the data of resource '" + resource.getRawHandle().getKey() +
                  "' are not at hand");
    bytes = blob->getData();
    name = resource.getRawHandle().getKey();
    return success();
  }
  auto dense = dyn_cast<DenseIntOrFPElementsAttr>(constant);
  if (!dense)
    return fail("the constant is not a dense or a dense_resource value");
  bytes = dense.getRawData();
  isSplat = dense.isSplat();
  return success();
}

void ConstantReader::permute(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> strides = getStrides(shape), steps, sizes;
  for (int64_t axis : permutation) {
    sizes.push_back(shape[axis]);
    steps.push_back(strides[axis]);
  }
  shape = sizes;
  if (isSplat)
    return;
  size_t width = type.getIntOrFloatBitWidth() / CHAR_BIT;
  SmallVector<char, 0> result;
  result.resize_for_overwrite(bytes.size());
  char *next = result.data();
  forEachOffset(shape, steps, [&](int64_t offset, int64_t size, int64_t step) {
    for (const char *from = bytes.data() + offset * width; size-- > 0;
         from += step * width, next += width)
      std::memcpy(next, from, width);
    return true;
  });
  moved = std::move(result);
  bytes = moved;
}

/// Does at compile time what `op` does to its operand.
LogicalResult ConstantReader::move(Operation *op) {
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    if (transpose.getPermutation().size() != shape.size())
      return fail("the constant is cast to another rank");
    permute(transpose.getPermutation());
  } else if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op)) {
    auto result = cast<RankedTensorType>(op->getResult(0).getType());
    if (!result.hasStaticShape() || getCount(result.getShape()) != count)
      return fail("the constant is reshaped to sizes that are not known");
    shape = llvm::to_vector(result.getShape());
  }
  // What is cast or extended keeps its value.
  return success();
}

LogicalResult ConstantReader::read(Value value) {
  auto wanted = cast<RankedTensorType>(value.getType());
  SetVector<Operation *> moves;
  Attribute constant;
  // Where dominance is not required, an operation may be an operand of itself.
  while (!matchPattern(value, m_Constant(&constant))) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<linalg::TransposeOp, tensor::CollapseShapeOp,
                         tensor::ExpandShapeOp, tensor::CastOp, arith::ExtFOp,
                         arith::ExtSIOp>(op) ||
        !moves.insert(op))
      return failure();
    value = op->getOperand(0);
  }
  if (failed(readAttribute(constant)))
    return failure();
  for (Operation *op : llvm::reverse(moves))
    if (failed(move(op)))
      return failure();
  if (failed(verifyCompatibleShape(shape, wanted.getShape())))
    return fail("the constant is cast to another shape");
  return success();
}

/// The scales, in bits of the constant's type, as a constant of `scaleType`;
/// null where they are all 1. A scale of 0 belongs to zeros alone.
template <typename UInt>
DenseElementsAttr ConstantReader::getScale(ArrayRef<int64_t> scaleShape,
                                           ArrayRef<UInt> scales,
                                           Type scaleType) const {
  auto attrType = RankedTensorType::get(scaleShape, scaleType);
  constexpr unsigned width = sizeof(UInt) * CHAR_BIT;
  auto floats = dyn_cast<FloatType>(type);
  if (!floats) {
    SmallVector<APInt> values;
    for (UInt scale : scales)
      values.push_back(APInt(width, scale ? scale : UInt(1))
                           .zext(scaleType.getIntOrFloatBitWidth()));
    if (llvm::all_of(values, [](const APInt &value) { return value.isOne(); }))
      return {};
    return DenseElementsAttr::get(attrType, values);
  }
  const llvm::fltSemantics &semantics =
      cast<FloatType>(scaleType).getFloatSemantics();
  SmallVector<APFloat> values;
  for (UInt scale : scales) {
    APFloat value = APFloat::getOne(floats.getFloatSemantics());
    if (scale)
      value = APFloat(floats.getFloatSemantics(), APInt(width, scale));
    // Exact, as the type is at least as wide.
    bool losesInfo;
    value.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
    values.push_back(value);
  }
  APFloat one = APFloat::getOne(semantics);
  if (llvm::all_of(values, [&](const APFloat &value) { return value == one; }))
    return {};
  return DenseElementsAttr::get(attrType, values);
}

/// The elements as trits and one scale for each index of `channels`.
template <typename UInt>
std::optional<TernaryConstant> ConstantReader::scan(ArrayRef<int64_t> channels,
                                                    Type scaleType) const {
  constexpr UInt signBit = UInt(1) << (sizeof(UInt) * CHAR_BIT - 1);
  auto floats = dyn_cast<FloatType>(type);
  // The largest magnitude: of floats, that below infinity.
  UInt limit = std::numeric_limits<UInt>::max();
  if (floats)
    limit = static_cast<UInt>(APFloat::getLargest(floats.getFloatSemantics())
                                  .bitcastToAPInt()
                                  .getZExtValue());
  // Adds one element of a scale; returns the code of its trit, or nothing.
  // Trits follow no order that a branch on one could be foreseen by.
  auto encode = [&](UInt bits, UInt &scale) -> std::optional<uint32_t> {
    bool isNegative = (bits & signBit) != 0;
    auto negated = static_cast<UInt>(floats ? bits & ~signBit : 0 - bits);
    UInt magnitude = isNegative ? negated : bits;
    bool isNonzero = magnitude != 0;
    if (isNonzero & (magnitude != scale)) {
      if (scale != 0 || magnitude > limit)
        return std::nullopt;
      scale = magnitude;
    }
    return 1 + uint32_t(isNonzero) - 2 * uint32_t(isNonzero & isNegative);
  };

  auto tritsType =
      RankedTensorType::get(shape, TritType::get(type.getContext()));
  if (isSplat) {
    UInt bits, scale = 0;
    std::memcpy(&bits, bytes.data(), sizeof(UInt));
    std::optional<uint32_t> code = encode(bits, scale);
    if (!code)
      return std::nullopt;
    auto trit = static_cast<int8_t>(static_cast<int>(*code) - 1);
    auto storageType =
        RankedTensorType::get(shape, IntegerType::get(type.getContext(), 8));
    return TernaryConstant{
        TritsAttr::get(tritsType, DenseElementsAttr::get(storageType, trit)),
        getScale<UInt>({}, scale, scaleType)};
  }

  SmallVector<int64_t> scaleShape = llvm::map_to_vector(
      channels, [&](int64_t channel) { return shape[channel]; });
  SmallVector<int64_t> steps(shape.size(), 0);
  for (auto [channel, stride] :
       llvm::zip_equal(channels, getStrides(scaleShape)))
    steps[channel] = stride;
  std::vector<UInt> scales(*getCount(scaleShape), 0);
  ternary::TritWriter writer(count);
  const char *next = bytes.data();
  bool isTernary = forEachOffset(
      shape, steps, [&](int64_t channel, int64_t size, int64_t step) {
        while (size > 0) {
          constexpr int64_t maxCodes = 16;
          int64_t number = std::min(size, maxCodes);
          uint32_t codes = 0;
          for (int64_t i = 0; i < number;
               ++i, channel += step, next += sizeof(UInt)) {
            UInt bits;
            std::memcpy(&bits, next, sizeof(UInt));
            std::optional<uint32_t> code = encode(bits, scales[channel]);
            if (!code)
              return false;
            codes |= *code << (2 * i);
          }
          writer.append(codes, number);
          size -= number;
        }
        return true;
      });
  if (!isTernary)
    return std::nullopt;
  return TernaryConstant{TritsAttr::get(tritsType, name, writer.take()),
                         getScale<UInt>(scaleShape, scales, scaleType)};
}

FailureOr<TernaryConstant>
ConstantReader::getTernary(ArrayRef<int64_t> channels, Type scaleType) {
  auto scanAs =
      [&](ArrayRef<int64_t> wanted) -> std::optional<TernaryConstant> {
    // What has a scale for each element says nothing in trits.
    std::optional<int64_t> numScales = getCount(llvm::map_to_vector(
        wanted, [&](int64_t channel) { return shape[channel]; }));
    if (!numScales || count / 2 < *numScales)
      return std::nullopt;
    switch (type.getIntOrFloatBitWidth()) {
    case 8:
      return scan<uint8_t>(wanted, scaleType);
    case 16:
      return scan<uint16_t>(wanted, scaleType);
    case 32:
      return scan<uint32_t>(wanted, scaleType);
    default:
      return scan<uint64_t>(wanted, scaleType);
    }
  };
  std::optional<TernaryConstant> result = scanAs({});
  if (!result && !channels.empty())
    result = scanAs(channels);
  if (!result)
    return fail(
        "the constant has elements other than -s, 0 and s for one scale "
        "s of two elements or more");
  return *result;
}

FailureOr<TernaryConstant>
mlir::mml::readTernaryConstant(Value value, ArrayRef<int64_t> channels,
                               Type scaleType, std::string &reason) {
  ConstantReader reader(reason);
  if (failed(reader.read(value)))
    return failure();
  return reader.getTernary(channels, scaleType);
}
