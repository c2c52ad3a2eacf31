//===- GoldensTest.cpp - Models that Keras wrote --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reader on every golden model: shapes against Keras' inputs and outputs,
// and numbers where a model is a chain of dense layers, computed by the plain
// loops of the ternary library on what was read.
//
//===----------------------------------------------------------------------===//

#include "KerasFile.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Ternary/Quantize.h"
#include "mml/Ternary/Reference.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;
namespace ternary = mml::ternary;

static std::vector<std::string> goldenNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (sys::fs::directory_iterator it(Twine(MML_TEST_DATA) + "/goldens", error),
       end;
       it != end && !error; it.increment(error))
    if (sys::fs::exists(it->path() + "/model.keras"))
      names.push_back(sys::path::filename(it->path()).str());
  llvm::sort(names);
  return names;
}

static Expected<Model> readGolden(const std::string &name) {
  return readBytes(readTestData("goldens/" + name + "/model.keras"));
}

/// Whether the array's shape is one that `type` allows.
static bool fits(const TensorType &type, const NpyArray &array) {
  return type.shape.size() == array.shape.size() &&
         all_of_zip(type.shape, array.shape, [](int64_t want, int64_t got) {
           return want == kDynamic || want == got;
         });
}

static StringRef npyTypeOf(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "<f4";
  case ElementType::I8:
    return "|i1";
  case ElementType::U8:
    return "|u1";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
    return "<i8";
  }
  llvm_unreachable("all element types are handled");
}

TEST(GoldensTest, TypesAreThoseOfKeras) {
  std::vector<std::string> names = goldenNames();
  EXPECT_GE(names.size(), 25u);
  for (const std::string &name : names) {
    SCOPED_TRACE(name);
    Expected<Model> model = readGolden(name);
    ASSERT_TRUE(bool(model)) << toString(model.takeError());
    for (auto [ends, letter] :
         {std::pair(ArrayRef(model->inputs), "x"), {model->outputs, "y"}})
      for (auto [i, ref] : enumerate(ends)) {
        NpyArray array = readNpy(
            ("goldens/" + name + "/" + letter + Twine(i) + ".npy").str());
        EXPECT_EQ(array.dtype, npyTypeOf(model->type(ref).elementType));
        EXPECT_TRUE(fits(model->type(ref), array))
            << shapeString(model->type(ref).shape) << " for "
            << shapeString(array.shape);
      }
  }
}

TEST(GoldensTest, ScheduleComesAfterInputs) {
  for (const std::string &name : goldenNames()) {
    SCOPED_TRACE(name);
    Model model = cantFail(readGolden(name));
    std::vector<std::pair<unsigned, unsigned>> done;
    for (CallRef ref : model.schedule) {
      for (TensorRef input : model.layers[ref.layer].calls[ref.call].inputs)
        EXPECT_TRUE(is_contained(done, std::pair(input.layer, input.call)));
      done.push_back({ref.layer, ref.call});
    }
    size_t calls = 0;
    for (const Layer &layer : model.layers)
      calls += layer.calls.size();
    EXPECT_EQ(done.size(), calls);
  }
}

static ArrayRef<float> valuesOf(const std::optional<FloatTensor> &tensor) {
  return tensor ? ArrayRef<float>(tensor->values) : ArrayRef<float>();
}

