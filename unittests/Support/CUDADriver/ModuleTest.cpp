//===- ModuleTest.cpp - Tests of what a device loads ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

using namespace mml::ptx;

namespace {

std::string loadWith(const std::string &header, unsigned chip = 80) {
  TestDevice device(chip);
  return device.load(header + ".visible .entry test() { ret; }\n");
}

TEST(CUDADriverModuleTest, Header) {
  EXPECT_EQ(loadWith(".version 8.8\n.target sm_75\n.address_size 64\n"), "");
  EXPECT_EQ(loadWith(".version 7.0\n.target sm_80, debug\n"
                     ".address_size 64\n"),
            "");
  EXPECT_EQ(loadWith(".version 9.9\n.target sm_80\n.address_size 64\n"),
            "PTX version 9.9 is newer than this driver");
  EXPECT_EQ(loadWith(".version 8.0\n.target sm_86\n.address_size 64\n"),
            "the target sm_86 does not run on a device of sm_80");
  EXPECT_EQ(loadWith(".version 8.0\n.target sm_80a\n.address_size 64\n", 90),
            "the target sm_80a does not run on a device of sm_90");
  EXPECT_EQ(loadWith(".version 8.0\n.target sm_90a\n.address_size 64\n", 90),
            "");
  EXPECT_EQ(loadWith(".version 8.0\n.target sm_80\n.address_size 32\n"),
            "line 3: expected an address size of 64 but got '32'");
  EXPECT_EQ(loadWith(".version 8.0\n.target compute_80\n.address_size 64\n"),
            "line 2: expected a target but got 'compute_80'");
  EXPECT_EQ(loadWith(".version eight\n"),
            "line 1: expected a version but got 'eight'");
  EXPECT_EQ(loadWith(".target sm_80 // .version\n"),
            "line 1: expected '.version' but got '.target'");
}

TEST(CUDADriverModuleTest, Text) {
  auto load = [](const std::string &text) {
    TestDevice device;
    return device.load(text);
  };
  // The header takes the first three lines.
  EXPECT_EQ(load(".visible .entry test() {\n"),
            "line 5: expected '}' but got ''");
  EXPECT_EQ(load(".entry test() { add.s32 %r0, 1, 2; ret; }"),
            "line 4: 'add.s32': expected a register as result");
  EXPECT_EQ(load(".entry test() { .reg .b32 %r<2>; mov.b32 %r2, 1; ret; }"),
            "line 4: 'mov.b32': expected a register as result");
  EXPECT_EQ(load(".entry test() { .reg .b8 %r<2>; ret; }"),
            "line 4: unsupported type '.b8' of registers");
  EXPECT_EQ(load(".entry test() { .reg .b32 %r; @%r ret; }"),
            "line 4: expected a predicate but got '%r'");
  EXPECT_EQ(load(".entry test() { A: ret; A: ret; }"),
            "line 4: label 'A' is defined twice");
  EXPECT_EQ(load("\"open\n.texref image;"),
            "line 4: unknown directive '\"open'");
  EXPECT_EQ(load(".texref image;"), "line 4: unknown directive '.texref'");
  EXPECT_EQ(load(".extern .global .b32 value;"),
            "line 4: extern variable 'value' is defined nowhere");
  EXPECT_EQ(load(".global .b32 value[2] = {1, 2, 3};"),
            "line 4: the initializer of 'value' has 12 bytes of 8");
  EXPECT_EQ(load(".global .b32 value = {other};"),
            "line 4: expected an address to be 8 bytes but got 4");
  EXPECT_EQ(load(".global .b64 value = other;"),
            "'other' has no address in memory");
  EXPECT_EQ(load(".entry test() { .reg .f32 %f; mov.f32 %f, 0f12; ret; }"),
            "line 4: malformed float '0f12'");
  EXPECT_EQ(load(".entry test() .maxclusterrank 2 { ret; }"),
            "line 4: unsupported attribute '.maxclusterrank' of a function");
  EXPECT_EQ(load(".entry test() { .shared .align 4 .b8 big[49156];\n"
                 ".reg .b32 %r; mov.b32 %r, big; ret; }"),
            "kernel 'test' has 49156 bytes of static shared memory of at most "
            "49152");
}

TEST(CUDADriverModuleTest, SkippedText) {
  TestDevice device;
  EXPECT_EQ(device.load("// A comment.\n/* And\n one more. */\n"
                        ".file 1 \"a.c\"\n"
                        ".visible .entry test()\n.maxntid 128, 1, 1\n"
                        "{ .loc 1 2 3\n.pragma \"nounroll\";\nret; }\n"
                        ".section .debug_abbrev { .b8 1 }\n"),
            "");
  EXPECT_EQ(device.module->getKernel("test")->maxThreads, 128u);
  EXPECT_EQ(device.module->getKernel("none"), nullptr);
}

TEST(CUDADriverModuleTest, Memory) {
  DeviceMemory memory(1000);
  auto load = [&](const std::string &variable) {
    return Module::load(".version 8.0\n.target sm_80\n.address_size 64\n" +
                            variable,
                        memory, 80);
  };
  llvm::Expected<std::unique_ptr<Module>> module =
      load(".global .b8 values[900];");
  ASSERT_TRUE(bool(module));
  EXPECT_EQ(memory.getUsed(), 900u);
  llvm::Expected<std::unique_ptr<Module>> second =
      load(".global .b8 values[101];");
  ASSERT_FALSE(bool(second));
  EXPECT_EQ(llvm::toString(second.takeError()),
            "no memory for the variable 'values'");
  // What was placed before the error is released, and so is the module's.
  EXPECT_EQ(memory.getUsed(), 900u);
  module->reset();
  EXPECT_EQ(memory.getUsed(), 0u);
  EXPECT_EQ(memory.getPeak(), 900u);
}

} // namespace
