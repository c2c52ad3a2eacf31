//===- Warp.cpp - Execution of 32 threads in lockstep ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warp.h"
#include "Special.h"

using namespace llvm;

namespace mml::ptx {

Warp::Warp(Block &block, unsigned number) : block(block), number(number) {
  uint64_t threads = block.launch.config.block.count();
  uint64_t here = std::min<uint64_t>(threads - number * warpSize, warpSize);
  present = here == warpSize ? ~0u : (1u << here) - 1;
  pushFrame(*block.launch.kernel.entry, nullptr, present);
}

void Warp::pushFrame(const Code &code, const CallSite *site, uint32_t mask) {
  uint32_t localBase = frame ? frame->localBase + frame->code->localBytes : 0;
  localBase = (localBase + 15) / 16 * 16;
  if (frames.size() == depth)
    frames.push_back(std::make_unique<Frame>());
  frame = frames[depth++].get();
  frame->code = &code;
  frame->storage.resize(code.registerBytes / 8 + 8);
  uint64_t address = reinterpret_cast<uint64_t>(frame->storage.data());
  frame->registers = reinterpret_cast<uint8_t *>((address + 63) / 64 * 64);
  frame->written.assign(code.registerCount, 0);
  frame->params.resize(size_t(code.paramBytes) * warpSize);
  frame->paramShadow.assign(size_t(code.paramBytes) * warpSize, 0);
  frame->localBase = localBase;
  frame->firstLevel = levels.size();
  frame->site = site;
  std::vector<uint64_t> &executed = block.launch.executed[&code];
  executed.resize(code.instructions.size());
  frame->executed = &executed;
  constants = reinterpret_cast<const uint8_t *>(code.constants.data());
  levels.push_back({0, code.getEnd(), mask});
  uint32_t localEnd = localBase + code.localBytes;
  for (unsigned lane = 0; localEnd && lane < warpSize; ++lane) {
    local[lane].resize(localEnd);
    localShadow[lane].resize(localBase);
    localShadow[lane].resize(localEnd, 0);
  }
}

void Warp::popFrame() {
  Frame *callee = frame;
  uint32_t returning = levels.back().mask & ~exited;
  levels.pop_back();
  if (--depth == 0) {
    state = State::Done;
    return;
  }
  frame = frames[depth - 1].get();
  constants = reinterpret_cast<const uint8_t *>(frame->code->constants.data());
  const CallSite &site = *callee->site;
  for (auto [slot, from] : llvm::zip(site.results, callee->code->results))
    forEachLane(returning, [&, slot = slot, from = from](unsigned lane) {
      size_t source = size_t(lane) * callee->code->paramBytes + from.offset;
      size_t target = size_t(lane) * frame->code->paramBytes + slot.offset;
      std::copy_n(&callee->params[source], slot.size, &frame->params[target]);
      std::copy_n(&callee->paramShadow[source], slot.size,
                  &frame->paramShadow[target]);
    });
  levels.back().mask &= ~exited;
  ++levels.back().pc;
}

void Warp::call(const CallSite &site, uint32_t mask) {
  constexpr size_t maxDepth = 256;
  if (depth == maxDepth)
    return fail(Fault::Kind::Failure, -1, "calls nest too deeply");
  Frame *caller = frame;
  pushFrame(*site.callee, &site, mask);
  for (auto [slot, to] : llvm::zip(site.arguments, site.callee->params))
    forEachLane(mask, [&, slot = slot, to = to](unsigned lane) {
      size_t source = size_t(lane) * caller->code->paramBytes + slot.offset;
      size_t target = size_t(lane) * frame->code->paramBytes + to.offset;
      std::copy_n(&caller->params[source], slot.size, &frame->params[target]);
      std::copy_n(&caller->paramShadow[source], slot.size,
                  &frame->paramShadow[target]);
    });
  jumped = true;
}

bool Warp::checkSources(const Instruction &instruction, uint32_t mask) {
  for (unsigned i = 0; i < instruction.sources; ++i) {
    const Operand &source = instruction.source(i);
    uint32_t missing = mask & ~getWritten(source);
    if (!missing)
      continue;
    fail(Fault::Kind::Failure, __builtin_ctz(missing),
         "reads the uninitialized register '" +
             frame->code->registerNames[source.number] + "'");
    return false;
  }
  return true;
}

void Warp::step(const Instruction &instruction) {
  uint32_t mask = levels.back().mask;
  current = &instruction;
  if (instruction.isGuarded) {
    uint32_t missing = mask & ~getWritten(instruction.guard);
    if (missing)
      return fail(Fault::Kind::Failure, __builtin_ctz(missing),
                  "is guarded by the uninitialized register '" +
                      frame->code->registerNames[instruction.guard.number] +
                      "'");
    uint32_t guard = readPredicate(instruction.guard);
    mask &= instruction.isGuardNegated ? ~guard : guard;
  }
  ++(*frame->executed)[levels.back().pc];
  ++clock;
  block.launch.counters.threadInstructions += __builtin_popcount(mask);
  if (!mask)
    return;
  if (instruction.undefined == Undefined::Refuse &&
      !checkSources(instruction, mask))
    return;
  instruction.handler(*this, instruction, mask);
  if (instruction.undefined == Undefined::Refuse)
    for (unsigned i = 0; i < instruction.results; ++i)
      frame->written[instruction.result(i).number] |= mask;
}

Warp::State Warp::run() {
  while (state == State::Running) {
    Level &top = levels.back();
    if (top.pc == top.reconvergence || !top.mask) {
      if (levels.size() == frame->firstLevel + 1) {
        popFrame();
        continue;
      }
      levels.pop_back();
      levels.back().mask &= ~exited;
      continue;
    }
    jumped = false;
    step(frame->code->instructions[top.pc]);
    if (!jumped)
      ++levels.back().pc;
    if (clock > block.launch.config.instructionLimit)
      fail(Fault::Kind::Timeout, -1,
           "does not end within " + Twine(clock) + " instructions");
  }
  return state;
}

void Warp::branch(const Instruction &instruction, uint32_t taken) {
  Level &top = levels.back();
  uint32_t rest = top.mask & ~taken;
  if (!taken)
    return;
  jumped = true;
  if (!rest) {
    top.pc = instruction.target;
    return;
  }
  uint32_t next = top.pc + 1;
  uint32_t meeting = instruction.reconvergence;
  // Threads that leave a loop one by one wait in one level.
  if (top.reconvergence == meeting && levels.size() > frame->firstLevel + 1)
    levels.pop_back();
  else
    top.pc = meeting;
  if (next != meeting)
    levels.push_back({next, meeting, rest});
  if (instruction.target != meeting)
    levels.push_back({instruction.target, meeting, taken});
}

void Warp::branchTo(const std::vector<uint32_t> &targets, const uint32_t *index,
                    uint32_t mask, uint32_t meeting) {
  jumped = true;
  // A guarded brx.idx leaves threads behind, who fall through.
  uint32_t rest = levels.back().mask & ~mask;
  uint32_t next = levels.back().pc + 1;
  if (levels.back().reconvergence == meeting &&
      levels.size() > frame->firstLevel + 1)
    levels.pop_back();
  else
    levels.back().pc = meeting;
  if (rest && next != meeting)
    levels.push_back({next, meeting, rest});
  while (mask) {
    uint32_t target = targets[index[__builtin_ctz(mask)]];
    uint32_t same = 0;
    forEachLane(mask, [&](unsigned lane) {
      if (targets[index[lane]] == target)
        same |= 1u << lane;
    });
    mask &= ~same;
    if (target != meeting)
      levels.push_back({target, meeting, same});
  }
}

void Warp::exitThreads(uint32_t mask) {
  exited |= mask;
  levels.back().mask &= ~mask;
}

void Warp::waitAtBarrier(unsigned id, uint32_t mask) {
  uint32_t absent = present & ~mask;
  if (absent)
    return fail(Fault::Kind::Failure, __builtin_ctz(absent),
                (exited & absent)
                    ? "has ended while others of its warp are at the barrier"
                    : "has parted from its warp, which is at the barrier");
  barrier = id;
  state = State::AtBarrier;
}

void Warp::fail(Fault::Kind kind, int lane, const Twine &message) {
  state = State::Failed;
  Launch &launch = block.launch;
  if (launch.fault)
    return;
  std::string where = "kernel '" + launch.kernel.name + "'";
  if (frame && frame->code != launch.kernel.entry)
    where += ", function '" + frame->code->name + "'";
  if (current)
    where += ", line " + std::to_string(current->line) + " '" +
             current->text.str() + "'";
  if (lane >= 0) {
    auto triple = [](unsigned x, unsigned y, unsigned z) {
      return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " +
             std::to_string(z) + ")";
    };
    where += ": thread " +
             triple(getSpecial(TidX, lane), getSpecial(TidY, lane),
                    getSpecial(TidZ, lane)) +
             " of block " + triple(block.id.x, block.id.y, block.id.z);
  } else {
    where += ": warp " + std::to_string(number);
  }
  launch.fault = Fault{kind, (where + " " + message).str()};
}

} // namespace mml::ptx
