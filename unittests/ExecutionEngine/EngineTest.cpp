//===- EngineTest.cpp - Tests that load and call models -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"

#include "Errors.h"
#include "LoweredModule.h"

#include "mlir/AsmParser/AsmParser.h"

#include <sys/mman.h>

using namespace mml::engine;

static HostTensor makeFloats(llvm::ArrayRef<int64_t> shape) {
  HostTensor tensor = llvm::cantFail(HostTensor::create(DType::F32, shape));
  for (int64_t i = 0; i < tensor.getNumElements(); ++i)
    tensor.setFloat(i, i);
  return tensor;
}

namespace {
class EngineTest : public testing::Test {
protected:
  /// Loads functions over memrefs, with `weights` behind the global `@w`.
  llvm::Expected<std::unique_ptr<Engine>>
  load(llvm::StringRef text, llvm::ArrayRef<char> weights = {}) {
    module = lower(*context, text);
    EXPECT_TRUE(module);
    if (!weights.empty())
      bindResource(*module, "w", weights);
    return Engine::create(*module);
  }

  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

/// y[n, j] = x[n, j] + w[j].
static constexpr llvm::StringLiteral addWeights = R"mlir(
  memref.global @w : memref<4xf32>
  func.func @main(%x: memref<?x4xf32>) -> memref<?x4xf32> attributes {
      llvm.emit_c_interface, mml.input_names = ["x"],
      mml.signature = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
    %c0 = arith.constant 0 : index
    %n = memref.dim %x, %c0 : memref<?x4xf32>
    %w = memref.get_global @w : memref<4xf32>
    %y = memref.alloc(%n) : memref<?x4xf32>
    linalg.generic {
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                         affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}
        ins(%x, %w : memref<?x4xf32>, memref<4xf32>) outs(%y : memref<?x4xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %sum = arith.addf %a, %b : f32
      linalg.yield %sum : f32
    }
    return %y : memref<?x4xf32>
  })mlir";

static llvm::ArrayRef<char> asBytes(llvm::ArrayRef<float> values) {
  return {reinterpret_cast<const char *>(values.data()),
          values.size() * sizeof(float)};
}

TEST_F(EngineTest, OneArtifactTakesEveryBatch) {
  alignas(64) static const float weights[] = {100, 200, 300, 400};
  auto engine = load(addWeights, asBytes(weights));
  ASSERT_OK(engine);
  EXPECT_EQ((*engine)->getResourceBytes(), 16);
  EXPECT_FALSE((*engine)->usesThreads());
  for (int64_t batch : {1, 7, 64, 333, 0}) {
    HostTensor x = makeFloats({batch, 4});
    auto results = (*engine)->invoke(x);
    ASSERT_OK(results);
    ASSERT_EQ(results->size(), 1u);
    const HostTensor &y = results->front();
    ASSERT_EQ(y.getShape(), llvm::ArrayRef<int64_t>({batch, 4}));
    for (int64_t i = 0; i < y.getNumElements(); ++i)
      ASSERT_EQ(y.getFloat(i), i + weights[i % 4]);
  }
}

TEST_F(EngineTest, AssertionsAreErrors) {
  auto engine = load(R"mlir(
    func.func @main(%x: memref<?xf32>) -> memref<?xf32> attributes {
        llvm.emit_c_interface, mml.signature = (tensor<?xf32>) -> tensor<?xf32>} {
      %c0 = arith.constant 0 : index
      %c4 = arith.constant 4 : index
      %n = memref.dim %x, %c0 : memref<?xf32>
      %fits = arith.cmpi ult, %n, %c4 : index
      cf.assert %fits, "expected fewer than 4"
      %y = memref.alloc(%n) : memref<?xf32>
      memref.copy %x, %y : memref<?xf32> to memref<?xf32>
      return %y : memref<?xf32>
    })mlir");
  ASSERT_OK(engine);
  for (int64_t size : {4, 3, 400, 0}) {
    HostTensor x = makeFloats({size});
    auto results = (*engine)->invoke(x);
    if (size < 4)
      ASSERT_OK(results);
    else
      EXPECT_EQ(llvm::toString(results.takeError()), "expected fewer than 4");
  }
}

TEST_F(EngineTest, LackOfMemoryIsAnError) {
  auto engine = load(R"mlir(
    func.func @main() -> memref<4611686018427387904xi8> attributes {
        llvm.emit_c_interface,
        mml.signature = () -> tensor<4611686018427387904xi8>} {
      %y = memref.alloc() : memref<4611686018427387904xi8>
      return %y : memref<4611686018427387904xi8>
    })mlir");
  ASSERT_OK(engine);
  auto results = (*engine)->invoke({});
  EXPECT_EQ(llvm::toString(results.takeError()),
            "out of memory while the model ran");
}

TEST_F(EngineTest, ReportsTimes) {
  alignas(64) static const float weights[4] = {};
  auto engine = load(addWeights, asBytes(weights));
  ASSERT_OK(engine);
  std::vector<std::string> names;
  for (const StageTime &time : (*engine)->getStageTimes()) {
    names.push_back(time.name.str());
    EXPECT_GT(time.seconds, 0.0);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"translate", "optimize", "codegen",
                                             "load"}));
  EXPECT_GT(getPeakMemory(), 1 << 20);
}

