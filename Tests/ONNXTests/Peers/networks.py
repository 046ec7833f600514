# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Prints the paths of the networks that the onnx package carries, structure without weights."""

import json
import pathlib

import onnx

folder = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
print(json.dumps(sorted(str(path) for path in folder.glob("*.onnx"))))
