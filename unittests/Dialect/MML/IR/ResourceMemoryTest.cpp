//===- ResourceMemoryTest.cpp - Tests of the memory of constants ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/Compiler.h"

#include "gtest/gtest.h"

#include <thread>
#include <vector>

using namespace mlir;
using namespace mlir::mml;

namespace {

class ResourceMemoryTest : public testing::Test {
protected:
  ResourceMemoryTest() { context.loadDialect<MMLDialect>(); }

  /// A resource of `size` bytes, all of them `value`.
  DenseResourceElementsAttr create(int64_t size, char value) {
    auto type = RankedTensorType::get({size}, IntegerType::get(&context, 8));
    return createResource(type, "bytes", size, [&](MutableArrayRef<char> data) {
      llvm::fill(data, value);
    });
  }

  static bool holds(DenseResourceElementsAttr resource, int64_t size,
                    char value) {
    ArrayRef<char> data = resource.getRawHandle().getBlob()->getData();
    return int64_t(data.size()) == size &&
           llvm::isAddrAligned(llvm::Align(64), data.data()) &&
           llvm::all_of(data, [&](char byte) { return byte == value; });
  }

  MLIRContext context;
};

// Sizes around those of pages and of what is taken from the system at once: 64
// KiB, 2 MiB, 32 MiB.
constexpr int64_t sizes[] = {
    1,       63,        65535,    65536,         100001, (1 << 21) - 1,
    1 << 21, 3'000'001, 20 << 20, (32 << 20) + 1};

TEST_F(ResourceMemoryTest, BytesStayWhenNeighboursGo) {
  std::vector<std::pair<DenseResourceElementsAttr, int64_t>> resources;
  for (int round = 0; round < 3; ++round)
    for (int64_t size : sizes)
      resources.emplace_back(create(size, char(resources.size())), size);
  for (auto [i, resource] : llvm::enumerate(resources))
    EXPECT_TRUE(holds(resource.first, resource.second, char(i)));
  for (size_t i = 0; i < resources.size(); i += 2)
    releaseResource(resources[i].first);
  // What comes now may take what was given back, and nothing else.
  for (int64_t size : sizes)
    EXPECT_TRUE(holds(create(size, 'n'), size, 'n'));
  for (size_t i = 1; i < resources.size(); i += 2)
    EXPECT_TRUE(holds(resources[i].first, resources[i].second, char(i)));
  EXPECT_TRUE(resources[0].first.getRawHandle().getBlob()->getData().empty());
}

// With AddressSanitizer, blobs are those of a heap.
#if defined(__linux__) && !LLVM_ADDRESS_SANITIZER_BUILD
TEST_F(ResourceMemoryTest, PagesGoBack) {
  constexpr int64_t size = 20 << 20, hugePage = 1 << 21;
  DenseResourceElementsAttr gone = create(size, 'g'),
                            neighbour = create(size, 'n');
  // Whole huge pages, which the neighbour has no part of. It keeps the
  // addresses valid; pages that went back to the system are zeros when they
  // are read again.
  ArrayRef<char> data = gone.getRawHandle().getBlob()->getData();
  auto begin = llvm::alignAddr(data.data(), llvm::Align(hugePage));
  ArrayRef<char> inner(reinterpret_cast<const char *>(begin),
                       size - 2 * hugePage);
  ASSERT_LE(inner.end(), data.end());
  releaseResource(gone);
  EXPECT_TRUE(llvm::all_of(inner, [](char byte) { return byte == 0; }));
  EXPECT_TRUE(holds(neighbour, size, 'n'));
}
#endif

TEST_F(ResourceMemoryTest, ThreadsGetMemoryOfTheirOwn) {
  std::vector<std::thread> threads;
  std::vector<int> areRight(8);
  for (size_t thread = 0; thread < areRight.size(); ++thread)
    threads.emplace_back([&, thread] {
      bool isRight = true;
      std::vector<std::pair<DenseResourceElementsAttr, int64_t>> kept;
      for (int round = 0; round < 4; ++round)
        for (int64_t size : {65536, 300'000, 1'500'000}) {
          kept.emplace_back(create(size, char(thread)), size);
          releaseResource(create(size, 'x'));
        }
      for (auto [resource, size] : kept)
        isRight &= holds(resource, size, char(thread));
      areRight[thread] = isRight;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_TRUE(llvm::all_of(areRight, [](int isRight) { return isRight; }));
}

} // namespace
