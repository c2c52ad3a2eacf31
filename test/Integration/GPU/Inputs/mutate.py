# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that mistakes in kernels are noticed, by making some.

Usage: mutate.py TOKENS STANDIN FOLDER

A contraction is compiled, and the PTX in it changed in one place at a time:
without a barrier, with a bound that is one too large or too small, with dp4a of
unsigned activations, with two registers of a matrix exchanged. Each has to end in an
error of the driver or in another answer. A bound of a value that goes by
multiples is off by as many: that it is off by less changes nothing.
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
DEPTH, OUTPUTS = 254, 102
# What a value that is compared goes by at most: by 32 outputs of a block.
UNITS = (1, 2, 4, 8, 16, 32)

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


def find(pattern):
    """Where the text matches, each place a mistake of its own."""
    places = list(re.finditer(pattern, text))
    return [[place] for place in (numbers.sample(places, 12) if len(places) > 12 else places)]


def find_bounds():
    """Comparisons with a constant, those with the same one together: a bound is
    tested for each register, of which few are next to it."""
    places = {}
    for place in re.finditer(r"(setp\.(?:gt|ge|lt|le)\.[us]\d\d \\09%p\d+, %\w+, )(\d+);", text):
        places.setdefault(place.group(2), []).append(place)
    return list(places.values())


def swap(place):
    return f"{place.group(1)}{place.group(3)}, {place.group(2)}"


def move_bound(sign):
    return [lambda m, unit=unit: f"{m.group(1)}{max(int(m.group(2)) + sign * unit, 0)};"
            for unit in UNITS]


# In the module the text of the kernels is a string: \09 is a tab, \0A ends a line.
# A mistake is noticed where one of its changes is.
MISTAKES = [
    ("barrier", find(r"bar\.sync \\090;"), [lambda m: "// none"]),
    ("larger bound", find_bounds(), move_bound(1)),
    ("smaller bound", find_bounds(), move_bound(-1)),
    ("sign", find(r"dp4a\.u32\.s32"), [lambda m: "dp4a.u32.u32"]),
    ("lane", find(r"(mma\.sync\.[\w.]+\\0A\\09\\09\{[^}]*\},\\0A\\09\\09\{ ?)(%r\d+), (%r\d+)"),
     [swap]),
]


def is_noticed(places, change):
    """An error of the driver, or another answer; never a crash."""
    mutant = text
    for place in reversed(places):
        mutant = mutant[:place.start()] + change(place) + mutant[place.end():]
    return run(mutant).returncode in (1, 3)


process = run(text)
assert process.returncode == 0, process.stdout + process.stderr
missed = 0
for name, mistakes, changes in MISTAKES:
    noticed = 0
    for places in mistakes:
        if any(is_noticed(places, change) for change in changes):
            noticed += 1
        else:
            line = text[places[0].start():places[0].end()]
            print(f"{name}: nothing notices {line!r} at {places[0].start()}")
    missed += len(mistakes) - noticed
    print(f"{name}: {noticed} of {len(mistakes)} are noticed")
sys.exit(missed != 0)
