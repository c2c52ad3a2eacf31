//===- KerasReaderTest.cpp - Tests of layers in Keras files ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasFile.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;
namespace ternary = mml::ternary;

/// The error of the dense file after `change`.
static std::string errorAfter(function_ref<void(KerasFile &)> change) {
  KerasFile file = makeDenseFile();
  change(file);
  return errorOf(read(file));
}

/// The one layer after the input; fails the test if the file is refused.
static Model readOrFail(const KerasFile &file) {
  Expected<Model> model = read(file);
  if (model)
    return std::move(*model);
  ADD_FAILURE() << toString(model.takeError());
  return Model();
}

template <typename T>
static const T &opOf(const Model &model, unsigned layer = 1) {
  return std::get<T>(model.layers.at(layer).op);
}

static Shape resultOf(const Model &model) {
  return model.type(model.outputs.at(0)).shape;
}

TEST(KerasReaderTest, ReadsDenseLayers) {
  Model model = readOrFail(makeDenseFile());
  const auto &first = opOf<DenseMMLLayer>(model);
  EXPECT_EQ(first.kernel.shape, Shape({20, 8}));
  EXPECT_EQ(first.kernel.scale.value, 2.0f);
  EXPECT_EQ(first.kernel.scale.direction, ternary::ScaleDirection::Divides);
  for (size_t i = 0; i < 160; ++i)
    EXPECT_EQ(first.kernel.trits[i], 1 - int(i % 3));
  EXPECT_EQ(first.activation.kind, ternary::Activation::Relu);
  EXPECT_EQ(first.bias->shape, Shape({8}));
  EXPECT_EQ(first.norm.gain->shape, Shape({20}));
  const auto &second = opOf<DenseLayer>(model, 2);
  EXPECT_EQ(second.kernel.shape, Shape({8, 3}));
  EXPECT_EQ(resultOf(model), Shape({kDynamic, 3}));
}

//===----------------------------------------------------------------------===//
// Faults of options
//===----------------------------------------------------------------------===//

// (S18)
TEST(KerasReaderTest, RefusesUnits) {
  for (StringRef units : {"0", "-8", "8.5", "true"})
    EXPECT_EQ(errorAfter([&](KerasFile &file) {
                file.replace("\"units\": 8", ("\"units\": " + units).str());
              }),
              "m.keras: layer 'first': expected 'units' to be a positive "
              "integer but got " +
                  units.str());
  EXPECT_EQ(
      errorAfter([&](KerasFile &file) { file.replace("\"units\": 8, ", ""); }),
      "m.keras: layer 'first': expected 'units' to be a positive integer "
      "but got nothing");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("[null, 20]", "[null, 21]");
            }),
            "m.keras: layer 'first': expected an input whose last dimension is "
            "20, the kernel's, but got (?, 21)");
  EXPECT_EQ(
      errorAfter(
          [](KerasFile &file) { file.replace("[null, 20]", "[null, null]"); }),
      "m.keras: layer 'first': expected the last dimension of the input to "
      "be known but got (?, ?)");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"dtype\": \"float32\", \"sparse\"",
                           "\"dtype\": \"int32\", \"sparse\"");
            }),
            "m.keras: layer 'first': expected float32 inputs but got integers");
  for (StringRef shape : {"[null, 0]", "[null, -3]", "[]", "3", "[1.5]",
                          "[1,1,1,1,1,1,1,1,1]", "[null, \"a\"]"})
    EXPECT_EQ(
        errorAfter([&](KerasFile &file) { file.replace("[null, 20]", shape); }),
        "m.keras: layer 'in': expected 'batch_shape' to be a list of 1 to "
        "8 positive integers or nulls");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("[null, 20]", "[1048576, 1048576, 20]");
            }),
            "m.keras: layer 'in': a tensor of shape (1048576, 1048576, 20) is "
            "above the limit of 1099511627776 elements");
}

