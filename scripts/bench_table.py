# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of what mml-bench measured. docs/Benchmarks.md says what its columns
mean."""
import bench_results

RATIOS = ("dot peak", "read loop", "oneDNN", "VNNI", "OpenBLAS")


def show_figure(figure):
    """"612 (598-618) 9", or a dash."""
    if not figure:
        return f"{'-':>8}{'':>20}"
    digits = 0 if figure.median >= 100 else 1
    median, least, most = (f"{x:.{digits}f}"
                           for x in (figure.median, figure.least, figure.most))
    return f"{median:>8} {f'({least}-{most}) {figure.count}':<19}"


def show_pair(pair):
    """"1.21/1.15", undisturbed and all."""
    first, second = (f"{x:.2f}" if x else "-" for x in pair)
    return f"{first}/{second}" if second != "-" else ""


def print_machine(results, processor):
    machine = results.machine
    mib = 2**20
    print(f"Processor: {processor or machine['cpu']}, {machine['processors']} of them, "
          f"{machine['cpu']} to LLVM; load average {machine['loadAverage']:.1f}")
    print(f"Last-level cache {machine['lastLevelCacheBytes'] // mib} MiB; streamed sets "
          f"of layers have {machine['streamedBytes'] // mib} MiB of weights or more")
    print(f"Undisturbed: the core took {machine['leastWidth']:.0%} of {machine['width']:.2f} "
          f"instructions a cycle before and after, and threads waited for a core "
          f"{machine['longestWait']:.0%} of the time at most")


def print_peaks(results):
    cells = [cell for cell in results.cells if cell.case == "peaks"]
    if not cells:
        return
    print("\nWhat this machine does at best: median (least-most) number of "
          "repetitions; undisturbed, and all")
    print(f"{'':<34}{'threads':>8}{'undisturbed':>19}{'':>9}{'all':>19}")
    for cell in cells:
        for contestant in cell.contestants:
            name = contestant.name
            unit = "GOP/s"
            if contestant.role == "read loop":
                name = f"read {size(contestant.bytes)}"
                unit = "GB/s"
            print(f"{name:<28}{unit:<6}{cell.threads:>8}  "
                  f"{show_figure(contestant.rates[0])}{show_figure(contestant.rates[1])}"
                  f"{contestant.detail}".rstrip())


def size(count):
    for unit in ("B", "KiB", "MiB"):
        if count < 4096 and count == int(count):
            return f"{int(count)} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def print_cells(results):
    print("\ny[N, M] = x[N, K] * w[K, M]; M x K is the shape. GOP/s: median (least-most) "
          "number of repetitions. Ratios: undisturbed/all repetitions")
    header = (f"{'':<28}{'bits':>6}{'ms':>9}{'GB/s':>7}{'GOP/s undisturbed':>19}{'':>11}"
              f"{'GOP/s all':>17}{'':>9}")
    header += f"{'predicted':>11}" + "".join(f"{'x ' + name:>13}" for name in RATIOS)
    for cell in results.cells:
        if cell.case == "peaks":
            continue
        plural = "s" if cell.threads > 1 else ""
        print(f"\n{cell.case}, {cell.threads} thread{plural}\n{header}")
        others = bench_results.references(cell)
        for contestant in cell.contestants:
            if contestant.role == "read loop":
                print(f"{contestant.name + ', GB/s':<28}{'':>22}  "
                      f"{show_figure(contestant.rates[0])}{show_figure(contestant.rates[1])}"
                      f"{contestant.detail}".rstrip())
                continue
            bits = f"{contestant.bits:.2f}" if contestant.bits else ""
            time = f"{contestant.milliseconds:.3f}" if contestant.bits else ""
            bandwidth = contestant.bandwidths[0] or contestant.bandwidths[1]
            shown = f"{bandwidth:.1f}" if contestant.bits and cell.batch == 1 else ""
            line = (f"{contestant.name:<28}{bits:>6}{time:>9}{shown:>7}  "
                    f"{show_figure(contestant.rates[0])}{show_figure(contestant.rates[1])}")
            if contestant.bits:
                predicted = f"{contestant.predicted:.0f}" if contestant.predicted else ""
                line += f"{predicted:>11}" + "".join(
                    f"{show_pair(cell.ratios(contestant, others[name])):>13}"
                    for name in RATIOS)
            print(line.rstrip())


def print_details(results):
    """What libraries said of themselves, once for each case."""
    print("\nWhat the libraries ran:")
    seen = {}
    for cell in results.cells:
        for contestant in cell.contestants:
            if contestant.role == "baseline":
                key = f"{contestant.name}: {contestant.detail}"
                seen.setdefault(key, []).append((cell.batch, cell.threads))
    for key, where in seen.items():
        batches = ", ".join(str(n) for n in sorted({batch for batch, _ in where}))
        print(f"  {key}; at N = {batches}")
