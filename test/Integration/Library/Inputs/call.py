#!/usr/bin/env python3
"""Calls libraries of models by ctypes and compares with what Keras answered:
call.py FOLDER_OF_GOLDENS FOLDER NAME..., where FOLDER has NAME.so and NAME.h."""
import ast
import ctypes
import pathlib
import struct
import sys

FORMATS = {"<f4": "f", "|u1": "B", "|i1": "b", "<i4": "i", "<i8": "q", "<f8": "d", "<f2": "e"}


def read_npy(path):
    """Shape, format of an element for struct, and the bytes."""
    data = path.read_bytes()
    width, form = (2, "<H") if data[6] == 1 else (4, "<I")
    (length,) = struct.unpack(form, data[8:8 + width])
    header = ast.literal_eval(data[8 + width:8 + width + length].decode("latin-1"))
    return header["shape"], FORMATS[header["descr"]], data[8 + width + length:]


def difference(actual, expected, form):
    """The largest one, as a part of the largest number."""
    count = len(expected) // struct.calcsize(form)
    left = struct.unpack(f"<{count}{form}", actual)
    right = struct.unpack(f"<{count}{form}", expected)
    scale = max(map(abs, right), default=1) or 1
    return max((abs(a - b) for a, b in zip(left, right)), default=0) / scale


def check(golden, folder, name):
    library = ctypes.CDLL(str(folder / f"{name}.so"))
    inputs = [read_npy(path) for path in sorted(golden.glob("x*.npy"))]
    outputs = [read_npy(path) for path in
               sorted(golden.glob("y*.npy"), key=lambda path: int(path.stem[1:]))]
    batch = inputs[0][0][0]
    header = (folder / f"{name}.h").read_text()
    first = [ctypes.c_int64(batch)] if "(int64_t batch" in header else []
    size_of = getattr(library, f"{name}_main_workspace_size")
    size_of.restype = ctypes.c_size_t
    bytes_needed = size_of(*first)
    guard = b"\x5a" * 64
    buffers = [ctypes.create_string_buffer(len(data) + 64) for _, _, data in outputs]
    for buffer, (_, _, data) in zip(buffers, outputs):
        buffer[len(data):] = guard
    workspace = ctypes.create_string_buffer(bytes_needed + 64)
    workspace[bytes_needed:] = guard
    status = getattr(library, f"{name}_main")(
        *first, *(ctypes.c_char_p(data) for _, _, data in inputs), *buffers, workspace,
        ctypes.c_size_t(bytes_needed))
    if status != 0:
        return f"returned {status}"
    if workspace[bytes_needed:] != guard:
        return "wrote behind its workspace"
    for buffer, (shape, form, data) in zip(buffers, outputs):
        if buffer[len(data):] != guard:
            return "wrote behind an output"
        found = difference(buffer[:len(data)], data, form)
        if found > 1e-5:
            return f"an output of {shape} differs by {found}"
    return None


def main():
    goldens, folder, *names = sys.argv[1:]
    for name in names:
        problem = check(pathlib.Path(goldens) / name, pathlib.Path(folder), name)
        print(f"{name}: {problem or 'as Keras answers'}")


if __name__ == "__main__":
    main()
