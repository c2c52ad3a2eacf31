#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws contractions for contractions.c: a module with a function for each, and
what the program has to know of them.

    make_contractions.py FOLDER [--count N] [--large]

writes FOLDER/contractions.mlir and FOLDER/contractions.def. A function adds the
products of activations, [n, k] of i8, and constant trits [k, m]. N functions are
for any n, of which the program tries eight; some more are for one that is known
when they are compiled. MML_TEST_SEED=N in the environment draws the same ones
again.
"""
import argparse
import os
import pathlib
import random

MASK = (1 << 64) - 1
MAX_DEPTH, MAX_OUTPUTS, MAX_TOKENS = 700, 90, 40


def draw_trits(kind, seed, count):
    """Trits plus one. The program draws the same."""
    if kind != 0:
        return [kind + 1] * count
    codes, state = [], seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        codes.append((state >> 33) % 3)
    return codes


def pack(codes):
    """Four trits a byte, in hexadecimal, behind an alignment of 1."""
    codes = codes + [0] * (-len(codes) % 4)
    packed = bytes(codes[i] | codes[i + 1] << 2 | codes[i + 2] << 4
                   | codes[i + 3] << 6 for i in range(0, len(codes), 4))
    return "0x01000000" + packed.hex().upper()


FUNCTION = """\
func.func @contract{i}(%x: tensor<{n}x{k}xi8>) -> tensor<{n}x{m}xi32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %n = tensor.dim %x, %c0 : tensor<{n}x{k}xi8>
  %empty = tensor.empty({size}) : tensor<{n}x{m}xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<{n}x{m}xi32>) -> tensor<{n}x{m}xi32>
  %w = mml.constant #mml.trits<dense_resource<trits{i}> : tensor<{bytes}xui8>> : tensor<{k}x{m}x!mml.trit>
  %y = mml.contract bound(128) ins(%x, %w : tensor<{n}x{k}xi8>, tensor<{k}x{m}x!mml.trit>) outs(%zeros : tensor<{n}x{m}xi32>) -> tensor<{n}x{m}xi32>
  return %y : tensor<{n}x{m}xi32>
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--large", action="store_true",
                        help="add one that is worth threads")
    arguments = parser.parse_args()
    seed = int(os.environ.get("MML_TEST_SEED", random.randrange(1 << 32)))
    draw = random.Random(seed)

    def draw_case(n):
        return n, draw.randint(1, MAX_DEPTH), draw.randint(1, MAX_OUTPUTS), 0

    # The largest sums that there are, at the largest depth; then any.
    cases = [(None, MAX_DEPTH, 7, 1), (None, MAX_DEPTH, 7, -1)]
    while len(cases) < arguments.count:
        cases.append(draw_case(None))
    # Kernels have versions for few tokens, and tiles of more.
    cases += [draw_case(n) for n in (1, 3, draw.randint(5, 8), draw.randint(9, MAX_TOKENS))]
    if arguments.large:
        cases.append((None, 1030, 520, 0))
    batches = [1, 2, 3, 4] + [draw.randint(5, MAX_TOKENS) for _ in range(4)]

    functions, resources = [], []
    lines = [f"SEED({seed})"] + [f"BATCH({n})" for n in batches]
    for i, (n, k, m, kind) in enumerate(cases):
        trits = draw_trits(kind, seed + i, k * m)
        functions.append(FUNCTION.format(i=i, n=n or "?", k=k, m=m, size="" if n else "%n",
                                         bytes=-(-k * m // 4)))
        resources.append(f'trits{i}: "{pack(trits)}"')
        lines.append(f"CONTRACTION(contract{i}, {n or 0}, {k}, {m}, {kind}, {seed + i})")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (arguments.folder / "contractions.mlir").write_text(
        "".join(functions) + "{-#\n  dialect_resources: { builtin: {\n    "
        + ",\n    ".join(resources) + "\n  } }\n#-}\n", encoding="utf-8")
    (arguments.folder / "contractions.def").write_text(
        "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
