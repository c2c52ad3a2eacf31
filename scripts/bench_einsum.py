# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of what mml-bench-einsum, a program of Google Benchmark's, measured."""
BASELINE = "openblas"
REPETITIONS = 7

ARGUMENTS = [
    f"--benchmark_repetitions={REPETITIONS}",
    "--benchmark_report_aggregates_only=true",
    # Whatever else the machine does then slows all of them down alike.
    "--benchmark_enable_random_interleaving=true",
    "--benchmark_out_format=json",
]


def print_table(results, processor):
    """One line for each way to compute an equation on a number of threads."""
    context = results["context"]
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
    print(f"Processor: {processor or 'unknown'}, "
          f"{context['num_cpus']} of them; load average {context['load_avg'][0]:.1f}")
    print(f"OpenBLAS f32 with its {context['openblas_core']} kernels; "
          f"ours with vectors of {context['vector_bits']} bits")
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
