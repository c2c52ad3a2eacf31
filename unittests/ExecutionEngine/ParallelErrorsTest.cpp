//===- ParallelErrorsTest.cpp - Tests of errors in parallel loops ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"

#include "Errors.h"
#include "LoweredModule.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mml::engine;

namespace {
class ParallelErrorsTest : public testing::Test {
protected:
  /// Loads a function of `%x: memref<?xi64>` that has `%n`, its size, and
  /// writes
  /// `%y` of that size; `loop` is what does.
  llvm::Expected<std::unique_ptr<Engine>> load(llvm::StringRef loop) {
    module = lower(*context, llvm::formatv(R"mlir(
      func.func @main(%x: memref<?xi64>) -> memref<?xi64> attributes {{
          llvm.emit_c_interface,
          mml.signature = (tensor<?xi64>) -> tensor<?xi64>} {{
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %zero = arith.constant 0 : i64
        %n = memref.dim %x, %c0 : memref<?xi64>
        %y = memref.alloc(%n) : memref<?xi64>
        {0}
        return %y : memref<?xi64>
      })mlir",
                                           loop)
                                 .str());
    EXPECT_TRUE(module);
    return Engine::create(*module);
  }

  /// What calls with one to three threads say, for an input of `size` numbers
  /// from 1, of which one in the middle is `odd`.
  std::vector<std::string> call(Engine &engine, int64_t size, int64_t odd) {
    HostTensor x = llvm::cantFail(HostTensor::create(DType::I64, {size}));
    for (int64_t i = 0; i < size; ++i)
      x.setInteger(i, i == size / 2 ? odd : i + 1);
    std::vector<std::string> said;
    for (unsigned threads : {1, 2, 3}) {
      engine.setNumThreads(threads);
      auto results = engine.invoke(x);
      if (!results) {
        said.push_back(llvm::toString(results.takeError()));
        continue;
      }
      said.push_back("fine");
      for (int64_t i = 0; i < size; ++i)
        if (results->front().getInteger(i) != 2 * x.getInteger(i))
          said.back() = "wrong";
    }
    return said;
  }

  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

static std::vector<std::string> thrice(const char *text) {
  return std::vector<std::string>(3, text);
}

TEST_F(ParallelErrorsTest, AssertionsAreErrors) {
  auto engine = load(R"mlir(
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %x[%i] : memref<?xi64>
      %fits = arith.cmpi sge, %v, %zero : i64
      cf.assert %fits, "expected no negative number"
      %s = arith.addi %v, %v : i64
      memref.store %s, %y[%i] : memref<?xi64>
    })mlir");
  ASSERT_OK(engine);
  EXPECT_TRUE((*engine)->usesThreads());
  for (int64_t size : {1, 2, 1000}) {
    EXPECT_EQ(call(**engine, size, -1), thrice("expected no negative number"));
    // A call after an error is as any other.
    EXPECT_EQ(call(**engine, size, 7), thrice("fine"));
  }
}

TEST_F(ParallelErrorsTest, LackOfMemoryIsAnError) {
  // As many bytes as numbers say. The address is asked for, as memory that
  // nobody looks at is not allocated; its upper bits are zeros.
  auto engine = load(R"mlir(
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %v = memref.load %x[%i] : memref<?xi64>
      %bytes = arith.index_cast %v : i64 to index
      %m = memref.alloc(%bytes) : memref<?xi8>
      %address = memref.extract_aligned_pointer_as_index %m : memref<?xi8> -> index
      %c60 = arith.constant 60 : index
      %upper = arith.shrui %address, %c60 : index
      memref.dealloc %m : memref<?xi8>
      %none = arith.index_cast %upper : index to i64
      %two = arith.addi %v, %v : i64
      %s = arith.addi %two, %none : i64
      memref.store %s, %y[%i] : memref<?xi64>
    })mlir");
  ASSERT_OK(engine);
  EXPECT_EQ(call(**engine, 100, int64_t(1) << 62),
            thrice("out of memory while the model ran"));
  EXPECT_EQ(call(**engine, 100, 7), thrice("fine"));
}

TEST_F(ParallelErrorsTest, LoopsWithinLoops) {
  // Another loop is in a function of its own, which stops once it is done.
  module = lower(*context, R"mlir(
    func.func private @inner(%x: memref<?xi64>, %y: memref<?xi64>, %i: index) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %zero = arith.constant 0 : i64
      scf.parallel (%j) = (%c0) to (%c1) step (%c1) {
        %v = memref.load %x[%i] : memref<?xi64>
        %fits = arith.cmpi sge, %v, %zero : i64
        cf.assert %fits, "expected no negative number"
        %s = arith.addi %v, %v : i64
        memref.store %s, %y[%i] : memref<?xi64>
      }
      return
    }
    func.func @main(%x: memref<?xi64>) -> memref<?xi64> attributes {
        llvm.emit_c_interface, mml.signature = (tensor<?xi64>) -> tensor<?xi64>} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = memref.dim %x, %c0 : memref<?xi64>
      %y = memref.alloc(%n) : memref<?xi64>
      scf.parallel (%i) = (%c0) to (%n) step (%c1) {
        func.call @inner(%x, %y, %i) : (memref<?xi64>, memref<?xi64>, index) -> ()
      }
      return %y : memref<?xi64>
    })mlir");
  ASSERT_TRUE(module);
  auto engine = Engine::create(*module);
  ASSERT_OK(engine);
  EXPECT_EQ(call(**engine, 100, -1), thrice("expected no negative number"));
  EXPECT_EQ(call(**engine, 100, 7), thrice("fine"));
}

TEST_F(ParallelErrorsTest, WhoIsWaitedForDoesNotLeave) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  auto engine = load(R"mlir(
    omp.parallel {
      %v = memref.load %x[%c0] : memref<?xi64>
      %fits = arith.cmpi sge, %v, %zero : i64
      cf.assert %fits, "expected no negative number"
      %s = arith.addi %v, %v : i64
      omp.barrier
      memref.store %s, %y[%c0] : memref<?xi64>
      omp.terminator
    })mlir");
  ASSERT_OK(engine);
  EXPECT_EQ(call(**engine, 1, 7), thrice("fine"));
  EXPECT_DEATH(call(**engine, 1, -1), "expected no negative number");
}
