# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs two models on the same random inputs: differences.py A B [A B]... prints the largest relative differences."""

import json
import sys

import numpy as np
import onnx
import onnxruntime as ort


def session(path):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def difference(first, second):
    onnx.checker.check_model(onnx.load(second), full_check=True)
    one, other = session(first), session(second)
    generator = np.random.default_rng(0)
    feeds = {
        value.name: generator.standard_normal([d if isinstance(d, int) else 3 for d in value.shape]).astype(np.float32)
        for value in one.get_inputs()
    }
    names = [value.name for value in one.get_outputs()]
    assert names == [value.name for value in other.get_outputs()]
    worst = 0.0
    for a, b in zip(one.run(names, feeds), other.run(names, feeds)):
        worst = max(worst, float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-12)))
    return worst


paths = sys.argv[1:]
print(json.dumps([difference(a, b) for a, b in zip(paths[::2], paths[1::2])]))
