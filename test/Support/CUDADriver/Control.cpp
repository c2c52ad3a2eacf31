//===- Control.cpp - Jumps, calls and barriers ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Warp.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mml::ptx {

namespace {

void branch(Warp &warp, const Instruction &instruction, uint32_t mask) {
  warp.branch(instruction, mask);
}

void branchUniform(Warp &warp, const Instruction &instruction, uint32_t mask) {
  if (mask != warp.getActive())
    return warp.fail(Fault::Kind::Failure, __builtin_ctz(mask),
                     "jumps without others by a uniform branch");
  warp.branch(instruction, mask);
}

void decodeBranch(InstructionDecoder &decoder) {
  bool isUniform = decoder.take("uni");
  Instruction &instruction = decoder.instruction;
  instruction.flow = Flow::Jump;
  instruction.target = decoder.label(0);
  instruction.handler = isUniform ? branchUniform : branch;
}

void branchTable(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *index = warp.read<uint32_t>(instruction.source(0));
  const std::vector<uint32_t> &targets =
      warp.getCode().tables[instruction.target];
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    if (index[lane] >= targets.size())
      return warp.fail(Fault::Kind::Failure, int(lane),
                       "jumps to entry " + Twine(index[lane]) + " of " +
                           Twine(targets.size()));
  }
  warp.branchTo(targets, index, mask, instruction.reconvergence);
}

void decodeBranchTable(InstructionDecoder &decoder) {
  if (!decoder.take("idx"))
    return decoder.fail("expected '.idx'");
  decoder.take("uni");
  decoder.source(0, Type::U32);
  const SyntaxFunction &syntax = decoder.function.syntax;
  auto targets = syntax.branchTargets.find(decoder.getOperand(1).name);
  if (targets == syntax.branchTargets.end())
    return decoder.fail("expected a list of targets");
  std::vector<uint32_t> table;
  for (const std::string &name : targets->second) {
    auto label = syntax.labels.find(name);
    if (label == syntax.labels.end())
      return decoder.fail("'" + name + "' is no label");
    table.push_back(label->second);
  }
  Code &code = decoder.function.code;
  Instruction &instruction = decoder.instruction;
  instruction.flow = Flow::Table;
  instruction.target = uint32_t(code.tables.size());
  code.tables.push_back(std::move(table));
  instruction.handler = branchTable;
}

/// In a kernel, the end of the threads; in a function, a jump to its end.
void exitThreads(Warp &warp, const Instruction &, uint32_t mask) {
  warp.exitThreads(mask);
}

void decodeReturn(InstructionDecoder &decoder) {
  decoder.take("uni");
  Instruction &instruction = decoder.instruction;
  const SyntaxFunction &syntax = decoder.function.syntax;
  if (decoder.getOpcode() == "exit" || syntax.isEntry) {
    instruction.flow = Flow::End;
    instruction.handler = exitThreads;
    return;
  }
  instruction.flow = Flow::Jump;
  instruction.target = uint32_t(syntax.instructions.size());
  instruction.handler = branch;
}

void trap(Warp &warp, const Instruction &, uint32_t mask) {
  warp.fail(Fault::Kind::Trap, __builtin_ctz(mask), "traps");
}

void decodeTrap(InstructionDecoder &decoder) {
  decoder.instruction.flow = Flow::End;
  decoder.instruction.handler = trap;
}

void call(Warp &warp, const Instruction &instruction, uint32_t mask) {
  warp.call(warp.getCode().calls[instruction.target], mask);
}

/// The param memory that a list names; it has to fit what the callee declares.
void takeParams(InstructionDecoder &decoder, const SyntaxOperand &list,
                const std::vector<ParamSlot> &declared,
                std::vector<ParamSlot> &slots) {
  for (const SyntaxOperand &element : list.elements) {
    auto it = decoder.function.params.find(element.name);
    if (element.kind != SyntaxOperand::Kind::Symbol ||
        it == decoder.function.params.end())
      return decoder.fail("expected the name of a parameter");
    slots.push_back(it->second);
  }
  if (!llvm::equal(slots, declared,
                   [](ParamSlot a, ParamSlot b) { return a.size == b.size; }))
    decoder.fail("arguments and parameters differ");
}

void decodeCall(InstructionDecoder &decoder) {
  decoder.take("uni");
  unsigned next = 0;
  static const SyntaxOperand none;
  const SyntaxOperand *results = &none;
  if (decoder.getOperand(0).kind == SyntaxOperand::Kind::List)
    results = &decoder.getOperand(next++);
  const SyntaxOperand &name = decoder.getOperand(next++);
  const SyntaxOperand *arguments = &none;
  if (next < decoder.getOperandCount())
    arguments = &decoder.getOperand(next++);
  if (name.kind != SyntaxOperand::Kind::Symbol)
    return decoder.fail("expected the name of a function");
  Expected<const Code *> callee =
      decoder.function.kernel.getFunction(name.name);
  if (!callee)
    return decoder.fail(toString(callee.takeError()));
  CallSite site;
  site.callee = *callee;
  takeParams(decoder, *results, site.callee->results, site.results);
  takeParams(decoder, *arguments, site.callee->params, site.arguments);
  Code &code = decoder.function.code;
  decoder.instruction.target = uint32_t(code.calls.size());
  code.calls.push_back(std::move(site));
  decoder.instruction.handler = call;
}

