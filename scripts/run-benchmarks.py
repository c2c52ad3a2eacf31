#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs mml-bench and mml-bench-einsum and prints a table of each: medians, and
how much faster than OpenBLAS.

    scripts/run-benchmarks.py BUILD [further arguments of both]

All that was measured is in BUILD/bench.json and BUILD/bench-einsum.json.
"""
import ctypes
import json
import os
import pathlib
import subprocess
import sys

BASELINE = "openblas"
REPETITIONS = 7
# Cores whose kernels use AVX2 or AVX-512; the others are for older processors.
MODERN_CORES = {"haswell", "zen", "skylakex", "cooperlake", "sapphirerapids"}


def processor_field(name):
    """What Linux says of the first processor, empty where it says nothing."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""


def environment():
    """OpenBLAS takes kernels for old processors where it does not know the one
    it runs on: choose for it then, as a slow baseline would flatter us."""
    chosen = dict(os.environ)
    if "OPENBLAS_CORETYPE" in chosen:
        return chosen
    try:
        name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
    except OSError:
        return chosen
    name.restype = ctypes.c_char_p
    if name().decode().lower() not in MODERN_CORES:
        flags = set(processor_field("flags").split())
        if {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= flags:
            chosen["OPENBLAS_CORETYPE"] = "SkylakeX"
        elif {"avx2", "fma"} <= flags:
            chosen["OPENBLAS_CORETYPE"] = "Haswell"
    return chosen


def medians(results):
    """{what: {batch: (milliseconds, GOP/s)}} of the measured medians."""
    table = {}
    for result in results["benchmarks"]:
        if result.get("aggregate_name") != "median":
            continue
        what, *arguments = result["run_name"].split("/")
        batch = next(int(a[2:]) for a in arguments if a.startswith("N:"))
        table.setdefault(what, {})[batch] = (result["real_time"], result["GOP/s"])
    return table


def run(program, output, arguments):
    """The results of a program, which are in `output` afterwards."""
    if not program.exists():
        sys.exit(f"{program}: not built; it needs Google Benchmark and OpenBLAS")
    print(f"Measuring with {program}; this takes a minute or two", flush=True)
    done = subprocess.run(
        [program, f"--benchmark_repetitions={REPETITIONS}",
         "--benchmark_report_aggregates_only=true",
         # Whatever else the machine does then slows all of them down alike.
         "--benchmark_enable_random_interleaving=true",
         f"--benchmark_out={output}", "--benchmark_out_format=json",
         *arguments],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    if done.returncode != 0 or not output.stat().st_size:
        sys.exit(f"{done.stdout.rstrip()}\n{program.name} failed with exit status {done.returncode}")
    return json.loads(output.read_text())


def print_machine(context):
    print(f"Processor: {processor_field('model name') or 'unknown'}, "
          f"{context['num_cpus']} of them; load average {context['load_avg'][0]:.1f}")
    print(f"OpenBLAS f32 with its {context['openblas_core']} kernels; "
          f"ours with vectors of {context['vector_bits']} bits")


def print_ternary(results):
    print(f"y[N, 6912] = x[N, 2560] * w[2560, 6912], one thread, medians of {REPETITIONS}")
    print_machine(results["context"])
    table = medians(results)
    baseline = table.pop(BASELINE, {})
    others = sorted(table)
    widths = {what: max(9, len(what) + 3) for what in [BASELINE, *others]}
    header = f"{'N':>5}{BASELINE + ' ms':>{widths[BASELINE] + 2}}{'GOP/s':>8}"
    for what in others:
        header += f"{what + ' ms':>{widths[what] + 2}}{'GOP/s':>8}{'faster':>8}"
    print(header)
    unknown = (float("nan"),) * 2
    for batch in sorted(set(baseline).union(*table.values())):
        time, rate = baseline.get(batch, unknown)
        line = f"{batch:>5}{time:>{widths[BASELINE] + 2}.3f}{rate:>8.1f}"
        for what in others:
            ours, our_rate = table[what].get(batch, unknown)
            line += f"{ours:>{widths[what] + 2}.3f}{our_rate:>8.1f}{time / ours:>7.2f}x"
        print(line)


def print_einsum(results):
    """One line for each way to compute an equation on a number of threads."""
    rates = {}
    for result in results["benchmarks"]:
        if result.get("aggregate_name") != "median":
            continue
        what, equation, threads, *_ = result["run_name"].split("/")
        key = (equation, int(threads.split(":")[1]))
        rates.setdefault(key, {})[what] = (result["real_time"], result["GFLOP/s"])
    peaks = {threads: ways["peak"][1]
             for (_, threads), ways in rates.items() if "peak" in ways}
    print(f"einsum of f32, medians of {REPETITIONS}")
    print_machine(results["context"])
    for threads, peak in sorted(peaks.items()):
        print(f"Fused multiply-adds in registers, threads {threads}: {peak:.1f} GFLOP/s")
    print(f"{'equation':<18}{'threads':>7}  {'':<17}{'ms':>8}{'GFLOP/s':>9}"
          f"{'of peak':>9}{'faster than ' + BASELINE:>22}")
    for (equation, threads), ways in rates.items():
        for what, (time, rate) in ways.items():
            if what == "peak":
                continue
            of_peak = rate / peaks.get(threads, float("nan"))
            faster = ways.get(BASELINE, (float("nan"),))[0] / time
            print(f"{equation:<18}{threads:>7}  {what:<17}{time:>8.3f}{rate:>9.1f}"
                  f"{of_peak:>9.2f}{faster:>21.2f}x")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1])
    for program, output, show in [
            ("mml-bench", "bench.json", print_ternary),
            ("mml-bench-einsum", "bench-einsum.json", print_einsum)]:
        results = run(build / "bin" / program, build / output, sys.argv[2:])
        show(results)
        print(f"written to {build / output}")


if __name__ == "__main__":
    main()