TEST_F(EngineTest, ResourcesAreUsedInPlace) {
  // Memory that is much further from the code than 2 GiB.
  void *hint = reinterpret_cast<void *>(uintptr_t(1) << 44);
  size_t size = 4096;
  void *memory = mmap(hint, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto *weights = static_cast<float *>(memory);
  weights[0] = 1000;
  auto engine = load(addWeights, asBytes(llvm::ArrayRef<float>(weights, 4)));
  ASSERT_OK(engine);
  HostTensor x = makeFloats({1, 4});
  auto results = (*engine)->invoke(x);
  ASSERT_OK(results);
  EXPECT_EQ(results->front().getFloat(0), 1000.0);
  // The code sees a later change: nothing was copied.
  weights[0] = -7;
  results = (*engine)->invoke(x);
  ASSERT_OK(results);
  EXPECT_EQ(results->front().getFloat(0), -7.0);
  EXPECT_EQ(munmap(memory, size), 0);
}

TEST_F(EngineTest, ResourcesAreAligned) {
  alignas(64) static const float storage[] = {0, 1, 2, 3, 4};
  llvm::ArrayRef<float> weights = llvm::ArrayRef(storage).drop_front();
  auto engine = load(addWeights, asBytes(weights));
  ASSERT_OK(engine);
  HostTensor x = makeFloats({1, 4});
  auto results = (*engine)->invoke(x);
  ASSERT_OK(results);
  EXPECT_EQ(results->front().getFloat(3), 7.0);

  // Code may count on it, so look from outside where the memory is.
  engine = load(R"mlir(
    memref.global @w : memref<4xf32>
    func.func @main() -> memref<i64> attributes {
        llvm.emit_c_interface, mml.signature = () -> tensor<i64>} {
      %w = memref.get_global @w : memref<4xf32>
      %address = memref.extract_aligned_pointer_as_index %w
          : memref<4xf32> -> index
      %y = memref.alloc() : memref<i64>
      %v = arith.index_cast %address : index to i64
      memref.store %v, %y[] : memref<i64>
      return %y : memref<i64>
    })mlir",
                asBytes(weights));
  ASSERT_OK(engine);
  results = (*engine)->invoke({});
  ASSERT_OK(results);
  EXPECT_EQ(results->front().getInteger(0) % 64, 0);
}

TEST_F(EngineTest, ResourcesHaveToFit) {
  static const float weights[] = {1, 2, 3};
  EXPECT_EQ(messageOf(load(addWeights, asBytes(weights))),
            "expected resource 'w' of global '@w' to have 16 bytes but got 12");
  module = lower(*context, addWeights);
  auto setResource = [&](llvm::StringRef attribute) {
    module->lookupSymbol("w")->setAttr(
        "mml.resource", mlir::parseAttribute(attribute, context.get()));
    return messageOf(Engine::create(*module));
  };
  EXPECT_EQ(setResource("dense_resource<absent> : tensor<4xf32>"),
            "resource 'absent' of global '@w' has no data");
  EXPECT_EQ(setResource("dense<0.0> : tensor<4xf32>"),
            "expected 'mml.resource' of global '@w' to be a dense_resource");
  // Nobody says where @w is.
  EXPECT_TRUE(isIn("cannot load the compiled code: Symbols not found: [ w ]",
                   messageOf(load(addWeights))));
}

TEST_F(EngineTest, ChecksInputs) {
  alignas(64) static const float weights[4] = {};
  auto engine = load(addWeights, asBytes(weights));
  ASSERT_OK(engine);
  std::vector<HostTensor> inputs;
  inputs.push_back(makeFloats({3, 10}));
  EXPECT_EQ(messageOf((*engine)->invoke(inputs)),
            "input 'x': expected tensor<?x4xf32> but got f32 [3, 10]");
  inputs.push_back(makeFloats({3, 4}));
  EXPECT_EQ(messageOf((*engine)->invoke(inputs)),
            "expected 1 inputs but got 2");
}

