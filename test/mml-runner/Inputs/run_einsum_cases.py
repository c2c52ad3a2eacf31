#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
"""Runs einsum cases through `mml-runner --einsum` and compares what comes out.

usage: run_einsum_cases.py CASES FOLDER TYPE [FIRST COUNT [STEP [OPTION...]]]

CASES is a JSON file as test/Data/einsum/README.md describes it, FOLDER is for
arrays, TYPE is i32 or f32. Every STEP-th of COUNT cases is run, from number FIRST
on, with further OPTIONs of mml-runner. Results are compared exactly; a refused
case has to end with one line that names a column.
"""
import ast
import json
import os
import re
import struct
import subprocess
import sys

FORMATS = {"i32": ("<i4", "i"), "f32": ("<f4", "f")}


def write_array(path, kind, shape, values):
    """Writes an .npy file of format 1.0."""
    descr, code = FORMATS[kind]
    header = repr({"descr": descr, "fortran_order": False,
                   "shape": tuple(shape)})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode())
        file.write(struct.pack(f"<{len(values)}{code}", *values))


def read_array(path, kind):
    """Reads the shape and the elements of an .npy file."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + size].decode())
    descr, code = FORMATS[kind]
    assert header["descr"] == descr and not header["fortran_order"], header
    count = (len(data) - 10 - size) // 4
    return (list(header["shape"]),
            list(struct.unpack(f"<{count}{code}", data[10 + size:])))


def count_elements(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def run_case(case, folder, kind, options):
    """What is wrong with the answer for `case`, or nothing."""
    command = ["mml-runner", "--einsum", case["equation"], *options]
    for n, shape in enumerate(case["shapes"]):
        path = os.path.join(folder, f"operand{n}.npy")
        values = [(i * 7 + 3 * n + 2) % 11 - 5
                  for i in range(count_elements(shape))]
        write_array(path, kind, shape, values)
        command += ["--input", path]
    output = os.path.join(folder, "result.npy")
    if os.path.exists(output):
        os.remove(output)
    command += ["--output", output]
    process = subprocess.run(command, capture_output=True, text=True)
    if "refused" in case:
        if process.returncode not in (1, 2):
            return f"exit code {process.returncode}, expected 1 or 2"
        if not re.fullmatch(r"mml-runner: error: --einsum: column \d+: .+\n",
                            process.stderr):
            return "expected one line with a column but got " + process.stderr
        return None
    if process.returncode != 0 or process.stderr or process.stdout:
        return (f"exit code {process.returncode}: "
                f"{process.stdout}{process.stderr}")
    shape, values = read_array(output, kind)
    if shape != case["result_shape"] or values != case["result"]:
        return f"got {shape} {values}"
    return None


def main():
    path, folder, kind = sys.argv[1:4]
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    if len(sys.argv) > 4:
        first, count = int(sys.argv[4]), int(sys.argv[5])
        step = int(sys.argv[6]) if len(sys.argv) > 6 else 1
        cases = cases[first:first + count:step]
    os.makedirs(folder, exist_ok=True)
    failures = 0
    for case in cases:
        message = run_case(case, folder, kind, sys.argv[7:])
        if message:
            failures += 1
            print(f"{case}\n  {message}")
    print(f"{len(cases)} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
