# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs ONNX's checker: check.py FILE... prints {file name: "" or the complaint}."""

import json
import pathlib
import sys

import onnx


def verdict(path):
    try:
        onnx.checker.check_model(onnx.load(path))
        return ""
    except Exception as error:  # Whatever the checker raises is its complaint.
        return str(error) or type(error).__name__


print(json.dumps({pathlib.Path(path).name: verdict(path) for path in sys.argv[1:]}))