TEST(KerasReaderTest, RefusesActivations) {
  std::string message = errorAfter([](KerasFile &file) {
    file.replace("\"activation\": \"relu\"", "\"activation\": \"sigmiod\"");
  });
  EXPECT_EQ(StringRef(message).substr(0, 24), "m.keras: layer 'first': ");
  EXPECT_NE(message.find("sigmiod"), std::string::npos);
  EXPECT_NE(message.find("sigmoid"), std::string::npos);
  EXPECT_EQ(
      errorAfter([](KerasFile &file) {
        file.replace("\"activation\": \"relu\"", "\"activation\": [1]");
      }),
      "m.keras: layer 'first': expected 'activation' to be the name of an "
      "activation but got a list");
}

TEST(KerasReaderTest, ReadsActivationObjects) {
  KerasFile file = makeDenseFile();
  file.replace("\"activation\": \"relu\"",
               R"("activation": {"module": "builtins", "class_name": "function",
                  "config": "silu", "registered_name": "silu"})");
  EXPECT_EQ(opOf<DenseMMLLayer>(readOrFail(file)).activation.kind,
            ternary::Activation::Silu);
  file = makeDenseFile();
  file.replace("\"activation\": \"relu\"",
               "\"activation\": " +
                   layerJson("LeakyReLU", "a", "\"negative_slope\": 0.1, "));
  const ActivationSpec activation =
      opOf<DenseMMLLayer>(readOrFail(file)).activation;
  EXPECT_EQ(activation.kind, ternary::Activation::LeakyRelu);
  EXPECT_EQ(activation.params[0], 0.1);
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"activation\": \"relu\"",
                           "\"activation\": " +
                               layerJson("ReLU", "a", "\"odd\": 1, "));
            }),
            "m.keras: layer 'first': 'activation': option 'odd' is not "
            "supported");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"activation\": \"relu\"",
                           "\"activation\": " + layerJson("Dropout", "a"));
            }),
            "m.keras: layer 'first': layer class 'Dropout' is not supported as "
            "'activation'");
}

TEST(KerasReaderTest, RefusesPolicies) {
  auto withPolicy = [](StringRef policy) {
    return errorAfter([&](KerasFile &file) {
      file.config =
          sequentialJson({inputJson("in", "[null, 20]"),
                          layerJson("DenseMML", "first", "\"units\": 8, ")});
      file.replace("{\"module\": \"keras\", \"class_name\": \"DTypePolicy\", "
                   "\"config\": {\"name\": \"float32\"}, \"registered_name\": "
                   "null}",
                   policy);
    });
  };
  EXPECT_EQ(withPolicy("\"bfloat16\""),
            "m.keras: layer 'first': dtype policy 'bfloat16' is not supported, "
            "expected 'float32'");
  EXPECT_EQ(withPolicy(R"({"class_name": "DTypePolicy",
                           "config": {"name": "mixed_float16"}})"),
            "m.keras: layer 'first': dtype policy 'mixed_float16' is not "
            "supported, expected 'float32'");
  EXPECT_EQ(withPolicy(R"({"class_name": "QuantizedDTypePolicy",
                           "config": {"mode": "int8",
                                      "source_name": "float32"}})"),
            "m.keras: layer 'first': dtype policy 'int8' is not supported, "
            "expected 'float32'");
  EXPECT_EQ(
      withPolicy(R"({"class_name": "TernaryDTypePolicy",
                           "config": {"mode": "ternary",
                                      "source_name": "float32"}})"),
      "m.keras: layer 'first': dtype policy 'ternary' is not supported for "
      "class 'DenseMML'");
  EXPECT_EQ(withPolicy("\"float32\""), "no error");
}

TEST(KerasReaderTest, RefusesUnknownOptions) {
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"units\": 8", "\"units\": 8, \"groups\": 2");
            }),
            "m.keras: layer 'first': option 'groups' is not supported");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"units\": 8", "\"units\": 8, \"groups\": null");
            }),
            "no error");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.replace("\"units\": 8", "\"units\": 8, \"a\\nb\": 2");
            }),
            "m.keras: layer 'first': option 'a\\x0ab' is not supported");
}

