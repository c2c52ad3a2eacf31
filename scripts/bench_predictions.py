# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How good the predictions are that kernels are chosen by."""
import math
import statistics

# A kernel that is chosen is good enough if it is this much of the fastest.
ENOUGH = 0.95


def gather(results):
    """(kernel, predicted / measured) of each figure of ours that has both."""
    for cell in results.cells:
        for contestant in cell.contestants:
            if contestant.predicted:
                # A name may stand for two: "auto = dot".
                yield contestant.names[-1], contestant.predicted / contestant.rate.median


def find_wrong_choices(results):
    """(cells with a choice, [(cell, chosen, fastest)] where another kernel was
    measured to be faster by more than is allowed)."""
    compared, wrong = 0, []
    for cell in results.cells:
        auto = cell.find("auto")
        others = [c for c in cell.contestants if c.role == "ours" and c.predicted
                  and not c.name.endswith("any N")]
        if not auto or not auto.predicted or len(others) < 2:
            continue
        compared += 1
        fastest = max(others, key=lambda c: c.rate.median)
        if auto.rate.median < ENOUGH * fastest.rate.median:
            wrong.append((cell, auto, fastest))
    return compared, wrong


def print_predictions(results):
    by_kernel = {}
    for kernel, ratio in gather(results):
        by_kernel.setdefault(kernel, []).append(ratio)
    if not by_kernel:
        return
    print("\nPredictions of the cost model, as times what was measured (undisturbed where there "
          "are such repetitions)")
    print(f"{'':<16}{'figures':>8}{'median':>8}{'within 25 %':>13}{'least':>7}{'most':>7}"
          f"{'typical error':>15}")
    for kernel, ratios in sorted(by_kernel.items()):
        error = math.exp(statistics.mean(abs(math.log(r)) for r in ratios)) - 1
        within = sum(0.8 <= r <= 1.25 for r in ratios)
        print(f"{kernel:<16}{len(ratios):>8}{statistics.median(ratios):>8.2f}{within:>13}"
              f"{min(ratios):>7.2f}{max(ratios):>7.2f}{error:>14.0%}")
    compared, wrong = find_wrong_choices(results)
    if compared:
        print(f"The chosen kernel was the fastest, or within {1 - ENOUGH:.0%} of it, in "
              f"{compared - len(wrong)} of {compared} cells")
    for cell, auto, fastest in wrong:
        print(f"  {cell.case}, {cell.threads} threads: {auto.name} {auto.rate.median:.0f}, "
              f"{fastest.name} {fastest.rate.median:.0f} GOP/s")
