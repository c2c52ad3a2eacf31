//===- ImportIRTest.cpp - Tests of models as modules ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/ImportIR.h"
#include "KerasFile.h"
#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::mml;
using namespace ::mml::import::test;
using ::mml::import::Hdf5Dataset;

namespace {

class ImportIRTest : public testing::Test {
protected:
  /// Imports a packed file; a failure of the test if it is refused.
  func::FuncOp import(StringRef bytes) {
    auto imported =
        importKeras(llvm::MemoryBufferRef(bytes, "m.keras"), context);
    if (!imported) {
      ADD_FAILURE() << llvm::toString(imported.takeError());
      return {};
    }
    module = std::move(*imported);
    return *module->getOps<func::FuncOp>().begin();
  }
  func::FuncOp import(const KerasFile &file) { return import(file.pack()); }

  std::string errorFor(const KerasFile &file) {
    return errorOf(
        importKeras(llvm::MemoryBufferRef(file.pack(), "m.keras"), context));
  }

  template <typename OpTy> SmallVector<OpTy> all() {
    SmallVector<OpTy> ops;
    module->walk([&](OpTy op) { ops.push_back(op); });
    return ops;
  }

  /// The name of the layer that `op` is of.
  static StringRef layerOf(Operation *op) {
    auto name = op->getLoc()->findInstanceOf<NameLoc>();
    return name ? name.getName().getValue() : "";
  }

  static SmallVector<StringRef> stringsOf(Operation *op, StringRef attribute) {
    SmallVector<StringRef> result;
    for (auto name :
         op->getAttrOfType<ArrayAttr>(attribute).getAsRange<StringAttr>())
      result.push_back(name.getValue());
    return result;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

} // namespace

TEST_F(ImportIRTest, GivesOneOperationALayer) {
  func::FuncOp function = import(makeDenseFile());
  EXPECT_EQ(function.getSymName(), "main");
  EXPECT_TRUE(function.isPublic());
  EXPECT_EQ(stringsOf(function, kInputNamesAttrName),
            SmallVector<StringRef>{"in"});
  EXPECT_EQ(stringsOf(function, kOutputNamesAttrName),
            SmallVector<StringRef>{"second"});
  EXPECT_FALSE(function->hasAttr(kSignatureAttrName));
  SmallVector<DenseOp> layers = all<DenseOp>();
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layerOf(layers[0]), "first");
  EXPECT_EQ(layerOf(layers[1]), "second");
  EXPECT_TRUE(layers[0].isTernary());
  EXPECT_EQ(layers[0].getScaleDirection(), ScaleDirection::Divides);
  EXPECT_EQ(layers[0].getNormEpsilon()->convertToDouble(), 1e-14);
  EXPECT_TRUE(isa<AbsMaxAttr>(*layers[0].getQuantizer()));
  EXPECT_EQ(layers[0].getActivation()->getKind(),
            ::mml::ternary::Activation::Relu);
  // An identity is not said.
  EXPECT_FALSE(layers[1].getActivation());
  EXPECT_FALSE(layers[1].isTernary());
}

TEST_F(ImportIRTest, MakesWeightsResources) {
  KerasFile file = makeDenseFile();
  std::vector<float> kernel(24);
  for (size_t i = 0; i < kernel.size(); ++i)
    kernel[i] = static_cast<float>(i);
  file.datasets["layers/dense/vars/0"] = makeFloats({8, 3}, kernel);
  import(file);
  SmallVector<DenseOp> layers = all<DenseOp>();
  auto trits = layers[0].getKernel().getDefiningOp<ConstantOp>();
  EXPECT_EQ(trits.getValue().getResourceName(""), "first.kernel");
  auto constant = layers[1].getKernel().getDefiningOp<arith::ConstantOp>();
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
  ASSERT_TRUE(resource);
  EXPECT_EQ(resource.getRawHandle().getKey(), "second.kernel");
  ArrayRef<char> data = resource.getRawHandle().getBlob()->getData();
  EXPECT_EQ(StringRef(data.data(), data.size()),
            StringRef(reinterpret_cast<char *>(kernel.data()),
                      kernel.size() * sizeof(float)));
  // What has one value is written out.
  auto bias = layers[1].getBias().getDefiningOp<arith::ConstantOp>();
  EXPECT_TRUE(isa<SplatElementsAttr>(bias.getValue()));
}

TEST_F(ImportIRTest, SharesTheWeightsOfSharedLayers) {
  import(readTestData("goldens/functional_graph/model.keras"));
  SmallVector<DenseOp> shared;
  for (DenseOp op : all<DenseOp>())
    if (layerOf(op) == "shared")
      shared.push_back(op);
  ASSERT_EQ(shared.size(), 3u);
  for (DenseOp op : shared)
    EXPECT_EQ(llvm::to_vector(llvm::drop_begin(op->getOperands())),
              llvm::to_vector(llvm::drop_begin(shared[0]->getOperands())));
}

TEST_F(ImportIRTest, InlinesModels) {
  std::string calls = ", \"inbound_nodes\": []";
  std::string inner =
      functionalJson({inputJson("a", "[null, 4]", "float32", calls),
                      layerJson("Dense", "d", "\"units\": 4, ",
                                callsJson({{"[\"a\", 0, 0]"}}))},
                     R"(["a", 0, 0])", R"([["d", 0, 0], ["a", 0, 0]])", "inner",
                     callsJson({{"[\"x\", 0, 0]"}, {"[\"inner\", 0, 0]"}}));
  KerasFile file;
  file.config =
      functionalJson({inputJson("x", "[2, 4]", "float32", calls), inner},
                     R"(["x", 0, 0])", R"([["inner", 2, 0], ["inner", 1, 1]])");
  file.datasets["layers/functional/layers/dense/vars/0"] = makeFloats({4, 4});
  file.datasets["layers/functional/layers/dense/vars/1"] = makeFloats({4});
  func::FuncOp function = import(file);
  SmallVector<DenseOp> layers = all<DenseOp>();
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layerOf(layers[0]), "inner/d");
  EXPECT_EQ(layers[1].getInput(), layers[0].getResult());
  EXPECT_EQ(layers[0].getKernel(), layers[1].getKernel());
  // The batch that the outer model knows is known within.
  EXPECT_TRUE(layers[1].getResult().getType().hasStaticShape());
  EXPECT_EQ(stringsOf(function, kOutputNamesAttrName),
            (SmallVector<StringRef>{"inner", "inner_1"}));
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  EXPECT_EQ(terminator.getOperand(0), layers[1].getResult());
  EXPECT_EQ(terminator.getOperand(1), function.getArgument(0));
}

