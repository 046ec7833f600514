# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Compares float16 models with their float32 models: halved.py [FLOAT HALF]... prints a judgement for each pair.

The error is the largest difference relative to the largest value. ONNX Runtime's own conversion of the same model is
judged too.
"""

import json
import sys
import warnings

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.transformers.float16 import convert_float_to_float16

warnings.filterwarnings("ignore")
ort.set_default_logger_severity(4)


def run(model, feeds):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    if feeds is None:
        generator = np.random.default_rng(0)
        feeds = {}
        for value in session.get_inputs():
            shape = [d if isinstance(d, int) else 2 for d in value.shape]
            if value.type == "tensor(float)":
                feeds[value.name] = generator.standard_normal(shape).astype(np.float32)
            elif value.type == "tensor(bool)":
                feeds[value.name] = np.ones(shape, bool)
            else:
                feeds[value.name] = generator.integers(1, 4, shape)
    return session.run(None, feeds), feeds


def error(expected, found):
    worst = 0.0
    for a, b in zip(expected, found):
        assert a.dtype == b.dtype and a.shape == b.shape, (a.dtype, b.dtype, a.shape, b.shape)
        a, b = a.astype(np.float64), b.astype(np.float64)
        if a.size:
            worst = max(worst, float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-12)))
    return worst


def judge(single_path, half_path):
    single, half = onnx.load(single_path), onnx.load(half_path)
    onnx.checker.check_model(half, full_check=True)
    expected, feeds = run(single, None)
    judgement = {"error": error(expected, run(half, feeds)[0]), "peerError": None}
    try:
        peer = convert_float_to_float16(single, keep_io_types=True)
        judgement["peerError"] = error(expected, run(peer, feeds)[0])
    except Exception as complaint:  # The peer does not convert every model, or makes one that does not run.
        print(complaint, file=sys.stderr)
    return judgement


paths = sys.argv[1:]
print(json.dumps([judge(a, b) for a, b in zip(paths[::2], paths[1::2])]))
