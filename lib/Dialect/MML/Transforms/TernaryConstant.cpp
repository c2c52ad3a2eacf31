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
// but the first agree; no element becomes an APFloat. What follows for a value
// from its constant is computed for the scales alone.
//
//===----------------------------------------------------------------------===//

#include "TernaryConstant.h"

#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

namespace {

/// An axis of the loops over the elements.
struct Loop {
  int64_t size, rootStep, scaleStep;
};

/// A magnitude on its way from the constant to the value: an integer without
/// sign, or a float.
struct Magnitude {
  std::optional<APFloat> number;
  uint64_t integer = 0;
};

/// Reads the trits of one view.
class TernaryReader {
public:
  TernaryReader(ConstantView view, Type scaleType, std::string &reason)
      : view(std::move(view)), scaleType(scaleType), reason(reason) {}

  FailureOr<TernaryConstant> read(ArrayRef<int64_t> channels);

private:
  LogicalResult fail(const Twine &text) {
    reason = text.str();
    return failure();
  }
  SmallVector<int64_t> getAxes(ArrayRef<int64_t> ofDims) const;
  int64_t count(ArrayRef<int64_t> axes) const;
  bool scan(ArrayRef<int64_t> scaleAxes);
  template <typename UInt> bool scanAs(ArrayRef<int64_t> scaleAxes);
  bool scanGroups(ArrayRef<int64_t> channels);
  FailureOr<SmallVector<Magnitude>> getScales(ArrayRef<int64_t> axes);
  FailureOr<TernaryConstant> build();

  ConstantView view;
  Type scaleType;
  std::string &reason;

  // What was found: trits in the order of the view's dimensions, and one
  // magnitude of the constant for each index of `scaleAxes`, 0 for zeros alone.
  std::optional<ternary::TritArray> trits;
  std::optional<int8_t> splat;
  SmallVector<int64_t> scaleAxes;
  std::vector<uint64_t> magnitudes;
};

} // namespace

/// Calls `visit` for each row of the innermost loop, with the offsets at which
/// it begins, until it returns false. Returns whether it never did.
static bool forEachRow(ArrayRef<Loop> loops,
                       function_ref<bool(int64_t, int64_t, Loop)> visit) {
  if (llvm::any_of(loops, [](const Loop &loop) { return loop.size == 0; }))
    return true;
  if (loops.empty())
    return visit(0, 0, {1, 0, 0});
  ArrayRef<Loop> outer = loops.drop_back();
  SmallVector<int64_t> index(outer.size(), 0);
  int64_t root = 0, scale = 0;
  while (visit(root, scale, loops.back())) {
    size_t axis = index.size();
    for (; axis > 0; --axis) {
      const Loop &loop = outer[axis - 1];
      root += loop.rootStep;
      scale += loop.scaleStep;
      if (++index[axis - 1] < loop.size)
        break;
      root -= loop.size * loop.rootStep;
      scale -= loop.size * loop.scaleStep;
      index[axis - 1] = 0;
    }
    if (axis == 0)
      return true;
  }
  return false;
}

SmallVector<int64_t> TernaryReader::getAxes(ArrayRef<int64_t> ofDims) const {
  SmallVector<int64_t> axes;
  for (int64_t dim : ofDims)
    llvm::append_range(axes, view.dims[dim]);
  return axes;
}

int64_t TernaryReader::count(ArrayRef<int64_t> axes) const {
  int64_t product = 1;
  for (int64_t axis : axes)
    product *= view.sizes[axis];
  return product;
}

/// Looks for trits with one scale for each index of `wanted`.
template <typename UInt> bool TernaryReader::scanAs(ArrayRef<int64_t> wanted) {
  constexpr UInt signBit = UInt(1) << (sizeof(UInt) * CHAR_BIT - 1);
  auto floats = dyn_cast<FloatType>(view.root.type);
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
  const char *data = view.root.bytes.data();
  if (view.root.isSplat) {
    UInt bits, scale = 0;
    std::memcpy(&bits, data, sizeof(UInt));
    std::optional<uint32_t> code = encode(bits, scale);
    if (!code)
      return false;
    splat = static_cast<int8_t>(static_cast<int>(*code) - 1);
    magnitudes.assign(1, scale);
    return true;
  }

  SmallVector<int64_t> scaleSteps(view.sizes.size(), 0);
  int64_t numScales = 1;
  for (int64_t axis : llvm::reverse(wanted)) {
    scaleSteps[axis] = numScales;
    numScales *= view.sizes[axis];
  }
  SmallVector<Loop> loops;
  int64_t numElements = 1;
  for (ArrayRef<int64_t> axes : view.dims)
    for (int64_t axis : axes) {
      loops.push_back(
          {view.sizes[axis], view.root.steps[axis], scaleSteps[axis]});
      numElements *= view.sizes[axis];
    }
  std::vector<UInt> scales(numScales, 0);
  ternary::TritWriter writer(numElements);
  bool isTernary =
      forEachRow(loops, [&](int64_t root, int64_t scale, const Loop &row) {
        for (int64_t left = row.size; left > 0;) {
          constexpr int64_t maxCodes = 16;
          int64_t number = std::min(left, maxCodes);
          uint32_t codes = 0;
          for (int64_t i = 0; i < number;
               ++i, root += row.rootStep, scale += row.scaleStep) {
            UInt bits;
            std::memcpy(&bits, data + root * sizeof(UInt), sizeof(UInt));
            std::optional<uint32_t> code = encode(bits, scales[scale]);
            if (!code)
              return false;
            codes |= *code << (2 * i);
          }
          writer.append(codes, number);
          left -= number;
        }
        return true;
      });
  if (!isTernary)
    return false;
  trits = writer.take();
  scaleAxes.assign(wanted.begin(), wanted.end());
  magnitudes.assign(scales.begin(), scales.end());
  return true;
}

