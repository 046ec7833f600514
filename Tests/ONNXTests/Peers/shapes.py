# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs ONNX's shape inference: shapes.py FILE... prints {file name: {tensor: [element type, dimensions] or null}}.

A dimension is a number, a symbol, or null. A model that is refused gives {"error": complaint}.
"""

import json
import pathlib
import sys

import onnx


def dimension(proto):
    if proto.HasField("dim_value"):
        return proto.dim_value
    # The symbols that inference makes up are no knowledge.
    return proto.dim_param if proto.dim_param and not proto.dim_param.startswith("unk__") else None


def inferred(path):
    try:
        model = onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True, data_prop=True)
    except Exception as error:
        return {"error": str(error)}
    found = {}
    for value in list(model.graph.value_info) + list(model.graph.output):
        tensor = value.type.tensor_type
        shape = [dimension(d) for d in tensor.shape.dim] if tensor.HasField("shape") else None
        found[value.name] = {"type": tensor.elem_type, "shape": shape}
    return found


print(json.dumps({pathlib.Path(path).name: inferred(path) for path in sys.argv[1:]}))
