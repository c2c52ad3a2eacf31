#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands that a Markdown page shows and compares what they print.

    scripts/run-readme.py PAGE --source DIR --build DIR

Blocks of the kind `console` are run, line by line: `$ ` starts a command, a
backslash at its end continues it, and the lines up to the next command are
what it has to print (standard output and standard error). In those, `...`
stands for anything within a line, and a line of `...` alone for any lines.
A comment before a block changes how it is taken:

    <!-- readme: any numbers -->   every number may be another one
    <!-- readme: fails -->         the commands exit with another status than 0

Commands see the source tree with this build as `build`, in a folder of their
own, so what they write goes away. Blocks of the kind `sh` are not run, but the
programs and scripts that they name have to exist, with the options that they are
given, and so have the targets of make. Another block becomes a file for the
commands behind it by

    <!-- readme: file NAME -->

or is compared with lines that stand one after the other in a file of the source
tree, or in one that commands before it have written, by

    <!-- readme: from PATH -->

where indentation does not count, and a line of `...` stands for any lines. A
block that is none of these is an error: nothing would notice that it is wrong.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
# A command that takes longer hangs; those that compile C++ take a minute.
SECONDS = 600


@dataclasses.dataclass
class Step:
    """A command and what it prints."""
    line: int
    command: str
    expected: list
    any_numbers: bool
    fails: bool


def blocks(text):
    """(kind, comment before it, line number, lines) of each fenced block."""
    kind, comment, start, lines = None, "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if kind is None:
            if line.startswith("```"):
                kind, start, lines = line[3:].strip() or "text", number + 1, []
            elif line.strip():
                found = re.fullmatch(r"<!-- readme: (.*) -->", line.strip())
                comment = found.group(1) if found else ""
        elif line.startswith("```"):
            yield kind, comment, start, lines
            kind, comment = None, ""
        else:
            lines.append(line)
    if kind is not None:
        raise ValueError(f"line {start - 1}: the block has no end")


def steps_of(start, lines, comment):
    """The commands of a block."""
    if comment not in ("", "any numbers", "fails"):
        raise ValueError(f"line {start - 1}: unknown instruction '{comment}'")
    steps = []
    continued = False
    for number, line in enumerate(lines, start):
        if continued:
            steps[-1].command += "\n" + line
        elif line.startswith("$ "):
            steps.append(Step(number, line[2:], [], comment == "any numbers", comment == "fails"))
        elif steps:
            steps[-1].expected.append(line)
        else:
            raise ValueError(f"line {number}: output before the first command")
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return steps


def pattern(step):
    """A regular expression for the output that a step expects."""
    def of_text(text):
        if not step.any_numbers:
            return re.escape(text)
        return NUMBER.pattern.join(re.escape(part) for part in NUMBER.split(text))

    expression = ""
    for line in step.expected:
        if line.strip() == "...":
            expression += r"(?:[^\n]*\n)*?"
        else:
            expression += r"[^\n]*".join(map(of_text, line.rstrip().split("..."))) + r"[ \t]*\n"
    return re.compile(expression)


def run(step, folder):
    """Why the step went wrong, or None."""
    # `set -o pipefail`: a command that fails before a pipe fails the step.
    done = subprocess.run(["bash", "-o", "pipefail", "-c", step.command], cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS)
    output = done.stdout.decode("utf-8", "replace")
    if output and not output.endswith("\n"):
        output += "\n"
    if (done.returncode != 0) != step.fails:
        return f"exit status {done.returncode}, having printed:\n{output}"
    if not pattern(step).fullmatch(output):
        expected = "".join(line + "\n" for line in step.expected)
        return f"expected\n{expected}but got\n{output}"
    return None


def write_file(folder, name, start, lines):
    """Writes a block as a file of the commands' folder."""
    if not re.fullmatch(r"[\w.-]+", name) or (folder / name).is_symlink():
        raise ValueError(f"line {start - 1}: no name for a file of its own: '{name}'")
    (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def check_from(folder, path, start, lines):
    """Why a block is not in a file, or None."""
    file = folder / path
    if not file.is_file():
        return f"line {start - 1}: no file '{path}'"
    parts = [[]]
    for line in lines:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line.strip())
    have = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    at = 0
    for part in parts:
        found = next((i for i in range(at, len(have) - len(part) + 1)
                      if have[i:i + len(part)] == part), None)
        if found is None:
            return f"line {start - 1}: not in '{path}':\n" + "\n".join(part)
        at = found + len(part)
    return None


def check_make(words, source):
    """What make says of targets that do not exist, or None."""
    done = subprocess.run(["make", "--dry-run", "--no-print-directory", *words[1:]],
                          cwd=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip().splitlines()[-1] if done.returncode != 0 else None


def check_tool(words, build):
    """What is wrong with the options of a tool of ours, or None."""
    program = build / "bin" / pathlib.PurePath(words[0]).name
    if not program.is_file():
        return f"no program '{words[0]}'"
    done = subprocess.run([program, "--help-hidden"], stdout=subprocess.PIPE, text=True)
    known = set(re.findall(r"--?([\w-]+)", done.stdout))
    for word in words[1:]:
        option = re.match(r"--?([a-z][\w-]*)", word)
        if option and option.group(1) not in known:
            return f"{words[0]} has no option '{word}'"
    return None


def check_shell(start, lines, source, build):
    """Complains about commands that could not run."""
    for number, line in enumerate(lines, start):
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words.pop(0)
        if not words:
            continue
        problem = None
        if words[0] == "make":
            problem = check_make(words, source)
        elif "mml-" in pathlib.PurePath(words[0]).name:
            problem = check_tool(words, build)
        elif words[0].startswith("scripts/") and not (source / words[0]).exists():
            problem = f"no file '{words[0]}'"
        if problem:
            yield f"line {number}: {line}: {problem}"


def mirror(source, build, folder):
    """Links the source tree's entries into a folder, with `build` among them."""
    for entry in source.iterdir():
        if not entry.name.startswith((".", "build")):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(build)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    source, build = arguments.source.resolve(), arguments.build.resolve()
    # Where make runs the tests, its own flags are not those of a reader.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        os.environ.pop(name, None)

    failures = []
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            mirror(source, build, folder)
            for kind, comment, start, lines in blocks(arguments.page.read_text(encoding="utf-8")):
                if comment.startswith("file ") and kind != "console":
                    write_file(folder, comment[len("file "):], start, lines)
                elif comment.startswith("from ") and kind != "console":
                    problem = check_from(folder, comment[len("from "):], start, lines)
                    failures += [problem] if problem else []
                elif kind == "sh":
                    failures += check_shell(start, lines, source, build)
                elif kind == "console":
                    for step in steps_of(start, lines, comment):
                        problem = run(step, folder)
                        if problem:
                            failures.append(f"line {step.line}: $ {step.command}\n{problem}")
                else:
                    failures.append(f"line {start - 1}: nothing checks this block")
    except (ValueError, subprocess.TimeoutExpired) as error:
        failures.append(str(error))
    for failure in failures:
        print(f"{arguments.page}: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
