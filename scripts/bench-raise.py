#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times a ternary model of another front end before and after mml-raise-ternary.

    scripts/bench-raise.py BUILD [--form FORM] [--batch N,...] [--threads N]
    scripts/bench-raise.py BUILD --form FORM --widths N,... --write model.mlir

Both forms of the model go through the same pipeline, mml-cpu, in which products of
floats are vectorized and blocked; the answers of one are compared with those of the
other. They take turns, and the figures are medians. docs/Benchmarks.md has some.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import raise_model

TURNS = 3


def run(command):
    result = subprocess.run(command, check=False, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"{result.stderr}{command[0]} failed with exit status "
                 f"{result.returncode}")
    return result.stdout


def time_of(runner, model, options, calls):
    """The median milliseconds of a call."""
    answer = json.loads(run([runner, model, *options, "--benchmark", str(calls),
                             "--json"]))
    return answer["benchmark"]["median_ms"]


def sizes(text):
    """A comma-separated list of numbers from 1 on."""
    numbers = [int(number) for number in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError(
            f"expected numbers from 1 on but got '{text}'")
    return numbers


def measure(tools, folder, form, widths, batches, threads):
    before, after = folder / f"{form}.mlirbc", folder / f"{form}-raised.mlirbc"
    text = folder / f"{form}.mlir"
    text.write_text(raise_model.make(form, widths), encoding="ascii")
    run([tools / "mml-opt", text, "--emit-bytecode", "-o", before])
    # Both change the order of sums.
    option = "" if form == "integers" else "=reassociate"
    run([tools / "mml-opt", before, f"--mml-raise-ternary{option}",
         "--emit-bytecode", "-o", after])
    runner = tools / "mml-runner"
    for batch in batches:
        options = ["--batch", str(batch), "--threads", str(threads)]
        answer = folder / "y.npy"
        run([runner, before, *options, "--output", answer])
        same = run([runner, after, *options, "--expect", answer])
        calls = max(5, 200 // batch)
        times = [(time_of(runner, before, options, calls),
                  time_of(runner, after, options, calls)) for _ in range(TURNS)]
        slow, fast = (statistics.median(column) for column in zip(*times))
        words = "equal" if ": equal" in same else "to rounding"
        print(f"{form:<10}{batch:>6}{slow:>11.3f}{fast:>10.3f}{slow / fast:>8.1f}x"
              f"  {words}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--form", choices=raise_model.FORMS)
    parser.add_argument("--widths", type=sizes, default="2048,2048,2048,2048")
    parser.add_argument("--batch", type=sizes, default="1,8,64")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", type=pathlib.Path)
    arguments = parser.parse_args()
    widths = arguments.widths
    forms = [arguments.form] if arguments.form else raise_model.FORMS
    if arguments.write:
        arguments.write.write_text(raise_model.make(forms[0], widths),
                                   encoding="ascii")
        return
    print(f"layers {' -> '.join(map(str, widths))}, threads {arguments.threads}; "
          f"medians of {TURNS} turns")
    print(f"{'form':<10}{'batch':>6}{'before ms':>11}{'after ms':>10}{'faster':>9}"
          "  answers")
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            measure(arguments.build / "bin", pathlib.Path(folder), form, widths,
                    arguments.batch, arguments.threads)


if __name__ == "__main__":
    main()
