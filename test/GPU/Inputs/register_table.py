# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what kernels take of a processor, for each chip, as ptxas says.

Usage: register_table.py MODEL.mlir FOLDER [--compare TABLE]

A line of the table is a chip, a kernel, its threads a block, registers a thread,
bytes of spilled registers, bytes of shared memory, and theoretical occupancy: the
part of a processor's warps that fit it at the same time.

With --compare it is an error where the table in the file is another one. What
another version of ptxas allocates is not compared, but that there are the same
kernels, and no spills.
"""

import pathlib
import re
import subprocess
import sys

# Of a processor: threads, blocks, bytes of shared memory, bytes of it that a
# block takes beside its own (compute capabilities in the CUDA C++ guide).
CHIPS = {"sm_75": (1024, 16, 64 << 10, 0), "sm_80": (2048, 32, 164 << 10, 1 << 10),
         "sm_86": (1536, 16, 100 << 10, 1 << 10), "sm_89": (1536, 24, 100 << 10, 1 << 10),
         "sm_90": (2048, 32, 228 << 10, 1 << 10)}
REGISTERS, WARP, WARP_REGISTERS, SHARED_UNIT = 64 << 10, 32, 256, 128


def get_occupancy(chip, threads, registers, shared):
    most_threads, most_blocks, most_shared, own = CHIPS[chip]
    warps = -(-threads // WARP)
    warp_registers = -(-registers * WARP // WARP_REGISTERS) * WARP_REGISTERS
    block_shared = -(-(shared + own) // SHARED_UNIT) * SHARED_UNIT
    blocks = min(most_threads // threads, most_blocks,
                 REGISTERS // warp_registers // warps, most_shared // max(block_shared, 1))
    return blocks * warps * WARP / most_threads


def measure(chip, model, folder):
    ptx = folder / f"{chip}.ptx"
    subprocess.run(["mml-runner", model, "--target", "cuda", "--gpu-chip", chip, "--emit", "ptx",
                    "-o", str(ptx)], check=True)
    threads = dict(re.findall(r"\.entry (\w+)\([^)]*\)\s*\.maxntid (\d+)", ptx.read_text()))
    text = subprocess.run(["ptxas", f"-arch={chip}", "-v", str(ptx), "-o", str(folder / "cubin")],
                          check=True, capture_output=True, text=True).stderr
    rows = re.findall(r"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes "
                      r"spill loads.*?Used (\d+) registers(?:[^\n]*?(\d+) bytes smem)?", text, re.S)
    for kernel, stored, loaded, registers, shared in sorted(rows):
        used = get_occupancy(chip, int(threads[kernel]), int(registers), int(shared or 0))
        yield [chip, kernel, threads[kernel], registers, str(int(stored) + int(loaded)),
               shared or "0", f"{100 * used:.0f}%"]


model, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
version = re.search(r"release ([\d.]+)", subprocess.run(
    ["ptxas", "--version"], check=True, capture_output=True, text=True).stdout).group(1)
rows = [row for chip in CHIPS for row in measure(chip, model, folder)]
head = ["chip", "kernel", "threads", "registers", "spilled", "shared", "occupancy"]
widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
lines = [f"ptxas {version}"] + ["  ".join(cell.ljust(width) for cell, width in
                                          zip(row, widths)).rstrip() for row in [head] + rows]
print("\n".join(lines))
if len(sys.argv) > 3:
    expected = pathlib.Path(sys.argv[4]).read_text(encoding="utf-8").splitlines()
    if expected[0] == lines[0] and expected != lines:
        sys.exit(f"expected the table in {sys.argv[4]}; where the new one is right, write it there")
    kernels = [line.split()[:2] for line in expected[2:]]
    if kernels != [row[:2] for row in rows] or any(row[4] != "0" for row in rows):
        sys.exit(f"expected the kernels in {sys.argv[4]}, without spills")
