# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs .tflite files through Python's ai-edge-litert on drawn inputs and prints what goes in and comes out, as JSON.

    python3 litert_peer.py xnnpack|builtin|reference THREADS FILE…
"""

import base64
import json
import sys
import zlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

RESOLVERS = {
    "xnnpack": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}


def draw(detail, random):
    """Values for one input: real ones near zero, whole ones over the whole range, texts of any length."""
    shape, kind = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if kind.kind in "OSU":
        return np.array([b"galley" * (index % 3) for index in range(int(np.prod(shape)))], object).reshape(shape)
    if kind.kind == "b":
        return random.integers(0, 2, shape).astype(kind)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return random.integers(max(limits.min, -1000), min(limits.max, 1000), shape, endpoint=True).astype(kind)
    if kind.kind == "c":
        return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(kind)
    return random.normal(size=shape).astype(kind)


def plain(values):
    """A tensor for JSON: its shape with its bytes, or with its texts."""
    if values.dtype.kind in "OSU":
        return {"shape": list(values.shape), "texts": [bytes(value).decode() for value in values.ravel()]}
    return {"shape": list(values.shape), "bytes": base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()}


def run(path, kernels, threads):
    interpreter = Interpreter(path, num_threads=threads, experimental_op_resolver_type=RESOLVERS[kernels])
    interpreter.allocate_tensors()
    random = np.random.default_rng(zlib.crc32(path.rsplit("/", 1)[-1].encode()))
    inputs = []
    for detail in interpreter.get_input_details():
        inputs.append(draw(detail, random))
        interpreter.set_tensor(detail["index"], inputs[-1])
    interpreter.invoke()
    outputs = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
    return {"inputs": [plain(value) for value in inputs], "outputs": [plain(value) for value in outputs]}


def attempt(path, kernels, threads):
    try:
        return run(path, kernels, threads)
    except (RuntimeError, ValueError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    kernels, threads, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    print(json.dumps({path: attempt(path, kernels, threads) for path in paths}))
