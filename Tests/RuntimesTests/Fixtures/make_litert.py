# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Writes the small .tflite files of litert/ with the schema module that the ai-edge-litert wheel carries.

    python3 make_litert.py FOLDER
"""

import os
import struct
import sys

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

TYPES = schema.TensorType
OPERATORS = schema.BuiltinOperator

# Galley's names of the element types that files can have.
ELEMENT_TYPES = {
    "float32": TYPES.FLOAT32, "float16": TYPES.FLOAT16, "int32": TYPES.INT32, "uint8": TYPES.UINT8,
    "int64": TYPES.INT64, "bool": TYPES.BOOL, "int16": TYPES.INT16, "complex64": TYPES.COMPLEX64, "int8": TYPES.INT8,
    "float64": TYPES.FLOAT64, "complex128": TYPES.COMPLEX128, "uint64": TYPES.UINT64, "uint32": TYPES.UINT32,
    "uint16": TYPES.UINT16, "int4": TYPES.INT4, "bfloat16": TYPES.BFLOAT16, "uint4": TYPES.UINT4,
    "float8e4m3fn": TYPES.FLOAT8_E4M3FN, "float8e5m2": TYPES.FLOAT8_E5M2,
}


class Graph:
    """A model of one subgraph under construction."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.operatorCodes, self.model.buffers = [], [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs, self.model.signatureDefs = [self.graph], []

    def tensor(self, name, kind, shape, signature=None, data=None, scale=None, zero=0, variable=False):
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.shape, tensor.shapeSignature = name, kind, shape, signature
        tensor.hasRank, tensor.isVariable = True, variable
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = list(data)
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, outputs, options=None, kind=0, version=1, custom=None):
        entry = schema.OperatorCodeT()
        entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), version
        entry.customCode = custom
        self.model.operatorCodes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, outputs
        operator.builtinOptions, operator.builtinOptionsType = options, kind
        self.graph.operators.append(operator)

    def ends(self, inputs, outputs):
        self.graph.inputs, self.graph.outputs = inputs, outputs

    def signature(self, key, inputs, outputs):
        entry = schema.SignatureDefT()
        entry.signatureKey, entry.subgraphIndex = key, 0
        entry.inputs, entry.outputs = maps(inputs), maps(outputs)
        self.model.signatureDefs.append(entry)

    def write(self, path):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        with open(path, "wb") as file:
            file.write(builder.Output())


def maps(pairs):
    made = []
    for name, index in pairs:
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name, index
        made.append(entry)
    return made


