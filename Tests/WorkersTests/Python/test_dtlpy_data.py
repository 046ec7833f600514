# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Training data through the compatibility module, compared with dtlpy's own where that is installed."""

import importlib.util
import json
import os
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

from dtlpy_support import real_python
from support import PACKAGE, WorkerTest

DATASET = """
import json, sys
import dtlpy as dl
from galley import dataloop

classes, client = dataloop._entities(dl), dataloop._client(dl)
described = {"id": "d", "name": "local", "metadata": {}, "annotated": 0}
dataset = classes["Dataset"].from_json(project=None, _json=described, client_api=client)

def make_item(document, known):
    system = {"width": document["width"], "height": document["height"], "mimetype": document["mediaType"]}
    item = classes["Item"].from_json(client_api=client, _json={
        "id": document["id"], "filename": document["path"], "name": document["name"], "type": "file", "dir": "/f",
        "metadata": {"system": system}, "datasetId": "d", "annotated": True, "hidden": False, "url": "", "stream": "",
        "thumbnail": "", "annotations": ""})
    item.prepare_locally(document, dataset, known, None)
    return item

dataset.prepare_locally(["cat", "dog"], make_item)
"""
GENERATOR = DATASET + """
import numpy
from dtlpy.utilities.dataset_generators.dataset_generator import DatasetGenerator

answers = []
for kind in (dl.AnnotationType.CLASSIFICATION, dl.AnnotationType.BOX, dl.AnnotationType.POLYGON):
    for ignore_empty in (True, False):
        generator = DatasetGenerator(
            dataset_entity=dataset, annotation_type=kind, data_path=sys.argv[1] + "/train", shuffle=False,
            label_to_id_map={"cat": 1, "dog": 2}, ignore_empty=ignore_empty, transforms=[lambda image: image[::2]])
        found = []
        for item in generator:
            found.append({
                "id": item["item_id"], "box": item["box"].tolist(), "class": item["class"].tolist(),
                "labels": item["labels"], "segment": [numpy.asarray(one).tolist() for one in item["segment"]],
                "shape": list(item["image"].shape), "annotations": len(item["annotations"])})
        answers.append([len(generator), generator.n_items, sorted(found, key=lambda one: one["id"])])
        answers[-1].append(generator.id_to_label_map == {1: "cat", 2: "dog"})
print(json.dumps(answers, sort_keys=True))
"""
CONVERTER = DATASET + """
dataset.take_folder(sys.argv[1])
converter = dl.utilities.converter.Converter()
converter.labels = {"cat": 0, "dog": 1}
converter.convert_directory(
    local_path=sys.argv[1] + "/train/json", dataset=dataset, to_format="yolo", from_format="dataloop")
"""


@unittest.skipIf(
    importlib.util.find_spec("numpy") is None or importlib.util.find_spec("PIL") is None, "numpy and Pillow are needed")
