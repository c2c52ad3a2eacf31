//===- Matrix.cpp - Products of matrices by a warp ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which thread holds which elements is that of the PTX ISA: with `group` =
// lane / 4 and `member` = lane % 4, register r of A holds row group + 8 (r % 2)
// and, of 32 bits of elements each, the columns from member and 4 (r / 2) on;
// register r of B the rows from member and 4 r on, of column group. Register r
// of C and D holds row group + 8 (r / 2) and column 2 member + r % 2.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "FloatFormats.h"
#include "Warp.h"

#include <limits>

using namespace llvm;

namespace mml::ptx {

namespace {

/// Whether all threads are here, as `.aligned` asks.
bool checkWhole(Warp &warp, uint32_t mask) {
  if (mask == ~0u)
    return true;
  warp.fail(Fault::Kind::Failure, __builtin_ctz(~mask),
            "is not here for an instruction of the whole warp");
  return false;
}

/// A and B as rows along depth, of any number type; `perRegister` elements of
/// type \p T lie in a register. \p decode makes a number of an element.
template <typename T, typename Number, typename Decode>
void gather(Warp &warp, const Instruction &instruction, unsigned firstSource,
            unsigned registers, bool isLeft, unsigned depth, Number *rows,
            Decode decode) {
  constexpr unsigned perRegister = 4 / sizeof(T);
  for (unsigned r = 0; r < registers; ++r) {
    const T *elements = warp.read<T>(instruction.source(firstSource + r));
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      unsigned row = lane / 4 + (isLeft ? 8 * (r % 2) : 0);
      unsigned block = isLeft ? r / 2 : r;
      unsigned column = perRegister * (lane % 4 + 4 * block);
      for (unsigned i = 0; i < perRegister; ++i)
        rows[row * depth + column + i] =
            decode(elements[lane * perRegister + i]);
    }
  }
}

/// Registers of A, of B, and of C and D, in `elements`, `elementSize` and
/// `registerSize`; the depth is in `target`; `mode` says whether it saturates.
template <typename A, typename B>
void multiplyIntegers(Warp &warp, const Instruction &instruction,
                      uint32_t mask) {
  if (!checkWhole(warp, mask))
    return;
  constexpr unsigned maxDepth = 32;
  unsigned depth = instruction.target;
  unsigned aRegisters = instruction.elements;
  unsigned bRegisters = instruction.elementSize;
  unsigned cRegisters = instruction.registerSize;
  int16_t a[16 * maxDepth], b[8 * maxDepth];
  auto widen = [](auto value) { return int16_t(value); };
  gather<A>(warp, instruction, 0, aRegisters, true, depth, a, widen);
  gather<B>(warp, instruction, aRegisters, bRegisters, false, depth, b, widen);
  int32_t results[4][warpSize];
  for (unsigned r = 0; r < cRegisters; ++r) {
    const int32_t *c =
        warp.read<int32_t>(instruction.source(aRegisters + bRegisters + r));
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      const int16_t *row = a + (lane / 4 + 8 * (r / 2)) * depth;
      const int16_t *column = b + (2 * (lane % 4) + r % 2) * depth;
      int32_t sum = 0;
      for (unsigned k = 0; k < depth; ++k)
        sum += int32_t(row[k]) * int32_t(column[k]);
      int64_t exact = int64_t(sum) + c[lane];
      if (instruction.mode)
        exact = std::clamp<int64_t>(exact, std::numeric_limits<int32_t>::min(),
                                    std::numeric_limits<int32_t>::max());
      results[r][lane] = int32_t(exact);
    }
  }
  for (unsigned r = 0; r < cRegisters; ++r)
    std::copy_n(results[r], warpSize,
                warp.write<int32_t>(instruction.result(r)));
}

