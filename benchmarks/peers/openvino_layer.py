# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DenseMML in OpenVINO. A variant names the type of the weights, u2 or i8, the
precision of inference, f32 or bf16, and how many activations get a scale of
their own, a number or K.

Three settings make it fast for trits:
- the weights are a constant of 2 bits, of which a zero point is subtracted;
- INFERENCE_PRECISION_HINT is f32, as bf16 is never quantized;
- DYNAMIC_QUANTIZATION_GROUP_SIZE is K: one scale for a token, as in DenseMML.
  Smaller groups are not DenseMML's arithmetic, but may be faster.
"""
import numpy
import openvino
from openvino import opset13 as op

from problem import EPSILON
from worker import Peer, serve


class OpenVino(Peer):
    def __init__(self, problem, inputs, variant, threads):
        weights, precision, group = variant.split()
        self.kept = []
        layers = [self.layer(problem, index, x.shape, weights)
                  for index, x in enumerate(inputs)]
        model = openvino.Model([y for _, y in layers], [x for x, _ in layers])
        compiled = openvino.Core().compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": precision,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE":
                problem.depth if group == "K" else int(group),
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            # The contestants take turns on the same cores.
            "ENABLE_CPU_PINNING": False})
        self.request = compiled.create_infer_request()
        # Inputs are read where they are: nothing is copied in a call.
        self.inputs = inputs
        for index, x in enumerate(inputs):
            self.request.set_input_tensor(
                index, openvino.Tensor(x, shared_memory=True))
        self.call = self.request.infer

    def layer(self, problem, index, shape, weights):
        """(input, output) of layer `index` in the graph."""
        x = op.parameter(shape, openvino.Type.f32)
        mean = op.reduce_mean(op.power(x, numpy.float32(2)),
                              numpy.array([-1]), keep_dims=True)
        root = op.sqrt(op.add(mean, numpy.float32(EPSILON)))
        # As the pattern that OpenVINO has a kernel for.
        normed = op.multiply(
            op.multiply(x, op.divide(numpy.float32(1), root)), problem.gain)
        kernel, bias = problem.layer(index)
        matrix = self.weights(kernel, problem.scale, weights)
        y = op.matmul(normed, matrix, transpose_a=False, transpose_b=True)
        return x, op.add(y, bias)

    def constant(self, values, shape, element):
        """A constant of the bytes of `values`, which it does not copy."""
        self.kept.append(values)
        return op.convert(
            op.constant(openvino.Tensor(values, shape, element)),
            openvino.Type.f32)

    def weights(self, kernel, scale, kind):
        """The kernel [M, K] in f32, which the compiled model does not store."""
        depth, outputs = kernel.shape
        shape = [outputs, depth]
        trits = numpy.ascontiguousarray(kernel.T)
        scales = numpy.full((outputs, 1), 1 / scale, numpy.float32)
        if kind == "i8":
            self.bytes += trits.nbytes
            matrix = self.constant(trits, shape, openvino.Type.i8)
            return op.multiply(matrix, scales)
        codes = numpy.zeros(-(-trits.size // 4) * 4, numpy.uint8)
        codes[:trits.size] = trits.reshape(-1) + 1
        codes = codes.reshape(-1, 4)
        packed = (codes[:, 0] | codes[:, 1] << 2 | codes[:, 2] << 4
                  | codes[:, 3] << 6)
        self.bytes += packed.nbytes
        matrix = self.constant(packed, shape, openvino.Type.u2)
        one = self.constant(numpy.array([1], numpy.uint8), [1, 1],
                            openvino.Type.u2)
        return op.multiply(op.subtract(matrix, one), scales)

    def results(self):
        return [self.request.get_output_tensor(index).data
                for index in range(len(self.inputs))]


if __name__ == "__main__":
    serve(OpenVino, openvino.__version__.split("-")[0])
