# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Checks exported models in full, runs them on all inputs at once and one by one, and compares with the outputs given.

usage: onnx_export_peer.py FOLDER…

A folder holds *.onnx and data.safetensors with `inputs` and `outputs`. Prints "ok", or what is wrong.
"""

import pathlib
import sys

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file


def fault(path, data):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    expected = data["outputs"]
    bound = 1e-5 * float(numpy.abs(expected).max())
    whole = session.run(None, {name: data["inputs"]})[0]
    single = [session.run(None, {name: data["inputs"][i : i + 1]})[0] for i in range(len(expected))]
    worst = max(numpy.abs(found - expected).max() for found in [whole, numpy.concatenate(single)])
    return "" if worst <= bound else f"{path.parent.name}/{path.name} differs by {worst}, more than {bound}"


def main():
    faults = []
    for folder in map(pathlib.Path, sys.argv[1:]):
        data = load_file(folder / "data.safetensors")
        faults += [fault(path, data) for path in sorted(folder.glob("*.onnx"))]
    print("; ".join(filter(None, faults)) or "ok")


main()
