# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `make bench-peers` does around libraries that fail, or work.

Usage: check_peers.py FOLDER_OF_PEERS FOLDER
"""

import pathlib
import sys

sys.path.insert(0, sys.argv[1])

import machine
import report
from contestant import Contestant, Failure

folder = pathlib.Path(sys.argv[2])
folder.mkdir()


def ask(name, script):
    try:
        contestant = Contestant(["sh", "-c", script], folder / "log")
    except Failure as failure:
        return print(f"{name}: {failure}")
    try:
        print(f"{name}: {contestant.ask('fly')}")
    except Failure as failure:
        print(f"{name}: {failure}")
    contestant.close()


ask("answers", """read line; echo '{"received": 1}'""")
ask("refuses", """read line; printf '{"error": "no\\\\n  wings"}\\n'""")
ask("babbles", "read line; echo what")
ask("dies", "echo 'out of luck' >&2; kill -ABRT $$")
ask("leaves", "exit 3")
try:
    Contestant([folder / "nothing"], folder / "log")
except Failure as failure:
    print(f"is missing: {failure}")

# It takes as long as it says, and the work of its threads is counted.
worker = Contestant(
    ["sh", "-c", """while read line; do echo '{"seconds": 2, "calls": 4}'; done"""],
    folder / "log")
repetition = worker.time(0.1)
print("time:", repetition["seconds"], repetition["calls"],
      repetition["computing"] >= 0, repetition["waiting"] >= 0)
worker.close()

for index, (kind, level, size) in enumerate([
        ("Data", 1, "48K"), ("Instruction", 1, "32K"), ("Unified", 2, "2048K"),
        ("Unified", 3, "300M")]):
    cache = folder / f"index{index}"
    cache.mkdir()
    for name, value in [("type", kind), ("level", level), ("size", size)]:
        (cache / name).write_text(f"{value}\n")
print("cache:", machine.last_level_cache(folder))
print("no cache:", machine.last_level_cache(folder / "index0"))


def repetitions(*pairs):
    return [{"seconds": seconds, "waiting": waiting} for seconds, waiting in pairs]


# Two of three are undisturbed.
mixed = repetitions((1e-3, 0), (9e-3, 0.5), (3e-3, 0.01))
print("two wanted:", report.summarize(mixed, 2))
print("three wanted:", report.summarize(mixed, 3))
case = {"threads": 2, "batch": 8, "weights": "cache", "shape": [1000, 500],
        "error": 0.00123}
ours = {**case, "contestant": "mml", "repetitions": mixed, **report.summarize(mixed, 2)}
other = {**case, "contestant": "other", "repetitions": mixed, **report.summarize(mixed, 3)}
print(report.HEADER)
print(report.format_result(ours, ours))
print(report.format_result(other, ours))
print(report.format_result({**case, "contestant": "lost", "failure": "has no wings"}, ours))
print(report.format_result({**other, "batch": 1}, {"failure": "broken"}))
