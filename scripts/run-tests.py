#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the lit suite and closes with one line: N passed, N failed.

Called through `run-tests` of a build folder, which knows lit and the suite.
Further arguments go to lit. The exit status is 0 only where something ran and
nothing failed.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

# Every result that lit knows (lit/Test.py); another one counts as a failure.
PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED"}
NOT_ASKED_FOR = {"EXCLUDED"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lit", required=True, help="the lit program")
    parser.add_argument("--suite", required=True, help="the suite's folder")
    arguments, lit_arguments = parser.parse_known_args()

    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results.json")
        # Failed tests are shown with what they ran; a terminal also gets a
        # line of progress.
        verbosity = "-sv" if sys.stdout.isatty() else "-qv"
        status = subprocess.call(
            [arguments.lit, verbosity, "--output", results, *lit_arguments,
             arguments.suite])
        try:
            with open(results, encoding="utf-8") as file:
                codes = [test["code"] for test in json.load(file)["tests"]]
        except (OSError, ValueError, KeyError):
            codes = []

    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    failed -= sum(code in NOT_ASKED_FOR for code in codes)
    closing = f"{passed} passed, {failed} failed"
    if skipped:
        closing += f", {skipped} skipped"
    print(closing, flush=True)
    # lit itself fails for more reasons than a failed test.
    return status if status else int(failed != 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