TEST_F(EngineTest, ResultsMayAliasInputsAndOneAnother) {
  // An input as it is; a part of it; one buffer twice; the weights.
  alignas(64) static const float weights[] = {1, 2, 3, 4};
  auto engine = load(R"mlir(
    memref.global @w : memref<4xf32>
    func.func @main(%x: memref<2x4xf32>)
        -> (memref<2x4xf32>, memref<2x2xf32, strided<[4, 2], offset: 1>>,
            memref<4x2xf32>, memref<8xf32>, memref<4xf32>) attributes {
        llvm.emit_c_interface,
        mml.signature = (tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x2xf32>,
            tensor<4x2xf32>, tensor<8xf32>, tensor<4xf32>)} {
      %part = memref.subview %x[0, 1] [2, 2] [1, 2]
          : memref<2x4xf32> to memref<2x2xf32, strided<[4, 2], offset: 1>>
      %fresh = memref.alloc() : memref<4x2xf32>
      %five = arith.constant 5.0 : f32
      linalg.fill ins(%five : f32) outs(%fresh : memref<4x2xf32>)
      %flat = memref.collapse_shape %fresh [[0, 1]]
          : memref<4x2xf32> into memref<8xf32>
      %w = memref.get_global @w : memref<4xf32>
      return %x, %part, %fresh, %flat, %w : memref<2x4xf32>,
          memref<2x2xf32, strided<[4, 2], offset: 1>>, memref<4x2xf32>,
          memref<8xf32>, memref<4xf32>
    })mlir",
                     asBytes(weights));
  ASSERT_OK(engine);
  HostTensor x = makeFloats({2, 4});
  for (int call = 0; call < 3; ++call) {
    auto results = (*engine)->invoke(x);
    ASSERT_OK(results);
    ASSERT_EQ(results->size(), 5u);
    EXPECT_EQ((*results)[0].getFloat(7), 7.0);
    const HostTensor &part = (*results)[1];
    EXPECT_EQ(part.getFloat(0), 1.0);
    EXPECT_EQ(part.getFloat(1), 3.0);
    EXPECT_EQ(part.getFloat(2), 5.0);
    EXPECT_EQ(part.getFloat(3), 7.0);
    EXPECT_EQ((*results)[2].getFloat(7), 5.0);
    EXPECT_EQ((*results)[3].getFloat(0), 5.0);
    EXPECT_EQ((*results)[4].getFloat(2), 3.0);
  }
}

TEST_F(EngineTest, ChecksResults) {
  // The signature promises more than the function keeps.
  auto engine = load(R"mlir(
    func.func @main(%x: memref<?xf32>) -> memref<?xf32> attributes {
        llvm.emit_c_interface, mml.output_names = ["y"],
        mml.signature = (tensor<?xf32>) -> tensor<3xf32>} {
      return %x : memref<?xf32>
    })mlir");
  ASSERT_OK(engine);
  HostTensor x = makeFloats({2});
  EXPECT_EQ(messageOf((*engine)->invoke(x)),
            "output 'y': expected tensor<3xf32> but got f32 [2]");
}

TEST_F(EngineTest, EveryElementTypeAndScalars) {
  std::pair<const char *, DType> types[] = {
      {"i1", DType::I1},   {"i8", DType::I8},   {"i16", DType::I16},
      {"i32", DType::I32}, {"i64", DType::I64}, {"f16", DType::F16},
      {"f32", DType::F32}, {"f64", DType::F64}};
  for (auto [name, dtype] : types) {
    std::string text = R"mlir(
      func.func @main(%x: memref<T>) -> memref<3xT> attributes {
          llvm.emit_c_interface, mml.signature = (tensor<T>) -> tensor<3xT>} {
        %v = memref.load %x[] : memref<T>
        %y = memref.alloc() : memref<3xT>
        linalg.fill ins(%v : T) outs(%y : memref<3xT>)
        return %y : memref<3xT>
      })mlir";
    for (size_t at = 0; (at = text.find('T', at)) != std::string::npos;)
      text.replace(at, 1, name);
    auto engine = load(text);
    ASSERT_OK(engine);
    HostTensor x = llvm::cantFail(HostTensor::create(dtype, {}));
    if (isFloat(dtype))
      x.setFloat(0, -2.5);
    else
      x.setInteger(0, 0x7f7f7f7f7f7f7f7f);
    auto results = (*engine)->invoke(x);
    ASSERT_OK(results);
    const HostTensor &y = results->front();
    ASSERT_EQ(y.getDType(), dtype);
    for (int64_t i = 0; i < 3; ++i)
      EXPECT_EQ(
          y.getBytes().slice(i * getByteWidth(dtype), getByteWidth(dtype)),
          x.getBytes())
          << name;
  }
}

