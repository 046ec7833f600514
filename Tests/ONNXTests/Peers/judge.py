# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Compares quantized models with their float models and with those that onnxruntime's quantizer makes of them.

judge.py FOLDER [FLOAT QUANTIZED]... prints a judgement for each pair.
"""

import collections
import json
import logging
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort
from digits import split
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

logging.disable(logging.WARNING)
ort.set_default_logger_severity(3)
folder = pathlib.Path(sys.argv[1])
calibration, images, labels = split()


class Reader(CalibrationDataReader):
    def __init__(self):
        self.samples = iter([{"input": calibration}])

    def get_next(self):
        return next(self.samples, None)


def outputs(path, optimized=None):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    if optimized:
        options.optimized_model_filepath = str(optimized)
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": images})[0]


def judge(float_path, quantized_path):
    onnx.checker.check_model(quantized_path, full_check=True)
    prepared, peer, optimized = (folder / f"{name}.onnx" for name in ("prepared", "peer", "optimized"))
    quant_pre_process(float_path, str(prepared))
    quantize_static(
        str(prepared), str(peer), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )
    expected, found, others = outputs(float_path), outputs(quantized_path, optimized), outputs(peer)
    scale = np.abs(expected).max()
    return {
        "float": int((expected.argmax(1) == labels).sum()),
        "quantized": int((found.argmax(1) == labels).sum()),
        "peer": int((others.argmax(1) == labels).sum()),
        "error": float(np.abs(found - expected).max() / scale),
        "peerError": float(np.abs(others - expected).max() / scale),
        "operators": dict(collections.Counter(node.op_type for node in onnx.load(optimized).graph.node)),
    }


print(json.dumps([judge(a, b) for a, b in zip(sys.argv[2::2], sys.argv[3::2])]))
