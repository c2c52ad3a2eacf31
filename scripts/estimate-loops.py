#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Estimates how fast the inner loops of a kernel run on a processor.

    scripts/estimate-loops.py FILE.s --cpu CPU [--show]

FILE.s is what `mml-runner --emit asm` wrote. Of each instruction that multiplies
bytes and is in it, the loop with the most of them is handed to llvm-mca, with
LLVM's model of CPU, and so is a loop of nothing but that instruction, on
registers of its own. What is printed is an estimate: the model knows neither
caches nor what it simplifies of the processor. --show prints the loops, too.
"""
import argparse
import re
import shutil
import subprocess
import sys

# For each instruction what stands for it and its like, and its products.
NEON = {"smlal": ("smlal", 8), "smlal2": ("smlal", 8), "sdot": ("sdot", 16),
        "smmla": ("smmla", 32)}
# On x86-64 as many products as the registers have bytes.
X86 = ("vpdpbusd", "vpmaddubsw", "pmaddubsw")
REGISTER_BYTES = {"xmm": 16, "ymm": 32, "zmm": 64}
ITERATIONS = 200


def products(line):
    """(the family of an instruction, the products it makes), or None."""
    words = line.replace("{vex}", "").split()
    if not words:
        return None
    if words[0] in NEON:
        return NEON[words[0]]
    if words[0] in X86:
        return words[0], REGISTER_BYTES[re.search(r"%([xyz]mm)", line).group(1)]
    return None


def loops(text):
    """The loops that are one block each: from a label to the branch to it."""
    label, start, lines = None, 0, text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"(\.?L[\w$.]+):", line)
        if found:
            label, start = found.group(1), number
            continue
        words = line.split()
        if label and len(words) >= 2 and words[-1] == label and re.match(r"(b\.|b$|cbn?z|tbn?z|j)", words[0]):
            yield [code for code in lines[start + 1:number + 1]
                   if code.strip() and not code.strip().startswith((".", "#", "//"))]


def choose(text):
    """For each family of instructions the loop with the most products."""
    best = {}
    for loop in loops(text):
        found = [item for item in map(products, loop) if item]
        for family in {family for family, _ in found}:
            count = sum(number for other, number in found if other == family)
            if count > best.get(family, (0, None))[0]:
                best[family] = count, loop
    return best


def simulate(tool, triple, arguments, code):
    """Cycles that an iteration of `code` takes."""
    command = [tool, f"-mtriple={triple}", f"-mcpu={arguments.cpu}", f"-iterations={ITERATIONS}"]
    if arguments.features:
        command.append(f"-mattr={arguments.features}")
    done = subprocess.run(command, input=code + "\n", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    cycles = re.search(r"^Total Cycles: +(\d+)", done.stdout, re.MULTILINE)
    if done.returncode or not cycles:
        sys.exit(f"llvm-mca: {done.stderr.strip().splitlines()[0] if done.stderr else 'no cycles'}")
    return int(cycles.group(1)) / ITERATIONS


def peak_code(loop, family):
    """Instructions like those of the loop, none of which waits for another."""
    if family in NEON:
        target, source = (".8h", ".8b") if family == "smlal" else (".4s", ".16b")
        return "\n".join(f"{family} v{i}{target}, v30{source}, v31{source}" for i in range(16))
    line = next(code for code in loop if (products(code) or [None])[0] == family)
    kind = re.search(r"%([xyz]mm)", line).group(1)
    target = "" if family == "pmaddubsw" else f"%{kind}15, "
    return "\n".join(f"{family} %{kind}14, {target}%{kind}{i}" for i in range(14))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assembly", type=argparse.FileType())
    parser.add_argument("--cpu", required=True, help="LLVM's name of a processor")
    parser.add_argument("--features", default="", help="features besides, as of --target-features")
    parser.add_argument("--show", action="store_true", help="print the loops")
    arguments = parser.parse_args()
    tool = shutil.which("llvm-mca-22") or shutil.which("llvm-mca")
    if not tool:
        sys.exit("estimate-loops: there is no llvm-mca on the path")
    text = arguments.assembly.read()
    best = choose(text)
    if not best:
        sys.exit(f"{arguments.assembly.name}: no loop multiplies bytes")
    for family, (count, loop) in sorted(best.items()):
        triple = "aarch64-linux-gnu" if family in NEON else "x86_64-linux-gnu"
        code = "\n".join(loop)
        cycles = simulate(tool, triple, arguments, code)
        peak = peak_code(loop, family)
        peak_rate = (sum(products(line)[1] for line in peak.splitlines())
                     / simulate(tool, triple, arguments, peak))
        print(f"{family}: {len(loop)} instructions, {cycles:.1f} cycles, {count} products, "
              f"{count / cycles:.1f} a cycle, {count / cycles / peak_rate:.0%} of its peak")
        if arguments.show:
            print(code)


if __name__ == "__main__":
    main()
