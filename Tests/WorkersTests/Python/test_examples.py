# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The adapters of Examples/adapters: from an empty folder to predictions that are better than chance."""

import csv
import importlib.util
import json
import os
import random
import unittest

from support import MODEL, WorkerTest, array_of, block, labels
from worker_client import REPOSITORY

EXAMPLES = os.path.join(REPOSITORY, "Examples", "adapters")
# Trainings take minutes on a machine that has other things to do.
LONG = 3600


def needs(*modules):
    """Skips where a module isn't installed."""
    missing = [one for one in modules if importlib.util.find_spec(one) is None]
    return unittest.skipIf(missing, f"{', '.join(missing)} isn't installed")


class Picture:
    """A picture of a size, its bytes, and what is on it."""

    def __init__(self, name, size, data, annotations):
        self.name, self.size, self.data, self.annotations = name, size, data, annotations

    def document(self):
        return {
            "id": self.name, "filename": f"/{self.name}.png", "name": f"{self.name}.png",
            "metadata": {"system": {"mimetype": "image/png", "width": self.size, "height": self.size}},
            "annotations": [{
                "id": f"{self.name}-{index}", "itemId": self.name, "attributes": {}, "metadata": {"system": {}}, "creator": "t",
                "createdAt": "2024-03-01T10:20:30.456Z", "updatedBy": "t", "updatedAt": "2024-03-01T10:20:30.456Z",
                **one} for index, one in enumerate(self.annotations)]}


def digits(count):
    """Some digits of the example, as pictures."""
    with open(os.path.join(REPOSITORY, "Examples", "digits", "data", "digits.csv")) as file:
        rows = random.Random(5).sample(list(csv.reader(file))[1:], count)
    return [
        Picture(row[0], 8, bytes(min(255, int(value) * 16) for value in row[2:] for _ in range(3)),
                [{"type": "class", "label": row[1]}]) for row in rows]


