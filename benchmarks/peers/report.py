# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Medians of what was measured, and the table of them."""
import statistics

# A repetition is disturbed where its threads were ready but waited for a core
# that something else had, for more than this part of a core.
DISTURBED = 0.05
HEADER = (f"{'threads':>7} {'N':>4} {'weights':<7} {'contestant':<19}"
          f"{'us/layer':>10}{'rate':>16}{'lowest..highest':>18}{'ours':>8}"
          f"{'error':>9}{'quiet':>7}")


def summarize(repetitions, wanted):
    """The median seconds over the undisturbed repetitions if there are
    `wanted` of them, else over all, and how they spread."""
    quiet = [r["seconds"] for r in repetitions if r["waiting"] <= DISTURBED]
    every = [r["seconds"] for r in repetitions]
    used = quiet if len(quiet) >= wanted else every
    return {"seconds": statistics.median(used), "fastest": min(used),
            "slowest": max(used), "undisturbed": len(quiet),
            "seconds_of_all": statistics.median(every)}


def rate(seconds, shape, batch):
    """(number, unit): weights a second for one token, as their way from memory
    is what takes time; else operations, a multiplication and an addition being
    two."""
    weights = shape[0] * shape[1]
    if batch == 1:
        return weights / seconds * 1e-9, "Gweights/s"
    return 2 * batch * weights / seconds * 1e-9, "GOP/s"


def format_result(result, ours):
    """A line of the table. `ours` is the result of the project for the same
    layers, or nothing."""
    line = (f"{result['threads']:>7} {result['batch']:>4} "
            f"{result['weights']:<7} {result['contestant']:<19}")
    if "failure" in result:
        return f"{line}   {result['failure']}"
    shape, batch = result["shape"], result["batch"]
    median, unit = rate(result["seconds"], shape, batch)
    lowest, _ = rate(result["slowest"], shape, batch)
    highest, _ = rate(result["fastest"], shape, batch)
    factor = ""
    if ours and "failure" not in ours:
        factor = f"{result['seconds'] / ours['seconds']:.2f}x"
    quiet = f"{result['undisturbed']}/{len(result['repetitions'])}"
    return (f"{line}{result['seconds'] * 1e6:>10.1f}{median:>7.1f} {unit:<8}"
            f"{f'{lowest:.1f}..{highest:.1f}':>18}{factor:>8}"
            f"{result['error']:>9.1e}{quiet:>7}")
