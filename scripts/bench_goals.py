# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the kernels are meant to reach, beside what mml-bench measured."""
import dataclasses
from math import inf

MAIN = "6912x2560"
OTHERS = ("2560x6912", "2560x2560", "640x2560", "4096x14336")
AUTO, ANY_BATCH = "auto", "auto, any N"


@dataclasses.dataclass
class Goal:
    """`contestant` is at least `least` times `reference`, which is in the same
    cell or, where `other_case` is given, in that case's."""
    case: str
    threads: int
    contestant: str
    reference: str
    least: float
    # Over all repetitions, disturbed ones too, instead of the undisturbed ones.
    over_all: bool = False
    other_case: str = ""
    # The most bits that a weight may take, padding included.
    most_bits: float = 2.0


def contraction(batch, shape=MAIN, suffix=""):
    return f"contraction/{shape}/N={batch}{suffix}"


def goals():
    for threads in (1, 2):
        for batch in (128, 512):
            yield Goal(contraction(batch), threads, AUTO, "vpdpbusd",
                       1.2 if threads == 1 else 1.15)
            yield Goal(contraction(batch), threads, AUTO, "oneDNN int8", 1.1, over_all=True)
        yield Goal(contraction(32), threads, AUTO, "vpdpbusd", 1.1)
        for batch in (4, 8, 16):
            yield Goal(contraction(batch), threads, AUTO, "vpdpbusd", 0.9)
            yield Goal(contraction(batch), threads, ANY_BATCH, "vpdpbusd", 0.75)
        if threads == 1:
            for batch in (2, 3):
                yield Goal(contraction(batch), threads, AUTO, "vpdpbusd", 0.7)
        for batch in (1, 2, 3, 4, 8, 16, 32, 128, 512):
            yield Goal(contraction(batch), threads, AUTO, "oneDNN int8", 1.05)
        for shape in OTHERS:
            for batch in (1, 8, 32, 512):
                yield Goal(contraction(batch, shape), threads, AUTO, AUTO, 0.9,
                           other_case=contraction(batch))
        yield Goal(contraction(1, suffix="/streamed"), threads, AUTO, "read loop",
                   0.9 if threads == 1 else 0.95, most_bits=1.67)
        # A weight is two operations: the peak in GOP/s is twice its weights.
        yield Goal(contraction(1), threads, AUTO, "vpdpbusd", 0.8)
        for batch, least in ((512, 0.9), (1, 0.85)):
            yield Goal(f"layer/{MAIN}/N={batch}", threads, AUTO,
                       "auto, contraction alone", least, most_bits=inf)
        yield Goal(contraction(512, suffix="/haswell"), threads, AUTO, "vpmaddubsw", 0.65)
        yield Goal(contraction(512, suffix="/haswell"), threads, AUTO, "oneDNN int8 AVX2", 1.0)
        for shape in ("1000x1000", "131x257"):
            yield Goal(contraction(17, shape), threads, AUTO, AUTO, 0.6,
                       other_case=contraction(17), most_bits=inf)
    yield Goal(contraction(1, suffix="/streamed/haswell"), 2, AUTO, "read loop", 0.95)


def measure(results, goal):
    """(undisturbed ratio, ratio over all, bits), or None if something of it was
    not measured."""
    cell = results.find(goal.case, goal.threads)
    other_cell = results.find(goal.other_case or goal.case, goal.threads)
    contestant = cell and cell.find(goal.contestant)
    reference = other_cell and other_cell.find(goal.reference)
    if not contestant or not reference:
        return None
    return (*cell.ratios(contestant, reference), contestant.bits)


def print_goals(results):
    rows = [(goal, measured) for goal in goals()
            if (measured := measure(results, goal))]
    if not rows:
        return
    print("\nGoals: at least so many times the reference (undisturbed repetitions; 'all' where "
          "all count), and at most so many bits a weight")
    print(f"{'':<42}{'threads':>8}  {'':<13}{'reference':<27}{'goal':>6}"
          f"{'undisturbed':>13}{'all':>6}{'bits':>12}")
    reached = 0
    for goal, (quiet, over_all, bits) in rows:
        decisive = over_all if goal.over_all else quiet
        is_reached = bool(decisive) and decisive >= goal.least and \
            bits <= goal.most_bits + 0.005
        reached += is_reached
        reference = goal.reference
        if goal.other_case:
            reference = f"at {goal.other_case.split('/')[1]}"
        least = f"{goal.least:.2f}" + (" all" if goal.over_all else "")
        print(f"{goal.case:<42}{goal.threads:>8}  {goal.contestant:<13}{reference:<27}"
              f"{least:>6}{f'{quiet:.2f}' if quiet else '-':>10}{over_all:>9.2f}"
              f"{f'{bits:.2f} of {goal.most_bits}':>13}  {'reached' if is_reached else 'MISSED'}")
    print(f"{reached} of {len(rows)} goals reached")