def shapes(count, kind):
    """Squares, crosses and discs, one on each picture."""
    generator, pictures, size = random.Random(3), [], 32
    for number in range(count):
        name = ("square", "cross", "disc")[number % 3]
        half = generator.randint(4, 9)
        x, y = generator.randint(half, size - 1 - half), generator.randint(half, size - 1 - half)
        ink, paper = [generator.randint(0, 90) for _ in range(3)], [generator.randint(140, 255) for _ in range(3)]
        data = bytearray()
        for row in range(size):
            for column in range(size):
                dx, dy = abs(column - x), abs(row - y)
                inside = max(dx, dy) <= half and {
                    "square": True, "cross": min(dx, dy) <= half // 3, "disc": dx * dx + dy * dy <= half * half}[name]
                data += bytes(ink if inside else paper)
        corners = [{"x": x - half, "y": y - half, "z": 0}, {"x": x + half + 1, "y": y + half + 1, "z": 0}]
        place = {"type": "class", "label": name} if kind == "class" else {
            "type": "box", "label": name, "coordinates": corners}
        pictures.append(Picture(f"s{number}", size, bytes(data), [place]))
    return pictures


class Examples(WorkerTest):
    def trained(self, example, pictures, configuration):
        """A client of an example that was trained on most pictures, saved and loaded again; and the other pictures."""
        from galley.image import encode_png

        cuts = {"train": pictures[:len(pictures) * 3 // 5], "validation": pictures[len(pictures) * 3 // 5:len(pictures) * 4 // 5]}
        for subset, members in cuts.items():
            for one in members:
                self.write(f"data/{subset}/json/{one.name}.json", json.dumps(one.document()))
                path = self.write(f"data/{subset}/items/{one.name}.png", "")
                with open(path, "wb") as file:
                    file.write(encode_png(one.data, one.size, one.size, 3))
        os.mkdir(self.path("empty"))
        client = self.client(os.path.join(EXAMPLES, example))
        model = {**MODEL, "configuration": configuration}
        changed = client.call("adapter.load", {"folder": self.path("empty"), "model": model}, timeout=LONG)
        client.call("adapter.convert", {"data": self.path("data")})
        client.call("adapter.train", {"data": self.path("data"), "output": self.path("out")}, timeout=LONG)
        self.assertEqual(client.of("progress")[-1]["completed"], client.of("progress")[-1]["total"])
        changed.update(client.call("adapter.save", {"folder": self.path("saved")}))
        client.close()
        client = self.client(os.path.join(EXAMPLES, example))
        client.call("adapter.load", {"folder": self.path("saved"), "model": {**model, **changed}}, timeout=LONG)
        return client, pictures[len(pictures) * 4 // 5:]

    def batch(self, pictures):
        size = pictures[0].size
        data = b"".join(one.data for one in pictures)
        found, descriptor = block([("batch", data, [len(pictures), size, size, 3])])
        self.addCleanup(os.close, descriptor)
        items = [{"id": one.name, "name": one.name, "path": f"/{one.name}", "file": ""} for one in pictures]
        return {"items": items, "batch": found}

    def accuracy(self, example, pictures, configuration=None):
        client, rest = self.trained(example, pictures, configuration or {})
        batch = self.batch(rest)
        found = labels(client.call("adapter.predict", batch, timeout=LONG))
        if "embed" in client.call("describe")["adapter"]["functions"]:
            vectors = client.call("adapter.embed", batch)["embeddings"]["tensors"][0]["shape"]
            self.assertEqual(vectors[0], len(rest))
        return sum(label == one.annotations[0]["label"] for label, one in zip(found, rest)) / len(rest)

    @needs("sklearn", "numpy")
    def test_scikit_learn(self):
        self.assertGreater(self.accuracy("sklearn_adapter.py", digits(600), {"trees": 100}), 0.9)

    @needs("sklearn", "numpy")
    def test_scikit_learn_on_shapes(self):
        self.assertGreater(self.accuracy("sklearn_adapter.py", shapes(300, "class"), {"trees": 100}), 0.5)

    @needs("onnxruntime", "onnx", "numpy")
    def test_onnx_runtime(self):
        self.assertGreater(self.accuracy("onnxruntime_adapter.py", digits(600), {"epochs": 20}), 0.9)

    @needs("onnxruntime", "onnx", "numpy")
    def test_onnx_runtime_on_shapes(self):
        self.assertGreater(self.accuracy("onnxruntime_adapter.py", shapes(300, "class"), {"epochs": 20}), 0.6)

    @needs("torch", "numpy")
    def test_pytorch(self):
        self.assertGreater(self.accuracy("pytorch_adapter.py", digits(600), {"epochs": 8, "width": 12}), 0.9)

    @needs("torch", "numpy")
    def test_pytorch_on_shapes(self):
        self.assertGreater(self.accuracy("pytorch_adapter.py", shapes(300, "class"), {"epochs": 12, "width": 12}), 0.6)

    @needs("numpy", "PIL")
    def test_dtlpy(self):
        self.assertGreater(self.accuracy("dtlpy_adapter.py", digits(600)), 0.9)

    @needs("torch", "numpy")
    def test_the_detector(self):
        client, rest = self.trained("shapes_detector.py", shapes(200, "box"), {"epochs": 10, "width": 8, "threshold": 0.1})
        found = client.call("adapter.predict", self.batch(rest), timeout=LONG)["predictions"]
        hits = 0
        for one, prediction in zip(rest, found):
            truth = one.annotations[0]
            hits += any(
                box["label"] == truth["label"] and overlap(box["coordinates"], truth["coordinates"]) > 0.5
                for box in prediction["annotations"])
        self.assertGreater(hits / len(rest), 0.3)

    @needs("numpy")
    def test_the_data_set(self):
        client = self.client(os.path.join(EXAMPLES, "dataset.py"))
        card = client.call("describe")["cards"][0]
        self.assertEqual(card["taxonomy"], "data.classification.bars")
        answers = [client.call("dataset.items", {
            "taxonomy": card["taxonomy"], "options": {"count": 10, "size": 6, "noise": 3, "seed": 4},
            "folder": self.folder}) for _ in range(2)]
        self.assertEqual(answers[0]["inputs"]["tensors"][0]["shape"], [10, 6, 6, 1])
        self.assertEqual(answers[0]["ids"], answers[1]["ids"])

    @needs("numpy", "onnx")
    def test_the_runtime(self):
        import numpy
        import onnx
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            [helper.make_node("Relu", ["x"], ["y"])], "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])])
        path = self.path("m.onnx")
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
        client = self.client(os.path.join(EXAMPLES, "runtime.py"))
        self.assertTrue(client.call("runtime.describe", {"taxonomy": "runtime.onnx-reference"})["available"])
        compiled = client.call("runtime.compile", {
            "taxonomy": "runtime.onnx-reference", "options": {}, "path": path, "format": "onnx"})
        self.assertEqual(compiled["inputs"], [{"name": "x", "elementType": "float32", "shape": [None, 2]}])
        values = numpy.array([[-1, 2], [3, -4]], dtype=numpy.float32)
        descriptor = os.memfd_create("x")
        self.addCleanup(os.close, descriptor)
        os.write(descriptor, values.tobytes())
        inputs = {"memory": {"path": f"/proc/{os.getpid()}/fd/{descriptor}", "byteCount": 16}, "tensors": [
            {"name": "x", "elementType": "float32", "shape": [2, 2], "offset": 0}]}
        outputs = client.call("runtime.run", {"model": compiled["model"], "inputs": inputs})["outputs"]
        self.assertEqual(array_of(outputs), [0, 2, 3, 0])


def overlap(one, other):
    """Intersection over union of two boxes of Dataloop's."""
    left, top = max(one[0]["x"], other[0]["x"]), max(one[0]["y"], other[0]["y"])
    right, bottom = min(one[1]["x"], other[1]["x"]), min(one[1]["y"], other[1]["y"])
    area = max(0, right - left) * max(0, bottom - top)
    sizes = sum((box[1]["x"] - box[0]["x"]) * (box[1]["y"] - box[0]["y"]) for box in (one, other))
    return area / (sizes - area)


if __name__ == "__main__":
    unittest.main()
