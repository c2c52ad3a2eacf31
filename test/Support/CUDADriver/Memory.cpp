//===- Memory.cpp - Global memory of the stand-in device ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "llvm/ADT/Twine.h"

#include <algorithm>

using namespace llvm;

namespace mml::ptx {

/// What cuMemAlloc aligns to, and the least distance between allocations.
constexpr uint64_t allocationAlignment = 512;
constexpr uint64_t allocationGap = 4096;

Allocation *DeviceMemory::allocate(uint64_t size, StringRef name) {
  if (size > capacity - used)
    return nullptr;
  auto allocation = std::make_unique<Allocation>();
  allocation->base = next;
  allocation->size = size;
  allocation->name = name.str();
  allocation->data = std::make_unique<uint8_t[]>(size);
  allocation->shadow = std::make_unique<uint8_t[]>(size);
  next += (size + allocationGap + allocationAlignment - 1) /
          allocationAlignment * allocationAlignment;
  used += size;
  peak = std::max(peak, used);
  Allocation *result = allocation.get();
  allocations[result->base] = std::move(allocation);
  return result;
}

bool DeviceMemory::release(uint64_t base) {
  auto it = allocations.find(base);
  if (it == allocations.end())
    return false;
  used -= it->second->size;
  released[base] = it->second->size;
  allocations.erase(it);
  last = nullptr;
  return true;
}

Allocation *DeviceMemory::find(uint64_t address) {
  if (last && last->contains(address))
    return last;
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin())
    return nullptr;
  Allocation *allocation = std::prev(it)->second.get();
  if (!allocation->contains(address))
    return nullptr;
  return last = allocation;
}

Allocation *DeviceMemory::find(uint64_t address, uint64_t size) {
  Allocation *allocation = find(address);
  if (!allocation || size > allocation->base + allocation->size - address)
    return nullptr;
  return allocation;
}

std::string DeviceMemory::describe(uint64_t address) const {
  auto old = released.upper_bound(address);
  if (old != released.begin()) {
    --old;
    if (address - old->first < old->second)
      return ("in memory of " + Twine(old->second) +
              " bytes that has been freed, at byte " +
              Twine(address - old->first))
          .str();
  }
  auto it = allocations.upper_bound(address);
  if (it != allocations.begin()) {
    const Allocation &before = *std::prev(it)->second;
    uint64_t offset = address - before.base;
    if (offset < before.size + allocationGap)
      return ("at byte " + Twine(offset) + " of an allocation of " +
              Twine(before.size) + " bytes")
          .str();
  }
  if (it != allocations.end() && it->first - address < allocationGap)
    return (Twine(it->first - address) + " bytes before an allocation of " +
            Twine(it->second->size) + " bytes")
        .str();
  return "in no allocation";
}

void DeviceMemory::beginLaunch() {
  for (auto &[base, allocation] : allocations) {
    if (!allocation->isTouched())
      continue;
    for (uint64_t i = 0; i < allocation->size; ++i)
      allocation->shadow[i] &= Initialized;
    allocation->reads = allocation->writes = TrafficCounters();
  }
}

void DeviceMemory::endLaunch(LaunchCounters &counters) {
  for (auto &[base, allocation] : allocations) {
    if (!allocation->isTouched())
      continue;
    AllocationCounters touched;
    touched.address = base;
    touched.size = allocation->size;
    touched.name = allocation->name;
    touched.reads = allocation->reads;
    touched.writes = allocation->writes;
    for (uint64_t i = 0; i < allocation->size; ++i) {
      touched.distinctBytesRead += bool(allocation->shadow[i] & ReadInLaunch);
      touched.distinctBytesWritten +=
          bool(allocation->shadow[i] & WrittenInLaunch);
    }
    counters.globalReads.add(touched.reads);
    counters.globalWrites.add(touched.writes);
    counters.allocations.push_back(std::move(touched));
  }
}

} // namespace mml::ptx
