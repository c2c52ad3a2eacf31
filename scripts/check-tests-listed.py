#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a test or a source is there but takes no part.

    scripts/check-tests-listed.py --source DIR --build DIR --lit LIT

Every file in test/ that is neither configuration nor in a folder of inputs or of
sources that support tests has to be a test that lit lists; every gtest program has to list tests; every C++
file of ours has to be compiled.
"""
import argparse
import json
import pathlib
import subprocess
import sys

CONFIGURATION = {"CMakeLists.txt", "lit.cfg.py", "lit.local.cfg", "lit.site.cfg.py.in",
                 "run-tests.in", ".clang-format"}
INPUTS = {"Inputs", "Data", "Support", "__pycache__"}
COMPILED = ("lib", "tools", "unittests", "fuzz", "test/Support")


def listed_tests(lit, suite):
    """The names in lit's listing, as (suite, path)."""
    listing = subprocess.run([lit, "--show-tests", suite], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    return {tuple(line.strip().split(" :: ", 1))
            for line in listing.splitlines() if " :: " in line}


def missing(source, build, lit):
    listed = listed_tests(lit, build / "test")

    files = {path for suite, path in listed if suite == "MML"}
    for path in sorted((source / "test").rglob("*")):
        name = path.relative_to(source / "test")
        if path.is_dir() or path.name in CONFIGURATION or INPUTS & set(name.parts):
            continue
        if name.as_posix() not in files:
            yield f"test/{name}: lit does not list it as a test"

    programs = {pathlib.PurePosixPath(path).parts[0]
                for suite, path in listed if suite == "MML-Unit"}
    for path in sorted((build / "unittests").glob("*Tests")):
        if path.name not in programs:
            yield f"{path.name}: lit lists no tests of this program"

    commands = json.loads((build / "compile_commands.json").read_text())
    compiled = {(pathlib.Path(command["directory"]) / command["file"]).resolve()
                for command in commands}
    for folder in COMPILED:
        for path in sorted((source / folder).rglob("*.cpp")):
            if path.resolve() not in compiled:
                yield f"{path.relative_to(source)}: no target compiles it"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--lit", required=True)
    arguments = parser.parse_args()
    found = list(missing(arguments.source, arguments.build, arguments.lit))
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
