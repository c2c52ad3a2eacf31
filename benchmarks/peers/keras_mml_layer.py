# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Keras-MML's own DenseMML, with JAX under it, compiled as one function. The
layer is in the state of one that was loaded from a file: its kernel are trits,
in float32, and a scale.
"""
import os
import sys

# JAX makes its threads by these when it is imported.
if __name__ == "__main__":
    os.environ["NPROC"] = sys.argv[3]
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"

import importlib.metadata

import jax
import numpy
from keras_mml.layers import DenseMML

from worker import Peer, serve


class KerasMml(Peer):
    def __init__(self, problem, inputs, variant, threads):
        layers, variables = [], []
        for index, x in enumerate(inputs):
            layer = DenseMML(problem.outputs)
            layer.build(x.shape)
            kernel, bias = problem.layer(index)
            values = {"kernel": kernel.astype(numpy.float32), "bias": bias,
                      "gain": problem.gain}
            layer._kernel_scale = problem.scale
            layers.append(layer)
            variables.append([jax.numpy.asarray(values[variable.name])
                              for variable in layer.trainable_variables])
            self.bytes += values["kernel"].nbytes

        def compute(variables, inputs):
            return [layer.stateless_call(values, [], x)[0]
                    for layer, values, x in zip(layers, variables, inputs)]

        self.compute = jax.jit(compute)
        self.variables = variables
        self.inputs = [jax.numpy.asarray(x) for x in inputs]

    def call(self):
        self.outputs = self.compute(self.variables, self.inputs)
        jax.block_until_ready(self.outputs)

    def results(self):
        return [numpy.asarray(y) for y in self.outputs]


if __name__ == "__main__":
    serve(KerasMml, importlib.metadata.version("keras-matmulless"))
