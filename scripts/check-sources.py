#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what every source file has to have: the banner with its own name, the
license, and a length that a reader can take in.

    scripts/check-sources.py ROOT
"""
import pathlib
import sys

MAX_LINES = 800
FOLDERS = ("include", "lib", "tools", "unittests", "fuzz", "benchmarks", "examples",
           "runtime", "scripts", "test")
LICENSE = "Part of the MML project, under the Apache License v2.0 with LLVM Exceptions."
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
BANNERED = {".h", ".cpp", ".c", ".td"}
SCRIPTS = {".py", ".sh"}


def problems(path, root):
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "\n".join(lines[:12])
    if path.suffix in BANNERED:
        first = lines[0] if lines else ""
        if not (first.startswith(f"//===- {path.name} - ")
                and first.endswith("===//")):
            yield f"expected the first line to be '//===- {path.name} - ... ===//'"
        if len(first) > 80:
            yield f"expected a first line of at most 80 columns but got {len(first)}"
    if LICENSE not in head:
        yield f"expected '{LICENSE}' in the first lines"
    if SPDX not in head:
        yield f"expected '{SPDX}' in the first lines"
    if len(lines) > MAX_LINES:
        yield f"expected at most {MAX_LINES} lines but got {len(lines)}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    checked = failed = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix not in BANNERED | SCRIPTS or "Inputs" in parts:
                continue
            checked += 1
            for problem in problems(path, root):
                print(f"{path.relative_to(root)}: {problem}", file=sys.stderr)
                failed += 1
    if not checked:
        sys.exit(f"check-sources: no source files in '{root}'")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
