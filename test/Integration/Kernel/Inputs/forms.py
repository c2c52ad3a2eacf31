# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a layer and a product with a batch of kernels, of random trits, for any
number of tokens."""
import random

draw = random.Random(5)


def trits(*shape):
    count = 1
    for size in shape:
        count *= size
    codes = bytes(draw.choice((0, 1, 255)) for _ in range(count))
    shape = "x".join(map(str, shape))
    return (f'mml.constant #mml.trits<dense<"0x{codes.hex().upper()}"> : tensor<{shape}xi8>> : '
            f"tensor<{shape}x!mml.trit>")


print(f"""\
func.func @main(%x: tensor<?x300xf32>, %a: tensor<3x?x433xi8>) -> (tensor<?x1100xf32>, tensor<3x?x70xi32>) {{
  %w = {trits(300, 1100)}
  %v = {trits(3, 433, 70)}
  %s = arith.constant dense<2.0> : tensor<f32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-3)
      quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>)
      activation(<relu>)
      : (tensor<?x300xf32>, tensor<300x1100x!mml.trit>, tensor<f32>) -> tensor<?x1100xf32>
  %z = mml.einsum "hnx,hxy->hny" %a, %v bound(128)
      : (tensor<3x?x433xi8>, tensor<3x433x70x!mml.trit>) -> tensor<3x?x70xi32>
  return %y, %z : tensor<?x1100xf32>, tensor<3x?x70xi32>
}}""")
