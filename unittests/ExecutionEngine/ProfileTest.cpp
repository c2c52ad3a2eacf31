//===- ProfileTest.cpp - Tests of the times of layers ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Profile.h"

#include "mml/ExecutionEngine/Engine.h"

#include "Errors.h"
#include "LoweredModule.h"

#include <numeric>

using namespace mml::engine;

TEST(ProfileTest, AddsWhatALayerTakesInOneCall) {
  Profile profile(2);
  for (int call = 0; call < 3; ++call) {
    profile.beginCall();
    for (int64_t layer : {0, 1, 0, -1})
      profile.enter(layer);
    profile.endCall();
  }
  ASSERT_EQ(profile.getEvents().size(), 5u);
  double time = 0;
  std::vector<double> sums(3);
  for (auto [event, layer] : llvm::zip_equal(
           profile.getEvents(), std::vector<int>{-1, 0, 1, 0, -1})) {
    EXPECT_EQ(event.layer, layer);
    EXPECT_EQ(event.begin, time);
    EXPECT_GE(event.end, event.begin);
    time = event.end;
    sums[layer + 1] += event.end - event.begin;
  }
  for (int64_t layer : {-1, 0, 1}) {
    ASSERT_EQ(profile.getSeconds(layer).size(), 3u);
    EXPECT_EQ(profile.getSeconds(layer).back(), sums[layer + 1]);
  }
}

TEST(ProfileTest, TakesUnknownLayersForNone) {
  Profile profile(1);
  profile.beginCall();
  for (int64_t layer : {int64_t(1), int64_t(-2), INT64_MIN, INT64_MAX})
    profile.enter(layer);
  profile.endCall();
  for (const Profile::Event &event : profile.getEvents())
    EXPECT_EQ(event.layer, -1);
  EXPECT_EQ(profile.getSeconds(0).front(), 0);
}

TEST(ProfileTest, IsToldByGeneratedCode) {
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  auto module = lower(*context, R"mlir(
    func.func private @mmlEnterLayer(i64)
    func.func @main(%x: memref<2xf32>) -> memref<2xf32> attributes {
        llvm.emit_c_interface, mml.signature = (tensor<2xf32>) -> tensor<2xf32>,
        mml.layers = [{name = "a", macs = 5 : i64}, {name = "b", bytes = 7 : i64}]} {
      %0 = arith.constant 0 : i64
      %1 = arith.constant 1 : i64
      call @mmlEnterLayer(%1) : (i64) -> ()
      call @mmlEnterLayer(%0) : (i64) -> ()
      return %x : memref<2xf32>
    })mlir");
  ASSERT_TRUE(module);
  auto engine = Engine::create(*module);
  ASSERT_TRUE(static_cast<bool>(engine)) << llvm::toString(engine.takeError());
  const auto &layers = (*engine)->getSignature().layers;
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].name, "a");
  EXPECT_EQ(layers[0].macsPerRow, 5);
  EXPECT_EQ(layers[0].weightBytes, 0);
  EXPECT_EQ(layers[1].name, "b");
  EXPECT_EQ(layers[1].weightBytes, 7);

  auto input = HostTensor::create(DType::F32, {2});
  ASSERT_TRUE(static_cast<bool>(input));
  llvm::SmallVector<HostTensor> inputs;
  inputs.push_back(std::move(*input));
  Profile profile(2);
  // Without a profile the calls do nothing.
  ASSERT_TRUE(static_cast<bool>((*engine)->invoke(inputs)));
  (*engine)->setProfile(&profile);
  ASSERT_TRUE(static_cast<bool>((*engine)->invoke(inputs)));
  (*engine)->setProfile(nullptr);
  ASSERT_TRUE(static_cast<bool>((*engine)->invoke(inputs)));
  llvm::SmallVector<int64_t> entered;
  for (const Profile::Event &event : profile.getEvents())
    entered.push_back(event.layer);
  EXPECT_EQ(entered, (llvm::SmallVector<int64_t>{-1, 1, 0}));
  EXPECT_EQ(profile.getSeconds(0).size(), 1u);
}
