//===- KerasGraphTest.cpp - Tests of models in Keras files ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasFile.h"
#include "llvm/ADT/STLExtras.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

static std::string errorFor(std::string config) {
  KerasFile file;
  file.config = std::move(config);
  return errorOf(read(file));
}

static const std::string noCalls = ", \"inbound_nodes\": []";

/// Inputs `a` and `b` of shape (?, 4), and `layers` after them.
static std::string graph(std::vector<std::string> layers, StringRef outputs,
                         StringRef inputs = R"([["a", 0, 0], ["b", 0, 0]])") {
  layers.insert(layers.begin(),
                {inputJson("a", "[null, 4]", "float32", noCalls),
                 inputJson("b", "[null, 4]", "float32", noCalls)});
  return functionalJson(layers, inputs, outputs);
}

static std::string layer(StringRef className, StringRef name,
                         std::vector<std::vector<std::string>> calls,
                         StringRef kwargs = "{}") {
  return layerJson(className, name, "", callsJson(std::move(calls), kwargs));
}

TEST(KerasGraphTest, ReadsGraphs) {
  KerasFile file;
  // The list is not in the order of the calls.
  file.config =
      graph({layer("Add", "sum", {{"[\"r\", 1, 0]", "[\"r\", 0, 0]"}}),
             layer("ReLU", "r", {{"[\"a\", 0, 0]"}, {"[\"b\", 0, 0]"}},
                   R"({"mask": null, "training": false})")},
            R"(["sum", 0, 0])");
  Expected<Model> model = read(file);
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  EXPECT_EQ(model->inputs.size(), 2u);
  ASSERT_EQ(model->outputs.size(), 1u);
  EXPECT_EQ(model->layer(model->outputs[0]).name, "sum");
  const Call &sum = model->layers[2].calls[0];
  EXPECT_EQ(sum.inputs[0].call, 1u);
  EXPECT_EQ(sum.inputs[1].call, 0u);
  EXPECT_EQ(model->schedule.back().layer, 2u);
}

TEST(KerasGraphTest, OrdersDictionariesByKey) {
  KerasFile file;
  file.config =
      graph({layer("Add", "sum", {{"[\"a\", 0, 0]", "[\"b\", 0, 0]"}})},
            R"({"y": ["sum", 0, 0], "x": ["a", 0, 0]})",
            R"({"2": ["a", 0, 0], "1": ["b", 0, 0]})");
  Expected<Model> model = read(file);
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  EXPECT_EQ(model->layer(model->inputs[0]).name, "b");
  EXPECT_EQ(model->layer(model->outputs[0]).name, "a");
}

TEST(KerasGraphTest, ReadsModelsInModels) {
  // A model of two outputs, called twice; Keras counts its calls from 1 in the
  // list of outputs.
  std::string inner =
      functionalJson({inputJson("a", "[null, 4]", "float32", noCalls),
                      layerJson("Dense", "d", "\"units\": 3, ",
                                callsJson({{"[\"a\", 0, 0]"}}))},
                     R"(["a", 0, 0])", R"([["d", 0, 0], ["a", 0, 0]])", "inner",
                     callsJson({{"[\"a\", 0, 0]"}, {"[\"inner\", 0, 1]"}}));
  KerasFile file;
  file.config = graph({inner}, R"([["inner", 1, 1], ["inner", 2, 0]])");
  file.datasets["layers/functional/layers/dense/vars/0"] = makeFloats({4, 3});
  file.datasets["layers/functional/layers/dense/vars/1"] = makeFloats({3});
  Expected<Model> model = read(file);
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  EXPECT_EQ(model->outputs[0].call, 0u);
  EXPECT_EQ(model->outputs[0].result, 1u);
  EXPECT_EQ(model->outputs[1].call, 1u);
  EXPECT_EQ(model->type(model->outputs[0]).shape, Shape({kDynamic, 4}));
  EXPECT_EQ(model->type(model->outputs[1]).shape, Shape({kDynamic, 3}));
  const Model &nested = *std::get<ModelLayer>(model->layers[2].op).model;
  EXPECT_EQ(nested.layers[1].location, "m.keras: layer 'inner/d'");

  file.datasets.erase("layers/functional/layers/dense/vars/1");
  EXPECT_EQ(errorOf(read(file)), "m.keras: layer 'inner/d': missing variable "
                                 "'layers/functional/layers/dense/vars/1'");
  file.replace("[\"inner\", 0, 1]", "[\"inner\", 0, 2]");
  file.datasets["layers/functional/layers/dense/vars/1"] = makeFloats({3});
  EXPECT_EQ(
      errorOf(read(file)),
      "m.keras: layer 'inner': refers to result 2 of layer 'inner', which "
      "does not exist");
}

