# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a net of twelve ternary layers, `layer_1` to `layer_12`.

Usage: make_net.py FILE [WIDTH]
"""

import random
import sys

path, width = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40
numbers = random.Random(0)
absmax = "#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>"
lines = [f"func.func @main(%x0: tensor<?x{width}xf32>) -> tensor<?x{width}xf32> {{"]
for i in range(1, 13):
    rows = [[numbers.choice((-1, 0, 1)) for _ in range(width)] for _ in range(width)]
    lines += [
        f"  %w{i} = mml.constant #mml.trits<dense<{rows}> : tensor<{width}x{width}xi8>>"
        f" : tensor<{width}x{width}x!mml.trit>",
        f"  %s{i} = arith.constant dense<{numbers.uniform(1, 4):.3f}> : tensor<f32>",
        f"  %x{i} = mml.dense %x{i - 1}, %w{i} scale(%s{i} divides) norm(1.0e-14)"
        f" quantizer({absmax}) activation(<tanh>)",
        f"    : (tensor<?x{width}xf32>, tensor<{width}x{width}x!mml.trit>, tensor<f32>)"
        f' -> tensor<?x{width}xf32> loc("layer_{i}")']
lines += [f"  return %x12 : tensor<?x{width}xf32>", "}"]
with open(path, "w", encoding="utf-8") as file:
    file.write("\n".join(lines) + "\n")
