# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Draws the models that the benchmarks run: python3 make_models.py (needs onnx and numpy)."""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent


def weights(generator, name, *shape):
    fan_in = int(np.prod(shape[1:])) or 1
    values = generator.standard_normal(shape) / np.sqrt(fan_in)
    return numpy_helper.from_array(values.astype(np.float32), name)


def save(name, nodes, inputs, outputs, initializers):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="galley-benchmarks")
    onnx.checker.check_model(model, full_check=True)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def floats(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def digits_mlp():
    """64 -> 32 -> 10 over flattened 8x8 images: so small that calling it costs as much as computing it."""
    generator = np.random.default_rng(1)
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w1", "b1"], ["h1"], transB=1),
        helper.make_node("Relu", ["h1"], ["a1"]),
        helper.make_node("Gemm", ["a1", "w2", "b2"], ["scores"], transB=1),
    ]
    initializers = [
        weights(generator, "w1", 32, 64), weights(generator, "b1", 32),
        weights(generator, "w2", 10, 32), weights(generator, "b2", 10),
    ]
    save("digits-mlp", nodes, [floats("images", "batch", 1, 8, 8)], [floats("scores", "batch", 10)], initializers)


def convolutions():
    """Three 3x3 convolutions on 52x52 pixels: bound by arithmetic."""
    generator = np.random.default_rng(2)
    nodes, initializers, last, channels = [], [], "images", 3
    for index, (width, stride) in enumerate([(16, 1), (24, 1), (32, 2)]):
        nodes += [
            helper.make_node(
                "Conv", [last, f"w{index}", f"b{index}"], [f"c{index}"], kernel_shape=[3, 3], pads=[1, 1, 1, 1],
                strides=[stride, stride]),
            helper.make_node("Relu", [f"c{index}"], [f"a{index}"]),
        ]
        initializers += [weights(generator, f"w{index}", width, channels, 3, 3), weights(generator, f"b{index}", width)]
        last, channels = f"a{index}", width
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["scores"], transB=1),
    ]
    initializers += [weights(generator, "w", 10, channels), weights(generator, "b", 10)]
    save("convolutions", nodes, [floats("images", 1, 3, 52, 52)], [floats("scores", 1, 10)], initializers)


def picture():
    """Ten scores of 150,528 bytes: what costs is bringing them there."""
    generator = np.random.default_rng(3)
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["scores"], transB=1),
    ]
    initializers = [weights(generator, "w", 10, 3), weights(generator, "b", 10)]
    save("picture", nodes, [floats("images", 1, 3, 112, 112)], [floats("scores", 1, 10)], initializers)


if __name__ == "__main__":
    digits_mlp()
    convolutions()
    picture()
