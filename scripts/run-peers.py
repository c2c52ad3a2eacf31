#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times whole DenseMML layers, f32 in and f32 out, beside what other libraries
make of them, and prints one table.

    scripts/install-peers.py BUILD/bench-peers
    BUILD/bench-peers/numpy/bin/python scripts/run-peers.py BUILD [options]

Every contestant is checked against NumPy before it is timed. They take turns:
one repetition each, again and again, while the others are stopped. All that was
measured is in BUILD/bench-peers.json.
"""
import argparse
import json
import math
import os
import pathlib
import signal
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
sys.path.insert(0, str(PEERS))

import machine
import report
from contestant import Contestant, Failure
from problem import Problem

# How far an answer may be from NumPy's, relative to the largest output. Where
# activations are rounded as in DenseMML, a tie may still round to one more or
# one less, an eighth of OUR_TOLERANCE at K = 2560. Libraries may round otherwise
# (a scale for a part of a token or for a whole batch, bfloat16) or, for some
# shapes, not at all: they end up as far from DenseMML as that is from floats,
# 0.01 or so. Weights in a wrong order would be off by about 1.
OUR_TOLERANCE = 1e-3
TOLERANCE = 3e-2
OURS = "mml"
# Name, environment, variant.
LIBRARIES = [
    ("openvino u2", "openvino", "u2 f32 K"),
    ("openvino u2 /256", "openvino", "u2 f32 256"),
    ("openvino i8", "openvino", "i8 f32 K"),
    ("openvino i8 /256", "openvino", "i8 f32 256"),
    ("openvino u2 bf16", "openvino", "u2 bf16 K"),
    ("onnxruntime 2-bit", "onnxruntime", "2-bit"),
    ("onnxruntime u8s8", "onnxruntime", "u8s8"),
    ("keras-mml", "keras-mml", "jax"),
]
# Layers of a set that is to come from memory: at most so many, and so many
# times the last-level cache. Each contestant needs up to four times its set
# while it compiles, and all of them have theirs at once.
MAX_LAYERS = 256
CACHE_FACTOR = 2
COPIES = 4
# Repetitions in search of undisturbed ones, relative to those wanted.
PATIENCE = 3


def parse_arguments():
    def numbers(text):
        values = [int(part) for part in text.split(",")]
        if min(values) < 1:
            raise ValueError
        return values

    def shape(text):
        depth, outputs = (int(part) for part in text.split("x"))
        if min(depth, outputs) < 1:
            raise ValueError
        return depth, outputs

    def positive(text):
        value = float(text)
        if not 0 < value < math.inf:
            raise ValueError
        return value

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--shape", type=shape, action="append", metavar="KxM",
                        help="inputs and outputs of a layer; may be repeated (default 2560x6912)")
    parser.add_argument("--batch", type=numbers, default=[1, 8, 64, 512], metavar="N,...",
                        help="tokens (default 1,8,64,512); one token also with weights from memory")
    parser.add_argument("--threads", type=numbers, default=[1, 2], metavar="T,...",
                        help="threads (default 1,2)")
    parser.add_argument("--only", metavar="NAME,...",
                        help="contestants whose names contain one of these; ours always takes part")
    parser.add_argument("--pipeline", action="append", default=[], metavar="OPTIONS",
                        help="a further contestant: ours with options of its pipeline, say "
                             "kernel=addsub; may be repeated")
    parser.add_argument("--repetitions", type=int, default=7,
                        help="undisturbed repetitions wanted, at least 1 (default 7)")
    parser.add_argument("--seconds", type=positive, default=0.05,
                        help="time of a repetition (default 0.05)")
    parser.add_argument("--set-mib", type=positive, metavar="MIB",
                        help="size of the layers that are to come from memory (default: "
                             f"{CACHE_FACTOR} times the last-level cache)")
    options = parser.parse_args()
    if options.repetitions < 1:
        parser.error(f"expected --repetitions to be at least 1 but got {options.repetitions}")
    options.shape = options.shape or [(2560, 6912)]
    return options


class Skipped(Failure):
    """What was asked for makes no sense; nobody failed."""


class Comparison:
    """One run of this script."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.folder = options.build / "bench-peers"
        self.environments = json.loads(
            (self.folder / "environments.json").read_text(encoding="utf-8"))
        # Name, environment and variant of each; ours first, without one.
        self.contestants = [(OURS, None, "")]
        self.contestants += [(f"{OURS} {text}", None, text)
                             for text in options.pipeline]
        wanted = (options.only or "").split(",")
        self.contestants += [peer for peer in LIBRARIES
                             if any(part in peer[0] for part in wanted)]
        self.cache, self.cache_source = machine.last_level_cache()
        self.choose_set_size()
        self.versions = {}
        self.results = []

    def choose_set_size(self):
        self.set_bytes = CACHE_FACTOR * self.cache
        if self.options.set_mib:
            self.set_bytes = int(self.options.set_mib * 2**20)
        limit = machine.available_memory() // (COPIES * len(self.contestants))
        self.set_limited = limit < self.set_bytes
        self.set_bytes = min(self.set_bytes, limit)

    def command(self, environment, variant, threads, data):
        if environment is None:
            program = self.options.build / "bin" / "mml-bench-layers"
            return [program, data, variant, str(threads)]
        known = self.environments.get(environment, {"error": "not installed"})
        if "error" in known:
            raise Failure(known["error"])
        program = PEERS / f"{environment.replace('-', '_')}_layer.py"
        return [known["python"], program, data, variant, str(threads)]

    def start(self, threads, data):
        """Contestants by name, or why there is none."""
        started = {}
        for name, environment, variant in self.contestants:
            try:
                log = self.folder / f"{name.replace(' ', '-').replace('/', '-')}.log"
                started[name] = Contestant(
                    self.command(environment, variant, threads, data), log)
                if environment is not None:
                    version = started[name].ask("hello")["version"]
                    self.versions[environment] = version
                started[name].pause()
            except Failure as failure:
                self.drop(started, name, failure)
        return started

    def drop(self, started, name, failure):
        if isinstance(started.get(name), Contestant):
            started[name].close()
        started[name] = str(failure)

    def run(self):
        for shape in self.options.shape:
            problem = Problem.create(*shape)
            data = self.work / f"{shape[0]}x{shape[1]}"
            data.mkdir(exist_ok=True)
            problem.save(data)
            for threads in self.options.threads:
                started = self.start(threads, data)
                try:
                    for batch in self.options.batch:
                        sizes = self.compare(problem, started, threads, batch, "cache")
                        if batch == 1:
                            self.compare(problem, started, threads, batch, "memory", sizes)
                finally:
                    for contestant in started.values():
                        if isinstance(contestant, Contestant):
                            contestant.close()

    def compare(self, problem, started, threads, batch, weights, sizes=None):
        """Measures all that work, prints and keeps their results, and returns
        the bytes of a layer of each. With `sizes`, which are such, a set of
        layers is computed instead of one."""
        results, ready = {}, []
        for name, environment, _ in self.contestants:
            tolerance = OUR_TOLERANCE if environment is None else TOLERANCE
            result = {"shape": [problem.depth, problem.outputs],
                      "threads": threads, "batch": batch, "weights": weights,
                      "contestant": name, "tolerance": tolerance,
                      "repetitions": []}
            results[name] = result
            try:
                if not isinstance(started[name], Contestant):
                    raise Failure(started[name])
                layers = 1 if sizes is None else self.count_layers(sizes.get(name))
                result["layers"] = layers
                result |= self.prepare(problem, started[name], batch, layers)
                if not result["error"] <= tolerance:
                    raise Failure(f"differs from NumPy by {result['error']:.1e}, "
                                  f"more than {tolerance:.0e}")
                ready.append(name)
            except Failure as failure:
                self.fail(result, started, name, failure)
        self.take_turns(results, started, ready)
        for result in results.values():
            print(report.format_result(result, results[OURS]), flush=True)
        self.results += results.values()
        return {name: result["bytes"] for name, result in results.items()
                if "bytes" in result}

    def fail(self, result, started, name, failure):
        result["failure"] = str(failure)
        result["skipped"] = isinstance(failure, Skipped)
        # A program that has ended is not asked again.
        contestant = started[name]
        if isinstance(contestant, Contestant):
            if contestant.process.poll() is None:
                contestant.pause()
            else:
                self.drop(started, name, failure)

    def count_layers(self, bytes_per_layer):
        if not bytes_per_layer:
            raise Failure("no layer to make a set of")
        layers = min(math.ceil(self.set_bytes / bytes_per_layer), MAX_LAYERS)
        if layers * bytes_per_layer <= self.cache:
            raise Skipped(
                f"{layers} layers take {layers * bytes_per_layer / 2**20:.0f} "
                "MiB, which the last-level cache holds")
        return layers

    def prepare(self, problem, contestant, batch, layers):
        """What a contestant compiled, and how far its answer is from NumPy's."""
        rows = problem.rows(layers * batch)
        inputs, output = self.work / "inputs.npy", self.work / "output.npy"
        numpy.save(inputs, rows)
        prepared = contestant.ask("prepare", layers=layers, inputs=str(inputs))
        contestant.ask("answer", output=str(output))
        contestant.pause()
        expected, actual = problem.answer(rows, layers), numpy.load(output)
        if actual.shape != expected.shape:
            raise Failure(f"expected an answer of {expected.shape} but got {actual.shape}")
        difference = abs(actual - expected).max() / abs(expected).max()
        return {"bytes": prepared["bytes"], "error": float(difference)}

    def take_turns(self, results, started, ready):
        wanted = self.options.repetitions
        for turn in range(PATIENCE * wanted):
            for name in list(ready):
                result = results[name]
                repetitions = result["repetitions"]
                try:
                    repetition = started[name].time(self.options.seconds)
                except Failure as failure:
                    ready.remove(name)
                    self.fail(result, started, name, failure)
                    continue
                repetition["seconds"] /= result["layers"]
                repetitions.append(repetition)
                result |= report.summarize(repetitions, wanted)
            # Everybody goes on until the last one has what it needs.
            if turn + 1 >= wanted and all(
                    results[name]["undisturbed"] >= wanted for name in ready):
                break