TEST(KerasGraphTest, CountsVariablesOfEachClass) {
  KerasFile file;
  file.config = sequentialJson(
      {inputJson("in", "[null, 4]"), layerJson("Dense", "x", "\"units\": 4, "),
       layerJson("PReLU", "p"), layerJson("Dense", "y", "\"units\": 4, "),
       sequentialJson({inputJson("in", "[null, 4]"),
                       layerJson("Dense", "x", "\"units\": 4, ")},
                      "s"),
       sequentialJson({inputJson("in", "[null, 4]"),
                       layerJson("Dense", "x", "\"units\": 4, ")},
                      "t")});
  float next = 0;
  for (StringRef group : {"dense", "dense_1", "sequential/layers/dense",
                          "sequential_1/layers/dense"}) {
    std::string path = ("layers/" + group + "/vars/").str();
    file.datasets[path + "0"] = makeFloats({4, 4}, next++);
    file.datasets[path + "1"] = makeFloats({4});
  }
  file.datasets["layers/p_re_lu/vars/0"] = makeFloats({4});
  Expected<Model> model = read(file);
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  auto firstWeight = [](const Layer &layer) {
    return std::get<DenseLayer>(layer.op).kernel.values[0];
  };
  EXPECT_EQ(firstWeight(model->layers[1]), 0.0f);
  EXPECT_EQ(firstWeight(model->layers[3]), 1.0f);
  for (unsigned i : {4u, 5u})
    EXPECT_EQ(
        firstWeight(std::get<ModelLayer>(model->layers[i].op).model->layers[1]),
        static_cast<float>(i) - 2.0f);
}

TEST(KerasGraphTest, ReadsSequentialWithoutInputLayer) {
  KerasFile file;
  file.config = sequentialJson({layerJson("ReLU", "input")});
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: the shape of the input is not known: the model was saved "
            "before it was built");
  file.replace("\"layers\": [",
               "\"build_input_shape\": [null, 3], \"layers\": [");
  Expected<Model> model = read(file);
  ASSERT_TRUE(bool(model)) << toString(model.takeError());
  EXPECT_EQ(model->type(model->outputs[0]).shape, Shape({kDynamic, 3}));
  EXPECT_EQ(model->layers[0].name, "input_");
}

TEST(KerasGraphTest, RefusesCycles) {
  EXPECT_EQ(errorFor(graph({layer("ReLU", "x", {{"[\"y\", 0, 0]"}}),
                            layer("ReLU", "y", {{"[\"x\", 0, 0]"}})},
                           R"(["x", 0, 0])")),
            "m.keras: layer 'x': the layer depends on its own result");
  EXPECT_EQ(errorFor(graph({layer("ReLU", "x", {{"[\"x\", 0, 0]"}})},
                           R"(["x", 0, 0])")),
            "m.keras: layer 'x': the layer depends on its own result");
}

