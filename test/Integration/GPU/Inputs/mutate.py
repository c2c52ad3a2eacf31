# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that mistakes in kernels are noticed, by making some.

Usage: mutate.py TOKENS STANDIN FOLDER

A contraction is compiled, and the PTX in it changed in one place at a time:
without a barrier, with a bound that is one too large, with dp4a of unsigned
activations, with two registers of a matrix exchanged. Each has to end in an
error of the driver or in another answer.
"""

import pathlib
import random
import re
import subprocess
import sys

import runner

tokens, standin, folder = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
numbers = random.Random(0)
DEPTH, OUTPUTS = 200, 70

source, model = folder / "source.mlir", folder / "model.mlir"
x, y = folder / "x.npy", folder / "y.npy"
trits = bytes(numbers.choices((0, 1, 255), k=DEPTH * OUTPUTS))
source.write_text(runner.make_contraction("main", tokens, DEPTH, OUTPUTS, True, trits))
runner.write_npy(x, (tokens, DEPTH), "|i1", numbers.randbytes(tokens * DEPTH))
expected = runner.run([source, "--input", x, "--output", y, "--kernel", "reference"], None)
assert expected.returncode == 0, expected.stderr
text = subprocess.run(["mml-opt", str(source), "--mml-gpu"], capture_output=True, text=True,
                      check=True).stdout


def run(mutant):
    model.write_text(mutant)
    return runner.run([model, "--target", "cuda", "--input", x, "--expect", y, "--tolerance", 0],
                      standin)


# In the module the text of the kernels is a string: \09 is a tab, \0A ends a line.
MISTAKES = {
    "barrier": (r"\\09bar\.sync \\09?0;|\\09bar\.sync \\090;", lambda m: "\\09// none"),
    "bound": (r"(\\09setp\.(?:gt|ge|lt|le)\.[us]\d\d \\09%p\d+, %\w+, )(\d+);",
              lambda m: f"{m.group(1)}{int(m.group(2)) + 1};"),
    "sign": (r"dp4a\.s32\.s32", lambda m: "dp4a.u32.u32"),
    "lane": (r"(mma\.sync\.[\w.]+\\0A\\09\\09\{[^}]*\},\\0A\\09\\09\{ ?)(%r\d+), (%r\d+)",
             lambda m: f"{m.group(1)}{m.group(3)}, {m.group(2)}"),
}
process = run(text)
assert process.returncode == 0, process.stdout + process.stderr
missed = 0
for name, (pattern, change) in MISTAKES.items():
    places = [m for m in re.finditer(pattern, text)]
    if len(places) > 12:
        places = numbers.sample(places, 12)
    noticed = 0
    for match in places:
        process = run(text[:match.start()] + change(match) + text[match.end():])
        # An error of the driver, or another answer; never a crash.
        if process.returncode in (1, 3):
            noticed += 1
        else:
            line = text[match.start():match.end()]
            print(f"{name}: exit code {process.returncode} for {line!r} at {match.start()}",
                  process.stderr)
    missed += len(places) - noticed
    print(f"{name}: {noticed} of {len(places)} are noticed")
sys.exit(missed != 0)
