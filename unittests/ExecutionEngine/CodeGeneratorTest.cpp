//===- CodeGeneratorTest.cpp - Tests of code generation -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/CodeGenerator.h"

#include "Errors.h"
#include "LoweredModule.h"

#include "mlir/Parser/Parser.h"

using namespace mml::engine;

namespace {
class CodeGeneratorTest : public testing::Test {
protected:
  /// What is emitted for `text`, a module in the LLVM dialect.
  llvm::Expected<std::string> emit(llvm::StringRef text, OutputKind kind) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
    EXPECT_TRUE(module);
    auto generator = CodeGenerator::create({});
    if (!generator)
      return generator.takeError();
    llvm::LLVMContext llvmContext;
    auto translated = generator->translate(*module, llvmContext);
    if (!translated)
      return translated.takeError();
    if (llvm::Error error = generator->optimize(**translated))
      return std::move(error);
    llvm::SmallString<0> output;
    llvm::raw_svector_ostream os(output);
    if (llvm::Error error = generator->emit(**translated, kind, os))
      return std::move(error);
    return output.str().str();
  }

  std::unique_ptr<mlir::MLIRContext> context = makeContext();
};
} // namespace

static constexpr llvm::StringLiteral reader = R"mlir(
  llvm.mlir.global external @w() {addr_space = 0 : i32, dso_local,
      mml.resource = dense_resource<w> : tensor<4xf32>} : !llvm.array<4 x f32>
  llvm.func @f() -> f32 {
    %0 = llvm.mlir.addressof @w : !llvm.ptr
    %1 = llvm.load %0 : !llvm.ptr -> f32
    llvm.return %1 : f32
  })mlir";

TEST_F(CodeGeneratorTest, EmitsEveryKind) {
  auto ir = emit(reader, OutputKind::LLVMIR);
  ASSERT_OK(ir);
  // Not local, and with the alignment that the loader promises.
  EXPECT_TRUE(isIn(
      "@w = external local_unnamed_addr global [4 x float], align 64\n", *ir));
  auto assembly = emit(reader, OutputKind::Assembly);
  ASSERT_OK(assembly);
  EXPECT_TRUE(isIn("f:", *assembly));
#ifdef __x86_64__
  EXPECT_TRUE(isIn("w@GOTPCREL(%rip)", *assembly));
#endif
  auto object = emit(reader, OutputKind::Object);
  ASSERT_OK(object);
  EXPECT_TRUE(llvm::StringRef(*object).starts_with("\x7f"
                                                   "ELF"));
}

TEST_F(CodeGeneratorTest, ResourcesAreDeclarations) {
  EXPECT_EQ(messageOf(emit(R"mlir(llvm.mlir.global private @w() {
      mml.resource = dense_resource<w> : tensor<4xf32>} : !llvm.array<4 x f32>)mlir",
                           OutputKind::LLVMIR)),
            "global '@w' has 'mml.resource' and so has to have external "
            "linkage");
  EXPECT_EQ(messageOf(emit(R"mlir(llvm.mlir.global external @w(1 : i32) {
      mml.resource = dense_resource<w> : tensor<1xi32>} : i32)mlir",
                           OutputKind::LLVMIR)),
            "global '@w' has both 'mml.resource' and an initial value");
}

TEST_F(CodeGeneratorTest, NamesWhatCannotBeTranslated) {
  EXPECT_TRUE(
      isIn("cannot translate to LLVM IR: cannot be converted to LLVM "
           "IR: missing `LLVMTranslationDialectInterface`",
           messageOf(emit("func.func @f() { return }", OutputKind::LLVMIR))));
}

TEST_F(CodeGeneratorTest, ReportsWhatCannotBeCompiled) {
  // LLVM would end the process here if nobody listened.
  EXPECT_TRUE(
      isIn("cannot generate code: ", messageOf(emit(R"mlir(
    llvm.func @f() {
      llvm.inline_asm has_side_effects "no such instruction", "" : () -> ()
      llvm.return
    })mlir",
                                                    OutputKind::Object))));
}

TEST(CodeGenerator, RefusesUnknownProcessors) {
  EXPECT_EQ(messageOf(CodeGenerator::create({"pentium9", ""})),
            "unknown processor 'pentium9'");
  EXPECT_EQ(messageOf(CodeGenerator::create({"", "+no-such-feature"})),
            "unknown processor feature '+no-such-feature', expected names "
            "after '+' or '-'");
  EXPECT_EQ(messageOf(CodeGenerator::create({"native", ""})), "");
}

#ifdef __x86_64__
TEST(CodeGenerator, KnowsTheWidthOfVectors) {
  auto bits = [](const char *cpu) {
    return llvm::cantFail(CodeGenerator::create({cpu, ""})).getVectorBits();
  };
  EXPECT_EQ(bits("x86-64"), 128u);
  EXPECT_EQ(bits("haswell"), 256u);
  EXPECT_EQ(bits("knl"), 512u);
}

TEST(CodeGenerator, KnowsWhatRunsHere) {
  auto baseline = CodeGenerator::create({"x86-64", ""});
  ASSERT_OK(baseline);
  EXPECT_EQ(messageOf(baseline->checkRunsHere()), "");
  // No machine has both of these.
  auto other = CodeGenerator::create({"x86-64", "+fma4,+amx-fp16"});
  ASSERT_OK(other);
  EXPECT_TRUE(isIn("cannot run code for processor 'x86-64' here: this machine "
                   "lacks the feature '",
                   messageOf(other->checkRunsHere())));
}
#endif