TEST(KerasReaderTest, RefusesUnknownClasses) {
  std::string message = errorAfter([](KerasFile &file) {
    file.replace("\"class_name\": \"Dense\"", "\"class_name\": \"Denes\"");
  });
  EXPECT_EQ(StringRef(message).split("; ").first,
            "m.keras: layer 'second': unknown layer class 'Denes'");
  EXPECT_NE(message.find("'Dense'"), std::string::npos);
  // The same name from another package is another class.
  message = errorAfter([](KerasFile &file) {
    file.config = sequentialJson(
        {inputJson("in", "[null, 20]"), layerJson("Add", "sum")});
    file.replace("\"module\": \"keras.layers\", \"class_name\": \"Add\"",
                 "\"module\": \"keras.src.ops.numpy\", \"class_name\": "
                 "\"Add\"");
  });
  EXPECT_EQ(StringRef(message).split("; ").first,
            "m.keras: layer 'sum': unknown layer class "
            "'keras.src.ops.numpy.Add'");
}

//===----------------------------------------------------------------------===//
// Faults of variables
//===----------------------------------------------------------------------===//

TEST(KerasReaderTest, RefusesMissingVariables) {
  KerasFile whole = makeDenseFile();
  for (const auto &entry : whole.datasets) {
    KerasFile file = whole;
    file.datasets.erase(entry.first);
    bool isFirst = StringRef(entry.first).starts_with("layers/dense_mml");
    EXPECT_EQ(errorOf(read(file)),
              std::string("m.keras: layer '") + (isFirst ? "first" : "second") +
                  "': missing variable '" + entry.first + "'");
  }
}

TEST(KerasReaderTest, RefusesUnexpectedVariables) {
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.datasets["layers/dense/vars/2"] = makeFloats({3});
            }),
            "m.keras: layer 'second': unexpected variable "
            "'layers/dense/vars/2'");
}

TEST(KerasReaderTest, RefusesTypesOfVariables) {
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.datasets["layers/dense/vars/1"] = makeInts({1, 2, 3});
            }),
            "m.keras: layer 'second': variable 'layers/dense/vars/1': expected "
            "elements of float32 but got int64");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.datasets["layers/dense/vars/1"] = {{3}, std::monostate()};
            }),
            "m.keras: layer 'second': variable 'layers/dense/vars/1': expected "
            "elements of float32 but got another type");
}

TEST(KerasReaderTest, RefusesShapesOfVariables) {
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.datasets["layers/dense/vars/1"] = makeFloats({4});
            }),
            "m.keras: layer 'second': variable 'layers/dense/vars/1': expected "
            "shape (3) but got (4)");
  EXPECT_EQ(
      errorAfter([](KerasFile &file) {
        file.datasets["layers/dense/vars/0"] = makeFloats({7, 3});
      }),
      "m.keras: layer 'second': expected an input whose last dimension is "
      "7, the kernel's, but got (?, 8)");
  EXPECT_EQ(errorAfter([](KerasFile &file) {
              file.datasets["layers/dense_mml/_activation_norm/vars/0"] =
                  makeFloats({1});
            }),
            "m.keras: layer 'first': variable "
            "'layers/dense_mml/_activation_norm/vars/0': expected shape (20), "
            "the input's without the batch, but got (1)");
  EXPECT_EQ(
      errorAfter([](KerasFile &file) {
        file.datasets["layers/dense_mml/vars/kernel_shape"] =
            makeInts({4, 5, 8});
      }),
      "m.keras: layer 'first': variable "
      "'layers/dense_mml/vars/kernel_shape': expected a kernel of 8 units "
      "as in the config but got shape (4, 5, 8)");
}

TEST(KerasReaderTest, RefusesScales) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  for (float scale : {0.0f, -1.0f, inf, -inf, std::nanf("")})
    EXPECT_EQ(StringRef(errorAfter([&](KerasFile &file) {
                file.datasets["layers/dense_mml/vars/kernel_scale"] =
                    makeFloats({}, scale);
              }))
                  .split(" but got")
                  .first,
              "m.keras: layer 'first': variable "
              "'layers/dense_mml/vars/kernel_scale': expected a finite and "
              "positive scale");
}

