# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs model files with Python's openvino over inputs that it draws, and prints both as JSON.

usage: openvino_peer.py PROPERTIES MODEL…    PROPERTIES is a JSON object of OpenVINO's properties
"""

import base64
import json
import sys

import numpy as np
import openvino

OPEN_DIMENSION = 2


def shape_of(port):
    return [OPEN_DIMENSION if dimension.is_dynamic else dimension.get_length() for dimension in port.partial_shape]


def draw(generator, port):
    """Whole numbers for integers, none of them negative where the type has no sign."""
    dtype = port.get_element_type().to_dtype()
    values = np.asarray(generator.standard_normal(shape_of(port)) * 4)
    if dtype.kind in "ub":
        values = np.abs(values)
    return values.astype(np.int64).astype(dtype) if dtype.kind in "iub" else values.astype(dtype)


def told(array):
    return {"shape": list(array.shape), "bytes": base64.b64encode(array.tobytes()).decode()}


def run(core, path, properties):
    compiled = core.compile_model(path, "CPU", properties)
    generator = np.random.default_rng(11)
    inputs = [draw(generator, port) for port in compiled.inputs]
    request = compiled.create_infer_request()
    for index, (port, values) in enumerate(zip(compiled.inputs, inputs)):
        tensor = openvino.Tensor(port.get_element_type(), openvino.Shape(list(values.shape)))
        tensor.data[...] = values.view(tensor.data.dtype).reshape(values.shape)
        request.set_input_tensor(index, tensor)
    request.infer()
    outputs = [np.array(request.get_output_tensor(index).data) for index in range(len(compiled.outputs))]
    return {"inputs": [told(array) for array in inputs], "outputs": [told(array) for array in outputs]}


if __name__ == "__main__":
    opened = openvino.Core()
    print(json.dumps([run(opened, path, json.loads(sys.argv[1])) for path in sys.argv[2:]]))
