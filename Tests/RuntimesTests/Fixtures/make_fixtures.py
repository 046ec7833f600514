# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes the model files and expected outputs beside it: python3 make_fixtures.py (needs numpy, onnx, onnxruntime)."""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent


def value(name, element_type, *shape):
    return helper.make_tensor_value_info(name, element_type, list(shape))


def save(name, nodes, inputs, outputs, initializers=(), checked=True):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="galley")
    if checked:
        onnx.checker.check_model(model, full_check=True)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def dense():
    generator = np.random.default_rng(3)
    weight = numpy_helper.from_array(generator.standard_normal((4, 3)).astype(np.float32), "weight")
    bias = numpy_helper.from_array(generator.standard_normal(3).astype(np.float32), "bias")
    save(
        "dense", [helper.make_node("Gemm", ["x", "weight", "bias"], ["y"])],
        [value("x", TensorProto.FLOAT, "batch", 4)], [value("y", TensorProto.FLOAT, "batch", 3)], [weight, bias])


def two_inputs():
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["narrow"], to=TensorProto.INT8),
    ]
    save(
        "two-inputs", nodes, [value("a", TensorProto.INT64, 2, 3), value("b", TensorProto.INT64, 2, 3)],
        [value("sum", TensorProto.INT64, 2, 3), value("narrow", TensorProto.INT8, 2, 3)])


def nonzero():
    """The shape of the output depends on the data."""
    save(
        "nonzero", [helper.make_node("NonZero", ["x"], ["positions"])], [value("x", TensorProto.FLOAT, 5)],
        [value("positions", TensorProto.INT64, 1, None)])


def text():
    save(
        "text", [helper.make_node("Identity", ["x"], ["y"])], [value("x", TensorProto.STRING, 1)],
        [value("y", TensorProto.STRING, 1)])


def pass_through():
    """One output is computed, one is the input, one is a constant."""
    save(
        "pass-through", [helper.make_node("Relu", ["x"], ["y"])], [value("x", TensorProto.FLOAT, "batch", 3)],
        [value("y", TensorProto.FLOAT, "batch", 3), value("x", TensorProto.FLOAT, "batch", 3),
         value("c", TensorProto.FLOAT, 2)],
        [numpy_helper.from_array(np.array([4, 5], np.float32), "c")])


def open_rank():
    """Neither the extents nor their number are known, which runtimes take and the checker does not."""
    save(
        "open-rank", [helper.make_node("Relu", ["x"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], checked=False)


def split():
    """A tensor goes in, a sequence of tensors comes out."""
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    save(
        "split", [helper.make_node("SplitToSequence", ["x"], ["parts"], axis=0)],
        [value("x", TensorProto.FLOAT, 4)], [helper.make_value_info("parts", kind)])


def expectations():
    generator = np.random.default_rng(4)
    x = generator.standard_normal((2, 4)).astype(np.float32)
    y = onnxruntime.InferenceSession(FOLDER / "dense.onnx").run(None, {"x": x})[0]
    (FOLDER / "dense.json").write_text(
        json.dumps({"onnxruntime": onnxruntime.__version__, "x": x.ravel().tolist(), "y": y.ravel().tolist()}) + "\n")


if __name__ == "__main__":
    dense()
    two_inputs()
    nonzero()
    text()
    pass_through()
    open_rank()
    split()
    expectations()