def main():
    # To be ended is to clean up.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    options = parse_arguments()
    if not (options.build / "bench-peers" / "environments.json").exists():
        sys.exit(f"run-peers: run scripts/install-peers.py {options.build}/bench-peers first")
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as work:
        comparison = Comparison(options, pathlib.Path(work))
        about = machine.describe()
        print(f"Processor: {about['processor']}, {about['cores']} of them "
              f"({' '.join(about['features'])}); load average {about['load_average']:.1f}")
        print(f"Last-level cache: {comparison.cache / 2**20:.0f} MiB, {comparison.cache_source}; "
              f"weights from memory: sets of layers of {comparison.set_bytes / 2**20:.0f} MiB"
              + (", limited by memory" if comparison.set_limited else ""))
        print(f"Medians of {options.repetitions} undisturbed repetitions where there are so many, "
              f"else of all; ours: how often ours is as fast")
        print(report.HEADER, flush=True)
        comparison.run()
    about |= {"cache_bytes": comparison.cache, "set_bytes": comparison.set_bytes,
              "versions": comparison.versions, "results": comparison.results}
    output = options.build / "bench-peers.json"
    output.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    failed = [result for result in comparison.results
              if result["contestant"] == OURS and "failure" in result
              and not result["skipped"]]
    versions = ", ".join(f"{name} {version}" for name, version in comparison.versions.items())
    print(f"Versions: {versions or 'none'}; written to {output}")
    # A library that fails is a row; ours is what this is for.
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
