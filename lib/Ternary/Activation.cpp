//===- Activation.cpp - The activations -----------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Activation.h"
#include "mml/Ternary/ActivationFormulas.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace llvm;
using namespace mml::ternary;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

constexpr ActivationParam allParams[] = {
#define MML_ACTIVATION_PARAM(ENUM, NAME, DEFAULT) {NAME, DEFAULT},
#define MML_ACTIVATION_REQUIRED_PARAM(ENUM, NAME) {NAME, std::nullopt},
#include "mml/Ternary/Activations.def"
};

constexpr Activation paramOwners[] = {
#define MML_ACTIVATION_PARAM(ENUM, NAME, DEFAULT) Activation::ENUM,
#define MML_ACTIVATION_REQUIRED_PARAM(ENUM, NAME) Activation::ENUM,
#include "mml/Ternary/Activations.def"
};

} // namespace

/// The parameters of `kind`, which stand together in the table.
static ArrayRef<ActivationParam> getParamsOf(Activation kind) {
  auto [first, last] =
      std::equal_range(std::begin(paramOwners), std::end(paramOwners), kind);
  return ArrayRef(allParams).slice(first - std::begin(paramOwners),
                                   last - first);
}

ArrayRef<ActivationInfo> mml::ternary::getActivations() {
  static const ActivationInfo infos[] = {
#define MML_ACTIVATION(ENUM, NAME, EXTENT)                                     \
  {Activation::ENUM, NAME, ActivationExtent::EXTENT,                           \
   getParamsOf(Activation::ENUM)},
#include "mml/Ternary/Activations.def"
  };
  return infos;
}

const ActivationInfo &mml::ternary::getInfo(Activation kind) {
  return getActivations()[size_t(kind)];
}

std::optional<Activation> mml::ternary::parseActivation(StringRef name) {
  return StringSwitch<std::optional<Activation>>(name)
#define MML_ACTIVATION(ENUM, NAME, EXTENT) .Case(NAME, Activation::ENUM)
#define MML_ACTIVATION_ALIAS(ENUM, NAME) .Case(NAME, Activation::ENUM)
#include "mml/Ternary/Activations.def"
      .Default(std::nullopt);
}

SmallVector<StringRef, 3> mml::ternary::getNearestNames(StringRef name) {
  static constexpr StringLiteral names[] = {
#define MML_ACTIVATION(ENUM, NAME, EXTENT) NAME,
#define MML_ACTIVATION_ALIAS(ENUM, NAME) NAME,
#include "mml/Ternary/Activations.def"
  };
  // Longer names are not worth the time: nothing is near them.
  constexpr size_t longest = 64;
  SmallVector<StringRef, 3> nearest;
  if (name.size() > longest)
    return nearest;
  SmallVector<std::pair<unsigned, StringRef>> byDistance;
  std::string lower = name.lower();
  for (StringRef known : names) {
    unsigned distance = known.edit_distance(lower);
    if (distance < std::max(known.size(), lower.size()))
      byDistance.emplace_back(distance, known);
  }
  llvm::sort(byDistance);
  for (const auto &[distance, known] : ArrayRef(byDistance).take_front(3))
    nearest.push_back(known);
  return nearest;
}