/// Sums of exact products in double precision, rounded once; a device rounds
/// in between, in an order that is not specified.
template <typename Format, bool isNarrow>
void multiplyFloats(Warp &warp, const Instruction &instruction, uint32_t mask) {
  if (!checkWhole(warp, mask))
    return;
  constexpr unsigned maxDepth = 16;
  unsigned depth = instruction.target;
  unsigned aRegisters = instruction.elements;
  unsigned bRegisters = instruction.elementSize;
  double a[16 * maxDepth], b[8 * maxDepth];
  auto decode = [](uint16_t bits) { return Format::decode(bits); };
  gather<uint16_t>(warp, instruction, 0, aRegisters, true, depth, a, decode);
  gather<uint16_t>(warp, instruction, aRegisters, bRegisters, false, depth, b,
                   decode);
  auto multiply = [&](unsigned r, unsigned lane, double sum) {
    const double *row = a + (lane / 4 + 8 * (r / 2)) * depth;
    const double *column = b + (2 * (lane % 4) + r % 2) * depth;
    for (unsigned k = 0; k < depth; ++k)
      sum += row[k] * column[k];
    return sum;
  };
  unsigned firstC = aRegisters + bRegisters;
  uint32_t results[4][warpSize];
  unsigned cRegisters = instruction.registerSize;
  for (unsigned r = 0; r < cRegisters; ++r) {
    const Operand &c = instruction.source(firstC + r);
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      if (!isNarrow) {
        double sum = multiply(r, lane, warp.read<float>(c)[lane]);
        results[r][lane] = bitCast<uint32_t>(toFloat(sum));
        continue;
      }
      // Two sums of a row lie in a register.
      uint32_t pair = warp.read<uint32_t>(c)[lane];
      uint16_t low = toHalf(multiply(2 * r, lane, fromHalf(uint16_t(pair))));
      uint16_t high =
          toHalf(multiply(2 * r + 1, lane, fromHalf(uint16_t(pair >> 16))));
      results[r][lane] = low | (uint32_t(high) << 16);
    }
  }
  for (unsigned r = 0; r < cRegisters; ++r)
    std::copy_n(results[r], warpSize,
                warp.write<uint32_t>(instruction.result(r)));
}

void takeMatrix(InstructionDecoder &decoder, unsigned i, unsigned registers,
                bool isResult) {
  const SyntaxOperand &operand = decoder.getOperand(i);
  bool isVector = operand.kind == SyntaxOperand::Kind::Vector;
  if ((isVector ? operand.elements.size() : 1) != registers)
    return decoder.fail("expected " + Twine(registers) +
                        " registers as operand " + Twine(i));
  for (unsigned j = 0; j < registers; ++j) {
    const SyntaxOperand &element = isVector ? operand.elements[j] : operand;
    if (isResult)
      decoder.result(element, 4);
    else
      decoder.source(element, Type::B32);
  }
}

void decodeMultiply(InstructionDecoder &decoder) {
  for (StringRef word : {"sync", "aligned", "row", "col"})
    if (!decoder.take(word))
      return decoder.fail("expected '." + word + "'");
  std::optional<unsigned> shape =
      decoder.takeOneOf({"m8n8k16", "m16n8k8", "m16n8k16", "m16n8k32"});
  if (!shape)
    return decoder.fail("unsupported shape");
  Instruction &instruction = decoder.instruction;
  instruction.mode = decoder.take("satfinite");
  Type d = decoder.takeType();
  Type a = decoder.takeType();
  Type b = decoder.takeType();
  Type c = decoder.takeType();
  bool isSmall = *shape == 0;
  unsigned depth = *shape == 1 ? 8 : *shape == 3 ? 32 : 16;
  bool isBytes =
      getSize(a) == 1 && getSize(b) == 1 && a != Type::B8 && b != Type::B8;
  bool isHalves = a == b && (a == Type::F16 || a == Type::BF16);
  if (isBytes && d == Type::S32 && c == Type::S32 && *shape != 1) {
    static constexpr Handler handlers[2][2] = {
        {multiplyIntegers<uint8_t, uint8_t>, multiplyIntegers<uint8_t, int8_t>},
        {multiplyIntegers<int8_t, uint8_t>, multiplyIntegers<int8_t, int8_t>}};
    instruction.handler = handlers[isSigned(a)][isSigned(b)];
    instruction.registerSize = isSmall ? 2 : 4;
  } else if (isHalves && c == d && !instruction.mode &&
             (*shape == 1 || *shape == 2) &&
             (d == Type::F32 || (d == Type::F16 && a == Type::F16))) {
    bool isNarrow = d == Type::F16;
    instruction.handler = a == Type::BF16 ? multiplyFloats<BF16, false>
                          : isNarrow      ? multiplyFloats<F16, true>
                                          : multiplyFloats<F16, false>;
    instruction.registerSize = isNarrow ? 2 : 4;
  } else {
    return decoder.fail("unsupported types of this shape");
  }
  bool isLarge = !isSmall && (isHalves ? *shape == 2 || a == Type::BF16 : true);
  decoder.requireTarget(isLarge ? 80 : 75);
  instruction.target = depth;
  unsigned size = isBytes ? 1 : 2;
  instruction.elements = uint8_t(depth * size / 16 * (isSmall ? 1 : 2));
  instruction.elementSize = uint8_t(depth * size / 16);
  takeMatrix(decoder, 0, instruction.registerSize, /*isResult=*/true);
  takeMatrix(decoder, 1, instruction.elements, /*isResult=*/false);
  takeMatrix(decoder, 2, instruction.elementSize, /*isResult=*/false);
  takeMatrix(decoder, 3, instruction.registerSize, /*isResult=*/false);
}

