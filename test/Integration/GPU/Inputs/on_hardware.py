# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs on the first GPU of this machine what the tests run on the stand-in.

Usage: on_hardware.py FOLDER TESTS SHAPES

FOLDER is for files in between, TESTS the folder `test`, SHAPES how many random
shapes to try, at least one. mml-runner is on the path. Golden models answer what
Keras answers, integers of random shapes are those of plain loops, and the
functions of forms.test answer what they do on cores.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(sys.argv[2]) / "Import/Inputs"))
import run_goldens
import runner

folder, tests, shapes = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
if shapes < 1:
    sys.exit(f"on_hardware.py: expected at least one random shape but got {shapes}")
MOST_GROUPS = 10
folder.mkdir(parents=True, exist_ok=True)
inputs = pathlib.Path(__file__).parent


def run_golden(model):
    return run_goldens.run(model, ["--target", "cuda"])


def run_shapes(group):
    number, count = group
    # An empty name stands for no stand-in.
    process = subprocess.run([sys.executable, inputs / "random_shapes.py", str(count), "",
                              folder / f"shapes{number}"], capture_output=True, text=True)
    return process.returncode == 0, process.stdout + process.stderr


def run_form(form):
    name, text = form
    model = folder / f"{name}.mlir"
    model.write_text(text)
    outputs = [folder / f"{name}{i}.npy" for i in range(count_results(text))]
    arguments = [model, "--seed", 3, "--batch", 12]
    process = runner.run(
        arguments + ["--kernel", "reference"] + [a for y in outputs for a in ("--output", y)], None)
    if process.returncode == 0:
        process = runner.run(
            arguments + ["--target", "cuda"] + [a for y in outputs for a in ("--expect", y)], None)
    return process.returncode == 0, f"{name}: {process.stdout}{process.stderr}"


def count_results(text):
    returned = re.search(r"^  return (.*) :", text, re.M)
    return returned.group(1).count("%")


forms = re.findall(r"^//--- (\w+)\.mlir\n(.*?)(?=^//---|\Z)",
                   (tests / "Integration/GPU/forms.test").read_text(encoding="utf-8"), re.M | re.S)
goldens = run_goldens.find(tests / "Data/goldens")
groups = list(enumerate(len(range(i, shapes, MOST_GROUPS))
                        for i in range(min(shapes, MOST_GROUPS))))
is_right = bool(forms) and bool(goldens)
with concurrent.futures.ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
    for what, test, cases, size in (
            ("golden models", run_golden, goldens, lambda model: 1),
            ("random shapes", run_shapes, groups, lambda group: group[1]),
            ("other forms", run_form, forms, lambda form: 1)):
        answers = list(pool.map(test, cases))
        failures = [text for passed, text in answers if not passed]
        print("\n".join(failures), end="\n" if failures else "")
        right = sum(size(case) for case, (passed, _) in zip(cases, answers) if passed)
        print(right, "of", sum(map(size, cases)), what, "are right", flush=True)
        is_right = is_right and not failures
sys.exit(not is_right)
