# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs each golden model and compares with what Keras answers.

Usage: run_goldens.py FOLDER [options of mml-runner]
"""

import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
options = sys.argv[2:]
failures = count = 0
for model in sorted(folder.glob("*/model.keras")):
    case = model.parent
    command = ["mml-runner", str(model), *options]
    for option, letter in (("--input", "x"), ("--expect", "y")):
        for i in range(len(list(case.glob(f"{letter}*.npy")))):
            command += [option, str(case / f"{letter}{i}.npy")]
    run = subprocess.run(command, capture_output=True, text=True)
    count += 1
    if run.returncode != 0:
        failures += 1
        print(case.name, "exit code", run.returncode, run.stdout, run.stderr, sep="\n")
print(count - failures, "of", count, "cases are right")
sys.exit(failures != 0 or count == 0)
