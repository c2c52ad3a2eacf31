//===- PluginTest.cpp - Loading and unloading the plug-in -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "gtest/gtest.h"

#include <dlfcn.h>
#include <thread>

using namespace mlir;

namespace {

constexpr const char *model = R"(
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>> : tensor<8x4x!mml.trit>
  %s = arith.constant dense<2.0> : tensor<f32>
  %y = mml.dense %x, %w scale(%s divides)
     quantizer(#mml.absmax<i8, range = [-127, 127], epsilon = 1.0e-05,
                           limit = 1.0e+09, per = token>)
     : (tensor<?x8xf32>, tensor<8x4x!mml.trit>, tensor<f32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
)";

/// The plug-in as programs load it that close what they do not use any more.
class Library {
public:
  Library() : handle(dlopen(MML_PLUGIN, RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle, nullptr) << dlerror();
  }
  ~Library() { EXPECT_EQ(dlclose(handle), 0) << dlerror(); }

  template <typename T> T call(const char *name) const {
    auto function = reinterpret_cast<T (*)()>(dlsym(handle, name));
    EXPECT_NE(function, nullptr) << dlerror();
    return function();
  }

private:
  void *handle;
};

/// Runs the pipeline `text` on `model` and gives the operations of one dialect
/// or kind that are left, or -1.
int countAfter(MLIRContext &context, llvm::StringRef text,
               llvm::StringRef name) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(model, &context);
  if (!module)
    return -1;
  PassManager passes(&context);
  if (failed(parsePassPipeline(text, passes)) || failed(passes.run(*module)))
    return -1;
  int count = 0;
  module->walk(
      [&](Operation *op) { count += op->getName().getStringRef() == name; });
  return count;
}

/// Loads the plug-in and registers all that it has.
void load(DialectRegistry &registry) {
  Library library;
  auto dialects =
      library.call<DialectPluginLibraryInfo>("mlirGetDialectPluginInfo");
  EXPECT_EQ(dialects.apiVersion, uint32_t(MLIR_PLUGIN_API_VERSION));
  EXPECT_STREQ(dialects.pluginName, "MML");
  dialects.registerDialectRegistryCallbacks(&registry);
  auto passes = library.call<PassPluginLibraryInfo>("mlirGetPassPluginInfo");
  EXPECT_EQ(passes.apiVersion, uint32_t(MLIR_PLUGIN_API_VERSION));
  passes.registerPassRegistryCallbacks();
}

TEST(Plugin, StaysUsableWhereItIsClosed) {
  for (int round = 0; round < 3; ++round) {
    DialectRegistry registry;
    load(registry);
    MLIRContext context(registry);
    EXPECT_EQ(countAfter(context, "mml-decompose-layers", "mml.contract"), 1);
    EXPECT_EQ(countAfter(context, "mml-cpu{kernel=addsub}", "mml"), 0);
  }
}

TEST(Plugin, LoadsTheWayMLIRDoes) {
  llvm::Expected<DialectPlugin> dialects = DialectPlugin::load(MML_PLUGIN);
  ASSERT_TRUE(static_cast<bool>(dialects))
      << llvm::toString(dialects.takeError());
  llvm::Expected<PassPlugin> passes = PassPlugin::load(MML_PLUGIN);
  ASSERT_TRUE(static_cast<bool>(passes)) << llvm::toString(passes.takeError());
  DialectRegistry registry;
  dialects->registerDialectRegistryCallbacks(registry);
  passes->registerPassRegistryCallbacks();
  MLIRContext context(registry);
  EXPECT_EQ(countAfter(context, "mml-cpu{stop-after=core}", "mml.contract"), 1);
}

TEST(Plugin, ServesContextsOfTwoThreads) {
  auto compile = [] {
    for (int round = 0; round < 3; ++round) {
      DialectRegistry registry;
      load(registry);
      MLIRContext context(registry);
      EXPECT_EQ(countAfter(context, "mml-cpu", "mml"), 0);
    }
  };
  std::thread other(compile);
  compile();
  other.join();
}

} // namespace
