//===- Atomic.cpp - Atomic operations -------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Floats.h"
#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

namespace {

template <typename T> struct Exchange {
  static T apply(T, T operand) { return operand; }
};
template <typename T> struct Add {
  static T apply(T value, T operand) {
    if constexpr (std::is_floating_point_v<T>) {
      T sum = value + operand;
      return sum == sum || sizeof(T) == 8 ? sum : T(getCanonicalNaN());
    } else {
      return T(uint64_t(value) + uint64_t(operand));
    }
  }
};
template <typename T> struct Minimum {
  static T apply(T value, T operand) { return std::min(value, operand); }
};
template <typename T> struct Maximum {
  static T apply(T value, T operand) { return std::max(value, operand); }
};
template <typename T> struct And {
  static T apply(T value, T operand) { return value & operand; }
};
template <typename T> struct Or {
  static T apply(T value, T operand) { return value | operand; }
};
template <typename T> struct Xor {
  static T apply(T value, T operand) { return value ^ operand; }
};
/// Counts up to the operand, then from zero.
template <typename T> struct Increment {
  static T apply(T value, T operand) {
    return value >= operand ? T(0) : T(value + 1);
  }
};
template <typename T> struct Decrement {
  static T apply(T value, T operand) {
    return value == 0 || value > operand ? operand : T(value - 1);
  }
};

/// Counts the accesses of a warp as those of a read and a write.
void countAtomic(Warp &warp, const Instruction &instruction,
                 const uint64_t *addresses, uint32_t mask, unsigned size) {
  uint64_t resolved[warpSize];
  uint32_t masks[2] = {};
  forEachLane(mask, [&](unsigned lane) {
    resolved[lane] = addresses[lane];
    Space space = instruction.space;
    if (space == Space::Generic)
      space = Warp::resolve(resolved[lane]);
    masks[space == Space::Shared] |= 1u << lane;
  });
  for (bool isWrite : {false, true}) {
    if (masks[0])
      warp.countGlobal(resolved, masks[0], size, isWrite);
    if (masks[1])
      warp.countShared(instruction, resolved, masks[1], size, isWrite);
  }
}

/// The threads of a warp one after the other. red has no result.
template <typename T, template <typename> class Operation>
void update(Warp &warp, const Instruction &instruction, uint32_t mask) {
  uint64_t addresses[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, addresses);
  T operands[warpSize];
  std::copy_n(warp.read<T>(instruction.source(1)), warpSize, operands);
  T *result =
      instruction.results ? warp.write<T>(instruction.result(0)) : nullptr;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint8_t *bytes = warp.getAtomic(instruction, instruction.space,
                                    addresses[lane], int(lane), sizeof(T));
    if (!bytes)
      return;
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    T updated = Operation<T>::apply(value, operands[lane]);
    std::memcpy(bytes, &updated, sizeof(T));
    if (result)
      result[lane] = value;
  }
  countAtomic(warp, instruction, addresses, mask, sizeof(T));
}

template <typename T>
void compareAndSwap(Warp &warp, const Instruction &instruction, uint32_t mask) {
  uint64_t addresses[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, addresses);
  T expected[warpSize], operands[warpSize];
  std::copy_n(warp.read<T>(instruction.source(1)), warpSize, expected);
  std::copy_n(warp.read<T>(instruction.source(2)), warpSize, operands);
  T *result = warp.write<T>(instruction.result(0));
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint8_t *bytes = warp.getAtomic(instruction, instruction.space,
                                    addresses[lane], int(lane), sizeof(T));
    if (!bytes)
      return;
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    if (value == expected[lane])
      std::memcpy(bytes, &operands[lane], sizeof(T));
    result[lane] = value;
  }
  countAtomic(warp, instruction, addresses, mask, sizeof(T));
}

enum class Kind {
  Bits32,
  Bits64,
  Unsigned32,
  Unsigned64,
  Signed32,
  Signed64,
  Float32,
  Float64,
  Other
};

