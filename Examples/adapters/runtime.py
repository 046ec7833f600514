# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "onnx"]
# ///
"""A runtime in Python: ONNX's own reference, slow and true to the letter, to measure others against."""

import galley
import onnx
from onnx.reference import ReferenceEvaluator


class Reference(galley.Runtime):
    """ONNX's reference implementation in Python."""

    taxonomy = "runtime.onnx-reference"
    formats = ("onnx",)

    def availability(self):
        return onnx.__version__, onnx.__file__

    def compile(self, path, format):
        return ReferenceModel(onnx.load(path))


class ReferenceModel(galley.CompiledModel):
    def __init__(self, model):
        onnx.checker.check_model(model)
        self.evaluator = ReferenceEvaluator(model)
        weights = {one.name for one in model.graph.initializer}
        self.inputs = [spec(one) for one in model.graph.input if one.name not in weights]
        self.outputs = [spec(one) for one in model.graph.output]
        self.configuration = {"opset": max(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))}

    def run(self, inputs):
        return self.evaluator.run([one.name for one in self.outputs], inputs)


def spec(value):
    """What an input or output of a graph is."""
    tensor = value.type.tensor_type
    shape = [one.dim_value if one.HasField("dim_value") else None for one in tensor.shape.dim]
    return galley.ValueSpec(value.name, onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name, shape)
