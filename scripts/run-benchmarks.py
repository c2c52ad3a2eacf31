#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a benchmark program of a build and prints a table of what it measured.

    scripts/run-benchmarks.py BUILD [arguments of mml-bench]
    scripts/run-benchmarks.py BUILD --show
    scripts/run-benchmarks.py BUILD --einsum [arguments of Google Benchmark]

The first writes BUILD/bench.json, with all that was measured, and the picture
BUILD/bench.svg; --show prints the tables of such a file once more and draws its
picture anew. The last is for einsum of floats and writes
BUILD/bench-einsum.json. docs/Benchmarks.md explains the tables.
"""
import ctypes
import json
import os
import pathlib
import subprocess
import sys

import bench_einsum
import bench_goals
import bench_predictions
import bench_results
import bench_roofline
import bench_table

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


def run(program, *arguments, **options):
    if not program.exists():
        sys.exit(f"{program}: not built; it needs the libraries that "
                 "scripts/install-deps.sh installs")
    return subprocess.run([program, *arguments], env=environment(), **options)


def run_einsum(build, arguments):
    program = build / "bin" / "mml-bench-einsum"
    output = build / "bench-einsum.json"
    print(f"Measuring with {program}; this takes a minute or two", flush=True)
    done = run(program, *bench_einsum.ARGUMENTS, f"--benchmark_out={output}", *arguments,
               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or not output.stat().st_size:
        sys.exit(f"{done.stdout.rstrip()}\n{program.name} failed with exit status "
                 f"{done.returncode}")
    bench_einsum.print_table(json.loads(output.read_text()), processor_field("model name"))
    print(f"written to {output}")


def show_ternary(build):
    output = build / "bench.json"
    if not output.exists():
        sys.exit(f"{output}: not there; measure first")
    results = bench_results.load(output)
    bench_table.print_machine(results, processor_field("model name"))
    bench_table.print_peaks(results)
    bench_table.print_cells(results)
    bench_table.print_details(results)
    bench_predictions.print_predictions(results)
    bench_goals.print_goals(results)
    for note in results.notes:
        print(f"note: {note}")
    bench_results.add_medians(results)
    output.write_text(json.dumps(results.data, indent=1) + "\n", encoding="utf-8")
    written = [str(output)]
    if picture := bench_roofline.draw(results):
        output.with_suffix(".svg").write_text(picture, encoding="utf-8")
        written.append(str(output.with_suffix(".svg")))
    print(f"written to {' and '.join(written)}")


def run_ternary(build, arguments):
    program = build / "bin" / "mml-bench"
    output = build / "bench.json"
    if {"--list", "--help"} & set(arguments):
        sys.exit(run(program, *arguments).returncode)
    print(f"Measuring with {program}; unless told otherwise, this takes some minutes",
          flush=True)
    # Wrong answers are in the file, too, with what was right.
    before = output.stat().st_mtime_ns if output.exists() else None
    status = run(program, f"--output={output}", *arguments).returncode
    if not output.exists() or output.stat().st_mtime_ns == before:
        sys.exit(f"{program.name} failed with exit status {status}")
    show_ternary(build)
    if status != 0:
        sys.exit(f"{program.name} failed with exit status {status}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return
    build, arguments = pathlib.Path(sys.argv[1]), sys.argv[2:]
    if arguments[:1] == ["--einsum"]:
        run_einsum(build, arguments[1:])
    elif arguments == ["--show"]:
        show_ternary(build)
    else:
        run_ternary(build, arguments)


if __name__ == "__main__":
    main()
