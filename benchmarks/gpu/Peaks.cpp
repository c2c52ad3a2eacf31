//===- Peaks.cpp - What a GPU does at best --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Peaks.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mml::bench;
using llvm::createStringError;
using llvm::Expected;
using llvm::formatv;
using mml::cuda::CUfunction;
using mml::cuda::CUstream;
using mml::cuda::Runtime;

/// Reads `count` times 64 bytes a thread, in steps of all threads, and keeps
/// what is read from being thrown away.
static constexpr llvm::StringLiteral readPTX = R"(
.version 7.0
.target sm_75
.address_size 64
.visible .entry read(.param .u64 source, .param .u32 count) {
  .reg .b64 %x<8>;
  .reg .b32 %r<32>;
  .reg .pred %p;
  ld.param.b64 %x0, [source];
  ld.param.b32 %r0, [count];
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %nctaid.x;
  mad.lo.u32 %r1, %r2, %r3, %r1;
  mul.lo.u32 %r4, %r4, %r3;
  mul.wide.u32 %x1, %r1, 16;
  add.u64 %x1, %x0, %x1;
  mul.wide.u32 %x2, %r4, 16;
  mov.u32 %r5, 0;
LOOP:
  add.u64 %x3, %x1, %x2;
  add.u64 %x4, %x3, %x2;
  add.u64 %x5, %x4, %x2;
  ld.global.v4.b32 {%r8, %r9, %r10, %r11}, [%x1];
  ld.global.v4.b32 {%r12, %r13, %r14, %r15}, [%x3];
  ld.global.v4.b32 {%r16, %r17, %r18, %r19}, [%x4];
  ld.global.v4.b32 {%r20, %r21, %r22, %r23}, [%x5];
  add.u64 %x1, %x5, %x2;
  xor.b32 %r8, %r8, %r9;
  xor.b32 %r10, %r10, %r11;
  xor.b32 %r12, %r12, %r13;
  xor.b32 %r14, %r14, %r15;
  xor.b32 %r16, %r16, %r17;
  xor.b32 %r18, %r18, %r19;
  xor.b32 %r20, %r20, %r21;
  xor.b32 %r22, %r22, %r23;
  xor.b32 %r8, %r8, %r10;
  xor.b32 %r12, %r12, %r14;
  xor.b32 %r16, %r16, %r18;
  xor.b32 %r20, %r20, %r22;
  xor.b32 %r8, %r8, %r12;
  xor.b32 %r16, %r16, %r20;
  xor.b32 %r5, %r5, %r8;
  xor.b32 %r5, %r5, %r16;
  sub.u32 %r0, %r0, 1;
  setp.ne.u32 %p, %r0, 0;
  @%p bra LOOP;
  setp.ne.u32 %p, %r5, 305419896;
  @%p bra DONE;
  st.global.b32 [%x0], %r5;
DONE:
  ret;
}
)";

/// Independent sums of a warp, enough to hide the latency of a product.
static constexpr unsigned chains = 8;

/// `count` times that many products a warp.
static std::string makeProductPTX() {
  std::string text = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry multiply(.param .u64 target, .param .u32 count) {
  .reg .b64 %x<2>;
  .reg .b32 %r<16>;
  .reg .b32 %d<64>;
  .reg .pred %p;
  ld.param.b64 %x0, [target];
  ld.param.b32 %r0, [count];
  mov.u32 %r1, %tid.x;
  mul.lo.u32 %r2, %r1, 1640531527;
)";
  llvm::raw_string_ostream os(text);
  for (unsigned i = 0; i < 6; ++i)
    os << formatv("  add.u32 %r{0}, %r2, {1};\n", 4 + i, 77 * i);
  for (unsigned i = 0; i < 4 * chains; ++i)
    os << formatv("  mov.u32 %d{0}, 0;\n", i);
  os << "LOOP:\n";
  for (unsigned i = 0; i < chains; ++i)
    os << formatv("  mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
                  "{{%d{0}, %d{1}, %d{2}, %d{3}}, {{%r4, %r5, %r6, %r7}, "
                  "{{%r8, %r9}, {{%d{0}, %d{1}, %d{2}, %d{3}};\n",
                  4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3);
  os << R"(  sub.u32 %r0, %r0, 1;
  setp.ne.u32 %p, %r0, 0;
  @%p bra LOOP;
)";
  for (unsigned i = 1; i < 4 * chains; ++i)
    os << formatv("  xor.b32 %d0, %d0, %d{0};\n", i);
  os << R"(  setp.ne.u32 %p, %d0, 305419896;
  @%p bra DONE;
  st.global.b32 [%x0], %d0;
DONE:
  ret;
}
)";
  return text;
}

/// The median of the seconds that `launch` takes the device, after one call
/// that does not count.
static Expected<double> time(Runtime &runtime, unsigned repetitions,
                             llvm::function_ref<void(CUstream)> launch) {
  CUstream stream = runtime.createStream();
  llvm::SmallVector<double> seconds;
  for (unsigned i = 0; i <= repetitions; ++i) {
    runtime.beginLaunchTime();
    launch(stream);
    runtime.synchronize(stream);
    if (i)
      seconds.push_back(runtime.getLaunchTime() * 1e-3);
  }
  runtime.destroyStream(stream);
  if (std::string error = runtime.getError(); !error.empty())
    return createStringError(error);
  return mml::engine::getMedian(seconds);
}

Expected<GPUPeaks> mml::bench::measurePeaks(Runtime &runtime, size_t bytes,
                                            unsigned repetitions) {
  constexpr size_t threads = 256, blocks = 2048;
  constexpr size_t step = threads * blocks * 64;
  GPUPeaks peaks;
  uint32_t count = std::max<size_t>(1, bytes / step);
  auto *function =
      runtime.getFunction(runtime.loadModule(readPTX.data()), "read");
  void *memory = runtime.allocate(count * step, nullptr);
  CUstream stream = runtime.createStream();
  runtime.fill(memory, 0x6d, 1, count * step, stream);
  runtime.synchronize(stream);
  runtime.destroyStream(stream);
  auto read = time(runtime, repetitions, [&](CUstream stream) {
    void *params[] = {&memory, &count};
    runtime.launch(function, {blocks, 1, 1}, {threads, 1, 1}, 0, stream,
                   params);
  });
  if (!read)
    return read.takeError();
  peaks.bytesPerSecond = double(count) * step / *read;

  if (runtime.getChip() >= 80) {
    std::string text = makeProductPTX();
    CUfunction multiply =
        runtime.getFunction(runtime.loadModule(text.c_str()), "multiply");
    uint32_t iterations = 16 * count;
    auto product = time(runtime, repetitions, [&](CUstream stream) {
      void *params[] = {&memory, &iterations};
      runtime.launch(multiply, {blocks, 1, 1}, {threads, 1, 1}, 0, stream,
                     params);
    });
    if (!product)
      return product.takeError();
    constexpr double operations = 2.0 * 16 * 8 * 32 * chains;
    peaks.productsPerSecond =
        operations * iterations * blocks * (threads / 32) / *product;
  }
  runtime.release(memory, nullptr);
  return peaks;
}
