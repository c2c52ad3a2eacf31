#!/usr/bin/env python3
"""Calls four entries of a library: `all` has to give what `first`, `second` and
`third` give one behind the other. chain.py LIBRARY.so"""
import ctypes
import random
import sys

COLUMNS = 20


def call(library, entry, batch, data):
    """The bytes of the output; within a workspace of the size that is said."""
    size_of = getattr(library, f"shared_{entry}_workspace_size")
    size_of.restype = ctypes.c_size_t
    size = size_of(ctypes.c_int64(batch))
    workspace = (ctypes.c_ubyte * (size + 64))(*([0x5a] * (size + 64)))
    output = (ctypes.c_float * (batch * COLUMNS))()
    status = getattr(library, f"shared_{entry}")(
        ctypes.c_int64(batch), data, output, workspace, ctypes.c_size_t(size))
    if status != 0 or bytes(workspace[size:]) != b"\x5a" * 64:
        sys.exit(f"{entry}: status {status}, or written behind its workspace")
    return output


def main():
    library = ctypes.CDLL(sys.argv[1])
    for batch in (1, 3, 17):
        data = (ctypes.c_float * (batch * COLUMNS))(
            *(random.uniform(-1, 1) for _ in range(batch * COLUMNS)))
        step = data
        for entry in ("first", "second", "third"):
            step = call(library, entry, batch, step)
        if bytes(call(library, "all", batch, data)) != bytes(step):
            sys.exit(f"another answer for a batch of {batch}")
    print("all is first, second and third")


if __name__ == "__main__":
    main()
