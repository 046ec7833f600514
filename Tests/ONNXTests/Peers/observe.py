# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Runs observing models on calibration images: observe.py MODEL...

Prints for each model {output: [minimum, maximum]}.
"""

import json
import sys

import onnxruntime as ort
from digits import split

calibration = split()[0]
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.intra_op_num_threads = 1


def observe(model):
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    values = session.run(names, {"input": calibration})
    return {name: [float(v.min()), float(v.max())] for name, v in zip(names, values)}


print(json.dumps([observe(model) for model in sys.argv[1:]]))
