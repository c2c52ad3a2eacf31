//===- KerasLayers.cpp - The layers that Keras files have -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasLayers.h"
#include "KerasWeightLayers.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/KerasReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

using namespace llvm;
using namespace mml::import;
namespace ternary = mml::ternary;
using ternary::Activation;
//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static LayerOp readPatches(LayerReader &reader) {
  return PatchesLayer{reader.getPositive("patch_size")};
}

static LayerOp readFlatten(LayerReader &reader) {
  return FlattenLayer{reader.getChannelsFirst()};
}

static LayerOp readReshape(LayerReader &reader) {
  ReshapeLayer layer;
  for (int64_t size : reader.getInts("target_shape")) {
    if (size == kDynamic || size < -1 || size == 0 || size > kMaxElements)
      reader.fail("expected 'target_shape' to have positive sizes or -1");
    layer.target.push_back(size == -1 ? kDynamic : size);
  }
  if (count(layer.target, kDynamic) > 1)
    reader.fail("expected 'target_shape' to have at most one -1");
  return layer;
}

static LayerOp readPermute(LayerReader &reader) {
  PermuteLayer layer;
  layer.permutation = {0};
  layer.permutation.append(reader.getInts("dims"));
  SmallVector<int64_t, 4> sorted = layer.permutation;
  llvm::sort(sorted);
  if (!equal(sorted, seq<int64_t>(0, sorted.size())))
    reader.fail("expected 'dims' to be a permutation of 1.." +
                Twine(layer.permutation.size() - 1));
  return layer;
}

static LayerOp readConcatenate(LayerReader &reader) {
  SmallVector<int64_t, 4> axis =
      reader.get("axis") ? reader.getInts("axis") : SmallVector<int64_t, 4>{-1};
  if (axis.size() != 1)
    reader.fail("expected 'axis' to be an integer");
  return ConcatenateLayer{axis.size() == 1 ? reader.normalizeAxis(axis[0]) : 0};
}

template <GlobalPooling1DLayer::Kind kind>
static LayerOp readGlobalPooling1D(LayerReader &reader) {
  bool channelsFirst = reader.getChannelsFirst();
  return GlobalPooling1DLayer{kind, channelsFirst,
                              reader.getBool("keepdims", false)};
}

//===----------------------------------------------------------------------===//
// Elementwise layers
//===----------------------------------------------------------------------===//

static LayerOp readRescaling(LayerReader &reader) {
  RescalingLayer layer;
  layer.scale = reader.getNumbers("scale", std::nullopt);
  layer.offset = reader.getNumbers("offset", 0.0);
  return layer;
}

/// The dropouts, noises and regularizers.
static LayerOp readIdentity(LayerReader &reader) {
  for (StringRef key :
       {"rate", "noise_shape", "seed", "stddev", "data_format", "l1", "l2"})
    reader.ignore(key);
  return IdentityLayer();
}

static LayerOp readActivation(LayerReader &reader) {
  return ActivationLayer{reader.getActivation("activation"), std::nullopt};
}

/// `params` are those of `kind` in the order of the table.
static ActivationLayer makeActivation(LayerReader &reader, Activation kind,
                                      SmallVector<double, 3> params = {}) {
  if (Error error = ternary::verifyParams(kind, params))
    reader.fail(toString(std::move(error)));
  return {{kind, std::move(params)}, std::nullopt};
}

static ActivationLayer readReLU(LayerReader &reader) {
  double slope = reader.getNumber("negative_slope", 0.0);
  double maximum = reader.getNumber("max_value", HUGE_VAL);
  return makeActivation(reader, Activation::Relu,
                        {slope, maximum, reader.getNumber("threshold", 0.0)});
}

static ActivationLayer readLeakyReLU(LayerReader &reader) {
  return makeActivation(reader, Activation::LeakyRelu,
                        {reader.getNumber("negative_slope", 0.3)});
}

static ActivationLayer readELU(LayerReader &reader) {
  return makeActivation(reader, Activation::Elu,
                        {reader.getNumber("alpha", 1.0)});
}

static ActivationLayer readSoftmax(LayerReader &reader) {
  ActivationLayer layer = makeActivation(reader, Activation::Softmax);
  if (!reader.get("axis"))
    return layer;
  SmallVector<int64_t, 4> axis = reader.getInts("axis");
  if (axis.size() != 1)
    reader.fail("a softmax over several axes is not supported");
  else if (int64_t from0 = reader.normalizeAxis(axis[0]);
           from0 != reader.inputRank() - 1)
    layer.axis = from0;
  return layer;
}

/// Makes a row of the table of a function that returns one kind of layer.
template <ActivationLayer (*read)(LayerReader &)>
static LayerOp readAs(LayerReader &reader) {
  return read(reader);
}