bool TernaryReader::scan(ArrayRef<int64_t> wanted) {
  // What has a scale for each element says nothing in trits.
  int64_t numElements = 1;
  for (ArrayRef<int64_t> axes : view.dims)
    numElements *= count(axes);
  if (numElements / 2 < count(wanted))
    return false;
  switch (view.root.type.getIntOrFloatBitWidth()) {
  case 8:
    return scanAs<uint8_t>(wanted);
  case 16:
    return scanAs<uint16_t>(wanted);
  case 32:
    return scanAs<uint32_t>(wanted);
  default:
    return scanAs<uint64_t>(wanted);
  }
}

/// Looks for the largest groups along one axis that is not one of `channels`.
bool TernaryReader::scanGroups(ArrayRef<int64_t> channels) {
  // The parts of a splat are what it is as a whole.
  if (view.root.isSplat)
    return false;
  SmallVector<int64_t> channelAxes = getAxes(channels);
  for (int64_t dim = 0, rank = view.dims.size(); dim < rank; ++dim) {
    if (llvm::is_contained(channels, dim) || view.dims[dim].size() != 1)
      continue;
    int64_t size = view.sizes[view.dims[dim].front()];
    for (int64_t groups = 2; groups <= size / kSmallestGroup; ++groups) {
      if (size % groups != 0)
        continue;
      ConstantView whole = view;
      if (failed(view.refine(dim, {groups, size / groups})))
        return false;
      SmallVector<int64_t> wanted(channelAxes);
      wanted.push_back(view.dims[dim].front());
      if (scan(wanted))
        return true;
      view = std::move(whole);
    }
  }
  return false;
}

/// The element at `offset` of `constant`.
static APFloat getNumber(const StridedConstant &constant, int64_t offset) {
  unsigned width = constant.type.getIntOrFloatBitWidth();
  uint64_t bits = 0;
  std::memcpy(&bits,
              constant.bytes.data() +
                  (constant.isSplat ? 0 : offset * (width / CHAR_BIT)),
              width / CHAR_BIT);
  return APFloat(cast<FloatType>(constant.type).getFloatSemantics(),
                 APInt(width, bits));
}

/// The scales of the value for each index of `axes`, which contain the axes of
/// the magnitudes and of all factors. Zeros have the scale 1.
FailureOr<SmallVector<Magnitude>>
TernaryReader::getScales(ArrayRef<int64_t> axes) {
  SmallVector<Magnitude> result;
  SmallVector<int64_t> index(axes.size(), 0);
  int64_t number = count(axes);
  constexpr auto toNearest = APFloat::rmNearestTiesToEven;
  for (int64_t i = 0; i < number; ++i) {
    int64_t rest = i;
    for (size_t at = axes.size(); at-- > 0; rest /= view.sizes[axes[at]])
      index[at] = rest % view.sizes[axes[at]];
    auto getOffset = [&](ArrayRef<int64_t> steps) {
      int64_t offset = 0;
      for (auto [axis, at] : llvm::zip_equal(axes, index))
        offset += at * steps[axis];
      return offset;
    };
    int64_t place = 0;
    for (int64_t axis : scaleAxes) {
      const auto *at = llvm::find(axes, axis);
      place = place * view.sizes[axis] + index[at - axes.begin()];
    }
    Magnitude &scale = result.emplace_back();
    scale.integer = magnitudes[place];
    bool isZero = scale.integer == 0;
    Type type = view.root.type;
    if (auto floats = dyn_cast<FloatType>(type)) {
      scale.number = isZero ? APFloat::getOne(floats.getFloatSemantics())
                            : APFloat(floats.getFloatSemantics(),
                                      APInt(floats.getWidth(), scale.integer));
    } else if (isZero) {
      scale.integer = 1;
    }
    for (const ConstantStep &step : view.steps) {
      if (step.kind == ConstantStep::Kind::Convert) {
        auto floats = dyn_cast<FloatType>(step.type);
        bool losesInfo;
        if (!floats)
          continue;
        if (!scale.number) {
          scale.number.emplace(floats.getFloatSemantics());
          scale.number->convertFromAPInt(APInt(64, scale.integer),
                                         /*IsSigned=*/false, toNearest);
        } else {
          scale.number->convert(floats.getFloatSemantics(), toNearest,
                                &losesInfo);
        }
        continue;
      }
      APFloat factor = getNumber(step.factor, getOffset(step.factor.steps));
      // Zero times these is not zero.
      if (!factor.isFinite() ||
          (step.kind == ConstantStep::Kind::Divide && factor.isZero()))
        return fail("the constant has a factor that is not finite");
      if (step.kind == ConstantStep::Kind::Multiply)
        scale.number->multiply(factor, toNearest);
      else
        scale.number->divide(factor, toNearest);
    }
    if (scale.number && !scale.number->isFinite())
      return fail("the constant has a scale that is not finite");
    if (isZero)
      scale = {scale.number ? std::optional(
                                  APFloat::getOne(scale.number->getSemantics()))
                            : std::nullopt,
               1};
  }
  return result;
}

