//===- EntryTest.cpp - Tests of how an entry is found ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Entry.h"

#include "Errors.h"
#include "LoweredModule.h"

using namespace mml::engine;

namespace {
class EntryTest : public testing::Test {
protected:
  llvm::Expected<EntrySignature> find(llvm::StringRef text,
                                      llvm::StringRef name = "") {
    module = lower(*context, text);
    EXPECT_TRUE(module);
    return findEntry(*module, name);
  }

  /// The error for a function with one f32 vector in and out.
  std::string errorWith(llvm::StringRef attributes) {
    return messageOf(find(("func.func @f(%x: memref<?xf32>) -> memref<?xf32> "
                           "attributes {" +
                           attributes + "} { return %x : memref<?xf32> }")
                              .str()));
  }

  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

TEST_F(EntryTest, ReadsTheSignature) {
  auto signature = find(R"mlir(
    func.func @f(%x: memref<?x10xf32>, %y: memref<i8>) -> (memref<?x10xf32>, memref<i8>) attributes {
        llvm.emit_c_interface, mml.input_names = ["left", "right"], mml.macs = 640 : i64,
        mml.signature = (tensor<?x10xf32>, tensor<i8>) -> (tensor<?x10xf32>, tensor<i8>)} {
      return %x, %y : memref<?x10xf32>, memref<i8>
    }
    func.func private @helper() attributes {mml.signature = () -> ()} { return })mlir");
  ASSERT_OK(signature);
  EXPECT_EQ(signature->name, "f");
  EXPECT_EQ(signature->macsPerRow, 640);
  ASSERT_EQ(signature->inputs.size(), 2u);
  EXPECT_EQ(signature->inputs[0].name, "left");
  EXPECT_EQ(signature->inputs[0].type, "tensor<?x10xf32>");
  EXPECT_EQ(signature->inputs[0].shape,
            (llvm::SmallVector<int64_t>{dynamicSize, 10}));
  EXPECT_EQ(signature->inputs[1].dtype, DType::I8);
  ASSERT_EQ(signature->outputs.size(), 2u);
  EXPECT_EQ(signature->outputs[1].name, "output1");
}

TEST_F(EntryTest, ChoosesByName) {
  llvm::StringRef text = R"mlir(
    func.func @f() attributes {llvm.emit_c_interface, mml.signature = () -> ()} { return }
    func.func @g() attributes {llvm.emit_c_interface, mml.signature = () -> ()} { return })mlir";
  EXPECT_EQ(messageOf(find(text)), "several entries, choose one of 'f', 'g'");
  EXPECT_EQ(messageOf(find(text, "h")),
            "no entry 'h', expected one of 'f', 'g'");
  auto signature = find(text, "g");
  ASSERT_OK(signature);
  EXPECT_EQ(signature->name, "g");
}

TEST_F(EntryTest, NeedsASignature) {
  EXPECT_EQ(errorWith("llvm.emit_c_interface"),
            "no entry: no public function has the attribute 'mml.signature'");
  EXPECT_EQ(errorWith("llvm.emit_c_interface, mml.signature = f32"),
            "function 'f': expected 'mml.signature' to be a function type");
}

TEST_F(EntryTest, NeedsACInterface) {
  EXPECT_EQ(errorWith("mml.signature = (tensor<?xf32>) -> tensor<?xf32>"),
            "function 'f': it has no C interface: lower it with the attribute "
            "'llvm.emit_c_interface'");
}

TEST_F(EntryTest, TheSignatureHasToBeTrue) {
  for (llvm::StringRef type :
       {"(tensor<?x?xf32>) -> tensor<?xf32>", "(tensor<?xf32>) -> tensor<f32>",
        "() -> tensor<?xf32>", "(tensor<?xf32>) -> ()",
        "(tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>)"})
    EXPECT_TRUE(isIn(
        "function 'f': expected its type to be",
        errorWith(("llvm.emit_c_interface, mml.signature = " + type).str())));
}

TEST_F(EntryTest, RefusesTypesThatAreNoTensors) {
  for (llvm::StringRef type : {"f32", "tensor<*xf32>", "tensor<?xi3>",
                               "tensor<?xbf16>", "tensor<?xcomplex<f32>>"})
    EXPECT_TRUE(isIn("expected every input to be a ranked tensor",
                     errorWith(("llvm.emit_c_interface, mml.signature = (" +
                                type + ") -> ()")
                                   .str())));
}

TEST_F(EntryTest, NamesHaveToFit) {
  std::string start = "llvm.emit_c_interface, mml.signature = (tensor<?xf32>) "
                      "-> tensor<?xf32>, mml.input_names = ";
  EXPECT_EQ(errorWith(start + "[]"),
            "function 'f': expected 1 names of inputs but got []");
  EXPECT_EQ(errorWith(start + "[1]"),
            "function 'f': expected 1 names of inputs but got [1]");
  EXPECT_EQ(errorWith(start + "\"x\""),
            "function 'f': expected 1 names of inputs but got \"x\"");
  EXPECT_EQ(messageOf(find(R"mlir(
    func.func @f(%x: memref<f32>, %y: memref<f32>) attributes {
        llvm.emit_c_interface, mml.input_names = ["x", "x"],
        mml.signature = (tensor<f32>, tensor<f32>) -> ()} { return })mlir")),
            "function 'f': two inputs have the name 'x'");
}

TEST(TensorSpec, ChecksTypes) {
  TensorSpec spec{"x", DType::F32, {dynamicSize, 10}, "tensor<?x10xf32>"};
  EXPECT_EQ(messageOf(spec.check(DType::F32, {3, 10})), "");
  EXPECT_EQ(messageOf(spec.check(DType::F32, {0, 10})), "");
  EXPECT_EQ(messageOf(spec.check(DType::F64, {3, 10})),
            "expected tensor<?x10xf32> but got f64 [3, 10]");
  EXPECT_EQ(messageOf(spec.check(DType::F32, {3, 11})),
            "expected tensor<?x10xf32> but got f32 [3, 11]");
  EXPECT_EQ(messageOf(spec.check(DType::F32, {10})),
            "expected tensor<?x10xf32> but got f32 [10]");
}
