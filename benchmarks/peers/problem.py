# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The layers that are compared: DenseMML with data that are the same on every
run, and what it computes, in NumPy.

    y = (Q(RMSNorm(x) * gain) . T) / scale + bias

T are trits [K, M], `scale` is one number, Q rounds each token to int8 by its
largest magnitude. Layer i of a set has the outputs of the first one (columns of
T, bias) moved on by i: other weights in memory, and an answer that need not be
computed again.
"""
import pathlib

import numpy

# The norm is x * sqrt(K) / sqrt(max(sum of squares, EPSILON)), as in Keras-MML.
EPSILON = 1e-14


class Problem:
    """A layer: `kernel` int8 [K, M], `scale`, `gain` [K], `bias` [M]."""

    def __init__(self, kernel, scale, gain, bias):
        self.kernel, self.gain, self.bias = kernel, gain, bias
        self.scale = float(scale)
        self.depth, self.outputs = kernel.shape

    @classmethod
    def create(cls, depth, outputs):
        random = numpy.random.default_rng(1)
        return cls(
            random.integers(-1, 2, (depth, outputs), dtype=numpy.int8), 50.0,
            (1 + 0.1 * random.standard_normal(depth)).astype(numpy.float32),
            (0.1 * random.standard_normal(outputs)).astype(numpy.float32))

    @classmethod
    def load(cls, folder):
        return cls(*(numpy.load(pathlib.Path(folder) / f"{name}.npy")
                     for name in ("kernel", "scale", "gain", "bias")))

    def save(self, folder):
        for name in ("kernel", "gain", "bias"):
            numpy.save(folder / f"{name}.npy", getattr(self, name))
        numpy.save(folder / "scale.npy", numpy.float32(self.scale))

    def layer(self, index):
        """(kernel, bias) of layer `index` of a set; gain and scale are those of
        all layers."""
        return (numpy.roll(self.kernel, index, axis=1),
                numpy.roll(self.bias, index))

    def rows(self, number):
        """Activations f32 [number, K]; fewer rows are the first of more."""
        return numpy.random.default_rng(2).standard_normal(
            (number, self.depth), dtype=numpy.float32)

    def answer(self, rows, layers):
        """What `layers` layers make of their rows, which lie one after another:
        f64 [rows, M]."""
        x = rows.astype(numpy.float64)
        squares = numpy.maximum((x * x).sum(axis=-1, keepdims=True), EPSILON)
        x *= numpy.sqrt(self.depth / squares) * self.gain
        scale = 127 / numpy.clip(abs(x).max(axis=-1, keepdims=True), 1e-5, 1e9)
        integers = numpy.clip(numpy.rint(x * scale), -128, 127)
        # Sums of integers that float32 holds are exact in it, in any order.
        exact = numpy.float32 if 128 * self.depth < 2**24 else numpy.float64
        sums = integers.astype(exact) @ self.kernel.astype(exact)
        y = sums / (scale * self.scale) + self.bias
        for layer, part in enumerate(numpy.split(y, layers)):
            part[:] = numpy.roll(part, layer, axis=1)
        return y
