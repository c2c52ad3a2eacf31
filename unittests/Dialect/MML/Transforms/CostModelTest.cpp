//===- CostModelTest.cpp - Tests of the predictions -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/CostModel.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::mml;

namespace {

constexpr int64_t kMiB = 1 << 20;

KernelTarget getTiles() {
  return {{DotKind::TilesI32, 512}, LookupKind::Vpermb, 512,
          CoreKind::Common,         2 * kMiB,           300 * kMiB};
}

const KernelTarget targets[] = {
    getTiles(),
    {{DotKind::QuadsI32, 512}, LookupKind::Vpermb, 512},
    {{DotKind::QuadsI32, 512}, LookupKind::Vpermb, 512, CoreKind::Zen4},
    {{DotKind::QuadsI32, 512}, LookupKind::Vpermb, 512, CoreKind::Zen5},
    {{DotKind::QuadsI32, 256}, LookupKind::Pshufb, 256},
    {{DotKind::PairsI16, 256}, LookupKind::Pshufb, 256},
    {{DotKind::PairsI16, 128}, LookupKind::Pshufb, 128},
    {{DotKind::NeonPairsI16, 128}, LookupKind::Tbl, 128},
    {{DotKind::NeonQuadsI32, 128}, LookupKind::Tbl, 128},
    {{DotKind::NeonMatricesI32, 128}, LookupKind::Tbl, 128},
    {{DotKind::None, 128}, LookupKind::Portable, 128},
};

constexpr KernelKind kernels[] = {KernelKind::AddSub, KernelKind::Dot,
                                  KernelKind::Mixed, KernelKind::Lookup};

TEST(CostModel, WorkTakesTime) {
  for (const KernelTarget &target : targets)
    for (KernelKind kernel : kernels) {
      if (!target.has(kernel))
        continue;
      double before = 0;
      for (int64_t tokens : {1, 2, 4, 16, 64, 1024}) {
        auto one = predictKernel(kernel, target, {tokens, 6912, 2560});
        ASSERT_TRUE(one);
        EXPECT_GT(one->seconds, 0.0);
        EXPECT_TRUE(std::isfinite(one->gigaops));
        EXPECT_FALSE(one->limit.empty());
        // Up to 2 % less for more tokens, where a version fits better.
        EXPECT_GE(one->seconds, 0.98 * before) << tokens;
        before = one->seconds;
        // Halves may fit a cache that the whole does not.
        auto two = predictKernel(kernel, target, {tokens, 6912, 2560}, 2);
        EXPECT_LT(two->seconds, one->seconds);
        EXPECT_GT(two->seconds, 0.25 * one->seconds);
        auto narrow = predictKernel(kernel, target, {tokens, 640, 2560});
        EXPECT_LT(narrow->seconds, one->seconds);
      }
    }
}

TEST(CostModel, NothingIsSaidOfWhatCannotBe) {
  KernelTarget none;
  EXPECT_FALSE(predictKernel(KernelKind::Dot, none, {1, 64, 64}));
  EXPECT_FALSE(predictKernel(KernelKind::Lookup, none, {1, 64, 64}));
  EXPECT_TRUE(predictKernel(KernelKind::AddSub, none, {1, 64, 64}));
  EXPECT_FALSE(predictKernel(KernelKind::AddSub, none, {0, 64, 64}));
  EXPECT_FALSE(predictKernel(KernelKind::AddSub, none, {1, 0, 64}));
  EXPECT_FALSE(predictKernel(KernelKind::AddSub, none, {1, 64, 0}));
  EXPECT_FALSE(predictKernel(KernelKind::Auto, getTiles(), {1, 64, 64}));
  EXPECT_FALSE(predictKernel(KernelKind::Reference, getTiles(), {1, 64, 64}));
}

TEST(CostModel, WhatIsLackingFallsBack) {
  KernelTarget none;
  EXPECT_EQ(none.getAvailable(KernelKind::Lookup), KernelKind::AddSub);
  EXPECT_EQ(none.getAvailable(KernelKind::Dot), KernelKind::AddSub);
  KernelTarget dot{{DotKind::PairsI16, 256}, LookupKind::Portable, 256};
  EXPECT_EQ(dot.getAvailable(KernelKind::Lookup), KernelKind::Dot);
  EXPECT_EQ(dot.getAvailable(KernelKind::Mixed), KernelKind::Dot);
  EXPECT_EQ(none.getAvailable(KernelKind::Mixed), KernelKind::AddSub);
  EXPECT_EQ(getTiles().getAvailable(KernelKind::Lookup), KernelKind::Lookup);
  EXPECT_EQ(getTiles().getAvailable(KernelKind::Mixed), KernelKind::Mixed);
  EXPECT_EQ(findFastestKernel(none, {{1, 64, 64}}), KernelKind::AddSub);
  // Nothing to compare is no reason to fail.
  for (const KernelTarget &target : targets)
    EXPECT_TRUE(target.has(findFastestKernel(target, {{0, 64, 64}})));
}

TEST(CostModel, BytesCountWhereMemoryIsSlow) {
  KernelTarget target = getTiles();
  // One token from the cache of a core: fields in place are the fewest
  // instructions. From memory, indices of tables are the fewest bytes.
  EXPECT_EQ(findFastestKernel(target, {{1, 640, 2560}}), KernelKind::Dot);
  ContractionSize streamed{1, 6912, 2560};
  streamed.allWeights = 2'000'000'000;
  EXPECT_EQ(findFastestKernel(target, streamed), KernelKind::Lookup);
  auto prediction = predictKernel(KernelKind::Lookup, target, streamed);
  EXPECT_EQ(prediction->limit, "memory");
  // More tokens are limited by instructions.
  streamed.tokens = 64;
  EXPECT_EQ(findFastestKernel(target, streamed), KernelKind::Dot);
  EXPECT_NE(predictKernel(KernelKind::Dot, target, streamed)->limit, "memory");
}

TEST(CostModel, AnUnknownBatchTakesWhatIsNeverFarBehind) {
  std::vector<ContractionSize> sizes;
  for (int64_t tokens : getTypicalTokens())
    sizes.push_back({tokens, 6912, 2560, /*isBatchKnown=*/false});
  EXPECT_EQ(findFastestKernel(getTiles(), sizes), KernelKind::Dot);
}

TEST(CostModel, FloatsAreLookedUpWhereThatIsThere) {
  KernelTarget target = getTiles();
  auto getSize = [](int64_t tokens) {
    ContractionSize size{tokens, 2048, 2048};
    size.isFloat = true;
    return size;
  };
  // Kernels of bytes are none of floats.
  EXPECT_FALSE(predictKernel(KernelKind::Dot, target, getSize(8)));
  EXPECT_FALSE(predictKernel(KernelKind::Lookup, target, getSize(8)));
  EXPECT_EQ(target.getAvailable(KernelKind::Lookup, /*isFloat=*/true),
            KernelKind::AddSub);
  EXPECT_EQ(target.getAvailable(KernelKind::Dot, /*isFloat=*/true),
            KernelKind::AddSub);
  EXPECT_EQ(findFastestKernel(target, {getSize(1), getSize(64)}),
            KernelKind::AddSub);

  target.floatLookup = LookupKind::Vpermi2ps;
  EXPECT_EQ(findFastestKernel(target, {getSize(1), getSize(64)}),
            KernelKind::Lookup);
  double before = 0;
  for (int64_t tokens : {1, 2, 4, 16, 64, 1024}) {
    auto one = predictKernel(KernelKind::Lookup, target, getSize(tokens));
    auto masks = predictKernel(KernelKind::AddSub, target, getSize(tokens));
    ASSERT_TRUE(one);
    ASSERT_TRUE(masks);
    EXPECT_GT(one->seconds, before) << tokens;
    EXPECT_LT(one->seconds, masks->seconds) << tokens;
    EXPECT_LT(
        predictKernel(KernelKind::Lookup, target, getSize(tokens), 2)->seconds,
        one->seconds);
    before = one->seconds;
  }
}

TEST(CostModel, LookupsBesideProductsNeedPortsOfTheirOwn) {
  for (CoreKind core : {CoreKind::Zen4, CoreKind::Zen5}) {
    KernelTarget target{
        {DotKind::QuadsI32, 512}, LookupKind::Vpermb, 512, core};
    for (int64_t tokens : {32, 64, 128, 512, 2048})
      for (auto [outputs, depth] : {std::pair<int64_t, int64_t>(6912, 2560),
                                    {2560, 6912},
                                    {2560, 2560},
                                    {4096, 14336}})
        EXPECT_EQ(findFastestKernel(target, {{tokens, outputs, depth}}),
                  KernelKind::Mixed);
    // Tables are not worth it for few tokens.
    for (int64_t tokens : {2, 4, 8})
      EXPECT_EQ(findFastestKernel(target, {{tokens, 6912, 2560}}),
                KernelKind::Dot);
    std::vector<ContractionSize> sizes;
    for (int64_t tokens : getTypicalTokens())
      sizes.push_back({tokens, 6912, 2560, /*isBatchKnown=*/false});
    EXPECT_EQ(findFastestKernel(target, sizes), KernelKind::Mixed);
  }
  // Where the port of lookups is one of two that multiply, they only take from
  // the products.
  KernelTarget shared{{DotKind::QuadsI32, 512}, LookupKind::Vpermb, 512};
  for (const KernelTarget &target : {shared, getTiles()})
    for (int64_t tokens : {1, 8, 32, 128, 512})
      EXPECT_NE(findFastestKernel(target, {{tokens, 6912, 2560}}),
                KernelKind::Mixed);
}

} // namespace
