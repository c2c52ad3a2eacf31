# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says whether an object has about the bytes of a file less of read-only data than
another.

Usage: sizes.py BESIDE.o WEIGHTS INSIDE.o
"""
import os
import subprocess
import sys


def get_constants(path):
    """The bytes of an object's sections of read-only data."""
    sizes = subprocess.run(["llvm-size", "-A", path], check=True, capture_output=True, text=True)
    sections = [line.split() for line in sizes.stdout.splitlines()]
    return sum(int(words[1]) for words in sections if words and words[0].startswith(".rodata"))


beside, weights, inside = sys.argv[1:]
saved, expected = get_constants(inside) - get_constants(beside), os.path.getsize(weights)
# What aligns constants differs.
is_smaller = abs(saved - expected) < 0.1 * expected
print("the object is smaller by the weights" if is_smaller else (saved, expected))