TEST(KerasReaderTest, RefusesShortKernels) {
  std::string message = errorAfter([](KerasFile &file) {
    auto &values = file.datasets["layers/dense_mml/vars/kernel_encoded"];
    auto bytes = std::get<std::vector<uint8_t>>(values.values);
    bytes.pop_back();
    values = makeBytes(bytes);
  });
  EXPECT_EQ(StringRef(message).split("kernel_encoded': ").first,
            "m.keras: layer 'first': variable 'layers/dense_mml/vars/");
  EXPECT_EQ(
      errorAfter([](KerasFile &file) {
        file.datasets["layers/dense_mml/vars/kernel_encoded"] = makeBytes({0});
      }),
      "m.keras: layer 'first': variable "
      "'layers/dense_mml/vars/kernel_encoded': ends early: 1 bytes cannot "
      "hold a kernel of shape (20, 8)");
}

//===----------------------------------------------------------------------===//
// The layers one by one
//===----------------------------------------------------------------------===//

TEST(KerasReaderTest, ReadsReshape) {
  Model model = readOrFail(
      makeLayerFile("[null, 4, 6]", "Reshape", "\"target_shape\": [3, -1], "));
  EXPECT_EQ(resultOf(model), Shape({kDynamic, 3, 8}));
  EXPECT_EQ(errorOf(read(makeLayerFile("[null, 4, 6]", "Reshape",
                                       "\"target_shape\": [5, -1], "))),
            "m.keras: layer 'layer': an input of shape (?, 4, 6) has not the "
            "elements of the target shape (5, ?)");
  EXPECT_EQ(
      errorOf(read(makeLayerFile("[null, 4, 6]", "Reshape",
                                 "\"target_shape\": [-1, -1], "))),
      "m.keras: layer 'layer': expected 'target_shape' to have at most one "
      "-1");
}

TEST(KerasReaderTest, ReadsShapeLayers) {
  EXPECT_EQ(resultOf(readOrFail(
                makeLayerFile("[null, 4, null]", "Flatten",
                              "\"data_format\": \"channels_first\", "))),
            Shape({kDynamic, kDynamic}));
  EXPECT_EQ(resultOf(readOrFail(makeLayerFile("[null, 4, 6]", "Permute",
                                              "\"dims\": [2, 1], "))),
            Shape({kDynamic, 6, 4}));
  EXPECT_EQ(errorOf(read(makeLayerFile("[null, 4, 6]", "Permute",
                                       "\"dims\": [1, 3], "))),
            "m.keras: layer 'layer': expected 'dims' to be a permutation of "
            "1..2");
  EXPECT_EQ(errorOf(read(
                makeLayerFile("[null, 4]", "Permute", "\"dims\": [2, 1], "))),
            "m.keras: layer 'layer': expected an input of rank 3 but got (?, "
            "4)");
  EXPECT_EQ(resultOf(readOrFail(makeLayerFile("[2, 9, 7, 3]", "Patches",
                                              "\"patch_size\": 2, "))),
            Shape({2, 12, 12}));
  EXPECT_EQ(resultOf(readOrFail(makeLayerFile(
                "[2, 9, 7]", "GlobalMaxPooling1D",
                "\"data_format\": \"channels_first\", \"keepdims\": true, "))),
            Shape({2, 9, 1}));
  EXPECT_EQ(errorOf(read(makeLayerFile("[2, 9, 7]", "GlobalMaxPooling1D",
                                       "\"data_format\": \"odd\", "))),
            "m.keras: layer 'layer': expected 'data_format' to be "
            "'channels_last' or 'channels_first' but got 'odd'");
}

