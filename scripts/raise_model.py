# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ternary models in linalg as other front ends lower them, for what measures and
tests mml-raise-ternary.

A model is layers of f32 weights -s, 0 and s (a constant of outputs x inputs,
transposed in front of its product, as torch.nn.Linear becomes one), a bias and a
relu between. What a layer does with its activations is its form:

integers   activations rounded to integers of f32, weights of -1, 0 and 1, the
           scales of both behind the product: BitNet b1.58 as it is deployed
bitlinear  activations rounded, and divided by their scale again; weights of
           -s, 0 and s: BitNet b1.58 as it is trained
floats     activations as they are, weights of -1, 0 and 1
"""
import random
import struct

FORMS = ("integers", "bitlinear", "floats")

PARALLEL = '["parallel", "parallel"]'


class Writer:
    """Writes the operations of one function, with unknown rows."""

    def __init__(self):
        self.lines = []
        self.count = 0
        self.resources = []

    def add(self, text):
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def body(self, operations, arguments):
        lines = [f"  ^bb0({arguments}):"]
        lines += [f"    {operation}" for operation in operations]
        lines += ["  } -> "]
        return "{\n" + "\n".join(lines)

    def elementwise(self, operands, columns, operations):
        """One operation on elements of tensors of n rows; each operand is a
        name and its number of columns, 1 or all of them, or none of rows."""
        types = [f"tensor<{c}xf32>" if c and r == "" else f"tensor<?x{c}xf32>"
                 for _, c, r in operands]
        out = f"tensor<?x{columns}xf32>"
        empty = self.add(f"tensor.empty(%n) : {out}")
        maps = []
        for _, width, rows in operands:
            if rows == "":
                maps.append("affine_map<(d0, d1) -> (d1)>")
            elif width == 1 and columns != 1:
                maps.append("affine_map<(d0, d1) -> (d0, 0)>")
            else:
                maps.append("affine_map<(d0, d1) -> (d0, d1)>")
        maps.append("affine_map<(d0, d1) -> (d0, d1)>")
        names = ", ".join(name for name, _, _ in operands)
        arguments = ", ".join(f"%a{i}: f32" for i in range(len(operands)))
        body = self.body(operations, f"{arguments}, %out: f32")
        return self.add(
            f"linalg.generic {{indexing_maps = [{', '.join(maps)}], "
            f"iterator_types = {PARALLEL}}} ins({names} : {', '.join(types)}) "
            f"outs({empty} : {out}) {body}{out}")

    def scale(self, x, columns):
        """127 / clamp(max|x|, 1e-5) of each row."""
        magnitudes = self.elementwise(
            [(x, columns, "n")], columns,
            ["%0 = math.absf %a0 : f32", "linalg.yield %0 : f32"])
        empty = self.add("tensor.empty(%n) : tensor<?x1xf32>")
        start = self.add(f"linalg.fill ins(%lowest : f32) "
                         f"outs({empty} : tensor<?x1xf32>) -> tensor<?x1xf32>")
        body = self.body(["%0 = arith.maximumf %a0, %out : f32",
                          "linalg.yield %0 : f32"], "%a0: f32, %out: f32")
        largest = self.add(
            "linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, "
            "affine_map<(d0, d1) -> (d0, 0)>], "
            'iterator_types = ["parallel", "reduction"]} '
            f"ins({magnitudes} : tensor<?x{columns}xf32>) "
            f"outs({start} : tensor<?x1xf32>) {body}tensor<?x1xf32>")
        clamped = self.elementwise(
            [(largest, 1, "n")], 1,
            ["%0 = arith.maximumf %a0, %epsilon : f32", "linalg.yield %0 : f32"])
        return self.elementwise(
            [(clamped, 1, "n")], 1,
            ["%0 = arith.divf %largest, %a0 : f32", "linalg.yield %0 : f32"])

    def integers(self, x, scale, columns):
        scaled = self.elementwise(
            [(x, columns, "n"), (scale, 1, "n")], columns,
            ["%0 = arith.mulf %a0, %a1 : f32", "linalg.yield %0 : f32"])
        rounded = self.elementwise(
            [(scaled, columns, "n")], columns,
            ["%0 = math.roundeven %a0 : f32", "linalg.yield %0 : f32"])
        return self.elementwise(
            [(rounded, columns, "n")], columns,
            ["%0 = arith.maximumf %a0, %smallest : f32",
             "%1 = arith.minimumf %0, %largest : f32",
             "linalg.yield %1 : f32"])

    def constant(self, values, shape):
        name = f"c{len(self.resources)}"
        # The alignment comes first.
        data = struct.pack(f"<I{len(values)}f", 64, *values)
        self.resources.append((name, data.hex().upper()))
        return self.add(f"arith.constant dense_resource<{name}> : "
                        f"tensor<{'x'.join(map(str, shape))}xf32>")

    def product(self, x, weights, columns, outputs):
        empty = self.add(f"tensor.empty() : tensor<{columns}x{outputs}xf32>")
        kernel = self.add(
            f"linalg.transpose ins({weights} : tensor<{outputs}x{columns}xf32>) "
            f"outs({empty} : tensor<{columns}x{outputs}xf32>) permutation = [1, 0]")
        empty = self.add(f"tensor.empty(%n) : tensor<?x{outputs}xf32>")
        zeros = self.add(f"linalg.fill ins(%zero : f32) outs({empty} : "
                         f"tensor<?x{outputs}xf32>) -> tensor<?x{outputs}xf32>")
        return self.add(
            f"linalg.matmul ins({x}, {kernel} : tensor<?x{columns}xf32>, "
            f"tensor<{columns}x{outputs}xf32>) outs({zeros} : "
            f"tensor<?x{outputs}xf32>) -> tensor<?x{outputs}xf32>")


def make(form, widths, seed=0):
    """The text of a model with `widths` numbers at the ends of its layers."""
    draw = random.Random(seed)
    writer = Writer()
    x = "%x"
    for index, (columns, outputs) in enumerate(zip(widths, widths[1:])):
        magnitude = 1.0 if form != "bitlinear" else draw.uniform(0.02, 0.05)
        weights = writer.constant(
            [magnitude * value for value in
             draw.choices((-1.0, 0.0, 1.0), k=columns * outputs)],
            (outputs, columns))
        bias = writer.constant([draw.gauss(0, 1) for _ in range(outputs)],
                               (outputs,))
        if form == "floats":
            x = writer.product(x, weights, columns, outputs)
            x = writer.elementwise(
                [(x, outputs, "n"), (bias, outputs, "")], outputs,
                ["%0 = arith.addf %a0, %a1 : f32", "linalg.yield %0 : f32"])
        else:
            scale = writer.scale(x, columns)
            x = writer.integers(x, scale, columns)
            if form == "bitlinear":
                x = writer.elementwise(
                    [(x, columns, "n"), (scale, 1, "n")], columns,
                    ["%0 = arith.divf %a0, %a1 : f32", "linalg.yield %0 : f32"])
            x = writer.product(x, weights, columns, outputs)
            if form == "integers":
                x = writer.elementwise(
                    [(x, outputs, "n"), (scale, 1, "n")], outputs,
                    ["%0 = arith.divf %a0, %a1 : f32", "linalg.yield %0 : f32"])
            x = writer.elementwise(
                [(x, outputs, "n"), (bias, outputs, "")], outputs,
                ["%0 = arith.addf %a0, %a1 : f32", "linalg.yield %0 : f32"])
        if index + 2 < len(widths):
            x = writer.elementwise(
                [(x, outputs, "n")], outputs,
                ["%0 = arith.maximumf %a0, %zero : f32", "linalg.yield %0 : f32"])
    header = [
        f"func.func @main(%x: tensor<?x{widths[0]}xf32>) "
        f"-> tensor<?x{widths[-1]}xf32> {{",
        "  %c0 = arith.constant 0 : index",
        f"  %n = tensor.dim %x, %c0 : tensor<?x{widths[0]}xf32>",
        "  %zero = arith.constant 0.0 : f32",
        "  %lowest = arith.constant 0xFF800000 : f32",
        "  %epsilon = arith.constant 1.0e-05 : f32",
        "  %smallest = arith.constant -128.0 : f32",
        "  %largest = arith.constant 127.0 : f32",
    ]
    footer = [f"  return {x} : tensor<?x{widths[-1]}xf32>", "}",
              "{-#", "  dialect_resources: {", "    builtin: {"]
    footer.append(",\n".join(f'      {name}: "0x{data}"'
                             for name, data in writer.resources))
    footer += ["    }", "  }", "#-}", ""]
    return "\n".join(header + writer.lines + footer)
