#!/usr/bin/env python3
"""Writes the elements of .npy files, in the order of memory, to other files:
raw.py FROM.npy TO FROM.npy TO ..."""
import pathlib
import struct
import sys

for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    data = pathlib.Path(source).read_bytes()
    width, form = (2, "<H") if data[6] == 1 else (4, "<I")
    (length,) = struct.unpack(form, data[8:8 + width])
    pathlib.Path(target).write_bytes(data[8 + width + length:])