TEST(KerasReaderTest, ReadsElementwiseLayers) {
  Model model = readOrFail(makeLayerFile(
      "[null, 4]", "ReLU",
      "\"max_value\": 6.0, \"negative_slope\": 0.1, \"threshold\": 0.5, "));
  EXPECT_EQ(opOf<ActivationLayer>(model).activation.params,
            (SmallVector<double, 3>{0.1, 6.0, 0.5}));
  model = readOrFail(makeLayerFile("[null, 4]", "ReLU"));
  EXPECT_EQ(opOf<ActivationLayer>(model).activation.params,
            (SmallVector<double, 3>{0.0, HUGE_VAL, 0.0}));
  model = readOrFail(makeLayerFile("[null, 4]", "LeakyReLU"));
  EXPECT_EQ(opOf<ActivationLayer>(model).activation.params,
            (SmallVector<double, 3>{0.3}));
  model = readOrFail(makeLayerFile("[null, 4, 3]", "Softmax", "\"axis\": 1, "));
  EXPECT_EQ(opOf<ActivationLayer>(model).axis, 1);
  model =
      readOrFail(makeLayerFile("[null, 4, 3]", "Softmax", "\"axis\": [2], "));
  EXPECT_EQ(opOf<ActivationLayer>(model).axis, std::nullopt);
  EXPECT_EQ(errorOf(read(makeLayerFile("[null, 4, 3]", "Softmax",
                                       "\"axis\": [1, 2], "))),
            "m.keras: layer 'layer': a softmax over several axes is not "
            "supported");
  EXPECT_EQ(
      errorOf(read(makeLayerFile("[null, 4, 3]", "Softmax", "\"axis\": 0, "))),
      "m.keras: layer 'layer': axis 0, the batch, is not supported");
  EXPECT_EQ(
      errorOf(read(makeLayerFile("[null, 4, 3]", "Softmax", "\"axis\": 3, "))),
      "m.keras: layer 'layer': axis 3 is not an axis of the input (?, 4, "
      "3)");

  model = readOrFail(
      makeLayerFile("[null, 2]", "Rescaling",
                    R"("scale": 0.5, "offset": {"class_name": "__numpy__",
                       "config": {"value": [1, 2], "dtype": "int64"}}, )",
                    "uint8"));
  EXPECT_EQ(opOf<RescalingLayer>(model).scale.shape, Shape());
  EXPECT_EQ(opOf<RescalingLayer>(model).offset.values,
            (std::vector<float>{1, 2}));
  EXPECT_EQ(model.type(model.outputs[0]).elementType, ElementType::F32);
  EXPECT_EQ(StringRef(errorOf(read(makeLayerFile("[null, 2]", "Rescaling",
                                                 "\"scale\": [1, 2, 3], "))))
                .split(',')
                .first,
            "m.keras: layer 'layer': expected 'scale' to be a number");

  for (StringRef name :
       {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
        "GaussianDropout", "GaussianNoise", "AlphaDropout",
        "ActivityRegularization", "Identity"}) {
    model = readOrFail(makeLayerFile("[null, 2]", name,
                                     "\"rate\": 0.3, \"seed\": 3, ", "int32"));
    EXPECT_TRUE(std::holds_alternative<IdentityLayer>(model.layers[1].op));
    EXPECT_EQ(model.type(model.outputs[0]).elementType, ElementType::I32);
  }
}