Kind getKind(Type type) {
  switch (type) {
  case Type::B32:
    return Kind::Bits32;
  case Type::B64:
    return Kind::Bits64;
  case Type::U32:
    return Kind::Unsigned32;
  case Type::U64:
    return Kind::Unsigned64;
  case Type::S32:
    return Kind::Signed32;
  case Type::S64:
    return Kind::Signed64;
  case Type::F32:
    return Kind::Float32;
  case Type::F64:
    return Kind::Float64;
  default:
    return Kind::Other;
  }
}

/// Bits, for the operations that do not calculate.
template <template <typename> class Operation> Handler pickBits(Kind kind) {
  if (kind == Kind::Bits32)
    return update<uint32_t, Operation>;
  if (kind == Kind::Bits64)
    return update<uint64_t, Operation>;
  return nullptr;
}

template <template <typename> class Operation> Handler pickExtremum(Kind kind) {
  switch (kind) {
  case Kind::Unsigned32:
    return update<uint32_t, Operation>;
  case Kind::Unsigned64:
    return update<uint64_t, Operation>;
  case Kind::Signed32:
    return update<int32_t, Operation>;
  case Kind::Signed64:
    return update<int64_t, Operation>;
  default:
    return nullptr;
  }
}

Handler pickAdd(Kind kind) {
  switch (kind) {
  case Kind::Unsigned32:
  case Kind::Signed32:
    return update<uint32_t, Add>;
  case Kind::Unsigned64:
    return update<uint64_t, Add>;
  case Kind::Float32:
    return update<float, Add>;
  case Kind::Float64:
    return update<double, Add>;
  default:
    return nullptr;
  }
}

Handler pickUpdate(unsigned operation, Kind kind) {
  switch (operation) {
  case 0:
    return pickAdd(kind);
  case 1:
    return pickExtremum<Minimum>(kind);
  case 2:
    return pickExtremum<Maximum>(kind);
  case 3:
    return kind == Kind::Unsigned32 ? update<uint32_t, Increment> : Handler();
  case 4:
    return kind == Kind::Unsigned32 ? update<uint32_t, Decrement> : Handler();
  case 5:
    return pickBits<And>(kind);
  case 6:
    return pickBits<Or>(kind);
  case 7:
    return pickBits<Xor>(kind);
  case 8:
    return pickBits<Exchange>(kind);
  default:
    return nullptr;
  }
}

void decodeAtomic(InstructionDecoder &decoder) {
  decoder.orderBlocks();
  bool hasResult = decoder.getOpcode() == "atom";
  for (StringRef order : {"relaxed", "acquire", "release", "acq_rel"})
    if (decoder.take(order))
      break;
  for (StringRef scope : {"cta", "cluster", "gpu", "sys"})
    if (decoder.take(scope))
      break;
  Space space = decoder.takeSpace();
  if (space != Space::Generic && space != Space::Global &&
      space != Space::Shared)
    return decoder.fail("unsupported state space");
  bool isCompare = hasResult && decoder.take("cas");
  std::optional<unsigned> operation;
  if (!isCompare) {
    operation = decoder.takeOneOf(
        {"add", "min", "max", "inc", "dec", "and", "or", "xor", "exch"});
    if (!operation || (!hasResult && *operation == 8))
      return decoder.fail("expected an atomic operation");
  }
  Type type = decoder.takeType();
  unsigned next = 0;
  if (hasResult)
    decoder.resultOrSink(&decoder.getOperand(next++), getSize(type));
  decoder.address(next++, space);
  decoder.source(next++, type);
  if (isCompare)
    decoder.source(next++, type);
  Instruction &instruction = decoder.instruction;
  if (!isCompare)
    instruction.handler = pickUpdate(*operation, getKind(type));
  else if (type == Type::B32)
    instruction.handler = compareAndSwap<uint32_t>;
  else if (type == Type::B64)
    instruction.handler = compareAndSwap<uint64_t>;
}

} // namespace

ArrayRef<OpcodeEntry> getAtomicOpcodes() {
  static const OpcodeEntry entries[] = {
      {"atom", decodeAtomic},
      {"red", decodeAtomic},
  };
  return entries;
}

} // namespace mml::ptx