template <MergeLayer::Kind kind> static LayerOp readMerge(LayerReader &) {
  return MergeLayer{kind};
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static LayerOp readAnyGLU(LayerReader &reader) {
  return readGLU(reader, std::nullopt);
}

template <Activation kind> static LayerOp readNamedGLU(LayerReader &reader) {
  return readGLU(reader, kind);
}

using Merge = MergeLayer::Kind;
using Pooling = GlobalPooling1DLayer::Kind;

/// A layer whose numbers do not depend on a mask and that keeps it.
static constexpr LayerClass plain(StringLiteral name,
                                  LayerOp (*read)(LayerReader &)) {
  return {name, read};
}

/// One that takes and gives any element type.
static constexpr LayerClass anyType(StringLiteral name,
                                    LayerOp (*read)(LayerReader &),
                                    MaskUse maskUse = MaskUse::Passes) {
  return {name,   read, 1, 1, /*takesIntegers=*/true, /*fixesRank=*/false,
          maskUse};
}

/// One whose axes are resolved for the rank of its first input.
static constexpr LayerClass ranked(StringLiteral name,
                                   LayerOp (*read)(LayerReader &),
                                   MaskUse maskUse = MaskUse::Passes) {
  return {name,   read, 1, 1, /*takesIntegers=*/false, /*fixesRank=*/true,
          maskUse};
}

/// One with a kernel of floats or of packed trits.
static constexpr LayerClass floatOrTernary(StringLiteral name,
                                           LayerOp (*read)(LayerReader &)) {
  LayerClass result = plain(name, read);
  result.takesTernary = true;
  return result;
}

static constexpr LayerClass merge(StringLiteral name,
                                  LayerOp (*read)(LayerReader &),
                                  unsigned minInputs = 1,
                                  unsigned maxInputs = kManyInputs) {
  return {name,
          read,
          minInputs,
          maxInputs,
          /*takesIntegers=*/false,
          /*fixesRank=*/false,
          MaskUse::Consumes};
}

static constexpr LayerClass layerClasses[] = {
    plain("Activation", readActivation),
    anyType("ActivityRegularization", readIdentity),
    merge("Add", readMerge<Merge::Add>),
    anyType("AlphaDropout", readIdentity),
    merge("Average", readMerge<Merge::Average>),
    ranked("BatchNormalization", readBatchNorm),
    plain("BilinearMML", readNamedGLU<Activation::Linear>),
    {"Concatenate", readConcatenate, 1, kManyInputs, /*takesIntegers=*/false,
     /*fixesRank=*/true, MaskUse::Passes},
    floatOrTernary("Dense", readDense),
    plain("DenseMML", readDenseMML),
    anyType("Dropout", readIdentity),
    plain("ELU", readAs<readELU>),
    plain("EinsumDense", readEinsumDense),
    anyType("Embedding", readEmbedding),
    anyType("Flatten", readFlatten, MaskUse::Drops),
    plain("GLUMML", readAnyGLU),
    anyType("GaussianDropout", readIdentity),
    anyType("GaussianNoise", readIdentity),
    plain("GeGLUMML", readNamedGLU<Activation::Gelu>),
    ranked("GlobalAveragePooling1D", readGlobalPooling1D<Pooling::Average>,
           MaskUse::Consumes),
    ranked("GlobalMaxPooling1D", readGlobalPooling1D<Pooling::Max>,
           MaskUse::Drops),
    anyType("Identity", readIdentity),
    ranked("LayerNormalization", readLayerNorm),
    plain("LeakyReLU", readAs<readLeakyReLU>),
    merge("Maximum", readMerge<Merge::Maximum>),
    merge("Minimum", readMerge<Merge::Minimum>),
    merge("Multiply", readMerge<Merge::Multiply>),
    ranked("PReLU", readPReLU),
    plain("PatchEmbedding", readPatchEmbedding),
    plain("Patches", readPatches),
    anyType("Permute", readPermute, MaskUse::Drops),
    plain("RMSNorm", readRMSNorm),
    plain("ReGLUMML", readNamedGLU<Activation::Relu>),
    plain("ReLU", readAs<readReLU>),
    anyType("Rescaling", readRescaling),
    anyType("Reshape", readReshape, MaskUse::Drops),
    plain("SeGLUMML", readNamedGLU<Activation::Selu>),
    ranked("Softmax", readAs<readSoftmax>, MaskUse::Consumes),
    anyType("SpatialDropout1D", readIdentity),
    anyType("SpatialDropout2D", readIdentity),
    anyType("SpatialDropout3D", readIdentity),
    merge("Subtract", readMerge<Merge::Subtract>, 2, 2),
    plain("SwiGLUMML", readNamedGLU<Activation::Silu>),
    floatOrTernary("TernaryDense", readTernaryDense),
};

ArrayRef<LayerClass> mml::import::getLayerClasses() { return layerClasses; }

const LayerClass *mml::import::findLayerClass(StringRef name) {
  const auto *it = find_if(layerClasses, [&](const LayerClass &entry) {
    return entry.name == name;
  });
  return it == std::end(layerClasses) ? nullptr : it;
}

ArrayRef<StringRef> mml::import::getKerasLayerNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> result = {"InputLayer"};
    for (const LayerClass &entry : layerClasses)
      result.push_back(entry.name);
    llvm::sort(result);
    return result;
  }();
  return names;
}

std::optional<ActivationLayer>
mml::import::readActivationOptions(StringRef className, LayerReader &reader) {
  if (className == "ReLU")
    return readReLU(reader);
  if (className == "LeakyReLU")
    return readLeakyReLU(reader);
  if (className == "ELU")
    return readELU(reader);
  if (className == "Softmax")
    return readSoftmax(reader);
  return std::nullopt;
}

void mml::import::ignoreTrainingOptions(LayerReader &reader,
                                        const json::Object &config) {
  reader.ignore("name");
  reader.ignore("trainable");
  for (const auto &[key, value] : config)
    if (StringRef name = key; name.ends_with("_initializer") ||
                              name.ends_with("_regularizer") ||
                              name.ends_with("_constraint"))
      reader.ignore(name);
}

bool mml::import::producesMask(StringRef className,
                               const json::Object &options) {
  return className == "Embedding" && options.getBoolean("mask_zero") == true;
}
