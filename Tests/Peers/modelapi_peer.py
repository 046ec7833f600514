# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Has OpenVINO's ModelAPI answer images with a model package, unchanged, and prints what it said as JSON.

usage: modelapi_peer.py draw FOLDER COUNT WIDTH HEIGHT    draws PNG images
       modelapi_peer.py answer MODEL IMAGE…
"""

import json
import pathlib
import sys

import cv2
import numpy as np


def draw(folder, count, width, height):
    generator = np.random.default_rng(5)
    for index in range(count):
        color = generator.integers(0, 200, 3)
        noise = generator.integers(0, 56, (height, width, 3))
        cv2.imwrite(str(pathlib.Path(folder) / f"{index:02}.png"), (noise + color).astype(np.uint8))


def answer(path, images):
    import openvino
    from model_api.adapters import OpenvinoAdapter
    from model_api.models import Model

    # Some processors compute in bfloat16 unless they are told not to.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    model = Model.create_model(OpenvinoAdapter(openvino.Core(), path, device="CPU", plugin_config=exact))
    answers = []
    for image in images:
        result = model(cv2.imread(image))
        answers.append(
            {
                "labels": [label.name for label in result.top_labels],
                "scores": [float(label.confidence) for label in result.top_labels],
                "raw": [float(score) for score in np.asarray(result.raw_scores).flatten()],
            }
        )
    return {"model": type(model).__name__, "labels": list(model.params.labels), "answers": answers}


if __name__ == "__main__":
    if sys.argv[1] == "draw":
        draw(sys.argv[2], *map(int, sys.argv[3:6]))
    else:
        print(json.dumps(answer(sys.argv[2], sys.argv[3:])))