class TrainingData(WorkerTest):
    def data(self, name="data"):
        from galley.image import encode_png

        annotations = [
            [("class", "cat", None), ("box", "dog", [[1, 2], [5, 6.5]])],
            [("box", "cat", [[0, 0], [8, 8]]), ("box", "bird", [[1, 1], [2, 2]]), ("box", "dog", [[3, 3], [4, 5]])],
            [("segment", "dog", [[0, 0], [4, 0], [4, 3]]), ("segment", "cat", [[0, 0], [4, 0], [4, 3], [1, 2]])],
            [],
        ]
        for number, ones in enumerate(annotations):
            documents = []
            for index, (kind, label, points) in enumerate(ones):
                document = {
                    "id": f"a{number}{index}", "itemId": f"i{number}", "type": kind, "label": label, "attributes": {},
                    "metadata": {"system": {}}, "creator": "ada", "createdAt": "2024-03-01T10:20:30.456Z",
                    "updatedBy": "ada", "updatedAt": "2024-03-01T10:20:30.456Z", "source": "sdk"}
                if points:
                    places = [{"x": x, "y": y} for x, y in points]
                    document["coordinates"] = places if kind == "box" else [places]
                documents.append(document)
            self.write(f"{name}/train/json/f/{number}.json", json.dumps({
                "id": f"i{number}", "filename": f"/f/{number}.png", "annotations": documents,
                "metadata": {"system": {"width": 8, "height": 8}}}))
            path = self.write(f"{name}/train/items/f/{number}.png", "")
            with open(path, "wb") as file:
                file.write(encode_png(bytes(192), 8, 8, 3))
        return self.path(name)

    def run_program(self, program, argument, python=sys.executable, path=PACKAGE + "/compatible"):
        """What a program says, with one dtlpy or the other."""
        environment = {**os.environ, "PYTHONPATH": f"{PACKAGE}{os.pathsep}{path}", "HOME": self.folder,
                       "DATALOOP_PATH": self.folder}
        ended = subprocess.run([python, "-c", program, argument], env=environment, capture_output=True)
        self.assertEqual(ended.returncode, 0, ended.stderr.decode())
        return ended.stdout.decode().strip().splitlines()[-1] if ended.stdout else ""

    def test_the_generator(self):
        answers = json.loads(self.run_program(GENERATOR, self.data()))
        self.assertEqual([one[1] for one in answers], [1, 4, 2, 4, 1, 4])
        boxes = answers[2][2]
        self.assertEqual(boxes[1]["labels"], ["bird", "cat", "dog"])
        self.assertEqual((boxes[1]["class"], len(boxes[1]["box"])), ([1, 2], 3))
        self.assertEqual(answers[4][2][0]["segment"][0], [[0, 0], [4, 0], [4, 3], [1, 2]])
        self.assertEqual(boxes[0]["shape"], [4, 8, 3])

    @unittest.skipIf(real_python() is None, "no interpreter with dtlpy is named")
    def test_the_generator_is_as_dtlpys(self):
        data = self.data()
        own, others = (json.loads(self.run_program(GENERATOR, data, *more)) for more in ((), (real_python(), "")))
        for one, other in zip(own, others):
            for item in (*one[2], *other[2]):
                # Without annotations of the type, dtlpy's arrays of places have another shape.
                item["box"] = item["box"] or []
            # dtlpy gives classifications a box of zeros.
            if not any(place != [0, 0, 0, 0] for item in other[2] for place in item["box"]):
                for item in (*one[2], *other[2]):
                    item["box"] = []
            self.assertEqual(one, other)

    def test_conversions(self):
        data = self.data()
        for number in (2, 1):
            os.remove(os.path.join(data, "train", "json", "f", f"{number}.json"))
        self.run_program(CONVERTER, data)
        with open(os.path.join(data, "train", "yolo", "f", "0.txt")) as file:
            self.assertEqual(file.read(), "1 0.375 0.53125 0.5 0.5625\n")
        for format in ("voc", "coco"):
            self.run_program(CONVERTER.replace("yolo", format), data)
        box = xml.parse(os.path.join(data, "train", "voc", "f", "0.xml")).find("object/bndbox")
        self.assertEqual([float(one.text) for one in box], [1, 2, 5, 6.5])
        with open(os.path.join(data, "train", "coco", "coco.json")) as file:
            coco = json.load(file)
        self.assertEqual(coco["annotations"][0]["bbox"], [1, 2, 4, 4.5])
        self.assertEqual(coco["images"][0]["file_name"], "f/0.png")

    @unittest.skipIf(real_python() is None, "no interpreter with dtlpy is named")
    def test_yolo_is_as_dtlpys(self):
        outputs = []
        for name, more in (("own", ()), ("others", (real_python(), ""))):
            data = self.data(name)
            for number in (0, 1, 2):
                path = os.path.join(data, "train", "json", "f", f"{number}.json")
                with open(path) as file:
                    document = json.load(file)
                document["annotations"] = [
                    one for one in document["annotations"] if one["type"] == "box" and one["label"] != "bird"]
                with open(path, "w") as file:
                    json.dump(document, file)
            self.run_program(CONVERTER, data, *more)
            texts = []
            for number in range(2):
                with open(os.path.join(data, "train", "yolo", "f", f"{number}.txt")) as file:
                    texts.append([[float(one) for one in line.split()] for line in file.read().splitlines()])
            outputs.append(texts)
        self.assertEqual(*outputs)


if __name__ == "__main__":
    unittest.main()
