# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lets each call of the driver fail in turn.

Usage: fail_each.py MODEL STANDIN FOLDER

Each time mml-runner has to end with one line, that names the call, and an exit
code that says whose fault it is; nothing may be left on the device.
"""

import pathlib
import sys

import runner

model, standin, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
report = folder / "report.json"
command = [model, "--target", "cuda", "--seed", 1, "--output", folder / "y.npy"]
process = runner.run(command, standin, report=report)
assert process.returncode == 0, process.stderr
calls = runner.read_report(report)["callCount"]
failures = 0
for number in range(1, calls + 1):
    process = runner.run(command, standin, report=report, fail=f"{number}=999")
    lines = [line for line in process.stderr.splitlines()
             if line.startswith("mml-runner: error: ")]
    counts = runner.read_report(report)
    leaked = {kind: n for kind, n in counts["leaked"].items() if n}
    # What fails when all is released changes no answer.
    is_late = process.returncode == 0 and not lines
    is_said = process.returncode in (1, 4) and len(lines) == 1 and "failed" in lines[0]
    if not (is_said or is_late) or leaked:
        failures += 1
        print(f"call {number}: exit code {process.returncode}", process.stderr, leaked)
print(f"{calls - failures} of {calls} calls fail as they should")
sys.exit(failures != 0)
