#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Classifies handwritten digits with a trained ternary network.

Compiles model.keras with mml-runner, feeds it the 360 held-out images, shows
some of them and compares with what Keras answered for the same file. Needs
Python's standard library only.
"""
import argparse
import array
import ast
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SIDE = 8  # the images are 8 x 8
COLUMNS = 2 * SIDE  # a pixel is two characters wide, which makes it a square
GAP = 3
ROWS_OF_DIGITS = 2


def read_npy(path):
    """An .npy file of C-ordered float32 or int64: its shape, its numbers."""
    data = pathlib.Path(path).read_bytes()
    if data[:6] != b"\x93NUMPY":
        sys.exit(f"{path}: expected an .npy file")
    # The header's length has two bytes in version 1 and four later.
    width, form = (2, "<H") if data[6] == 1 else (4, "<I")
    start = 8 + width
    (length,) = struct.unpack(form, data[8:start])
    header = ast.literal_eval(data[start:start + length].decode("latin-1"))
    code = {"<f4": "f", "<i8": "q"}.get(header["descr"])
    if code is None or header["fortran_order"]:
        sys.exit(f"{path}: expected C-ordered float32 or int64 but got {header}")
    numbers = array.array(code, data[start + length:])
    if sys.byteorder == "big":
        numbers.byteswap()
    return header["shape"], numbers


def rows(shape, numbers):
    """The rows of a matrix."""
    return [numbers[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def shader():
    """How to draw a row of brightnesses: by colour, by blocks or in ASCII."""
    terminal = sys.stdout.isatty()
    if terminal and os.environ.get("TERM", "dumb") != "dumb" and "NO_COLOR" not in os.environ:
        # The grey ramp of the 256 colours: 232 (black) to 255 (white).
        return lambda pixels: "".join(
            f"\x1b[48;5;{232 + min(23, round(p * 23))}m  " for p in pixels) + "\x1b[0m"
    unicode = terminal and "utf" in (sys.stdout.encoding or "").lower()
    shades = " ░▒▓█" if unicode else " .:-=+*#%@"
    last = len(shades) - 1
    return lambda pixels: "".join(shades[round(p * last)] * 2 for p in pixels)


def draw(images, labels, answers, chosen):
    """Some images side by side, each with its label and the model's answer."""
    shade = shader()
    gap = " " * GAP
    for row in range(SIDE):
        print("  " + gap.join(shade(images[i][row * SIDE:(row + 1) * SIDE]) for i in chosen))
    captions = [[], []]
    for i in chosen:
        digit = prediction(answers[i])
        captions[0].append(f"label {labels[i]}")
        captions[1].append(f"says {digit} ({answers[i][digit]:.1%})" + (" *" if digit != labels[i] else ""))
    for caption in captions:
        print("  " + gap.join(text.ljust(COLUMNS) for text in caption).rstrip())
    print()


def prediction(answer):
    """The most probable class."""
    return max(range(len(answer)), key=answer.__getitem__)


def choose(count, wrong):
    """The first images, the last of them one that the model gets wrong."""
    chosen = [i for i in range(count + 1) if i not in wrong][:count - 1]
    return chosen + sorted(wrong)[:1]


def run(runner, output):
    """Compiles the model and runs it on all images."""
    command = [runner, HERE / "model.keras", "--input", HERE / "x0.npy",
               "--output", output, "--expect", HERE / "y0.npy"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        sys.exit(f"cannot run '{runner}': {error.strerror}; 'make' builds it")
    if done.returncode != 0:
        sys.stdout.flush()
        sys.exit(f"{done.stdout.rstrip()}\nmml-runner failed with exit status {done.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runner", type=pathlib.Path, help="the mml-runner to use",
                        default=HERE.parent.parent / "build/bin/mml-runner")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "y.npy"
        run(arguments.runner, output)
        shape, flat_answers = read_npy(output)
    expected_shape, expected = read_npy(HERE / "y0.npy")
    if shape != expected_shape:
        sys.exit(f"expected answers of shape {expected_shape} but got {shape}")
    images = rows(*read_npy(HERE / "x0.npy"))
    _, labels = read_npy(HERE / "labels.npy")
    answers = rows(shape, flat_answers)

    wrong = {i for i, answer in enumerate(answers) if prediction(answer) != labels[i]}
    width = shutil.get_terminal_size((80, 24)).columns
    a_row = max(1, min(6, (width - 2 + GAP) // (COLUMNS + GAP)))
    chosen = choose(ROWS_OF_DIGITS * a_row, wrong)
    print()
    for start in range(0, len(chosen), a_row):
        draw(images, labels, answers, chosen[start:start + a_row])
    if wrong & set(chosen):
        print("  * not what the label says\n")

    total = len(answers)
    right = total - len(wrong)
    difference = max(abs(a - b) for a, b in zip(flat_answers, expected))
    print(f"accuracy {right / total:.4f} ({right} of {total} held-out images)")
    print(f"largest difference from Keras' own outputs {difference:.2g}")


if __name__ == "__main__":
    main()
