# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the integers of contractions on the stand-in with plain loops.

Usage: random_shapes.py COUNT STANDIN FOLDER [TOKENSxDEPTHxOUTPUTS...]

Shapes are drawn anew each time, around the sizes of tiles, with numbers of
tokens that are static or not. Some have the largest sums there can be. The first
ones are those that are given, once with a number of tokens that is static and once
with one that is not.
"""

import os
import pathlib
import random
import secrets
import sys

import runner

count, standin, folder = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
seed = os.environ.get("MML_TEST_SEED") or str(secrets.randbits(32))
numbers = random.Random(seed)
CHIPS = ("7.5", "8.0", "9.0")


def draw_size(unit, most):
    """A size near a multiple of `unit`, or any."""
    size = unit * numbers.randint(0, most // unit) + numbers.randint(-2, 2)
    return min(max(size, 1), most) if numbers.random() < 0.6 else numbers.randint(1, most)


given = [[*map(int, shape.split("x")), is_static] for shape in sys.argv[4:]
         for is_static in (True, False)]
failures = done = 0
while done < count:
    depth, outputs = draw_size(64, 320), draw_size(32, 270)
    tokens = draw_size(16, 140) if numbers.random() < 0.6 else numbers.randint(1, 9)
    is_static = numbers.random() < 0.4
    if done < len(given):
        tokens, depth, outputs, is_static = given[done]
    trits = bytes(numbers.choices((0, 1, 255), k=depth * outputs))
    data = numbers.randbytes(tokens * depth)
    if numbers.random() < 0.2:
        data = bytes([numbers.choice((128, 127))]) * len(data)
        trits = bytes([numbers.choice((1, 255))]) * len(trits)
    model, x, y = folder / "model.mlir", folder / "x.npy", folder / "y.npy"
    model.write_text(runner.make_contraction("main", tokens, depth, outputs, is_static, trits))
    runner.write_npy(x, (tokens, depth), "|i1", data)
    expected = runner.run([model, "--input", x, "--output", y, "--kernel", "reference",
                           "--threads", 1], None)
    chip = numbers.choice(CHIPS)
    process = runner.run([model, "--target", "cuda", "--input", x, "--expect", y, "--tolerance", 0],
                         standin, chip=chip)
    done += 1
    if expected.returncode != 0 or process.returncode != 0:
        failures += 1
        print(f"{tokens} tokens, depth {depth}, {outputs} outputs, static {is_static}, chip {chip}:",
              expected.stderr, process.stdout, process.stderr)
if failures:
    print(f"seed {seed}")
print(count - failures, "of", count, "shapes are right")
sys.exit(failures != 0)
