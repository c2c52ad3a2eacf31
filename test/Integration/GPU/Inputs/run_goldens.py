# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs each golden model on the stand-in and compares with what Keras answers.

Usage: run_goldens.py FOLDER STANDIN CHIP
"""

import pathlib
import sys

import runner

folder, standin, chip = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
failures = count = 0
for model in sorted(folder.glob("*/model.keras")):
    case = model.parent
    command = [model, "--target", "cuda"]
    for option, letter in (("--input", "x"), ("--expect", "y")):
        for i in range(len(list(case.glob(f"{letter}*.npy")))):
            command += [option, case / f"{letter}{i}.npy"]
    process = runner.run(command, standin, chip=chip)
    count += 1
    if process.returncode != 0:
        failures += 1
        print(case.name, "exit code", process.returncode, process.stdout, process.stderr, sep="\n")
print(count - failures, "of", count, "cases are right")
sys.exit(failures != 0 or count == 0)
