# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What tests on the stand-in for the CUDA driver have in common."""

import json
import os
import pathlib
import subprocess


def run(arguments, standin, **options):
    """Runs mml-runner with the driver of the folder `standin` (None: without);
    further options of the driver by their names. Returns the process."""
    environment = dict(os.environ)
    if standin:
        environment["LD_LIBRARY_PATH"] = str(standin)
    for name, value in options.items():
        environment["MML_STANDIN_" + name.upper()] = str(value)
    return subprocess.run(["mml-runner", *map(str, arguments)], capture_output=True, text=True,
                          env=environment)


def read_report(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def write_npy(path, shape, descriptor, data):
    """A file of NumPy's with the bytes `data`."""
    sizes = "".join(f"{size}, " for size in shape)
    header = f"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({sizes}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") +
                                   header.encode() + data)


def make_contraction(name, tokens, depth, outputs, is_static, trits):
    """A function of i8 activations times trits, in i32."""
    n = tokens if is_static else "?"
    result = f"tensor<{n}x{outputs}xi32>"
    size = "" if is_static else "%n"
    return f"""
func.func @{name}(%x: tensor<{n}x{depth}xi8>) -> {result} {{
  %w = mml.constant #mml.trits<dense<"0x{trits.hex().upper()}"> : tensor<{depth}x{outputs}xi8>> : tensor<{depth}x{outputs}x!mml.trit>
  %zero = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<{n}x{depth}xi8>
  %empty = tensor.empty({size}) : {result}
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : {result}) -> {result}
  %y = mml.contract bound(128) ins(%x, %w : tensor<{n}x{depth}xi8>, tensor<{depth}x{outputs}x!mml.trit>) outs(%zeros : {result}) -> {result}
  return %y : {result}
}}
"""