TEST(KerasReaderTest, ReadsNormalizations) {
  KerasFile file =
      makeLayerFile("[null, 4, 6]", "BatchNormalization",
                    "\"axis\": 1, \"epsilon\": 0.5, \"center\": false, ");
  for (StringRef index : {"0", "1", "2"})
    file.datasets[("layers/batch_normalization/vars/" + index).str()] =
        makeFloats({4}, static_cast<float>(index[0]));
  Model model = readOrFail(file);
  const auto &batch = opOf<BatchNormLayer>(model);
  EXPECT_EQ(batch.axis, 1);
  EXPECT_EQ(batch.epsilon, 0.5);
  EXPECT_EQ(batch.gamma->values[0], '0');
  EXPECT_FALSE(batch.beta);
  EXPECT_EQ(batch.mean.values[0], '1');
  EXPECT_EQ(batch.variance.values[0], '2');
  file.replace("\"center\"", "\"renorm\": true, \"center\"");
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: layer 'layer': option 'renorm' is not supported");

  file = makeLayerFile("[null, 4, 6]", "LayerNormalization",
                       "\"axis\": [2, 1], \"scale\": false, ");
  file.datasets["layers/layer_normalization/vars/0"] = makeFloats({4, 6});
  model = readOrFail(file);
  EXPECT_EQ(opOf<LayerNormLayer>(model).axes, (SmallVector<int64_t, 4>{1, 2}));
  EXPECT_FALSE(opOf<LayerNormLayer>(model).gamma);
  file.replace("[2, 1]", "[-1, 1]");
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: layer 'layer': expected 'axis' to have ascending axes "
            "counted from the same end");
  file.replace("[-1, 1]", "-1");
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: layer 'layer': variable "
            "'layers/layer_normalization/vars/0': expected shape (6) but got "
            "(4, 6)");
}

TEST(KerasReaderTest, ReadsEmbeddings) {
  KerasFile file =
      makeLayerFile("[null, 5]", "Embedding",
                    "\"input_dim\": 9, \"output_dim\": 3, ", "int32");
  file.datasets["layers/embedding/vars/0"] = makeFloats({9, 3});
  Model model = readOrFail(file);
  EXPECT_EQ(resultOf(model), Shape({kDynamic, 5, 3}));
  EXPECT_EQ(model.type(model.outputs[0]).elementType, ElementType::F32);
}

TEST(KerasReaderTest, RefusesMasksThatMatter) {
  auto withLayer = [](StringRef className) {
    KerasFile file;
    file.config = sequentialJson(
        {inputJson("in", "[null, 5]", "int32"),
         layerJson(
             "Embedding", "table",
             "\"input_dim\": 9, \"output_dim\": 3, \"mask_zero\": true, "),
         layerJson("Dropout", "drop"), layerJson(className, "layer")});
    file.datasets["layers/embedding/vars/0"] = makeFloats({9, 3});
    return errorOf(read(file));
  };
  for (StringRef name : {"GlobalAveragePooling1D", "Softmax"})
    EXPECT_EQ(
        withLayer(name),
        "m.keras: layer 'layer': the mask of an Embedding with 'mask_zero' "
        "reaches this layer, which is not supported");
  for (StringRef name : {"GlobalMaxPooling1D", "Flatten", "ReLU"})
    EXPECT_EQ(withLayer(name), "no error");
}

TEST(KerasReaderTest, ReadsTernaryDense) {
  KerasFile file = makeLayerFile("[null, 7]", "TernaryDense",
                                 "\"units\": 2, \"threshold\": 0.25, ");
  file.datasets["layers/ternary_dense/vars/0"] = makeFloats({7, 2});
  file.datasets["layers/ternary_dense/vars/1"] = makeFloats({2});
  Model model = readOrFail(file);
  EXPECT_EQ(opOf<TernaryDenseLayer>(model).threshold, 0.25);
  file.replace("0.25", "-0.25");
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: layer 'layer': expected 'threshold' to be at least 0");
}

TEST(KerasReaderTest, ReadsPackedTernaryDense) {
  KerasFile file = makeLayerFile("[null, 7]", "TernaryDense", "\"units\": 1, ");
  file.replace(
      "{\"module\": \"keras\", \"class_name\": \"DTypePolicy\", "
      "\"config\": {\"name\": \"float32\"}",
      "{\"class_name\": \"TernaryDTypePolicy\", \"config\": {\"mode\": "
      "\"ternary\", \"source_name\": \"float32\"}");
  // The trits -1, 0, 1, -1, 0 and 1, 1, and zeros to fill.
  file.datasets["layers/ternary_dense/vars/0"] = {
      {2, 1}, std::vector<uint8_t>{0 + 3 + 18 + 0 + 81, 2 + 6 + 9 + 27 + 81}};
  file.datasets["layers/ternary_dense/vars/1"] = makeFloats({1});
  file.datasets["layers/ternary_dense/vars/2"] = makeFloats({}, 0.5f);
  Model model = readOrFail(file);
  const auto &kernel =
      std::get<TernaryTensor>(opOf<TernaryDenseLayer>(model).kernel);
  EXPECT_EQ(kernel.trits.unpack(),
            (std::vector<int8_t>{-1, 0, 1, -1, 0, 1, 1}));
  EXPECT_EQ(kernel.scale.direction, ternary::ScaleDirection::Multiplies);
  EXPECT_EQ(kernel.scale.value, 0.5f);
  file.datasets["layers/ternary_dense/vars/0"] = {
      {3, 1}, std::vector<uint8_t>{0, 0, 0}};
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: layer 'layer': variable 'layers/ternary_dense/vars/0': "
            "expected shape (2, 1) for an input of depth 7 but got (3, 1)");
}

