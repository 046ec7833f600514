# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes the models beside it: python3 make_fixtures.py (needs numpy, onnx, openvino, ai-edge-litert, flatbuffers)."""

import pathlib

import flatbuffers
import numpy as np
import onnx
import openvino
import openvino.opset15 as operators
from ai_edge_litert import schema_py_generated as tflite
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
DENSE = FOLDER.parent / "dense.onnx"


def value(name, element_type, *shape):
    return helper.make_tensor_value_info(name, element_type, None if shape == (None,) else list(shape))


def save(name, nodes, inputs, outputs, initializers=(), checked=True):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="galley")
    if checked:
        onnx.checker.check_model(model, full_check=True)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def dense_ir():
    """OpenVINO's own format: dense.xml with dense.bin beside it, weights as they are."""
    openvino.save_model(openvino.Core().read_model(DENSE), FOLDER / "dense.xml", compress_to_fp16=False)


def unnamed_ir():
    """Ports without names: the names of the tensors are taken away again after OpenVINO has given some."""
    a, b = operators.parameter([2, 2], np.float32), operators.parameter([2, 2], np.float32)
    model = openvino.Model([operators.add(a, b), operators.subtract(a, b)], [a, b], "unnamed")
    for port in model.inputs + model.outputs:
        port.get_tensor().set_names(set())
    openvino.save_model(model, FOLDER / "unnamed.xml", compress_to_fp16=False)


def dense_tflite():
    """The weights of dense.onnx as one fully connected operator of TensorFlow Lite, batch 2."""
    weights = {item.name: numpy_helper.to_array(item) for item in onnx.load(DENSE).graph.initializer}
    buffers = [tflite.BufferT() for _ in range(3)]
    buffers[1].data = np.ascontiguousarray(weights["weight"].T).view(np.uint8).ravel()
    buffers[2].data = weights["bias"].view(np.uint8).ravel()

    def tensor(name, shape, buffer):
        made = tflite.TensorT()
        made.name, made.shape, made.buffer, made.type = name, shape, buffer, tflite.TensorType.FLOAT32
        return made

    operator = tflite.OperatorT()
    operator.inputs, operator.outputs = [0, 1, 2], [3]
    operator.builtinOptionsType = tflite.BuiltinOptions.FullyConnectedOptions
    operator.builtinOptions = tflite.FullyConnectedOptionsT()
    graph = tflite.SubGraphT()
    graph.tensors = [tensor("x", [2, 4], 0), tensor("w", [3, 4], 1), tensor("b", [3], 2), tensor("y", [2, 3], 0)]
    graph.inputs, graph.outputs, graph.operators = [0], [3], [operator]
    code = tflite.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = tflite.BuiltinOperator.FULLY_CONNECTED
    model = tflite.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], buffers
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    (FOLDER / "dense.tflite").write_bytes(builder.Output())


def element_types():
    """Each input goes to an output of its own, so that every element type is read and written."""
    types = ["BOOL", "UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64", "FLOAT16", "BFLOAT16",
             "FLOAT", "DOUBLE"]
    nodes = [helper.make_node("Reshape", [name, "shape"], [f"{name}_out"]) for name in types]
    save(
        "element-types", nodes, [value(name, getattr(TensorProto, name), 2, 3) for name in types],
        [value(f"{name}_out", getattr(TensorProto, name), 6) for name in types],
        [numpy_helper.from_array(np.array([6], np.int64), "shape")])


def open_shapes():
    """Open dimensions, and a scalar."""
    nodes = [
        helper.make_node("MatMul", ["a", "b"], ["product"]), helper.make_node("Add", ["scalar", "scalar"], ["double"]),
    ]
    save(
        "open-shapes", nodes,
        [value("a", TensorProto.FLOAT, "m", "k"), value("b", TensorProto.FLOAT, "k", "n"),
         value("scalar", TensorProto.FLOAT)],
        [value("product", TensorProto.FLOAT, "m", "n"), value("double", TensorProto.FLOAT)])


def open_rank():
    """An input of any rank, which onnx's checker doesn't allow."""
    save(
        "open-rank", [helper.make_node("Relu", ["x"], ["y"])], [value("x", TensorProto.FLOAT, None)],
        [value("y", TensorProto.FLOAT, None)], checked=False)


def slow():
    """Products of one large matrix, a few hundred milliseconds long, so that a run can be stopped."""
    nodes, last = [], "x"
    for index in range(60):
        nodes.append(helper.make_node("MatMul", [last, "x"], [f"p{index}"]))
        last = f"p{index}"
    save("slow", nodes, [value("x", TensorProto.FLOAT, 768, 768)], [value(last, TensorProto.FLOAT, 768, 768)])


def unknown_operator():
    graph = helper.make_graph(
        [helper.make_node("Frobnicate", ["x"], ["y"], domain="org.nobody")], "unknown",
        [value("x", TensorProto.FLOAT, 2)], [value("y", TensorProto.FLOAT, 2)])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("org.nobody", 1)], ir_version=8)
    (FOLDER / "unknown-operator.onnx").write_bytes(model.SerializeToString())


if __name__ == "__main__":
    dense_ir()
    unnamed_ir()
    dense_tflite()
    element_types()
    open_shapes()
    open_rank()
    slow()
    unknown_operator()
