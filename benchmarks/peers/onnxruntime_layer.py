# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DenseMML in ONNX Runtime. Variants:
- 2-bit: MatMulNBits with blocks of 128 weights; accuracy_level 4 rounds the
  activations of each block to int8.
- u8s8: DynamicQuantizeLinear and MatMulInteger, which ONNX Runtime fuses: the
  activations of the whole batch are rounded to uint8 by one scale.
"""
import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from problem import EPSILON
from worker import Peer, serve

BLOCK = 128
MICROSOFT = "com.microsoft"


class Graph:
    """Nodes and constants of a model that is being built."""

    def __init__(self):
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def constant(self, name, array):
        self.constants.append(
            numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def node(self, kind, inputs, *outputs, domain="", **attributes):
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain,
                                           **attributes))
        return outputs[0]

    def serialize(self):
        graph = helper.make_graph(self.nodes, "layers", self.inputs,
                                  self.outputs, self.constants)
        return helper.make_model(
            graph, ir_version=10,
            opset_imports=[helper.make_opsetid("", 21),
                           helper.make_opsetid(MICROSOFT, 1)]
        ).SerializeToString()


class OnnxRuntime(Peer):
    def __init__(self, problem, inputs, variant, threads):
        add = {"2-bit": self.add_2_bit, "u8s8": self.add_u8s8}[variant]
        graph = Graph()
        gain = graph.constant("gain", problem.gain)
        for index, x in enumerate(inputs):
            kernel, bias = problem.layer(index)
            normed = graph.node("SimplifiedLayerNormalization",
                                [f"x{index}", gain], f"normed{index}", axis=-1,
                                epsilon=EPSILON)
            product = add(graph, index, normed, kernel, 1 / problem.scale)
            graph.node("Add", [product, graph.constant(f"bias{index}", bias)],
                       f"y{index}")
            graph.inputs.append(helper.make_tensor_value_info(
                f"x{index}", TensorProto.FLOAT, x.shape))
            graph.outputs.append(helper.make_tensor_value_info(
                f"y{index}", TensorProto.FLOAT, [len(x), problem.outputs]))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            graph.serialize(), options, ["CPUExecutionProvider"])
        # Inputs and outputs stay where they are: nothing is copied in a call.
        self.inputs = inputs
        self.outputs = [numpy.empty((len(x), problem.outputs), numpy.float32)
                        for x in inputs]
        self.binding = self.session.io_binding()
        for index, (x, y) in enumerate(zip(inputs, self.outputs)):
            self.binding.bind_cpu_input(f"x{index}", x)
            self.binding.bind_output(f"y{index}", "cpu", 0, numpy.float32,
                                     y.shape, y.ctypes.data)

    def add_2_bit(self, graph, index, x, kernel, scale):
        depth, outputs = kernel.shape
        blocks = -(-depth // BLOCK)
        # Code 2 is zero where no zero points are given.
        codes = numpy.full((outputs, blocks * BLOCK), 2, numpy.uint8)
        codes[:, :depth] += kernel.T.view(numpy.uint8)
        codes = codes.reshape(outputs, blocks, BLOCK // 4, 4)
        packed = (codes[..., 0] | codes[..., 1] << 2 | codes[..., 2] << 4
                  | codes[..., 3] << 6)
        self.bytes += packed.nbytes
        scales = numpy.full((outputs, blocks), scale, numpy.float32)
        return graph.node(
            "MatMulNBits",
            [x, graph.constant(f"kernel{index}", packed),
             graph.constant(f"scales{index}", scales)],
            f"product{index}", domain=MICROSOFT, K=depth, N=outputs, bits=2,
            block_size=BLOCK, accuracy_level=4)

    def add_u8s8(self, graph, index, x, kernel, scale):
        self.bytes += kernel.nbytes
        quantized, step, zero = (f"{name}{index}"
                                 for name in ("quantized", "step", "zero"))
        graph.node("DynamicQuantizeLinear", [x], quantized, step, zero)
        sums = graph.node(
            "MatMulInteger",
            [quantized, graph.constant(f"kernel{index}", kernel), zero],
            f"sums{index}")
        floats = graph.node("Cast", [sums], f"floats{index}",
                            to=TensorProto.FLOAT)
        factor = graph.node(
            "Mul",
            [step, graph.constant(f"scale{index}", numpy.float32(scale))],
            f"factor{index}")
        return graph.node("Mul", [floats, factor], f"product{index}")

    def call(self):
        self.session.run_with_iobinding(self.binding)

    def results(self):
        return self.outputs


if __name__ == "__main__":
    # Only errors: it warns of each device that the machine does not have.
    onnxruntime.set_default_logger_severity(3)
    serve(OnnxRuntime, onnxruntime.__version__)