TEST(KerasReaderTest, RefusesEquations) {
  auto withEquation = [](StringRef equation, StringRef outputShape = "[4]") {
    KerasFile file =
        makeLayerFile("[null, 3]", "EinsumDense",
                      ("\"equation\": \"" + equation +
                       "\", \"output_shape\": " + outputShape + ", ")
                          .str());
    file.datasets["layers/einsum_dense/vars/0"] = makeFloats({3, 4});
    return errorOf(read(file));
  };
  EXPECT_EQ(withEquation("ab,bc->ac"), "no error");
  EXPECT_EQ(withEquation("...b,bc->...c"), "no error");
  for (StringRef equation :
       {"ab,bc->", "...ab,bc->ac", "ab...,bc->...ac", "ab,...bc->ac"})
    EXPECT_EQ(withEquation(equation),
              "m.keras: layer 'layer': equation '" + equation.str() +
                  "': column 1: expected an equation of the form 'ab,bc->ac', "
                  "'...ab,bc->...ac' or 'ab...,bc->ac...' but got '" +
                  equation.str() + "'");
  // What Keras' search for a pattern would find the beginning of.
  EXPECT_EQ(withEquation("ab,bc->ac,zz"),
            "m.keras: layer 'layer': equation 'ab,bc->ac,zz': column 10: "
            "expected a label or '...' in the output but got ','");
  EXPECT_EQ(withEquation("a1,bc->ac"),
            "m.keras: layer 'layer': equation 'a1,bc->ac': column 2: expected "
            "a label, '...', ',' or '->' but got '1'");
  for (StringRef equation : {"ab,bc", "a b,bc->ac"})
    EXPECT_EQ(withEquation(equation),
              "m.keras: layer 'layer': expected equation 'ab,bc->ac', without "
              "spaces and with its output, but got '" +
                  equation.str() + "'");
  EXPECT_EQ(withEquation("ab,bc->az"),
            "m.keras: layer 'layer': equation 'ab,bc->az': column 9: expected "
            "a label of an operand in the output but got 'z'");
  EXPECT_EQ(withEquation("ab,cb->ac"),
            "m.keras: layer 'layer': equation 'ab,cb->ac': column 5: expected "
            "label 'b' to have size 3, as in operand 1, but got size 4 in "
            "operand 2");
  EXPECT_EQ(
      withEquation("ab,bc->ac", "[5]"),
      "m.keras: layer 'layer': expected an output of shape (5) without the "
      "batch but equation 'ab,bc->ac' gives (?, 4)");
  EXPECT_EQ(withEquation("abd,bc->ac"),
            "m.keras: layer 'layer': equation 'abd,bc->ac': column 1: expected "
            "operand 1 of rank 3 but got rank 2");
  EXPECT_EQ(withEquation("ab,bcc->ac"),
            "m.keras: layer 'layer': equation 'ab,bcc->ac': column 4: expected "
            "operand 2 of rank 3 but got rank 2");
  EXPECT_EQ(withEquation("ab,bc->cc"),
            "m.keras: layer 'layer': equation 'ab,bc->cc': column 9: expected "
            "each label once in the output but got a second 'c'");
}
