# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asks mml-bench-layers for layers and compares its answers with plain loops.

Usage: ask_layers.py FOLDER, into which the files of a layer are written
"""

import json
import math
import pathlib
import struct
import subprocess
import sys

DEPTH, OUTPUTS, BATCH, LAYERS = 37, 5, 3, 7
SCALE = 4.0


def write(path, code, shape, values):
    header = repr({"descr": {"f": "<f4", "b": "|i1"}[code],
                   "fortran_order": False, "shape": tuple(shape)})
    # The length of the header is 2 bytes behind the magic number.
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
                     + header.encode() + struct.pack(f"<{len(values)}{code}", *values))


def read(path):
    data = path.read_bytes()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])


def layer(x, kernel, gain, bias):
    norm = math.sqrt(DEPTH / sum(value * value for value in x))
    x = [value * norm * factor for value, factor in zip(x, gain)]
    scale = 127 / max(abs(value) for value in x)
    x = [round(value * scale) for value in x]
    return [sum(value * row[m] for value, row in zip(x, kernel)) / (scale * SCALE)
            + bias[m] for m in range(OUTPUTS)]


folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
kernel = [[(7 * k * k + 5 * m * k + m) % 3 - 1 for m in range(OUTPUTS)] for k in range(DEPTH)]
gain = [1 + k % 4 / 8 for k in range(DEPTH)]
bias = [m / 4 - 0.5 for m in range(OUTPUTS)]
rows = [[math.sin(1 + 3 * row + k * k) for k in range(DEPTH)] for row in range(LAYERS * BATCH)]
write(folder / "kernel.npy", "b", [DEPTH, OUTPUTS], sum(kernel, []))
write(folder / "scale.npy", "f", [], [SCALE])
write(folder / "gain.npy", "f", [DEPTH], gain)
write(folder / "bias.npy", "f", [OUTPUTS], bias)
write(folder / "x.npy", "f", [len(rows), DEPTH], sum(rows, []))

# Layer i has the outputs moved on by i, around the end.
expected = []
for i, x in enumerate(rows):
    offset = i // BATCH % OUTPUTS
    expected += (2 * layer(x, kernel, gain, bias))[OUTPUTS - offset:2 * OUTPUTS - offset]

requests = [
    {"do": "time", "seconds": 0},
    {"do": "prepare", "layers": LAYERS, "inputs": str(folder / "x.npy")},
    {"do": "time", "seconds": 0},
    {"do": "answer", "output": str(folder / "y.npy")},
    {"do": "warm", "seconds": 0},
    {"do": "time", "seconds": 0.001},
    {"do": "prepare", "layers": 2, "inputs": str(folder / "x.npy")},
    {"do": "prepare", "inputs": str(folder / "kernel.npy")},
    {"do": "fly"},
    7,
]
run = subprocess.run(["mml-bench-layers", folder, "", "2"], text=True, capture_output=True,
                     input="".join(json.dumps(request) + "\n" for request in requests))
print(run.stdout, run.stderr, f"exit code {run.returncode}")
actual = read(folder / "y.npy")
print(len(actual), "of", len(expected), "numbers, largest difference below 1e-5:",
      max(abs(a - b) for a, b in zip(actual, expected)) < 1e-5)
