//===- Counters.cpp - What a launch did, counted --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Counters.h"

using namespace llvm;

namespace mml::ptx {

template <typename Map> static json::Object mapToJSON(const Map &map) {
  json::Object object;
  for (const auto &[key, count] : map) {
    if constexpr (std::is_same_v<std::decay_t<decltype(key)>, std::string>)
      object[key] = count;
    else
      object[std::to_string(key)] = count;
  }
  return object;
}

static json::Array dimToJSON(Dim3 dim) {
  return json::Array{dim.x, dim.y, dim.z};
}

void TrafficCounters::add(const TrafficCounters &other) {
  bytes += other.bytes;
  accesses += other.accesses;
  sectors += other.sectors;
  lines += other.lines;
  for (auto [width, count] : other.widths)
    widths[width] += count;
}

json::Object TrafficCounters::toJSON() const {
  return json::Object{{"bytes", bytes},
                      {"accesses", accesses},
                      {"sectors", sectors},
                      {"lines", lines},
                      {"widths", mapToJSON(widths)}};
}

json::Object SharedCounters::toJSON() const {
  return json::Object{{"accesses", accesses}, {"conflicts", conflicts}};
}

json::Object AllocationCounters::toJSON() const {
  return json::Object{{"address", address},
                      {"size", size},
                      {"name", name},
                      {"reads", reads.toJSON()},
                      {"writes", writes.toJSON()},
                      {"distinctBytesRead", distinctBytesRead},
                      {"distinctBytesWritten", distinctBytesWritten}};
}

json::Object LaunchCounters::toJSON() const {
  json::Array touched;
  for (const AllocationCounters &allocation : allocations)
    touched.push_back(allocation.toJSON());
  return json::Object{{"kernel", kernel},
                      {"grid", dimToJSON(grid)},
                      {"block", dimToJSON(block)},
                      {"sharedBytes", sharedBytes},
                      {"warpInstructions", warpInstructions},
                      {"threadInstructions", threadInstructions},
                      {"instructions", mapToJSON(instructions)},
                      {"globalReads", globalReads.toJSON()},
                      {"globalWrites", globalWrites.toJSON()},
                      {"sharedReads", sharedReads.toJSON()},
                      {"sharedWrites", sharedWrites.toJSON()},
                      {"conflictLines", mapToJSON(conflictLines)},
                      {"allocations", std::move(touched)}};
}

} // namespace mml::ptx