TEST_F(ImportIRTest, WidensWhatMergesWithLowerRank) {
  std::string calls = ", \"inbound_nodes\": []";
  KerasFile file;
  file.config = functionalJson(
      {inputJson("a", "[null, 4]", "float32", calls),
       inputJson("b", "[null, 3, 4]", "float32", calls),
       layerJson("Average", "mean", "",
                 callsJson({{"[\"a\", 0, 0]", "[\"b\", 0, 0]"}}))},
      R"([["a", 0, 0], ["b", 0, 0]])", R"(["mean", 0, 0])");
  import(file);
  ASSERT_EQ(all<MergeOp>().size(), 1u);
  MergeOp merge = all<MergeOp>()[0];
  EXPECT_EQ(merge.getKind(), MergeKind::Average);
  EXPECT_EQ(cast<RankedTensorType>(merge.getInputs()[0].getType()).getShape(),
            ArrayRef<int64_t>({ShapedType::kDynamic, 1, 4}));
}

TEST_F(ImportIRTest, TellsUnsignedInputs) {
  func::FuncOp function = import(
      makeLayerFile("[null, 2]", "Rescaling", "\"scale\": 0.5, ", "uint8"));
  EXPECT_EQ(all<arith::UIToFPOp>().size(), 1u);
  auto signature = cast<FunctionType>(
      function->getAttrOfType<TypeAttr>(kSignatureAttrName).getValue());
  EXPECT_TRUE(getElementTypeOrSelf(signature.getInput(0)).isUnsignedInteger(8));
  import(makeLayerFile("[null, 2]", "Rescaling", "\"scale\": 0.5, ", "int8"));
  EXPECT_EQ(all<arith::SIToFPOp>().size(), 1u);
}