/// `scales` as a constant of `type`; null where they are all 1.
static DenseElementsAttr getScaleAttr(RankedTensorType type,
                                      MutableArrayRef<Magnitude> scales) {
  if (auto floats = dyn_cast<FloatType>(type.getElementType())) {
    SmallVector<APFloat> values;
    for (Magnitude &scale : scales) {
      // Exact, as the type is at least as wide.
      bool losesInfo;
      scale.number->convert(floats.getFloatSemantics(),
                            APFloat::rmNearestTiesToEven, &losesInfo);
      values.push_back(*scale.number);
    }
    APFloat one = APFloat::getOne(floats.getFloatSemantics());
    if (llvm::all_of(values,
                     [&](const APFloat &value) { return value == one; }))
      return {};
    return DenseElementsAttr::get(type, values);
  }
  unsigned width = type.getElementTypeBitWidth();
  SmallVector<APInt> values;
  for (const Magnitude &scale : scales)
    values.push_back(APInt(64, scale.integer).zextOrTrunc(width));
  if (llvm::all_of(values, [](const APInt &value) { return value.isOne(); }))
    return {};
  return DenseElementsAttr::get(type, values);
}

/// What was found, with neighbouring axes that no scale tells apart as one
/// dimension.
FailureOr<TernaryConstant> TernaryReader::build() {
  SmallVector<int64_t> axes;
  auto hasScale = [&](int64_t axis) {
    return llvm::is_contained(scaleAxes, axis) ||
           llvm::any_of(view.steps, [&](const ConstantStep &step) {
             return step.kind != ConstantStep::Kind::Convert &&
                    step.factor.steps[axis] != 0;
           });
  };
  TernaryConstant result;
  SmallVector<int64_t> shape, scaleShape;
  int64_t numElements = 1;
  for (ArrayRef<int64_t> ofDim : view.dims) {
    SmallVector<int64_t> &dims = result.dims.emplace_back();
    bool isMergeable = false;
    for (int64_t axis : ofDim) {
      bool scaled = hasScale(axis);
      if (isMergeable && !scaled) {
        shape.back() *= view.sizes[axis];
      } else {
        dims.push_back(shape.size());
        shape.push_back(view.sizes[axis]);
      }
      isMergeable = !scaled;
      numElements *= view.sizes[axis];
      if (scaled) {
        axes.push_back(axis);
        result.scaleDims.push_back(dims.back());
        scaleShape.push_back(view.sizes[axis]);
      }
    }
  }
  if (numElements / 2 < count(axes))
    return fail("the constant has a scale for each element");
  FailureOr<SmallVector<Magnitude>> scales = getScales(axes);
  if (failed(scales))
    return failure();
  result.scale =
      getScaleAttr(RankedTensorType::get(scaleShape, scaleType), *scales);
  if (!result.scale)
    result.scaleDims.clear();
  MLIRContext *context = view.root.type.getContext();
  auto type = RankedTensorType::get(shape, TritType::get(context));
  if (splat)
    result.trits = TritsAttr::get(
        type, DenseElementsAttr::get(
                  RankedTensorType::get(shape, IntegerType::get(context, 8)),
                  *splat));
  else
    result.trits = TritsAttr::get(
        type, view.root.name.empty() ? "trits" : view.root.name, *trits);
  return result;
}

FailureOr<TernaryConstant> TernaryReader::read(ArrayRef<int64_t> channels) {
  if (scan({}) || (!channels.empty() && scan(getAxes(channels))) ||
      scanGroups(channels))
    return build();
  return fail("the constant has elements other than -s, 0 and s for one scale "
              "s of two elements or more");
}

FailureOr<TernaryConstant>
mlir::mml::readTernaryConstant(Value value, ArrayRef<int64_t> channels,
                               Type scaleType, std::string &reason) {
  FailureOr<ConstantView> view = viewConstant(value, reason);
  if (failed(view))
    return failure();
  return TernaryReader(std::move(*view), scaleType, reason).read(channels);
}
