//===- MutationTest.cpp - Damaged model files -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Real models with bytes changed at random, from a fixed seed: the reader may
// take such a file or refuse it in one line, soon, and nothing else.
//
//===----------------------------------------------------------------------===//

#include "KerasFile.h"
#include "mml/Import/Archive.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

/// Starting a process takes long with the memory that the address sanitizer
/// reserves.
#if __has_feature(address_sanitizer)
static constexpr int fraction = 10;
#else
static constexpr int fraction = 1;
#endif

namespace {

class MutationTest : public testing::Test {
protected:
  /// The parts of a golden model.
  struct Parts {
    std::string config, weights, whole;
  };

  static Parts readParts(StringRef name) {
    Parts parts;
    parts.whole = readTestData(("goldens/" + name + "/model.keras").str());
    Archive archive = cantFail(Archive::open(parts.whole, Limits()));
    auto content = [&](StringRef entry) {
      return cantFail(archive.read(entry, 1 << 24))->getBuffer().str();
    };
    parts.config = content("config.json");
    parts.weights = content("model.weights.h5");
    return parts;
  }

  size_t below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
  }

  /// Changes one to eight bytes, sometimes to values that sizes and addresses
  /// go wrong with, and sometimes cuts the end off.
  std::string mutate(std::string bytes) {
    for (size_t i = 0, e = 1 + below(8); i < e && !bytes.empty(); ++i) {
      char &byte = bytes[below(bytes.size())];
      switch (below(4)) {
      case 0:
        byte = static_cast<char>(0xff);
        break;
      case 1:
        byte = 0;
        break;
      case 2:
        byte ^= static_cast<char>(1 << below(8));
        break;
      default:
        byte = static_cast<char>(below(256));
      }
    }
    if (below(10) == 0)
      bytes.resize(below(bytes.size()));
    return bytes;
  }

  /// Puts another value in the place of one somewhere in `root`.
  void changeValue(json::Value &root) {
    std::vector<json::Value *> places = {&root};
    for (size_t i = 0; i < places.size(); ++i) {
      if (json::Array *list = places[i]->getAsArray())
        for (json::Value &element : *list)
          places.push_back(&element);
      else if (json::Object *object = places[i]->getAsObject())
        for (auto &entry : *object)
          places.push_back(&entry.second);
    }
    json::Value *at = places[below(places.size())];
    switch (below(8)) {
    case 0:
      *at = nullptr;
      break;
    case 1:
      *at = static_cast<int64_t>(below(12)) - 4;
      break;
    case 2:
      *at =
          std::numeric_limits<int64_t>::max() - static_cast<int64_t>(below(2));
      break;
    case 3:
      *at = json::Array();
      break;
    case 4:
      *at = json::Object();
      break;
    case 5:
      *at = 1e30;
      break;
    case 6:
      *at = "?";
      break;
    default:
      *at = json::Array{json::Value(*at), json::Value(*at)};
    }
  }

  void expectTakenOrRefused(StringRef bytes) {
    auto start = std::chrono::steady_clock::now();
    Expected<Model> model = readBytes(bytes, limits);
    std::chrono::duration<double> taken =
        std::chrono::steady_clock::now() - start;
    slowest = std::max(slowest, taken.count());
    if (model) {
      ++numTaken;
      return;
    }
    std::string message = toString(model.takeError());
    EXPECT_TRUE(StringRef(message).starts_with("m.keras: ")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 1000u) << message;
  }

  void TearDown() override {
    EXPECT_LT(slowest, 5.0);
    RecordProperty("taken", static_cast<int>(numTaken));
  }

  std::mt19937 random{20240607};
  Limits limits;
  double slowest = 0;
  size_t numTaken = 0;
};

} // namespace

TEST_F(MutationTest, WholeFile) {
  for (StringRef name : {"dense_small", "functional_graph"}) {
    Parts parts = readParts(name);
    for (int i = 0; i < 150 / fraction; ++i)
      expectTakenOrRefused(mutate(parts.whole));
  }
}

TEST_F(MutationTest, Config) {
  for (StringRef name :
       {"core_layers", "functional_graph", "mml_patches",
        "keras_dense_quantize_ternary", "einsum_heads", "mml_glu"}) {
    Parts parts = readParts(name);
    for (int i = 0; i < 120 / fraction; ++i) {
      json::Value config = cantFail(json::parse(parts.config));
      for (size_t j = 0, e = 1 + below(2); j < e; ++j)
        changeValue(config);
      expectTakenOrRefused(
          makeZip({{"config.json", formatv("{0}", config).str()},
                   {"model.weights.h5", parts.weights}}));
    }
  }
}

TEST_F(MutationTest, Weights) {
  // A loop of the HDF5 library costs all of its time.
  limits.hdf5BaseSeconds = 1;
  for (StringRef name : {"dense_small", "keras_dense_quantize_ternary"}) {
    Parts parts = readParts(name);
    for (int i = 0; i < 350 / fraction; ++i)
      expectTakenOrRefused(
          makeZip({{"config.json", parts.config},
                   {"model.weights.h5", mutate(parts.weights)}}));
  }
}

TEST_F(MutationTest, WeightsMetadata) {
  // Near the start, and where the file has its own signatures.
  limits.hdf5BaseSeconds = 1;
  Parts parts = readParts("dense_small");
  std::vector<size_t> places;
  for (StringRef signature : {"\x89HDF", "TREE", "SNOD", "HEAP", "OHDR"})
    for (size_t at = parts.weights.find(signature.str());
         at != std::string::npos;
         at = parts.weights.find(signature.str(), at + 1))
      places.push_back(at);
  ASSERT_FALSE(places.empty());
  for (int i = 0; i < 300 / fraction; ++i) {
    std::string weights = parts.weights;
    for (size_t j = 0, e = 1 + below(3); j < e; ++j) {
      size_t at = places[below(places.size())] + below(48);
      if (at < weights.size())
        weights[at] = static_cast<char>(below(256));
    }
    expectTakenOrRefused(makeZip(
        {{"config.json", parts.config}, {"model.weights.h5", weights}}));
  }
}
