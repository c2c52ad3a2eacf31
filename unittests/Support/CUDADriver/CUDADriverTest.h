//===- CUDADriverTest.h - Kernels for the tests of the driver ---*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_SUPPORT_CUDADRIVER_CUDADRIVERTEST_H
#define MML_UNITTESTS_SUPPORT_CUDADRIVER_CUDADRIVERTEST_H

#include "CUDADriver/Launch.h"
#include "CUDADriver/Module.h"

#include "llvm/ADT/Twine.h"

#include "gtest/gtest.h"

#include <random>

namespace mml::ptx {

/// A device with one module and helpers that fail the test where a step does.
class TestDevice {
public:
  explicit TestDevice(unsigned chip = 90) : chip(chip) {}

  /// Loads PTX, with the header unless it has one. The error's text, or
  /// nothing.
  std::string load(const std::string &text) {
    std::string whole = text;
    if (text.find(".version") == std::string::npos)
      whole = ".version 8.0\n.target sm_" + std::to_string(chip) +
              "\n.address_size 64\n" + text;
    llvm::Expected<std::unique_ptr<Module>> loaded =
        Module::load(whole, memory, chip);
    if (!loaded)
      return llvm::toString(loaded.takeError());
    module = std::move(*loaded);
    return "";
  }

  /// Memory with these values.
  template <typename T> Allocation *upload(const std::vector<T> &values) {
    Allocation *allocation = allocate<T>(values.size());
    std::copy_n(reinterpret_cast<const uint8_t *>(values.data()),
                allocation->size, allocation->data.get());
    std::fill_n(allocation->shadow.get(), allocation->size, Initialized);
    return allocation;
  }

  /// Uninitialized memory.
  template <typename T> Allocation *allocate(size_t count) {
    return memory.allocate(count * sizeof(T));
  }

  template <typename T> std::vector<T> download(const Allocation *allocation) {
    std::vector<T> values(allocation->size / sizeof(T));
    std::copy_n(allocation->data.get(), allocation->size,
                reinterpret_cast<uint8_t *>(values.data()));
    return values;
  }

  /// Runs the kernel `test` with parameters of 64 bits. What went wrong, or
  /// nothing.
  std::string run(const std::vector<uint64_t> &params, Dim3 block = {32, 1, 1},
                  Dim3 grid = {1, 1, 1}, uint32_t dynamicShared = 0) {
    const Kernel *kernel = module->getKernel("test");
    if (!kernel)
      return "no kernel";
    LaunchConfig config;
    config.grid = grid;
    config.block = block;
    config.dynamicShared = dynamicShared;
    config.isReversed = isReversed;
    config.instructionLimit = 1 << 20;
    config.params.resize(8 * params.size());
    std::copy_n(reinterpret_cast<const uint8_t *>(params.data()),
                config.params.size(), config.params.begin());
    counters = LaunchCounters();
    fault = ptx::run(memory, *kernel, config, counters);
    return fault ? fault->message : "";
  }

  DeviceMemory memory{1 << 26};
  std::unique_ptr<Module> module;
  LaunchCounters counters;
  std::optional<Fault> fault;
  bool isReversed = false;

private:
  unsigned chip;
};

/// The kernel `test` with \p count pointers `p0` and on in `%p0` and on, the
/// thread's number in `%t`, its offset in arrays of 2, 4, 8 and 16 bytes in
/// `%t2` and on, and some registers: `%r0..15`, `%x0..15` (64 bits), `%h0..15`
/// (16 bits), `%q0..7` (predicates).
inline std::string makeKernel(unsigned count, const std::string &body,
                              const std::string &before = "") {
  std::string text = before + "\n.visible .entry test(";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::string(".param .u64 p") + std::to_string(i);
  text += ") {\n.reg .b64 %p<8>, %t2, %t4, %t8, %t16, %x<16>;\n"
          ".reg .b32 %t, %r<16>;\n.reg .b16 %h<16>;\n.reg .pred %q<8>;\n";
  for (unsigned i = 0; i < count; ++i)
    text += "ld.param.b64 %p" + std::to_string(i) + ", [p" + std::to_string(i) +
            "];\n";
  text += "mov.u32 %t, %tid.x;\n";
  for (unsigned size : {2, 4, 8, 16})
    text += "mul.wide.u32 %t" + std::to_string(size) + ", %t, " +
            std::to_string(size) + ";\n";
  return text + body + "\nret;\n}\n";
}

/// Executes instructions that compute `%d` from `%a`, `%b`, `%c`, `%e` on as
/// many threads as there are values; registers are as wide as the types.
/// `%k0..7` are 32-bit registers, `%l0..7` 64-bit, `%m0..7` predicates.
template <typename Result, typename... Sources>
std::vector<Result> evaluate(const std::string &instructions,
                             const std::vector<Sources> &...sources) {
  TestDevice device;
  std::vector<uint64_t> params;
  std::string body = ".reg .b32 %k<8>; .reg .b64 %l<8>; .reg .pred %m<8>;\n";
  size_t count = 0;
  static const char *const names[] = {"%a", "%b", "%c", "%e"};
  auto bits = [](size_t size) { return ".b" + std::to_string(8 * size); };
  auto add = [&](auto &values) {
    size_t size = sizeof(values[0]);
    std::string number = std::to_string(params.size());
    body += ".reg " + bits(size) + " " + names[params.size()] + ";\n" +
            "add.s64 %p" + number + ", %p" + number + ", %t" +
            std::to_string(size) + ";\nld.global" + bits(size) + " " +
            names[params.size()] + ", [%p" + number + "];\n";
    params.push_back(device.upload(values)->base);
    count = values.size();
  };
  (add(sources), ...);
  std::string number = std::to_string(params.size());
  Allocation *result = device.allocate<Result>(count);
  params.push_back(result->base);
  body += ".reg " + bits(sizeof(Result)) + " %d;\n" + instructions +
          "\nadd.s64 %p" + number + ", %p" + number + ", %t" +
          std::to_string(sizeof(Result)) + ";\nst.global" +
          bits(sizeof(Result)) + " [%p" + number + "], %d;\n";
  EXPECT_EQ(device.load(makeKernel(params.size(), body)), "");
  if (!device.module)
    return std::vector<Result>(count);
  EXPECT_EQ(device.run(params, {unsigned(count), 1, 1}), "");
  return device.download<Result>(result);
}

/// The message of a module with this instruction, without the line's number,
/// which has to be the instruction's; or nothing.
inline std::string decodeError(const std::string &instruction,
                               unsigned chip = 90) {
  TestDevice device(chip);
  std::string kernel = makeKernel(0, instruction);
  llvm::StringRef before(kernel);
  before = before.take_front(before.rfind(instruction));
  std::string message = device.load(kernel);
  // The header has three lines.
  std::string line = "line " + std::to_string(before.count('\n') + 4) + ": ";
  llvm::StringRef text(message);
  if (!text.consume_front(line))
    return message.empty() ? "" : "not " + line + message;
  return text.str();
}

/// Random bits, among them the least, the largest and those about zero.
template <typename T> std::vector<T> randomValues(size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits = random();
    switch (random() % 8) {
    case 0:
      bits = random() % 4 - 2;
      break;
    case 1:
      bits = (uint64_t(1) << (8 * sizeof(T) - 1)) + random() % 3 - 1;
      break;
    }
    std::memcpy(&values[i], &bits, sizeof(T));
  }
  return values;
}

} // namespace mml::ptx

#endif // MML_UNITTESTS_SUPPORT_CUDADRIVER_CUDADRIVERTEST_H