TEST(KerasGraphTest, RefusesReferences) {
  auto withInput = [](StringRef tensor) {
    return errorFor(
        graph({layer("ReLU", "x", {{tensor.str()}})}, R"(["x", 0, 0])"));
  };
  EXPECT_EQ(withInput("[\"z\", 0, 0]"),
            "m.keras: layer 'x': refers to layer 'z', which does not exist");
  for (StringRef call : {"1", "-1", "9223372036854775807"})
    EXPECT_EQ(withInput(("[\"a\", " + call + ", 0]").str()),
              "m.keras: layer 'x': refers to call " + call.str() +
                  " of layer 'a', which has 1");
  for (StringRef result : {"1", "-1", "4294967296"})
    EXPECT_EQ(withInput(("[\"a\", 0, " + result + "]").str()),
              "m.keras: layer 'x': refers to result " + result.str() +
                  " of layer 'a', which does not exist");
  for (StringRef tensor : {"[\"a\", 0]", "3", "[0, 0, 0]", "null"})
    EXPECT_EQ(withInput(tensor),
              "m.keras: layer 'x': expected the first argument of each call to "
              "be a tensor or tensors");
  EXPECT_EQ(errorFor(graph({layer("ReLU", "x", {{"[\"a\", 0, 0]"}})},
                           R"(["q", 0, 0])")),
            "m.keras: 'output_layers' refers to layer 'q', which does not "
            "exist");
  for (StringRef outputs : {"[]", "3", "[[]]", "[\"x\"]", "{}"})
    EXPECT_EQ(
        errorFor(graph({layer("ReLU", "x", {{"[\"a\", 0, 0]"}})}, outputs)),
        "m.keras: 'output_layers': expected a list of [layer, call, "
        "result]");
}

TEST(KerasGraphTest, RefusesInputs) {
  std::vector<std::string> relu = {layer("ReLU", "x", {{"[\"a\", 0, 0]"}})};
  EXPECT_EQ(errorFor(graph(relu, R"(["x", 0, 0])", R"(["a", 0, 0])")),
            "m.keras: layer 'b': the layer is not among the model's inputs");
  EXPECT_EQ(errorFor(graph(relu, R"(["x", 0, 0])",
                           R"([["a", 0, 0], ["a", 0, 0], ["b", 0, 0]])")),
            "m.keras: input 'a' is listed twice");
  EXPECT_EQ(errorFor(graph(relu, R"(["x", 0, 0])",
                           R"([["a", 0, 0], ["x", 0, 0], ["b", 0, 0]])")),
            "m.keras: input 'x' is not an input layer");
}

TEST(KerasGraphTest, RefusesCalls) {
  EXPECT_EQ(errorFor(graph({layer("ReLU", "x", {{"[\"a\", 0, 0]"}},
                                  R"({"training": true})")},
                           R"(["x", 0, 0])")),
            "m.keras: layer 'x': argument 'training' of a call is not "
            "supported");
  EXPECT_EQ(
      errorFor(graph({layerJson("ReLU", "x", "", noCalls)}, R"(["a", 0, 0])")),
      "m.keras: layer 'x': the layer is never called");
  EXPECT_EQ(errorFor(graph({layerJson("ReLU", "x")}, R"(["a", 0, 0])")),
            "m.keras: layer 'x': expected 'inbound_nodes' to be a list");
  EXPECT_EQ(
      errorFor(graph({layer("ReLU", "x", {{"[\"a\", 0, 0]", "[\"b\", 0, 0]"}})},
                     R"(["x", 0, 0])")),
      "m.keras: layer 'x': expected 1 input but got 2");
  EXPECT_EQ(errorFor(graph({layer("Subtract", "x", {{"[\"a\", 0, 0]"}})},
                           R"(["x", 0, 0])")),
            "m.keras: layer 'x': expected 2 inputs but got 1");
}

TEST(KerasGraphTest, RefusesDoubleNames) {
  EXPECT_EQ(errorFor(graph({layer("ReLU", "a", {{"[\"b\", 0, 0]"}})},
                           R"(["a", 0, 0])")),
            "m.keras: two layers are called 'a'");
}

TEST(KerasGraphTest, RefusesLayersSharedBetweenModels) {
  std::string shared = ", \"shared_object_id\": 140";
  EXPECT_EQ(
      errorFor(sequentialJson(
          {inputJson("in", "[null, 4]"), layerJson("ReLU", "x", "", shared),
           sequentialJson({inputJson("in", "[null, 4]"),
                           layerJson("ReLU", "x", "", shared)},
                          "s")})),
      "m.keras: layer 's/x': a layer shared between models is not "
      "supported");
}

