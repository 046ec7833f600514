# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Checks exported models in full, runs them on all inputs at once and one by one, and compares with the outputs given.

usage: onnx_export_peer.py FOLDER…

A folder holds *.onnx and data.safetensors with `inputs`, the trained network's `outputs`, and `exact` ones, computed in
float64. Prints "ok", or what is wrong.

The bound is 1e-5 of the largest output. Deep networks amplify the rounding of float32 beyond that, in whatever program
runs them; for those it is twice the distance of the trained network itself from the exact outputs.
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
    exact = data["exact"]
    bound = max(1e-5 * numpy.abs(exact).max(), 2 * numpy.abs(data["outputs"] - exact).max())
    whole = session.run(None, {name: data["inputs"]})[0]
    single = [session.run(None, {name: data["inputs"][i : i + 1]})[0] for i in range(len(exact))]
    worst = max(numpy.abs(found - exact).max() for found in [whole, numpy.concatenate(single)])
    return "" if worst <= bound else f"{path.parent.name}/{path.name} differs by {worst}, more than {bound}"


def main():
    faults = []
    for folder in map(pathlib.Path, sys.argv[1:]):
        data = load_file(folder / "data.safetensors")
        faults += [fault(path, data) for path in sorted(folder.glob("*.onnx"))]
    print("; ".join(filter(None, faults)) or "ok")


main()
