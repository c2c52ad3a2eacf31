//===- WarpOps.cpp - Exchange between the threads of a warp ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

namespace {

/// The threads that take part in an instruction with a mask of members: each
/// thread has to name itself and the same others, and all of them have to be
/// here. Nothing after a fault.
std::optional<uint32_t> getMembers(Warp &warp, const Operand &operand,
                                   uint32_t mask) {
  const uint32_t *members = warp.read<uint32_t>(operand);
  uint32_t first = members[__builtin_ctz(mask)];
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    if (members[lane] != first) {
      warp.fail(Fault::Kind::Failure, int(lane),
                "names other members than another thread");
      return std::nullopt;
    }
    if (!(first >> lane & 1)) {
      warp.fail(Fault::Kind::Failure, int(lane), "is no member itself");
      return std::nullopt;
    }
  }
  // Lanes that the block does not fill count as ended; all masks have them.
  if (uint32_t absent = first & ~mask & warp.getPresent()) {
    warp.fail(Fault::Kind::Failure, __builtin_ctz(absent),
              "is a member but is not here");
    return std::nullopt;
  }
  return first & warp.getPresent();
}

enum class Shuffle : uint8_t { Up, Down, Butterfly, Index };

void shuffle(Warp &warp, const Instruction &instruction, uint32_t mask) {
  std::optional<uint32_t> members =
      getMembers(warp, instruction.source(3), mask);
  if (!members)
    return;
  uint32_t values[warpSize], results[warpSize];
  std::copy_n(warp.read<uint32_t>(instruction.source(0)), warpSize, values);
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  uint32_t inRange = 0;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint32_t delta = b[lane] & 31;
    uint32_t clamp = c[lane] & 31;
    uint32_t segment = c[lane] >> 8 & 31;
    uint32_t last = (lane & segment) | (clamp & ~segment);
    uint32_t first = lane & segment;
    uint32_t from = 0;
    bool isInside = false;
    switch (Shuffle(instruction.mode)) {
    case Shuffle::Up:
      from = lane - delta;
      isInside = int32_t(from) >= int32_t(last);
      break;
    case Shuffle::Down:
      from = lane + delta;
      isInside = from <= last;
      break;
    case Shuffle::Butterfly:
      from = lane ^ delta;
      isInside = from <= last;
      break;
    case Shuffle::Index:
      from = first | (delta & ~segment);
      isInside = from <= last;
      break;
    }
    if (!isInside)
      from = lane;
    if (!(*members >> from & 1))
      return warp.fail(Fault::Kind::Failure, int(lane),
                       "reads from thread " + Twine(from) +
                           " of the warp, which is not a member");
    inRange |= uint32_t(isInside) << lane;
    results[lane] = values[from];
  }
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) { return results[lane]; });
  warp.writePredicate(instruction.result(1), inRange, mask);
}

void decodeShuffle(InstructionDecoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.fail("expected '.sync'");
  std::optional<unsigned> mode =
      decoder.takeOneOf({"up", "down", "bfly", "idx"});
  if (!mode || !decoder.take("b32"))
    return decoder.fail("expected a mode and type 'b32'");
  decoder.instruction.mode = uint8_t(*mode);
  const SyntaxOperand &results = decoder.getOperand(0);
  decoder.resultOrSink(&results, 4);
  decoder.resultOrSink(
      results.second.empty() ? nullptr : &results.second.front(), 0);
  for (unsigned i = 1; i <= 4; ++i)
    decoder.source(i, Type::B32);
  decoder.instruction.handler = shuffle;
}

enum class Vote : uint8_t { All, Any, Uniform, Ballot };

