#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the model and the low-rank adapters of test/Data/lora.

    pip install 'jax[cpu]' keras==3.15.1
    KERAS_BACKEND=jax python make_lora.py OUT

model.keras is the model without adapters, x0.npy its input; y_alpha.npy is what
Keras answers with the adapters of by_name.h5, y_rank.npy with those of
by_index.lora.h5 (the layout of KerasHub, whose alpha is the rank); merged.keras
is the model as Keras saves it with adapters.
"""

import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import keras
import numpy as np
from keras import layers as K

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(7)
RANK = 3


def build():
    """Kernels whose last axis stays, is contracted, and that of Dense."""
    x = keras.Input((5, 12), name="x")
    y = K.EinsumDense("abc,cde->abde", output_shape=(None, 2, 4), bias_axes="de",
                      activation="relu", name="heads")(x)
    y = K.Dropout(0.5, name="dropout")(y)
    y = K.EinsumDense("abde,fde->abf", output_shape=(None, 7), name="join")(y)
    y = K.Dense(6, activation="tanh", name="last")(y)
    return keras.Model(x, y, name="adapted")


def adapt(model, alpha):
    for layer in model.layers:
        if isinstance(layer, (K.EinsumDense, K.Dense)):
            layer.enable_lora(RANK, lora_alpha=alpha)
            a, b = factors[layer.name]
            layer.lora_kernel_a.assign(a)
            layer.lora_kernel_b.assign(b)


base = build()
for weight in base.weights:
    weight.assign(random.normal(0, 0.5, weight.shape))
factors = {}
for layer in base.layers:
    if isinstance(layer, (K.EinsumDense, K.Dense)):
        shape = tuple(layer.kernel.shape)
        factors[layer.name] = (
            random.normal(0, 0.5, shape[:-1] + (RANK,)).astype("float32"),
            random.normal(0, 0.5, (RANK, shape[-1])).astype("float32"))
base.save(OUT / "model.keras")
x = random.normal(0, 1, (3, 5, 12)).astype("float32")
np.save(OUT / "x0.npy", x)

for alpha, name in ((8, "y_alpha"), (None, "y_rank")):
    model = keras.saving.load_model(OUT / "model.keras")
    adapt(model, alpha)
    np.save(OUT / f"{name}.npy", np.asarray(model(x)))
    if alpha:
        model.save(OUT / "merged.keras")

with h5py.File(OUT / "by_name.h5", "w") as file:
    for name, (a, b) in factors.items():
        file[f"{name}/lora_kernel_a"] = a
        file[f"{name}/lora_kernel_b"] = b
        file[f"{name}/lora_alpha"] = 8.0
with h5py.File(OUT / "by_index.lora.h5", "w") as file:
    file["lora/vars/rank"] = RANK
    weighted = [layer for layer in base.layers if layer.weights]
    for i, layer in enumerate(weighted):
        a, b = factors[layer.name]
        file[f"lora/{i}/vars/lora_kernel_a"] = a
        file[f"lora/{i}/vars/lora_kernel_b"] = b

# What does not fit.
with h5py.File(OUT / "unknown.h5", "w") as file:
    file["heads/lora_kernel_a"], file["heads/lora_kernel_b"] = factors["heads"]
    file["nobody/lora_kernel_a"] = factors["heads"][0]
with h5py.File(OUT / "shape.h5", "w") as file:
    file["last/lora_kernel_a"] = factors["last"][0]
    file["last/lora_kernel_b"] = factors["last"][1][:, 1:]
with h5py.File(OUT / "half.h5", "w") as file:
    file["last/lora_kernel_a"] = factors["last"][0]
with h5py.File(OUT / "rank.lora.h5", "w") as file:
    file["lora/vars/rank"] = RANK + 1
    file["lora/0/vars/lora_kernel_a"], file["lora/0/vars/lora_kernel_b"] = factors["heads"]
with h5py.File(OUT / "dropout.h5", "w") as file:
    file["dropout/lora_kernel_a"], file["dropout/lora_kernel_b"] = factors["last"]
