#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs what `make bench-peers` compares with from PyPI, each library with
what it needs in a virtual environment of its own, by the pinned versions in
benchmarks/peers/requirements. What is there already is left alone.

    scripts/install-peers.py FOLDER [--requirements FOLDER]

FOLDER/environments.json says for each library what its Python is, or why it
could not be installed. That fails only for NumPy, without which nothing can be
compared.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = "numpy"


def run(command):
    """What went wrong, or nothing."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [f"exit status {done.returncode}"])[-1]


def install(requirements, folder):
    """What went wrong, or nothing."""
    # Written when all went well: the versions, and for which Python.
    stamp = folder / "installed.txt"
    wanted = f"# Python {sys.version}\n{requirements.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return None
    print(f"Installing {requirements.stem} into {folder}", flush=True)
    python = folder / "bin" / "python"
    reason = run([sys.executable, "-m", "venv", "--clear", folder])
    # The files name everything: nothing else is to come in.
    reason = reason or run([python, "-m", "pip", "install", "--no-deps",
                            "--disable-pip-version-check", "--retries", "2",
                            "-r", requirements])
    if reason is None:
        stamp.write_text(wanted, encoding="utf-8")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return reason


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--requirements", type=pathlib.Path,
                        default=ROOT / "benchmarks" / "peers" / "requirements",
                        help="folder of one file for each library")
    options = parser.parse_args()
    files = sorted(options.requirements.glob("*.txt"))
    if not files:
        sys.exit(f"install-peers: no requirements in '{options.requirements}'")
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    environments = {}
    for requirements in files:
        name = requirements.stem
        reason = install(requirements, folder / name)
        if reason is None:
            environments[name] = {"python": str(folder / name / "bin" / "python")}
        else:
            print(f"install-peers: {name}: {reason}", file=sys.stderr)
            environments[name] = {"error": f"not installed: {reason}"}
    text = json.dumps(environments, indent=1)
    (folder / "environments.json").write_text(text + "\n", encoding="utf-8")
    sys.exit("error" in environments.get(BASE, {}))


if __name__ == "__main__":
    main()