Error mml::ternary::makeUnknownActivationError(StringRef name) {
  std::string message = ("unknown activation '" + name + "'").str();
  SmallVector<StringRef, 3> nearest = getNearestNames(name);
  if (!nearest.empty())
    message += "; the nearest known ones are '" + join(nearest, "', '") + "'";
  return createStringError(message);
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Expected<SmallVector<double, 3>>
mml::ternary::resolveParams(Activation kind,
                            ArrayRef<std::pair<StringRef, double>> given) {
  const ActivationInfo &info = getInfo(kind);
  SmallVector<std::optional<double>, 3> values;
  for (const ActivationParam &param : info.params)
    values.push_back(param.defaultValue);
  for (const auto &[name, value] : given) {
    const auto *param = find_if(info.params, [&, name = name](const auto &p) {
      return p.name == name;
    });
    if (param == info.params.end())
      return createStringError("activation '" + info.name +
                               "' has no parameter '" + name + "'");
    values[param - info.params.begin()] = value;
  }
  SmallVector<double, 3> result;
  for (const auto &[param, value] : zip_equal(info.params, values)) {
    if (!value)
      return createStringError("activation '" + info.name +
                               "' needs the parameter '" + param.name + "'");
    result.push_back(*value);
  }
  if (Error error = verifyParams(kind, result))
    return std::move(error);
  return result;
}

Error mml::ternary::verifyParams(Activation kind, ArrayRef<double> params) {
  const ActivationInfo &info = getInfo(kind);
  if (params.size() != info.params.size())
    return createStringError(
        "expected %zu parameters of activation '%s' but got %zu",
        info.params.size(), info.name.data(), params.size());
  for (const auto &[param, value] : zip_equal(info.params, params)) {
    bool noLimit = kind == Activation::Relu && param.name == "max_value" &&
                   value == HUGE_VAL;
    if (!std::isfinite(value) && !noLimit)
      return createStringError(
          "expected a finite '%s' of activation '%s' but got %g",
          param.name.data(), info.name.data(), value);
    // The constants of the formulas are f32.
    if (kind == Activation::Celu && float(value) == 0.0f)
      return createStringError(
          "expected '%s' of activation '%s' not to be 0 but got %g",
          param.name.data(), info.name.data(), value);
  }
  return Error::success();
}

Expected<int64_t> mml::ternary::getOutputLength(Activation kind,
                                                int64_t length) {
  if (getInfo(kind).extent != ActivationExtent::HalvedRow)
    return length;
  if (length % 2 != 0)
    return createStringError("expected an even last dimension for activation "
                             "'%s' but got %lld",
                             getInfo(kind).name.data(), (long long)length);
  return length / 2;
}

//===----------------------------------------------------------------------===//
// Activations of rows
//===----------------------------------------------------------------------===//

/// The largest element, NaN if there is one.
static float getRowMax(ArrayRef<float> row) {
  ScalarOps ops;
  float largest = -HUGE_VALF;
  for (float x : row)
    largest = ops.max(largest, x);
  return largest;
}

/// exp(x - max) / sum(exp(x - max))
static void softmax(ArrayRef<float> row, MutableArrayRef<float> out) {
  float largest = getRowMax(row);
  double sum = 0.0;
  for (size_t i = 0; i < row.size(); ++i) {
    out[i] = std::exp(row[i] - largest);
    sum += out[i];
  }
  for (float &y : out)
    y /= float(sum);
}

/// x - max - log(sum(exp(x - max)))
static void logSoftmax(ArrayRef<float> row, MutableArrayRef<float> out) {
  float largest = getRowMax(row);
  double sum = 0.0;
  for (float x : row)
    sum += std::exp(x - largest);
  float logSum = std::log(float(sum));
  for (size_t i = 0; i < row.size(); ++i)
    out[i] = row[i] - largest - logSum;
}

/// max(z - threshold, 0), with Keras' threshold (see the header). The sums of
/// the values sorted downwards are found by counting: before z_i come the
/// larger values, and the equal ones up to i. NaN is never counted.
static void sparsemax(ArrayRef<float> row, MutableArrayRef<float> out) {
  ScalarOps ops;
  int64_t supportSize = 0;
  float sumOfSums = 0.0f;
  for (size_t i = 0; i < row.size(); ++i) {
    int64_t rank = 0;
    float sum = 0.0f;
    for (size_t j = 0; j < row.size(); ++j)
      if (row[j] > row[i] || (row[j] == row[i] && j <= i)) {
        ++rank;
        sum += row[j];
      }
    if (row[i] - (sum - 1.0f) / float(rank) > 0.0f) {
      ++supportSize;
      sumOfSums += sum;
    }
  }
  float threshold = (sumOfSums - 1.0f) / float(supportSize);
  for (size_t i = 0; i < row.size(); ++i)
    out[i] = ops.max(row[i] - threshold, 0.0f);
}

/// a * sigmoid(b), where a is the first half of the row and b the second.
static void glu(ArrayRef<float> row, MutableArrayRef<float> out) {
  ScalarOps ops;
  ActivationFormulas<ScalarOps> formulas(ops);
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = row[i] * formulas.sigmoid(row[i + out.size()]);
}

void mml::ternary::applyActivation(Activation kind, ArrayRef<double> params,
                                   ArrayRef<float> row,
                                   MutableArrayRef<float> out) {
  assert(out.size() ==
             (kind == Activation::Glu ? row.size() / 2 : row.size()) &&
         "length of the result");
  switch (kind) {
  case Activation::Glu:
    return glu(row, out);
  case Activation::LogSoftmax:
    return logSoftmax(row, out);
  case Activation::Softmax:
    return softmax(row, out);
  case Activation::Sparsemax:
    return sparsemax(row, out);
  default:
    break;
  }
  ScalarOps ops;
  for (size_t i = 0; i < row.size(); ++i)
    out[i] = buildActivation(ops, kind, params, row[i]);
}
