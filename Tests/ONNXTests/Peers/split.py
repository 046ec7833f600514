# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Saves a model with its weights in a file beside it: split.py MODEL RESULT prints the size of that file."""

import pathlib
import sys

import onnx

result = pathlib.Path(sys.argv[2])
onnx.save_model(
    onnx.load(sys.argv[1]), str(result), save_as_external_data=True, location="weights.data", size_threshold=0
)
print((result.parent / "weights.data").stat().st_size)
