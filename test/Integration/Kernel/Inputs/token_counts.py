# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a function with a contraction by the same trits for each number of tokens.

Usage: token_counts.py TOKENS,...
"""

import random
import sys

DEPTH, OUTPUTS = 150, 50

counts = [int(n) for n in sys.argv[1].split(",")]
draw = random.Random(7)
trits = [[draw.choice((-1, 0, 1)) for _ in range(OUTPUTS)] for _ in range(DEPTH)]
results = [f"tensor<{n}x{OUTPUTS}xi32>" for n in counts]
arguments = ", ".join(f"%x{i}: tensor<{n}x{DEPTH}xi8>" for i, n in enumerate(counts))
print(f"func.func @main({arguments}) -> ({', '.join(results)}) {{")
print(f"  %w = mml.constant #mml.trits<dense<{trits}> : tensor<{DEPTH}x{OUTPUTS}xi8>>"
      f" : tensor<{DEPTH}x{OUTPUTS}x!mml.trit>")
for i, (n, result) in enumerate(zip(counts, results)):
    print(f"  %z{i} = arith.constant dense<0> : {result}")
    print(f"  %y{i} = mml.contract bound(128)"
          f" ins(%x{i}, %w : tensor<{n}x{DEPTH}xi8>, tensor<{DEPTH}x{OUTPUTS}x!mml.trit>)"
          f" outs(%z{i} : {result}) -> {result}")
values = ", ".join(f"%y{i}" for i in range(len(counts)))
print(f"  return {values} : {', '.join(results)}\n}}")
