#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a process would hold something of LLVM, MLIR or MML twice.

    scripts/check-one-mlir.py PROGRAM... [--loads PLUGIN...]

Linking a static archive beside the shared library that has the same gives each
type two identities, and casts and option registrations then fail at run time in
ways that are hard to read. A process is a program, the shared libraries that it
needs, and the plug-ins that --loads names with the libraries that they need. Of
those no two may define the same symbol, inline functions and the like aside, of
which the loader takes one.
"""
import argparse
import functools
import pathlib
import re
import subprocess
import sys

# Of C++ by the names of namespaces, of C by their prefixes.
OURS = re.compile(r"_Z\w*(4llvm|4mlir|3mml)|(mlir|mml|LLVM)[A-Z]")
LIBRARY = re.compile(r"^\s*(lib(?:MML|MLIR|LLVM)[\w.-]*) => (\S+)", re.MULTILINE)
SHOWN = 3


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@functools.lru_cache(maxsize=None)
def symbols(path):
    """Those that `path` defines: what others see, and of a program all."""
    nm = ("llvm-nm-22", "--defined-only", "--format=just-symbols", "--no-weak", "--extern-only",
          "--quiet")
    lines = output_of(*nm, "--dynamic", path).split()
    if is_program(path):
        lines += output_of(*nm, path).split()
    # Behind @ is a version, which LLVM's library has and an archive has not.
    return frozenset(name.split("@")[0] for name in lines if OURS.match(name))


@functools.lru_cache(maxsize=None)
def is_program(path):
    """Shared libraries have names of their own, and plug-ins no entry."""
    header = output_of("llvm-readelf-22", "--file-header", path)
    return re.search(r"Entry point address:\s+0x0\n", header) is None


def libraries(path):
    """Ours and LLVM's that `path` needs, as the loader finds them."""
    found = dict(LIBRARY.findall(output_of("ldd", path)))
    if "not" in found.values():
        sys.exit(f"{path}: the loader does not find all of {', '.join(sorted(found))}")
    return found.values()


def problems(program, plugins):
    objects = {program, *plugins}
    for path in (program, *plugins):
        objects.update(libraries(path))
    paths = sorted({str(pathlib.Path(path).resolve()) for path in objects})
    owner, twice = {}, {}
    for path in paths:
        for name in symbols(path):
            if name in owner:
                twice.setdefault((owner[name], path), []).append(name)
            owner[name] = path
    for (first, second), names in sorted(twice.items()):
        shown = output_of("llvm-cxxfilt-22", *sorted(names)[:SHOWN]).splitlines()
        yield (f"{program}: expected each symbol once but {first} and {second} both define "
               f"{len(names)}: {', '.join(shown)}{', ...' if len(names) > SHOWN else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--loads", nargs="+", default=[], metavar="PLUGIN")
    arguments = parser.parse_args()
    failed = False
    for path in (*arguments.programs, *arguments.loads):
        if not pathlib.Path(path).is_file():
            sys.exit(f"{path}: expected a program or a shared object")
    for program in arguments.programs:
        for problem in problems(program, arguments.loads):
            print(problem, file=sys.stderr)
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