/// `elements` says whether the predicate is negated.
void vote(Warp &warp, const Instruction &instruction, uint32_t mask) {
  std::optional<uint32_t> members =
      getMembers(warp, instruction.source(1), mask);
  if (!members)
    return;
  uint32_t bits = warp.readPredicate(instruction.source(0));
  if (instruction.elements)
    bits = ~bits;
  bits &= *members;
  uint32_t outcome = 0;
  switch (Vote(instruction.mode)) {
  case Vote::All:
    outcome = bits == *members ? ~0u : 0;
    break;
  case Vote::Any:
    outcome = bits ? ~0u : 0;
    break;
  case Vote::Uniform:
    outcome = bits == *members || !bits ? ~0u : 0;
    break;
  case Vote::Ballot:
    writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
               [&](unsigned) { return bits; });
    return;
  }
  warp.writePredicate(instruction.result(0), outcome, mask);
}

void decodeVote(InstructionDecoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.fail("expected '.sync'");
  std::optional<unsigned> mode =
      decoder.takeOneOf({"all", "any", "uni", "ballot"});
  bool isBallot = mode.value_or(0) == unsigned(Vote::Ballot);
  if (!mode || !decoder.take(isBallot ? "b32" : "pred"))
    return decoder.fail("expected a mode and a type");
  decoder.instruction.mode = uint8_t(*mode);
  decoder.result(0, isBallot ? 4 : 0);
  SyntaxOperand predicate = decoder.getOperand(1);
  decoder.instruction.elements = predicate.isNegated;
  predicate.isNegated = false;
  decoder.source(predicate, Type::Pred);
  decoder.source(2, Type::B32);
  decoder.instruction.handler = vote;
}

void activeMask(Warp &warp, const Instruction &instruction, uint32_t mask) {
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned) { return mask; });
}

void decodeActiveMask(InstructionDecoder &decoder) {
  if (!decoder.take("b32"))
    return decoder.fail("expected type 'b32'");
  decoder.result(0, 4);
  decoder.instruction.handler = activeMask;
}

enum class Reduction : uint8_t { Add, Min, Max, And, Or, Xor };

template <typename T>
void reduce(Warp &warp, const Instruction &instruction, uint32_t mask) {
  if (!getMembers(warp, instruction.source(1), mask))
    return;
  const T *values = warp.read<T>(instruction.source(0));
  std::optional<T> total;
  forEachLane(mask, [&](unsigned lane) {
    if (!total) {
      total = values[lane];
      return;
    }
    switch (Reduction(instruction.mode)) {
    case Reduction::Add:
      total = T(uint32_t(*total) + uint32_t(values[lane]));
      break;
    case Reduction::Min:
      total = std::min(*total, values[lane]);
      break;
    case Reduction::Max:
      total = std::max(*total, values[lane]);
      break;
    case Reduction::And:
      total = *total & values[lane];
      break;
    case Reduction::Or:
      total = *total | values[lane];
      break;
    case Reduction::Xor:
      total = *total ^ values[lane];
      break;
    }
  });
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned) { return *total; });
}

void decodeReduce(InstructionDecoder &decoder) {
  if (!decoder.take("sync"))
    return decoder.fail("expected '.sync'");
  decoder.requireTarget(80);
  std::optional<unsigned> mode =
      decoder.takeOneOf({"add", "min", "max", "and", "or", "xor"});
  if (!mode)
    return decoder.fail("expected an operation");
  Type type = decoder.takeType();
  bool isLogic = *mode >= unsigned(Reduction::And);
  if (isLogic ? type != Type::B32 : type != Type::U32 && type != Type::S32)
    return decoder.fail("unsupported type '" + getName(type) + "'");
  decoder.instruction.mode = uint8_t(*mode);
  decoder.result(0, 4);
  decoder.source(1, type);
  decoder.source(2, Type::B32);
  decoder.instruction.handler =
      isSigned(type) ? reduce<int32_t> : reduce<uint32_t>;
}

} // namespace

ArrayRef<OpcodeEntry> getWarpOpcodes() {
  static const OpcodeEntry entries[] = {
      {"shfl", decodeShuffle},
      {"vote", decodeVote},
      {"activemask", decodeActiveMask},
      {"redux", decodeReduce},
  };
  return entries;
}

} // namespace mml::ptx
