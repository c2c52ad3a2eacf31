# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What mml-bench measured: medians, and ratios within a cell.

A cell is one case on a number of threads; its contestants took turns. Rates are
GOP/s, or GB/s of read loops. They come twice, as a pair: over the repetitions
in which nothing disturbed the cores, and over all; None where there is none.
"""
import json
import statistics


class Figure:
    """The median of some rates, with the least and the most of them."""

    def __init__(self, rates):
        self.count = len(rates)
        self.median = statistics.median(rates)
        self.least = min(rates)
        self.most = max(rates)


def figure(rates):
    return Figure(rates) if rates else None


class Contestant:
    def __init__(self, data, cell):
        self.data = data
        # A kernel that is another one as well is called "auto = dot".
        self.name = data["name"]
        self.names = self.name.split(" = ")
        self.role = data["role"]
        self.detail = data["detail"]
        self.layers = data["layers"]
        # GOP/s, by the model that kernels are chosen by.
        self.predicted = data.get("predicted")
        self.work = data["operations"] or data["bytes"]
        self.bytes = data["bytes"]
        weights = cell.weights * self.layers
        has_weights = weights and self.role in ("ours", "baseline")
        self.bits = 8 * self.bytes / weights if has_weights else None
        samples = data["samples"]
        quiet = [s for s in samples if s["undisturbed"]]
        self.rates = tuple(figure([1e-9 * self.work / s["seconds"] for s in some])
                           for some in (quiet, samples))

    @property
    def rate(self):
        """The better founded figure."""
        return self.rates[0] or self.rates[1]

    @property
    def milliseconds(self):
        """Of one layer."""
        return 1e-6 * self.work / self.layers / self.rate.median

    @property
    def bandwidths(self):
        """The medians in GB/s of what is read from memory."""
        return tuple(f and f.median * self.bytes / self.work for f in self.rates)


class Cell:
    def __init__(self, data):
        self.data = data
        self.case = data["case"]
        self.threads = data["threads"]
        self.batch = data.get("batch")
        self.weights = data.get("outputs", 0) * data.get("depth", 0)
        self.contestants = [Contestant(c, self) for c in data["contestants"]]

    def find(self, name):
        """The contestant of that name; of peaks, the beginning will do."""
        for contestant in self.contestants:
            if name in contestant.names or (contestant.role == "peak"
                                            and contestant.name.split(" ")[0] == name):
                return contestant
        return None

    def ratios(self, contestant, other):
        """How many times faster it is than `other`, over undisturbed and over
        all repetitions. Beside a read loop, the bytes a second count."""
        if not other:
            return (None, None)
        ours = contestant.bandwidths if other.role == "read loop" else \
            tuple(f and f.median for f in contestant.rates)
        theirs = tuple(f and f.median for f in other.rates)
        return tuple(a / b if a and b else None for a, b in zip(ours, theirs))


class Results:
    def __init__(self, data):
        self.data = data
        self.machine = data["machine"]
        self.notes = data["notes"]
        self.cells = [Cell(c) for c in data["cells"]]

    def find(self, case, threads):
        for cell in self.cells:
            if cell.case == case and cell.threads == threads:
                return cell
        return None


# What is compared with, in the order of the table's columns: the dot product
# instruction (the best of vectors), the read loop and the libraries.
def references(cell):
    return {
        "dot peak": cell.find("vpdpbusd") or cell.find("vpmaddubsw"),
        "read loop": cell.find("read loop"),
        "oneDNN": cell.find("oneDNN int8") or cell.find("oneDNN int8 AVX2"),
        "VNNI": cell.find("oneDNN int8 VNNI"),
        "OpenBLAS": cell.find("OpenBLAS f32"),
    }


def load(path):
    return Results(json.loads(path.read_text(encoding="utf-8")))


def add_medians(results):
    """Adds to each contestant's data what follows from its repetitions."""
    def describe(f):
        return f and {"count": f.count, "median": f.median, "least": f.least,
                      "most": f.most}

    for cell in results.cells:
        others = {name: other for name, other in references(cell).items() if other}
        for contestant in cell.contestants:
            contestant.data["bitsPerWeight"] = contestant.bits
            contestant.data["rates"] = dict(zip(
                ("undisturbed", "all"), map(describe, contestant.rates)))
            if contestant.role in ("ours", "baseline"):
                contestant.data["ratios"] = {
                    name: dict(zip(("undisturbed", "all"),
                                   cell.ratios(contestant, other)))
                    for name, other in others.items() if other is not contestant}
