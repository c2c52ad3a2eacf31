//===- LayerTimes.cpp - The layers of a run -------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerTimes.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mml::runner;
using llvm::formatv;
using llvm::StringRef;
using mml::engine::EntrySignature;
using mml::engine::LayerSpec;
using mml::engine::Profile;

static constexpr StringRef outsideName = "(no layer)";

llvm::SmallVector<LayerTime>
mml::runner::summarize(const Profile &profile, const EntrySignature &signature,
                       double rows, size_t skip) {
  llvm::SmallVector<LayerTime> layers;
  double sum = 0;
  auto add = [&](int64_t index, const LayerSpec &spec) {
    double seconds =
        engine::getMedian(profile.getSeconds(index).drop_front(skip));
    LayerTime layer{spec.name, seconds * 1e3, 0, std::nullopt, std::nullopt};
    // Clocks have steps, and a layer may have become a part of another.
    if (seconds > 0 && spec.macsPerRow > 0)
      layer.gops = 2.0 * spec.macsPerRow * rows / seconds * 1e-9;
    if (seconds > 0 && spec.weightBytes > 0)
      layer.gbps = spec.weightBytes / seconds * 1e-9;
    sum += seconds;
    layers.push_back(std::move(layer));
  };
  for (auto [index, spec] : llvm::enumerate(signature.layers))
    add(index, spec);
  LayerSpec outside;
  outside.name = outsideName.str();
  add(-1, outside);
  for (LayerTime &layer : layers)
    layer.share = sum > 0 ? layer.milliseconds / (sum * 1e3) : 0;
  return layers;
}

void mml::runner::printLayers(llvm::raw_ostream &os,
                              llvm::ArrayRef<LayerTime> layers) {
  size_t width = 0;
  for (const LayerTime &layer : layers)
    width = std::max(width, layer.name.size());
  os << llvm::left_justify("layer", width)
     << "          ms   share     GOP/s      GB/s\n";
  for (const LayerTime &layer : layers) {
    auto format = [](std::optional<double> value) {
      return value ? formatv("{0:F2}", *value).str() : std::string("-");
    };
    os << llvm::left_justify(layer.name, width)
       << formatv("  {0,10:F4} {1,6:F1}%  {2,8}  {3,8}\n", layer.milliseconds,
                  layer.share * 100, format(layer.gops), format(layer.gbps));
  }
}

void mml::runner::printLayers(llvm::json::OStream &json,
                              llvm::ArrayRef<LayerTime> layers) {
  json.array([&] {
    for (const LayerTime &layer : layers)
      json.object([&] {
        json.attribute("name", llvm::json::fixUTF8(layer.name));
        json.attribute("median_ms", layer.milliseconds);
        json.attribute("share", layer.share);
        if (layer.gops)
          json.attribute("gop_per_s", *layer.gops);
        if (layer.gbps)
          json.attribute("weight_gb_per_s", *layer.gbps);
      });
  });
}

void mml::runner::writeTrace(llvm::raw_ostream &os, const Profile &profile,
                             const EntrySignature &signature) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("displayTimeUnit", "ns");
    json.attributeArray("traceEvents", [&] {
      for (const Profile::Event &event : profile.getEvents()) {
        if (event.layer < 0)
          continue;
        // A complete event; times are in microseconds.
        json.object([&] {
          json.attribute("ph", "X");
          json.attribute(
              "name", llvm::json::fixUTF8(signature.layers[event.layer].name));
          json.attribute("ts", event.begin * 1e6);
          json.attribute("dur", (event.end - event.begin) * 1e6);
          json.attribute("pid", 0);
          json.attribute("tid", 0);
        });
      }
    });
  });
  os << '\n';
}
