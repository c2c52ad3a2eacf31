#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a numbered constraint of the dialect has no test.

    scripts/check-constraints.py --definitions DIR --tests DIR

A constraint is `- (Cn)` in the description of a `def MML_Name` of a .td file;
its test is a comment `// Name (Cn)` in a file that is called *invalid*.mlir. The
names that begin with MML_ are those of TableGen: `MML_DenseOp` is `DenseOp`.
Fails too where a comment cites a constraint that is not there.
"""
import argparse
import pathlib
import re
import sys

DEFINITION = re.compile(r"^def MML_(\w+)", re.MULTILINE)
CONSTRAINT = re.compile(r"^ *- \(C(\d+)\)", re.MULTILINE)
# One comment may cite several: `// ConstantOp (C1), TritsAttr (C3): ...`.
CITATION = re.compile(r"\b(\w+) \(C(\d+)\)")


def defined(folder):
    """The constraints of all definitions: {(name, number): file}."""
    constraints = {}
    for path in sorted(folder.rglob("*.td")):
        text = path.read_text(encoding="utf-8")
        starts = list(DEFINITION.finditer(text))
        ends = [match.start() for match in starts[1:]] + [len(text)]
        for start, end in zip(starts, ends):
            for match in CONSTRAINT.finditer(text, start.end(), end):
                constraints[start.group(1), int(match.group(1))] = path.name
    return constraints


def cited(folder):
    """The constraints that tests cite: {(name, number): file:line}."""
    citations = {}
    for path in sorted(folder.rglob("*invalid*.mlir")):
        for index, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.lstrip().startswith("//"):
                for name, number in CITATION.findall(line):
                    citations.setdefault((name, int(number)), f"{path.name}:{index}")
    return citations


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--definitions", type=pathlib.Path, required=True)
    parser.add_argument("--tests", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    constraints, citations = defined(arguments.definitions), cited(arguments.tests)
    if not constraints:
        sys.exit(f"check-constraints: no constraints in '{arguments.definitions}'")
    problems = [f"{file}: no test for {name} (C{number})"
                for (name, number), file in sorted(constraints.items())
                if (name, number) not in citations]
    problems += [f"{place}: there is no {name} (C{number})"
                 for (name, number), place in sorted(citations.items())
                 if (name, number) not in constraints]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
