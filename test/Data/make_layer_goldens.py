#!/usr/bin/env python3
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the golden cases keras_*_layers, keras_nested_models and keras_embedding.

    pip install 'jax[cpu]' keras==3.15.1 keras-matmulless==0.1.2
    KERAS_BACKEND=jax python make_layer_goldens.py OUT

Each case is a folder: model.keras, x0.npy.. (inputs in the model's order),
y0.npy.. (outputs of the model as Keras loads it from model.keras), case.json.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import keras_mml.layers as M
import numpy as np
from keras import layers as K

OUT = pathlib.Path(sys.argv[1])


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(0, 1, shape).astype("float32")


def emit(name, seed, model, inputs, note):
    """Gives every weight a random value, so that no default hides a mistake."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if not str(weight.dtype).startswith("float"):
            continue
        if weight.name in ("gain", "gamma", "moving_variance"):
            value = random.uniform(0.5, 1.5, weight.shape)
        else:
            value = random.normal(0, 0.4, weight.shape)
        weight.assign(value.astype("float32"))
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    loaded = keras.saving.load_model(folder / "model.keras")
    result = loaded(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = [np.asarray(y) for y in (result if isinstance(result, (list, tuple)) else [result])]
    for letter, arrays in (("x", inputs), ("y", outputs)):
        for i, array in enumerate(arrays):
            np.save(folder / f"{letter}{i}.npy", array)
    case = dict(name=name, note=note, keras=keras.__version__,
                inputs=[[str(x.dtype), list(x.shape)] for x in inputs],
                outputs=[[str(y.dtype), list(y.shape)] for y in outputs])
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")


def nested_models():
    x = keras.Input((6,), name="in")
    inner = keras.Model(x, [M.DenseMML(5)(K.Dense(5, activation="tanh")(x)), K.Dense(3)(x)], name="inner")
    sequential = keras.Sequential([keras.Input((6,)), K.Dense(6), K.ReLU(max_value=1.5, negative_slope=0.2, threshold=0.1)],
                                  name="sq")
    deep = keras.Sequential([keras.Input((5,)),
                             keras.Sequential([keras.Input((5,)), M.DenseMML(5, activation="gelu")], name="core")], name="deep")
    first, second = keras.Input((6,), name="first"), keras.Input((6,), name="second")
    a, b = inner(sequential(first))
    c, d = inner(second)
    model = keras.Model([first, second], [K.Add()([deep(a), c]), b, d, sequential(second)], name="outer")
    emit("keras_nested_models", 51, model, [normal(52, 4, 6), normal(53, 4, 6)],
         "models in models, one called twice, one within another")


def merge_layers():
    a, b, c = keras.Input((4,)), keras.Input((3, 4)), keras.Input((3, 1))
    outputs = [K.Average()([a, b, c]), K.Minimum()([b, c]), K.Maximum()([a, b]), K.Multiply()([c, a]), K.Subtract()([b, a]),
               K.Concatenate(axis=1)([b, K.Add()([b, b])]), K.Concatenate()([b, c])]
    emit("keras_merge_layers", 54, keras.Model([a, b, c], outputs), [normal(54, 5, 4), normal(55, 5, 3, 4), normal(56, 5, 3, 1)],
         "merges of different ranks")


def sequence_layers():
    inputs = keras.Input((5, 6))
    x = K.BatchNormalization(axis=1)(inputs)
    x = K.LayerNormalization(axis=[1, 2], epsilon=0.1)(x)
    for idle in (K.Dropout(0.2), K.SpatialDropout1D(0.2), K.GaussianNoise(0.2), K.PReLU(shared_axes=[1]), K.ELU(alpha=0.5),
                 K.LeakyReLU(0.1), K.PReLU()):
        x = idle(x)
    outputs = [K.Softmax(axis=1)(x), K.GlobalAveragePooling1D(keepdims=True)(x), K.GlobalMaxPooling1D()(x),
               K.GlobalAveragePooling1D(data_format="channels_first")(x), K.Permute((2, 1))(x), K.Reshape((3, -1, 5))(x),
               K.Dense(7, activation=K.LeakyReLU(0.05))(x), K.Activation("log_softmax")(x), K.LayerNormalization(scale=False)(x),
               M.SwiGLUMML(4)(x)]
    emit("keras_sequence_layers", 57, keras.Model(inputs, outputs), [normal(58, 3, 5, 6)],
         "norms, activations and pooling of a sequence")


def image_layers():
    inputs = keras.Input((7, 9, 2), dtype="uint8")
    x = K.Rescaling(1 / 128, offset=[-1.0, 0.5])(inputs)
    outputs = [K.Flatten()(x), K.Flatten(data_format="channels_first")(x), K.Permute((3, 1, 2))(x), K.Softmax(axis=2)(x),
               M.PatchEmbedding(6, 5, use_mml=False, with_positions=True)(M.Patches(3)(x)),
               M.PatchEmbedding(12, 5, with_positions=True)(M.Patches(2)(x)), K.BatchNormalization(axis=-1, center=False)(x)]
    images = np.random.default_rng(60).integers(0, 255, (2, 7, 9, 2)).astype("uint8")
    emit("keras_image_layers", 59, keras.Model(inputs, outputs), [images],
         "8-bit images: rescaling, flattening, patches that leave a remainder")


def embedding():
    inputs = keras.Input((5,), dtype="int32")
    x = K.Dense(8)(K.Embedding(11, 6)(inputs))
    ids = np.random.default_rng(62).integers(-11, 11, (3, 5)).astype("int32")
    emit("keras_embedding", 61, keras.Model(inputs, [x, K.GlobalAveragePooling1D()(x)]), [ids], "indices of both signs")


for case in (nested_models, merge_layers, sequence_layers, image_layers, embedding):
    keras.utils.set_random_seed(50)
    case()
