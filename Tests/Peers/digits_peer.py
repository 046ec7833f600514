# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Checks the files of a run with Python's onnx and onnxruntime, and quantizes the same model with theirs.

usage: digits_peer.py DATA.safetensors FLOAT.onnx INT8.onnx CALIBRATION.json FLOAT_PREDICTIONS.json INT8_PREDICTIONS.json

Prints one JSON object with the figures; ends with 1 and the reason if something disagrees.
"""

import json
import os
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors import safe_open


def read_data(path):
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        preprocessing = json.loads(metadata["preprocessing"])
        subsets = {}
        for name in ("train", "test"):
            raw = file.get_tensor(f"{name}.inputs").astype(numpy.float32) * numpy.float32(preprocessing["scale"])
            images = numpy.ascontiguousarray(raw.transpose(0, 3, 1, 2))
            subsets[name] = (json.loads(metadata[f"{name}.ids"]), images, file.get_tensor(f"{name}.classes"))
    return subsets


def answers(path, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return numpy.concatenate([session.run(None, {name: image[None]})[0] for image in images])


class Reader(CalibrationDataReader):
    def __init__(self, name, images):
        self.items = iter([{name: image[None]} for image in images])

    def get_next(self):
        return next(self.items, None)


def main(data, float_model, int8_model, calibration, float_predictions, int8_predictions):
    subsets = read_data(data)
    ids, images, classes = subsets["test"]
    figures = {"testItems": len(ids)}
    for label, path, predictions in (
        ("float32", float_model, float_predictions),
        ("int8", int8_model, int8_predictions),
    ):
        onnx.checker.check_model(path, full_check=True)
        found = answers(path, images).argmax(axis=1)
        with open(predictions) as file:
            told = json.load(file)
        assert told["ids"] == ids, "the items differ"
        differing = [i for i, a, b in zip(ids, told["answers"], found) if a != b]
        assert not differing, f"{label}: answers differ on {differing}"
        figures[label] = int((found == classes).sum())

    train_ids, train_images, _ = subsets["train"]
    with open(calibration) as file:
        chosen = json.load(file)
    rows = [train_ids.index(i) for i in chosen]
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantized = os.path.join(folder, "prepared.onnx"), os.path.join(folder, "quantized.onnx")
        quant_pre_process(float_model, prepared)
        name = onnxruntime.InferenceSession(prepared, providers=["CPUExecutionProvider"]).get_inputs()[0].name
        quantize_static(
            prepared,
            quantized,
            Reader(name, train_images[rows]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        figures["peerInt8"] = int((answers(quantized, images).argmax(axis=1) == classes).sum())
        figures["peerInt8Bytes"] = os.path.getsize(quantized)
    figures["int8Bytes"] = os.path.getsize(int8_model)
    figures["calibrationItems"] = len(rows)
    assert figures["int8"] >= figures["peerInt8"] - 2, f"int8 loses more than the peer: {figures}"
    print(json.dumps(figures))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except AssertionError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