TEST_F(EngineTest, CopiesBetweenStrides) {
  // This memref.copy becomes a call: the target's columns are two apart.
  auto engine = load(R"mlir(
    func.func @main(%x: memref<2x3xf32>) -> memref<2x6xf32> attributes {
        llvm.emit_c_interface,
        mml.signature = (tensor<2x3xf32>) -> tensor<2x6xf32>} {
      %y = memref.alloc() : memref<2x6xf32>
      %zero = arith.constant 0.0 : f32
      linalg.fill ins(%zero : f32) outs(%y : memref<2x6xf32>)
      %part = memref.subview %y[0, 1] [2, 3] [1, 2]
          : memref<2x6xf32> to memref<2x3xf32, strided<[6, 2], offset: 1>>
      memref.copy %x, %part
          : memref<2x3xf32> to memref<2x3xf32, strided<[6, 2], offset: 1>>
      return %y : memref<2x6xf32>
    })mlir");
  ASSERT_OK(engine);
  HostTensor x = makeFloats({2, 3});
  auto results = (*engine)->invoke(x);
  ASSERT_OK(results);
  const double expected[] = {0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5};
  for (int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(results->front().getFloat(i), expected[i]) << i;
}

TEST_F(EngineTest, RunsParallelLoops) {
  auto engine = load(R"mlir(
    func.func @main(%x: memref<?xf32>) -> memref<?xf32> attributes {
        llvm.emit_c_interface, mml.signature = (tensor<?xf32>) -> tensor<?xf32>} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = memref.dim %x, %c0 : memref<?xf32>
      %y = memref.alloc(%n) : memref<?xf32>
      scf.parallel (%i) = (%c0) to (%n) step (%c1) {
        %v = memref.load %x[%i] : memref<?xf32>
        %s = arith.addf %v, %v : f32
        memref.store %s, %y[%i] : memref<?xf32>
      }
      return %y : memref<?xf32>
    })mlir");
  ASSERT_OK(engine);
  EXPECT_TRUE((*engine)->usesThreads());
  HostTensor x = makeFloats({1000});
  for (unsigned threads : {1, 2, 3}) {
    (*engine)->setNumThreads(threads);
    auto results = (*engine)->invoke(x);
    ASSERT_OK(results);
    for (int64_t i = 0; i < 1000; ++i)
      ASSERT_EQ(results->front().getFloat(i), 2.0 * i);
  }
}

TEST_F(EngineTest, CountsThreads) {
  auto engine = load(R"mlir(
    func.func private @omp_get_max_threads() -> i32
    func.func @main() -> memref<i32> attributes {
        llvm.emit_c_interface, mml.signature = () -> tensor<i32>} {
      %n = func.call @omp_get_max_threads() : () -> i32
      %y = memref.alloc() : memref<i32>
      memref.store %n, %y[] : memref<i32>
      return %y : memref<i32>
    })mlir");
  ASSERT_OK(engine);
  (*engine)->setNumThreads(3);
  auto results = (*engine)->invoke({});
  ASSERT_OK(results);
  EXPECT_EQ(results->front().getInteger(0), 3);
}

TEST_F(EngineTest, NamesSymbolsThatAreMissing) {
  EXPECT_TRUE(isIn("no_such_function", messageOf(load(R"mlir(
    func.func private @no_such_function()
    func.func @main() attributes {llvm.emit_c_interface, mml.signature = () -> ()} {
      func.call @no_such_function() : () -> ()
      return
    })mlir"))));
}

TEST_F(EngineTest, ManyArguments) {
  // More than registers pass, in every position.
  std::string parameters, types, stores;
  llvm::raw_string_ostream p(parameters), t(types), s(stores);
  const int count = 40;
  for (int i = 0; i < count; ++i) {
    p << (i ? ", " : "") << "%x" << i << ": memref<i32>";
    t << (i ? ", " : "") << "tensor<i32>";
    s << "%i" << i << " = arith.constant " << i << " : index\n%v" << i
      << " = memref.load %x" << i << "[] : memref<i32>\nmemref.store %v" << i
      << ", %y[%i" << i << "] : memref<40xi32>\n";
  }
  auto engine = load("func.func @main(" + parameters +
                     ") -> memref<40xi32> attributes {llvm.emit_c_interface, "
                     "mml.signature = (" +
                     types +
                     ") -> tensor<40xi32>} {\n"
                     "%y = memref.alloc() : memref<40xi32>\n" +
                     stores + "return %y : memref<40xi32> }");
  ASSERT_OK(engine);
  std::vector<HostTensor> inputs;
  for (int i = 0; i < count; ++i) {
    inputs.push_back(llvm::cantFail(HostTensor::create(DType::I32, {})));
    inputs.back().setInteger(0, 1000 + i);
  }
  auto results = (*engine)->invoke(inputs);
  ASSERT_OK(results);
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(results->front().getInteger(i), 1000 + i);
}