/// Eight rows of 16 bytes a matrix, their addresses from eight threads each.
/// `mode` says whether the matrices are transposed.
void loadMatrix(Warp &warp, const Instruction &instruction, uint32_t mask) {
  if (!checkWhole(warp, mask))
    return;
  unsigned count = instruction.elements;
  uint32_t readers = count == 4 ? ~0u : (1u << (8 * count)) - 1;
  uint64_t addresses[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, addresses);
  uint16_t rows[warpSize][8];
  for (unsigned lane = 0; lane < 8 * count; ++lane) {
    uint64_t address = addresses[lane];
    if (instruction.space == Space::Generic &&
        Warp::resolve(address) != Space::Shared)
      return warp.fail(Fault::Kind::IllegalAddress, int(lane),
                       "reads elsewhere than in shared memory");
    const uint8_t *row = warp.readShared(address, 16, int(lane));
    if (!row)
      return;
    std::memcpy(rows[lane], row, 16);
    addresses[lane] = address;
  }
  warp.countShared(instruction, addresses, readers, 16, /*isWrite=*/false);
  for (unsigned i = 0; i < count; ++i)
    writeLanes(warp.write<uint32_t>(instruction.result(i)), mask,
               [&](unsigned lane) {
                 const auto *matrix = rows + 8 * i;
                 unsigned group = lane / 4, first = 2 * (lane % 4);
                 uint16_t low = instruction.mode ? matrix[first][group]
                                                 : matrix[group][first];
                 uint16_t high = instruction.mode ? matrix[first + 1][group]
                                                  : matrix[group][first + 1];
                 return low | (uint32_t(high) << 16);
               });
}

void decodeLoadMatrix(InstructionDecoder &decoder) {
  for (StringRef word : {"sync", "aligned", "m8n8", "b16"})
    if (!decoder.take(word))
      return decoder.fail("expected '." + word + "'");
  std::optional<unsigned> count = decoder.takeOneOf({"x1", "x2", "x4"});
  if (!count)
    return decoder.fail("expected '.x1', '.x2' or '.x4'");
  decoder.requireTarget(75);
  Instruction &instruction = decoder.instruction;
  instruction.mode = decoder.take("trans");
  instruction.elements = uint8_t(1 << *count);
  Space space = decoder.takeSpace();
  if (space != Space::Shared && space != Space::Generic)
    return decoder.fail("expected '.shared'");
  takeMatrix(decoder, 0, instruction.elements, /*isResult=*/true);
  decoder.address(1, space);
  instruction.handler = loadMatrix;
}

} // namespace

ArrayRef<OpcodeEntry> getMatrixOpcodes() {
  static const OpcodeEntry entries[] = {
      {"mma", decodeMultiply},
      {"ldmatrix", decodeLoadMatrix},
  };
  return entries;
}

} // namespace mml::ptx