/// The result of one dense layer by the plain loops.
static Expected<std::vector<float>>
compute(const LayerOp &op, ArrayRef<float> x, ArrayRef<int64_t> shape) {
  ternary::DenseLayer dense;
  auto setKernel = [&](ternary::TritView trits, ArrayRef<int64_t> kernel,
                       ternary::Scale scale) {
    dense.kernel = trits;
    dense.k = kernel[0];
    dense.m = kernel[1];
    dense.kernelScale = scale;
  };
  if (auto *layer = std::get_if<DenseMMLLayer>(&op)) {
    setKernel(layer->kernel.trits, layer->kernel.shape, layer->kernel.scale);
    dense.bias = valuesOf(layer->bias);
    dense.activation = layer->activation.kind;
    dense.activationParams = layer->activation.params;
    ternary::RMSNorm norm;
    norm.gain = valuesOf(layer->norm.gain);
    norm.bias = valuesOf(layer->norm.bias);
    return ternary::denseMML(dense, norm, ternary::AbsmaxQuantizer(), x, shape);
  }
  auto *layer = std::get_if<TernaryDenseLayer>(&op);
  if (!layer)
    return makeError("not a dense layer");
  dense.bias = valuesOf(layer->bias);
  dense.activation = layer->activation.kind;
  dense.activationParams = layer->activation.params;
  if (auto *kernel = std::get_if<TernaryTensor>(&layer->kernel)) {
    setKernel(kernel->trits, kernel->shape, kernel->scale);
    return ternary::ternaryDense(dense, x, shape);
  }
  auto &kernel = std::get<FloatTensor>(layer->kernel);
  ternary::ThresholdQuantizer quantizer;
  if (layer->threshold)
    quantizer.fixed = static_cast<float>(*layer->threshold);
  ternary::TernaryKernel ternarized =
      ternary::ternarize(quantizer, kernel.values);
  setKernel(ternarized.trits, kernel.shape, ternarized.scale);
  return ternary::ternaryDense(dense, x, shape);
}

TEST(GoldensTest, DenseChainsGiveTheNumbersOfKeras) {
  for (StringRef name :
       {"digits_mlp", "dense_small", "dense_rank3", "dense_rank4_nobias",
        "dense_edge_values", "dense_zero_kernel", "dense_odd_sizes",
        "keras_ternary_dense", "keras_ternary_dense_fixed_threshold",
        "keras_ternary_dense_packed", "keras_dense_quantize_ternary"}) {
    SCOPED_TRACE(name.str());
    Model model = cantFail(readGolden(name.str()));
    NpyArray x = readNpy(("goldens/" + name + "/x0.npy").str());
    NpyArray y = readNpy(("goldens/" + name + "/y0.npy").str());
    for (const Layer &layer : ArrayRef(model.layers).drop_front()) {
      Expected<std::vector<float>> next = compute(layer.op, x.values, x.shape);
      ASSERT_TRUE(bool(next)) << toString(next.takeError());
      x.values = std::move(*next);
      x.shape.back() = layer.calls[0].results[0].shape.back();
    }
    ASSERT_EQ(x.values.size(), y.values.size());
    float largest = 0;
    for (float value : y.values)
      if (std::isfinite(value))
        largest = std::max(largest, std::fabs(value));
    for (auto [got, want] : zip_equal(x.values, y.values)) {
      EXPECT_EQ(std::isnan(got), std::isnan(want));
      if (std::isinf(want))
        EXPECT_EQ(got, want);
      else if (!std::isnan(want))
        EXPECT_NEAR(got, want, 1e-5f * largest);
    }
  }
}

TEST(GoldensTest, SharedLayersHaveSeveralCalls) {
  Model model = cantFail(readGolden("functional_graph"));
  EXPECT_EQ(model.kind, Model::Kind::Functional);
  EXPECT_EQ(model.inputs.size(), 2u);
  EXPECT_EQ(model.outputs.size(), 2u);
  EXPECT_EQ(model.layer(model.inputs[0]).name, "left");
  EXPECT_EQ(model.layer(model.outputs[0]).name, "head");
  auto shared = find_if(
      model.layers, [](const Layer &layer) { return layer.name == "shared"; });
  ASSERT_NE(shared, model.layers.end());
  EXPECT_EQ(shared->calls.size(), 3u);
  EXPECT_EQ(shared->location, "m.keras: layer 'shared'");
}

TEST(GoldensTest, ActivationsComeWithTheirParameters) {
  Model model = cantFail(readGolden("dense_activations"));
  const Layer &leaky = model.layer(model.outputs[3]);
  const ActivationSpec &activation =
      std::get<DenseMMLLayer>(leaky.op).activation;
  EXPECT_EQ(activation.kind, ternary::Activation::LeakyRelu);
  ASSERT_EQ(activation.params.size(), 1u);
  EXPECT_DOUBLE_EQ(activation.params[0], 0.2);
  // The last one halves what its layer gives.
  EXPECT_EQ(model.type(model.outputs.back()).shape, Shape({kDynamic, 4}));
}
