# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles each golden model for a GPU, to PTX or further.

Usage: compile_goldens.py FOLDER PIPELINE-OPTIONS
"""

import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
options = sys.argv[2]
failures = count = 0
for model in sorted(folder.glob("*/model.keras")):
    text = subprocess.run(["mml-translate", "--import-keras", str(model)],
                          capture_output=True, check=True).stdout
    run = subprocess.run(["mml-opt", f"--mml-gpu={options}"], input=text, capture_output=True)
    count += 1
    if run.returncode != 0 or run.stdout.count(b"gpu.binary") != 1:
        failures += 1
        print(model.parent.name, "exit code", run.returncode, run.stderr.decode(), sep="\n")
print(count - failures, "of", count, "models are compiled")
sys.exit(failures != 0 or count == 0)
