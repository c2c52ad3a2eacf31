#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a numbered statement of docs/Semantics.md has no test.

    scripts/check-semantics.py PAGE --source DIR

A statement begins with `**(Sn)**`, numbered from 1 on, and the lines of its list
name its tests: a file, and of a gtest program a test in it. Each has to be there
and to cite the number as `(Sn)`, a test in the comment before it. Fails too where
a test cites a number that the page does not prove by it.
"""
import argparse
import pathlib
import re
import sys

STATEMENT = re.compile(r"^\*\*\(S(\d+)\)\*\*")
TEST = re.compile(r"^- `([^`]+)`(?:: (\w+))?$")
CITATION = re.compile(r"\(S(\d+)\)")
# A comment with citations, and the test of gtest that it is about.
GTEST = re.compile(r"((?:^//.*\n)*)^TEST\w*\(\w+,\s*(\w+)\)", re.MULTILINE)


def statements(text):
    """(number, tests) of each statement; a test is (path, name or None)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        begins, test = STATEMENT.match(line), TEST.match(line)
        if begins:
            found.append((int(begins.group(1)), []))
        elif line.startswith("- "):
            if not test or not found:
                raise ValueError(f"line {number}: expected '- `file`: Test' but got '{line}'")
            found[-1][1].append((test.group(1), test.group(2)))
    return found


def citations(source):
    """The numbers that tests cite: {(path, name or None): numbers}."""
    cited = {}
    for folder in ("test", "unittests"):
        for path in sorted((source / folder).rglob("*")):
            if path.suffix not in (".test", ".mlir", ".cpp"):
                continue
            text, name = path.read_text(encoding="utf-8"), path.relative_to(source).as_posix()
            if path.suffix != ".cpp":
                cited[name, None] = {int(n) for n in CITATION.findall(text)}
                continue
            for comment, test in GTEST.findall(text):
                cited[name, test] = {int(n) for n in CITATION.findall(comment)}
    return cited


def problems(page, source):
    listed = set()
    found, cited = statements(page.read_text(encoding="utf-8")), citations(source)
    for expected, (number, tests) in enumerate(found, 1):
        if number != expected:
            yield f"expected (S{expected}) but got (S{number})"
        if not tests:
            yield f"(S{number}) has no test"
        for test in tests:
            listed.add((number, test))
            name = ": ".join(filter(None, test))
            if test not in cited:
                yield f"(S{number}): there is no test {name}"
            elif number not in cited[test]:
                yield f"(S{number}): {name} does not cite it"
    if not found:
        yield "no statements"
    for test, numbers in cited.items():
        for number in sorted(numbers):
            if (number, test) not in listed:
                yield f"{': '.join(filter(None, test))} cites (S{number}), which does not name it"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    try:
        found = list(problems(arguments.page, arguments.source))
    except ValueError as error:
        found = [str(error)]
    for problem in found:
        print(f"{arguments.page}: {problem}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
