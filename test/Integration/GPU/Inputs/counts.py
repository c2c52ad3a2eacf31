# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what the kernel of a contraction reads and writes, as counted.

Usage: counts.py TOKENS DEPTH OUTPUTS STANDIN FOLDER

A function of i8 activations and constant trits is run; of the kernel it is
checked that it reads the packed weights by 16 bytes a lane, all of the bytes of
a transaction, with no bank conflict. Each packed byte is to be read once for up
to 64 tokens and for every tile of more, and for one less than 5 % beside it.
"""

import pathlib
import random
import sys

import runner

tokens, depth, outputs = map(int, sys.argv[1:4])
standin, folder = sys.argv[4], pathlib.Path(sys.argv[5])
folder.mkdir(parents=True, exist_ok=True)
numbers = random.Random(0)
SECTOR = 32

model, x, report = folder / "model.mlir", folder / "x.npy", folder / "report.json"
trits = bytes(numbers.choices((0, 1, 255), k=depth * outputs))
model.write_text(runner.make_contraction("main", tokens, depth, outputs, True, trits))
runner.write_npy(x, (tokens, depth), "|i1", numbers.randbytes(tokens * depth))
process = runner.run([model, "--target", "cuda", "--input", x, "--output", folder / "y.npy"],
                     standin, report=report)
if process.returncode != 0:
    sys.exit(process.stderr)
counts = runner.read_report(report)
if any(counts["leaked"].values()):
    sys.exit(f"leaked {counts['leaked']}")

kernels = [launch for launch in counts["launches"] if "contract" in launch["kernel"]]
assert len(kernels) == 1, "one kernel computes the contraction"
kernel = kernels[0]
packed = -(-depth // 16) * 4 * -(-outputs // 32) * 32
weights = [a for a in kernel["allocations"] if a["size"] == packed and a["reads"]["bytes"]]
assert len(weights) == 1, "one allocation has the packed weights"
reads = weights[0]["reads"]
traffic = sum(kernel[kind]["sectors"] for kind in ("globalReads", "globalWrites")) * SECTOR
print("widths of reads of weights:", *reads["widths"])
print("bytes of transactions for a byte of weights:", reads["sectors"] * SECTOR / reads["bytes"])
print("packed bytes that are read:", weights[0]["distinctBytesRead"], "of", packed)
print("each is read", reads["bytes"] / packed, "times")
print("beside them:", "less" if traffic < 1.05 * reads["bytes"] else "more", "than 5 %")
conflicts = kernel["sharedReads"]["conflicts"] + kernel["sharedWrites"]["conflicts"]
print("bank conflicts:", conflicts)
