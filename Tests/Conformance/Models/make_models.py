# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes the model files beside it: python3 make_models.py (needs onnx)."""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent

# Galley's names of the element types, with ONNX's numbers.
ELEMENT_TYPES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10,
    "float64": 11, "uint32": 12, "uint64": 13, "complex64": 14, "complex128": 15, "bfloat16": 16, "float8e4m3fn": 17,
    "float8e4m3fnuz": 18, "float8e5m2": 19, "float8e5m2fnuz": 20, "uint4": 21, "int4": 22,
}


def tensor(name, element_type, *shape):
    return helper.make_tensor_value_info(name, element_type, list(shape))


def constant(name, values):
    return numpy_helper.from_array(np.array(values, np.float32), name)


def save(name, nodes, inputs, outputs, initializers=(), opset=17, domains=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 3) for domain in domains]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="galley")
    onnx.checker.check_model(model)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def identities():
    """y is x, [2, 3], for each element type. Runtimes transpose four-bit integers but don't copy them."""
    for name, number in ELEMENT_TYPES.items():
        node = helper.make_node("Identity", ["x"], ["y"])
        if name.endswith("int4"):
            node = helper.make_node("Transpose", ["x"], ["y"], perm=[0, 1])
        save(
            f"identity-{name}", [node], [tensor("x", number, 2, 3)],
            [tensor("y", number, 2, 3)], opset=21)


def affine():
    """y is 2 x + 1, of any number of rows of four."""
    nodes = [helper.make_node("Mul", ["x", "two"], ["double"]), helper.make_node("Add", ["double", "one"], ["y"])]
    save(
        "affine", nodes, [tensor("x", TensorProto.FLOAT, "batch", 4)], [tensor("y", TensorProto.FLOAT, "batch", 4)],
        [constant("two", 2), constant("one", 1)])


def pair():
    """Sum and product of two inputs, all [2, 3]."""
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "b"], ["product"])]
    save(
        "pair", nodes, [tensor("a", TensorProto.FLOAT, 2, 3), tensor("b", TensorProto.FLOAT, 2, 3)],
        [tensor("sum", TensorProto.FLOAT, 2, 3), tensor("product", TensorProto.FLOAT, 2, 3)])


def scalar():
    """y is x + 1; both have no dimensions."""
    save(
        "scalar", [helper.make_node("Add", ["x", "one"], ["y"])], [tensor("x", TensorProto.FLOAT)],
        [tensor("y", TensorProto.FLOAT)], [constant("one", 1)])


def nonzero():
    """The positions of the elements of x that are not zero: their number depends on the data."""
    save(
        "nonzero", [helper.make_node("NonZero", ["x"], ["positions"])], [tensor("x", TensorProto.FLOAT, 5)],
        [tensor("positions", TensorProto.INT64, 1, None)])


def texts():
    """The texts of x, twice."""
    save(
        "texts", [helper.make_node("Concat", ["x", "x"], ["y"], axis=0)], [tensor("x", TensorProto.STRING, "count")],
        [tensor("y", TensorProto.STRING, None)])


def sequence():
    """A sequence with one more tensor at its end, and its length."""
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    nodes = [
        helper.make_node("SequenceInsert", ["s", "t"], ["longer"]),
        helper.make_node("SequenceLength", ["longer"], ["length"]),
    ]
    save(
        "sequence", nodes, [helper.make_value_info("s", kind), tensor("t", TensorProto.FLOAT, "count")],
        [helper.make_value_info("longer", kind), tensor("length", TensorProto.INT64)])


def optional():
    """Whether an optional holds something, and the optional itself."""
    kind = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2]))
    nodes = [
        helper.make_node("OptionalHasElement", ["o"], ["has"]),
        helper.make_node("Identity", ["o"], ["same"]),
    ]
    save(
        "optional", nodes, [helper.make_value_info("o", kind)],
        [tensor("has", TensorProto.BOOL), helper.make_value_info("same", kind)], opset=18)


def maps():
    """A map of texts to numbers as a tensor in the order a, b, c, and that as a sequence of one map."""
    kind = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    nodes = [
        helper.make_node("DictVectorizer", ["m"], ["y"], domain="ai.onnx.ml", string_vocabulary=["a", "b", "c"]),
        helper.make_node("ZipMap", ["y"], ["z"], domain="ai.onnx.ml", classlabels_strings=["a", "b", "c"]),
    ]
    save(
        "map", nodes, [helper.make_value_info("m", kind)],
        [tensor("y", TensorProto.FLOAT, 1, 3), helper.make_value_info("z", helper.make_sequence_type_proto(kind))],
        domains=["ai.onnx.ml"])


def long():
    """The 65th power of a matrix of any size by 64 products, one after the other."""
    names = ["x"] + [f"p{i}" for i in range(63)] + ["y"]
    nodes = [helper.make_node("MatMul", [a, "x"], [b]) for a, b in zip(names, names[1:])]
    save("long", nodes, [tensor("x", TensorProto.FLOAT, "n", "n")], [tensor("y", TensorProto.FLOAT, "n", "n")])


def external():
    """y is x plus weights that lie in a file beside the model."""
    weight = constant("weight", np.arange(256))
    (FOLDER / "external.weights").write_bytes(weight.raw_data)
    onnx.external_data_helper.set_external_data(weight, location="external.weights", offset=0, length=1024)
    weight.ClearField("raw_data")
    nodes = [helper.make_node("Add", ["x", "weight"], ["y"])]
    graph = helper.make_graph(
        nodes, "external", [tensor("x", TensorProto.FLOAT, 256)], [tensor("y", TensorProto.FLOAT, 256)], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10, producer_name="galley")
    (FOLDER / "external.onnx").write_bytes(model.SerializeToString())


if __name__ == "__main__":
    for make in (
        identities, affine, pair, scalar, nonzero, texts, sequence, optional, maps, long, external,
    ):
        make()
