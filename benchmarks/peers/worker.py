# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the programs of the peers have in common: they answer requests on the
standard input, one JSON object a line, as benchmarks/Layers.cpp describes, and
`hello`, which gives the version of what is measured.

    python benchmarks/peers/<peer>_layer.py FOLDER VARIANT THREADS
"""
import json
import os
import sys
import time

import numpy

from problem import Problem


class Peer:
    """Layers in some library. Subclasses compile the layers in `__init__` from
    a problem, a list of inputs f32 [batch, K], one a layer, the name of a
    variant and a number of threads."""

    # Bytes of all weights, in the form that the library is given.
    bytes = 0

    def call(self):
        """Computes every layer once, and returns when all is done."""
        raise NotImplementedError

    def results(self):
        """What the last call computed, an array f32 [batch, M] a layer."""
        raise NotImplementedError


class Server:
    def __init__(self, make, version, folder, variant, threads):
        self.make, self.version = make, version
        self.problem = Problem.load(folder)
        self.variant, self.threads = variant, int(threads)
        self.peer = None
        self.seconds_per_call = None

    def hello(self, request):
        return {"version": self.version}

    def prepare(self, request):
        self.peer = None
        inputs = numpy.split(numpy.load(request["inputs"]), request["layers"])
        self.peer = self.make(self.problem, inputs, self.variant, self.threads)
        return {"bytes": self.peer.bytes}

    def answer(self, request):
        self.peer.call()
        numpy.save(request["output"], numpy.concatenate(self.peer.results()))
        return {}

    def warm(self, request):
        end = time.perf_counter() + request["seconds"]
        while True:
            start = time.perf_counter()
            self.peer.call()
            now = time.perf_counter()
            self.seconds_per_call = now - start
            if now >= end:
                return {}

    def time(self, request):
        calls = max(1, round(request["seconds"] / self.seconds_per_call))
        call = self.peer.call
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return {"seconds": time.perf_counter() - start, "calls": calls}


def serve(make, version):
    """Answers requests until there are no more."""
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = Server(make, version, *sys.argv[1:])
    for line in sys.stdin:
        try:
            request = json.loads(line)
            answer = getattr(server, request["do"])(request)
        except Exception as error:  # Whatever it is, it belongs in the table.
            reason = str(error).strip() or repr(error)
            answer = {"error": reason}
        print(json.dumps(answer), file=answers, flush=True)
