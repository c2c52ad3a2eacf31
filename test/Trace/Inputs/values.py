# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes .npy files that traces read.

Usage: values.py input FILE          rows with ordinary numbers, NaN and infinity
       values.py change FILE BYTE    another byte at that place of the data
"""

import pathlib
import struct
import sys

HEADER = 128


def write(path, shape, values):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", HEADER - 10)
    head += text.encode().ljust(HEADER - 11) + b"\n"
    path.write_bytes(head + struct.pack(f"<{len(values)}f", *values))


what, path = sys.argv[1], pathlib.Path(sys.argv[2])
if what == "input":
    write(path, (2, 4), [1.5, -2.0, 0.0, 3.0, float("nan"), float("inf"), -4.0, 1.0])
else:
    data = bytearray(path.read_bytes())
    data[HEADER + int(sys.argv[3])] ^= 1
    path.write_bytes(data)