void barrier(Warp &warp, const Instruction &instruction, uint32_t mask) {
  if (instruction.sources == 2) {
    const uint32_t *counts = warp.read<uint32_t>(instruction.source(1));
    uint64_t threads = warp.getBlock().launch.config.block.count();
    uint32_t lane = __builtin_ctz(mask);
    if (counts[lane] != threads)
      return warp.fail(Fault::Kind::Failure, int(lane),
                       "waits for " + Twine(counts[lane]) + " threads of " +
                           Twine(threads) +
                           ", and barriers of a part are not supported");
  }
  const uint32_t *ids = warp.read<uint32_t>(instruction.source(0));
  uint32_t id = ids[__builtin_ctz(mask)];
  if (id > 15)
    return warp.fail(Fault::Kind::Failure, __builtin_ctz(mask),
                     "waits at barrier " + Twine(id) + " of 16");
  warp.waitAtBarrier(id, mask);
}

void warpBarrier(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *members = warp.read<uint32_t>(instruction.source(0));
  uint32_t first = members[__builtin_ctz(mask)];
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    if (members[lane] != first || !(first >> lane & 1))
      return warp.fail(Fault::Kind::Failure, int(lane),
                       "names other members than another thread");
  }
  if (uint32_t absent = first & ~mask & warp.getPresent())
    return warp.fail(Fault::Kind::Failure, __builtin_ctz(absent),
                     "is a member but is not here");
  // A barrier of a part orders nothing here, which is safe.
  if ((first & warp.getPresent()) == warp.getPresent())
    warp.passWarpBarrier();
}

void decodeBarrier(InstructionDecoder &decoder) {
  Instruction &instruction = decoder.instruction;
  if (decoder.take("warp")) {
    if (!decoder.take("sync"))
      return decoder.fail("expected '.sync'");
    decoder.source(0, Type::B32);
    instruction.handler = warpBarrier;
    return;
  }
  decoder.take("cta");
  if (!decoder.take("sync"))
    return decoder.fail("expected '.sync'");
  decoder.take("aligned");
  decoder.source(0, Type::U32);
  if (decoder.getOperandCount() > 1)
    decoder.source(1, Type::U32);
  instruction.handler = barrier;
}

void sleep(Warp &, const Instruction &, uint32_t) {}

void decodeSleep(InstructionDecoder &decoder) {
  decoder.take("u32");
  decoder.source(0, Type::U32);
  decoder.instruction.handler = sleep;
}

} // namespace

ArrayRef<OpcodeEntry> getControlOpcodes() {
  static const OpcodeEntry entries[] = {
      {"bra", decodeBranch},      {"brx", decodeBranchTable},
      {"ret", decodeReturn},      {"exit", decodeReturn},
      {"trap", decodeTrap},       {"brkpt", decodeTrap},
      {"call", decodeCall},       {"bar", decodeBarrier},
      {"barrier", decodeBarrier}, {"nanosleep", decodeSleep},
  };
  return entries;
}

//===----------------------------------------------------------------------===//
// Where threads meet again
//===----------------------------------------------------------------------===//

namespace {

/// Immediate post-dominators of instructions, by the iterative algorithm on the
/// reversed graph. The end of the function is one more node.
class PostDominators {
public:
  explicit PostDominators(const Code &code)
      : code(code), end(code.getEnd()), parents(end + 1, none),
        order(end + 1, none) {
    std::vector<std::vector<uint32_t>> predecessors(end + 1);
    for (uint32_t i = 0; i < end; ++i)
      for (uint32_t next : getSuccessors(i))
        predecessors[next].push_back(i);
    number(predecessors);
    parents[end] = end;
    bool changed = true;
    while (changed) {
      changed = false;
      for (uint32_t node : llvm::reverse(finished))
        if (node != end)
          changed |= update(node);
    }
  }

  /// Nodes that never come to the end meet nowhere before it.
  uint32_t get(uint32_t node) const {
    return parents[node] == none ? end : parents[node];
  }

private:
  static constexpr uint32_t none = ~0u;

  SmallVector<uint32_t, 4> getSuccessors(uint32_t i) const {
    const Instruction &instruction = code.instructions[i];
    SmallVector<uint32_t, 4> next;
    if (instruction.flow == Flow::Jump)
      next.push_back(instruction.target);
    else if (instruction.flow == Flow::Table)
      llvm::append_range(next, code.tables[instruction.target]);
    else if (instruction.flow == Flow::End)
      next.push_back(end);
    if (instruction.flow == Flow::Next || instruction.isGuarded)
      next.push_back(i + 1);
    return next;
  }

  /// Numbers the nodes as a walk from the end finishes them.
  void number(const std::vector<std::vector<uint32_t>> &predecessors) {
    std::vector<bool> seen(end + 1);
    std::vector<std::pair<uint32_t, size_t>> path = {{end, 0}};
    seen[end] = true;
    while (!path.empty()) {
      auto &[node, position] = path.back();
      if (position < predecessors[node].size()) {
        uint32_t next = predecessors[node][position++];
        if (!seen[next]) {
          seen[next] = true;
          path.emplace_back(next, 0);
        }
        continue;
      }
      order[node] = uint32_t(finished.size());
      finished.push_back(node);
      path.pop_back();
    }
  }

  bool update(uint32_t node) {
    uint32_t parent = none;
    for (uint32_t next : getSuccessors(node)) {
      if (parents[next] == none)
        continue;
      parent = parent == none ? next : meet(parent, next);
    }
    if (parent == parents[node])
      return false;
    parents[node] = parent;
    return true;
  }

  uint32_t meet(uint32_t a, uint32_t b) const {
    while (a != b) {
      while (order[a] < order[b])
        a = parents[a];
      while (order[b] < order[a])
        b = parents[b];
    }
    return a;
  }

  const Code &code;
  uint32_t end;
  std::vector<uint32_t> parents, order, finished;
};

} // namespace

void findReconvergence(Code &code) {
  PostDominators dominators(code);
  for (uint32_t i = 0; i < code.getEnd(); ++i)
    code.instructions[i].reconvergence = dominators.get(i);
}

} // namespace mml::ptx