TEST_F(ImportIRTest, ReshapesWhatIsDynamic) {
  func::FuncOp function = import(makeLayerFile(
      "[null, null, 6]", "Reshape", "\"target_shape\": [2, -1, 3], "));
  EXPECT_EQ(
      cast<RankedTensorType>(function.getResultTypes()[0]).getShape(),
      ArrayRef<int64_t>({ShapedType::kDynamic, 2, ShapedType::kDynamic, 3}));
  function = import(makeLayerFile("[null, null, 6]", "Reshape",
                                  "\"target_shape\": [2, 9], "));
  EXPECT_EQ(cast<RankedTensorType>(function.getResultTypes()[0]).getShape(),
            ArrayRef<int64_t>({ShapedType::kDynamic, 2, 9}));
  function =
      import(makeLayerFile("[null]", "Reshape", "\"target_shape\": [1, 1], "));
  EXPECT_EQ(cast<RankedTensorType>(function.getResultTypes()[0]).getRank(), 3);
  function =
      import(makeLayerFile("[null, 1]", "Reshape", "\"target_shape\": [], "));
  EXPECT_EQ(cast<RankedTensorType>(function.getResultTypes()[0]).getRank(), 1);
}

TEST_F(ImportIRTest, KeepsTheEquationOfEinsumDense) {
  KerasFile file = makeLayerFile(
      "[null, 5, 3]", "EinsumDense",
      "\"equation\": \"abc,cde->abde\", \"output_shape\": [null, 2, 4], "
      "\"bias_axes\": \"d\", \"activation\": \"relu\", ");
  file.datasets["layers/einsum_dense/vars/0"] = makeFloats({3, 2, 4});
  file.datasets["layers/einsum_dense/vars/1"] = makeFloats({2, 1});
  import(file);
  SmallVector<EinsumDenseOp> layers = all<EinsumDenseOp>();
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layerOf(layers[0]), "layer");
  EXPECT_EQ(layers[0].getEquation().getValue().str(), "abc,cde->abde");
  EXPECT_EQ(layers[0].getType().getShape(),
            ArrayRef<int64_t>({ShapedType::kDynamic, 5, 2, 4}));
  EXPECT_EQ(cast<RankedTensorType>(layers[0].getBias().getType()).getShape(),
            ArrayRef<int64_t>({2, 1}));
  EXPECT_FALSE(layers[0].isTernary());
  EXPECT_EQ(layers[0].getActivation()->getKind(),
            ::mml::ternary::Activation::Relu);
}

TEST_F(ImportIRTest, RefusesByTheNameOfTheLayer) {
  // A constraint of the dialect.
  EXPECT_EQ(StringRef(errorFor(makeLayerFile("[null, null, 8, 3]", "Patches",
                                             "\"patch_size\": 2, ")))
                .split("expected")
                .first,
            "m.keras: layer 'layer': 'mml.patches' op ");
  EXPECT_EQ(errorFor(makeLayerFile("[null, 8]", "Dense", "\"units\": 0, ")),
            "m.keras: layer 'layer': expected 'units' to be a positive integer "
            "but got 0");
}

TEST_F(ImportIRTest, PrintsWhatParses) {
  for (StringRef name :
       {"core_layers", "dense_activations", "functional_graph", "mml_glu",
        "mml_patches", "mml_rms_norm", "keras_ternary_dense_packed",
        "keras_ternary_dense_fixed_threshold"}) {
    SCOPED_TRACE(name.str());
    import(readTestData(("goldens/" + name + "/model.keras").str()));
    std::string text;
    llvm::raw_string_ostream os(text);
    OpPrintingFlags flags;
    flags.enableDebugInfo();
    module->print(os, flags);
    MLIRContext other(context.getDialectRegistry());
    other.loadDialect<MMLDialect, arith::ArithDialect, func::FuncDialect,
                      linalg::LinalgDialect, tensor::TensorDialect>();
    OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(text, &other);
    ASSERT_TRUE(parsed);
    std::string again;
    llvm::raw_string_ostream againStream(again);
    parsed->print(againStream, flags);
    EXPECT_EQ(text, again);
  }
}