def add(kind, shape, signature=None):
    """c = a + b."""
    graph = Graph()
    a, b, c = (graph.tensor(n, kind, shape, signature) for n in "abc")
    graph.operator(OPERATORS.ADD, [a, b], [c], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    graph.ends([a, b], [c])
    graph.signature("serving_default", [("a", a), ("b", b)], [("c", c)])
    return graph


def reshape(kind, shape, target):
    """y holds the elements of x."""
    graph = Graph()
    x = graph.tensor("x", kind, shape)
    size = graph.tensor("shape", TYPES.INT32, [len(target)], data=struct.pack(f"<{len(target)}i", *target))
    y = graph.tensor("y", kind, target)
    options = schema.ReshapeOptionsT()
    options.newShape = target
    graph.operator(OPERATORS.RESHAPE, [x, size], [y], options, schema.BuiltinOptions.ReshapeOptions)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def affine():
    """y = 2 x + 1, any number of rows of four."""
    graph = Graph()
    x, double, y = (graph.tensor(n, TYPES.FLOAT32, [1, 4], [-1, 4]) for n in ("x", "double", "y"))
    two = graph.tensor("two", TYPES.FLOAT32, [1], data=struct.pack("<f", 2))
    one = graph.tensor("one", TYPES.FLOAT32, [1], data=struct.pack("<f", 1))
    graph.operator(OPERATORS.MUL, [x, two], [double], schema.MulOptionsT(), schema.BuiltinOptions.MulOptions)
    graph.operator(OPERATORS.ADD, [double, one], [y], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def scalar():
    """y = x + 1 without dimensions."""
    graph = Graph()
    x, y = graph.tensor("x", TYPES.FLOAT32, []), graph.tensor("y", TYPES.FLOAT32, [])
    one = graph.tensor("one", TYPES.FLOAT32, [], data=struct.pack("<f", 1))
    graph.operator(OPERATORS.ADD, [x, one], [y], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def tiled_texts():
    """The texts of x, twice; any number of them."""
    graph = Graph()
    x, y = graph.tensor("x", TYPES.STRING, [1], [-1]), graph.tensor("y", TYPES.STRING, [2], [-1])
    twice = graph.tensor("twice", TYPES.INT32, [1], data=struct.pack("<i", 2))
    graph.operator(OPERATORS.TILE, [x, twice], [y])
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def long():
    """The 65th power of a matrix of any size by 64 products."""
    graph = Graph()
    first = last = graph.tensor("x", TYPES.FLOAT32, [1, 1], [-1, -1])
    for index in range(64):
        product = graph.tensor(f"p{index}", TYPES.FLOAT32, [1, 1], [-1, -1])
        options = schema.BatchMatMulOptionsT()
        graph.operator(
            OPERATORS.BATCH_MATMUL, [last, first], [product], options, schema.BuiltinOptions.BatchMatMulOptions)
        last = product
    graph.ends([first], [last])
    graph.signature("serving_default", [("x", first)], [("y", last)])
    return graph


def recurrent():
    """y = the sum of all x so far: a recurrent layer with a variable tensor, which LiteRT's interface doesn't take."""
    graph = Graph()
    x, y = graph.tensor("x", TYPES.FLOAT32, [1, 1]), graph.tensor("y", TYPES.FLOAT32, [1, 1])
    one, same = (graph.tensor(n, TYPES.FLOAT32, [1, 1], data=struct.pack("<f", 1)) for n in ("one", "same"))
    bias = graph.tensor("bias", TYPES.FLOAT32, [1], data=struct.pack("<f", 0))
    state = graph.tensor("state", TYPES.FLOAT32, [1, 1], variable=True)
    graph.operator(OPERATORS.RNN, [x, one, same, bias, state], [y], schema.RNNOptionsT(), schema.BuiltinOptions.RNNOptions)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def variable(graph):
    """The handle of the variable that the graphs of a model share."""
    handle = graph.tensor("handle", TYPES.RESOURCE, [])
    options = schema.VarHandleOptionsT()
    options.container, options.sharedName = "", "sum"
    graph.operator(OPERATORS.VAR_HANDLE, [], [handle], options, schema.BuiltinOptions.VarHandleOptions)
    return handle


def assign(graph, handle, value):
    graph.operator(
        OPERATORS.ASSIGN_VARIABLE, [handle, value], [], schema.AssignVariableOptionsT(),
        schema.BuiltinOptions.AssignVariableOptions)


def counter():
    """y = the sum of all x so far, in a variable that another graph sets to zero before the first inference."""
    graph = Graph()
    main = graph.graph
    x, y, before = (graph.tensor(n, TYPES.FLOAT32, [1, 1]) for n in ("x", "y", "before"))
    once = schema.CallOnceOptionsT()
    once.initSubgraphIndex = 1
    graph.operator(OPERATORS.CALL_ONCE, [], [], once, schema.BuiltinOptions.CallOnceOptions)
    handle = variable(graph)
    graph.operator(
        OPERATORS.READ_VARIABLE, [handle], [before], schema.ReadVariableOptionsT(),
        schema.BuiltinOptions.ReadVariableOptions)
    graph.operator(OPERATORS.ADD, [x, before], [y], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    assign(graph, handle, y)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    graph.graph = schema.SubGraphT()
    graph.graph.tensors, graph.graph.operators = [], []
    graph.model.subgraphs.append(graph.graph)
    zero = graph.tensor("zero", TYPES.FLOAT32, [1, 1], data=struct.pack("<f", 0))
    assign(graph, variable(graph), zero)
    graph.ends([], [])
    graph.graph = main
    return graph


def two_outputs(order):
    """sum = a + b and product = a * b; the signature lists both sides in the graph's order (ab) or another (ba)."""
    graph = Graph()
    a, b, total, product = (graph.tensor(n, TYPES.FLOAT32, [2, 3]) for n in ("a", "b", "sum", "product"))
    graph.operator(OPERATORS.ADD, [a, b], [total], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    graph.operator(OPERATORS.MUL, [a, b], [product], schema.MulOptionsT(), schema.BuiltinOptions.MulOptions)
    graph.ends([a, b], [total, product])
    inputs, outputs = [("a", a), ("b", b)], [("sum", total), ("product", product)]
    if order == "ba":
        inputs, outputs = inputs[::-1], outputs[::-1]
    graph.signature("serving_default", inputs, outputs)
    return graph


def where():
    """The positions of the elements that are not zero: the output's shape depends on the data."""
    graph = Graph()
    x, y = graph.tensor("x", TYPES.FLOAT32, [5]), graph.tensor("y", TYPES.INT64, [1, 1], [-1, 1])
    graph.operator(OPERATORS.WHERE, [x], [y], schema.WhereOptionsT(), schema.BuiltinOptions.WhereOptions)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def pass_through():
    """Outputs: the sum, an input as it is, a constant, and the sum once more."""
    graph = Graph()
    a, b, c = (graph.tensor(n, TYPES.FLOAT32, [2]) for n in "abc")
    constant = graph.tensor("k", TYPES.FLOAT32, [2], data=struct.pack("<2f", 4, 5))
    graph.operator(OPERATORS.ADD, [a, b], [c], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
    graph.ends([a, b], [c, a, constant, c])
    graph.signature("serving_default", [("a", a), ("b", b)], [("c", c), ("same", a), ("k", constant), ("again", c)])
    return graph


def two_signatures():
    """The same graph under two keys."""
    graph = add(TYPES.FLOAT32, [2])
    graph.signature("other", [("left", 0), ("right", 1)], [("total", 2)])
    return graph


def chain(length, shape):
    """x + x, again and again."""
    graph = Graph()
    first = last = graph.tensor("x", TYPES.FLOAT32, shape)
    for index in range(length):
        following = graph.tensor(f"t{index}", TYPES.FLOAT32, shape)
        graph.operator(OPERATORS.ADD, [last, last], [following], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions)
        last = following
    graph.ends([first], [last])
    graph.signature("serving_default", [("x", first)], [("y", last)])
    return graph


def custom():
    """An operator that nobody knows."""
    graph = Graph()
    x, y = graph.tensor("x", TYPES.FLOAT32, [2]), graph.tensor("y", TYPES.FLOAT32, [2])
    graph.operator(OPERATORS.CUSTOM, [x], [y], custom="galley-unknown")
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def quantized():
    """y = x + x over int8 with parameters of their own on either side."""
    graph = Graph()
    x = graph.tensor("x", TYPES.INT8, [1, 4], scale=0.5, zero=3)
    y = graph.tensor("y", TYPES.INT8, [1, 4], scale=1.0, zero=-7)
    graph.operator(OPERATORS.ADD, [x, x], [y], schema.AddOptionsT(), schema.BuiltinOptions.AddOptions, version=2)
    graph.ends([x], [y])
    graph.signature("serving_default", [("x", x)], [("y", y)])
    return graph


def models():
    made = {
        "affine": affine(),
        "pair": two_outputs("ab"),
        "scalar": scalar(),
        "nonzero": where(),
        "texts": tiled_texts(),
        "long": long(),
        "add-int32": add(TYPES.INT32, [2, 3]),
        "add-open": add(TYPES.FLOAT32, [1, 1], [-1, -1]),
        "add-empty": add(TYPES.FLOAT32, [0, 3]),
        "swapped": two_outputs("ba"),
        "pass-through": pass_through(),
        "two-signatures": two_signatures(),
        "chain": chain(200, [64, 64]),
        "counter": counter(),
        "recurrent": recurrent(),
        "custom": custom(),
        "quantized": quantized(),
        "text-grid": reshape(TYPES.STRING, [2, 2], [4]),
    }
    for name, kind in ELEMENT_TYPES.items():
        made[f"identity-{name}"] = reshape(kind, [2, 3], [2, 3])
    return made


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, graph in models().items():
        graph.write(os.path.join(sys.argv[1], name + ".tflite"))
