# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs each golden model and compares with what Keras answers.

Usage: run_goldens.py FOLDER [options of mml-runner]
"""

import pathlib
import subprocess
import sys


def find(folder):
    return sorted(pathlib.Path(folder).glob("*/model.keras"))


def run(model, options):
    """Whether a model answers as Keras does, and what was said."""
    case = model.parent
    command = ["mml-runner", str(model), *options]
    for option, letter in (("--input", "x"), ("--expect", "y")):
        for i in range(len(list(case.glob(f"{letter}*.npy")))):
            command += [option, str(case / f"{letter}{i}.npy")]
    process = subprocess.run(command, capture_output=True, text=True)
    return (process.returncode == 0,
            f"{case.name}: exit code {process.returncode}\n{process.stdout}{process.stderr}")


def main():
    answers = [run(model, sys.argv[2:]) for model in find(sys.argv[1])]
    failures = [text for is_right, text in answers if not is_right]
    print("".join(failures), end="")
    print(len(answers) - len(failures), "of", len(answers), "cases are right")
    return bool(failures) or not answers


if __name__ == "__main__":
    sys.exit(main())
