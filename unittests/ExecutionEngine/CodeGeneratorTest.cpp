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

  /// The same of code that stands alone.
  llvm::Expected<std::string> emitStandAlone(llvm::StringRef text,
                                             OutputKind kind) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
    EXPECT_TRUE(module);
    auto generator = CodeGenerator::create({});
    if (!generator)
      return generator.takeError();
    llvm::SmallString<0> output;
    llvm::raw_svector_ostream os(output);
    if (llvm::Error error = generator->emitStandAlone(*module, kind, os))
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

TEST_F(CodeGeneratorTest, StandsAlone) {
  // Both globals are of the same bytes; what calls from outside is `_mlir_...`.
  auto ir = emitStandAlone(R"mlir(
  llvm.mlir.global external constant @a() {
      mml.resource = dense_resource<w> : tensor<4xf32>} : !llvm.array<4 x f32>
  llvm.mlir.global external constant @b() {
      mml.resource = dense_resource<w> : tensor<4xf32>} : !llvm.array<4 x f32>
  llvm.func @memrefCopy(i64, !llvm.ptr, !llvm.ptr)
  llvm.func @main(%0: !llvm.ptr) -> f32 attributes {no_inline} {
    %1 = llvm.mlir.addressof @a : !llvm.ptr
    %2 = llvm.mlir.addressof @b : !llvm.ptr
    %3 = llvm.mlir.constant(4 : i64) : i64
    llvm.call @memrefCopy(%3, %0, %0) : (i64, !llvm.ptr, !llvm.ptr) -> ()
    %4 = llvm.load %1 : !llvm.ptr -> f32
    %5 = llvm.load %2 : !llvm.ptr -> f32
    %6 = llvm.fadd %4, %5 : f32
    llvm.return %6 : f32
  }
  llvm.func @_mlir_ciface_main(%0: !llvm.ptr) -> f32 {
    %1 = llvm.call @main(%0) : (!llvm.ptr) -> f32
    llvm.return %1 : f32
  }
  {-#
    dialect_resources: { builtin: {
      w: "0x400000000000803F000000400000404000008040"
    } }
  #-})mlir",
                           OutputKind::LLVMIR);
  ASSERT_OK(ir);
  EXPECT_TRUE(isIn("@a = internal constant [16 x i8] "
                   "c\"\\00\\00\\80?\\00\\00\\00@\\00\\00@@\\00\\00\\80@\", "
                   "align 64\n",
                   *ir));
  EXPECT_FALSE(llvm::StringRef(*ir).contains("@b"));
  EXPECT_TRUE(isIn("define internal fastcc", *ir));
  EXPECT_FALSE(llvm::StringRef(*ir).contains("declare void @memrefCopy"));
}

TEST_F(CodeGeneratorTest, ResourcesOfWhatStandsAloneHaveData) {
  EXPECT_EQ(messageOf(emitStandAlone(reader, OutputKind::Object)),
            "resource 'w' of global '@w' has no data");
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

TEST(CodeGenerator, RefusesOtherTargets) {
  auto create = [](const char *triple) {
    return messageOf(CodeGenerator::create({"", "", triple}));
  };
  EXPECT_EQ(create("aarch64-linux-gnu"), "");
  EXPECT_EQ(create("x86_64-linux-gnu"), "");
  EXPECT_EQ(create("aarch64_be-linux-gnu"),
            "expected a target triple of x86_64 or aarch64 but got "
            "'aarch64_be-linux-gnu'");
  EXPECT_EQ(create("aarch64-linux-gnu_ilp32"),
            "expected a target triple of x86_64 or aarch64 but got "
            "'aarch64-linux-gnu_ilp32'");
  EXPECT_EQ(create("x86_64-linux-spirv"),
            "expected a target triple whose object files are ELF, Mach-O or "
            "those of Windows but got 'x86_64-linux-spirv'");
}

static constexpr char x86[] = "x86_64-linux-gnu", arm[] = "aarch64-linux-gnu";

TEST(CodeGenerator, KnowsTheWidthOfVectors) {
  auto bits = [](const char *triple, const char *cpu) {
    return llvm::cantFail(CodeGenerator::create({cpu, "", triple}))
        .getVectorBits();
  };
  EXPECT_EQ(bits(x86, "x86-64"), 128u);
  EXPECT_EQ(bits(x86, "haswell"), 256u);
  EXPECT_EQ(bits(x86, "knl"), 512u);
  EXPECT_EQ(bits(arm, "generic"), 128u);
  EXPECT_EQ(bits(arm, "neoverse-v2"), 128u);
  EXPECT_EQ(bits(arm, "apple-m1"), 128u);
}

TEST(CodeGenerator, KnowsFeatures) {
  auto has = [](const char *triple, const char *cpu, const char *feature,
                const char *added = "") {
    return llvm::cantFail(CodeGenerator::create({cpu, added, triple}))
        .hasFeature(feature);
  };
  EXPECT_TRUE(has(x86, "haswell", "avx2"));
  EXPECT_FALSE(has(x86, "haswell", "avx512f"));
  EXPECT_FALSE(has(x86, "haswell", "dotprod"));
  EXPECT_TRUE(has(arm, "generic", "neon"));
  EXPECT_FALSE(has(arm, "generic", "dotprod"));
  EXPECT_TRUE(has(arm, "generic", "dotprod", "+dotprod"));
  EXPECT_TRUE(has(arm, "apple-m1", "dotprod"));
  EXPECT_FALSE(has(arm, "apple-m1", "i8mm"));
  EXPECT_TRUE(has(arm, "neoverse-v2", "i8mm"));
  EXPECT_FALSE(has(arm, "neoverse-v2", "i8mm", "-i8mm"));
  EXPECT_FALSE(has(arm, "neoverse-v2", "avx2"));
}

#ifdef __x86_64__
TEST(CodeGenerator, RunsNothingOfOtherMachines) {
  EXPECT_EQ(messageOf(CodeGenerator::create({"native", "", arm})),
            "expected a processor for target 'aarch64-unknown-linux-gnu' but "
            "got 'native', which is this machine's of x86_64");
  auto other = CodeGenerator::create({"", "", arm});
  ASSERT_OK(other);
  EXPECT_TRUE(isIn("cannot run code for 'aarch64-unknown-linux-gnu' here: "
                   "this machine is 'x86_64-",
                   messageOf(other->checkRunsHere())));
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