TEST(KerasGraphTest, RefusesShapesThatDoNotMerge) {
  auto merged = [](StringRef className, StringRef shape) {
    return errorFor(functionalJson(
        {inputJson("a", "[null, 4]", "float32", noCalls),
         inputJson("b", shape, "float32", noCalls),
         layer(className, "x", {{"[\"a\", 0, 0]", "[\"b\", 0, 0]"}})},
        R"([["a", 0, 0], ["b", 0, 0]])", R"(["x", 0, 0])"));
  };
  EXPECT_EQ(merged("Add", "[null, 5]"),
            "m.keras: layer 'x': inputs of shapes (?, 4) and (?, 5) do not "
            "broadcast");
  EXPECT_EQ(merged("Add", "[null, 3, 1]"), "no error");
  EXPECT_EQ(merged("Concatenate", "[null, 5]"), "no error");
  EXPECT_EQ(merged("Concatenate", "[null, 5, 4]"),
            "m.keras: layer 'x': inputs of shapes (?, 4) and (?, 5, 4) do not "
            "join along axis 1");
}

TEST(KerasGraphTest, RefusesDeepModels) {
  std::string model = sequentialJson({inputJson("in", "[null, 4]")});
  for (int i = 0; i < 16; ++i)
    model = sequentialJson({inputJson("in", "[null, 4]"), model}, "m");
  EXPECT_NE(errorFor(model).find("models nest deeper than 16 levels"),
            std::string::npos);
  EXPECT_EQ(errorFor(model).find('\n'), std::string::npos);
}

TEST(KerasGraphTest, RefusesOtherModels) {
  EXPECT_EQ(
      errorFor("{}"),
      "m.keras: unknown model class '(no module).', expected 'Sequential' or "
      "'Functional'");
  EXPECT_EQ(
      errorFor(R"({"module": "mine", "class_name": "Net", "config": {},
                         "registered_name": "Custom>Net"})"),
      "m.keras: unknown model class 'Custom>Net', expected 'Sequential' or "
      "'Functional'");
  EXPECT_EQ(errorFor("[]"), "m.keras: expected config.json to be an object");
  EXPECT_EQ(errorFor(sequentialJson({})), "m.keras: the model has no layers");
  EXPECT_EQ(errorFor(sequentialJson({inputJson("a", "[null, 4]"), "3"})),
            "m.keras: expected 'layers' to be a list of objects");
}

TEST(KerasGraphTest, RefusesOtherFiles) {
  KerasFile file = makeDenseFile();
  file.metadata = R"({"keras_version": "2.15.0"})";
  EXPECT_EQ(errorOf(read(file)),
            "m.keras: expected a file of Keras 3 but got one of Keras "
            "'2.15.0'");
  std::string weights = makeHdf5(file.datasets);
  EXPECT_EQ(errorOf(readBytes(makeZip({{"model.weights.h5", weights}}))),
            "m.keras: zip entry 'config.json' is missing");
  EXPECT_EQ(errorOf(readBytes(makeZip({{"config.json", file.config}}))),
            "m.keras: zip entry 'model.weights.h5' is missing");
  EXPECT_EQ(errorOf(readBytes(makeZip(
                {{"config.json", file.config}, {"model.weights.h5", "HDF"}}))),
            "m.keras: model.weights.h5: not a readable HDF5 file");
  std::string deep(100000, '[');
  EXPECT_EQ(errorOf(readBytes(makeZip(
                {{"config.json", deep}, {"model.weights.h5", weights}}))),
            "m.keras: config.json: JSON nests deeper than 200 levels");
  // Files that other tools packed again.
  EXPECT_EQ(errorOf(readBytes(makeZip(
                {{"config.json", file.config}, {"model.weights.h5", weights}},
                /*deflate=*/true))),
            "no error");
}
