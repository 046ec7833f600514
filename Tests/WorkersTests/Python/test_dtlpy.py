# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Adapters written for dtlpy: one file, unchanged, with the compatibility module and with the package from PyPI.

The package is looked for in the interpreter that `GALLEY_DTLPY_PYTHON` names, or that of `GALLEY_PLATFORM_PEERS`.
"""

import json
import os
import subprocess
import sys
import unittest

from dtlpy_support import CompatibleTest, PackageTest, real_python
from support import MODEL, PACKAGE, items
from worker_client import WorkerError

ADAPTER = """
    import json
    import logging
    import os

    import dtlpy as dl
    import numpy as np
    from dtlpy import entities

    logger = logging.getLogger("adapter")


    @dl.Package.decorators.module(name="model-adapter", description="Light or dark",
                                  init_inputs={"model_entity": dl.Model})
    class ModelAdapter(dl.BaseModelAdapter):
        def __init__(self, model_entity: dl.Model = None):
            self.loads = 0
            super().__init__(model_entity)
            self.after = True

        def load(self, local_path, **kwargs):
            self.loads += 1
            path = os.path.join(local_path, self.configuration.get("weights_filename", "weights.json"))
            self.model = json.load(open(path)) if os.path.isfile(path) else {"threshold": 127}

        def save(self, local_path, **kwargs):
            with open(os.path.join(local_path, "best.json"), "w") as file:
                json.dump(self.model, file)
            self.configuration.update({"weights_filename": "best.json"})

        def train(self, data_path, output_path, **kwargs):
            epochs = self.configuration.get("num_epochs", 2)
            levels = []
            for folder, _, names in sorted(os.walk(os.path.join(data_path, "train", "json"))):
                for name in names:
                    data = json.load(open(os.path.join(folder, name)))
                    levels += [float(one.label) for one in dl.AnnotationCollection.from_json(data)]
            self.model["threshold"] = float(np.mean(levels))
            os.makedirs(os.path.join(output_path, "logs"), exist_ok=True)
            open(os.path.join(output_path, "logs", "log.txt"), "w").close()
            for epoch in range(epochs):
                samples = [dl.PlotSample(figure="loss", legend="train", x=epoch, y=1 / (epoch + 1))]
                self.model_entity.metrics.create(samples=samples, dataset_id=self.model_entity.dataset_id)
                kwargs.get("on_epoch_end_callback")(i_epoch=epoch, n_epoch=epochs)

        def convert_from_dtlpy(self, data_path, **kwargs):
            subsets = self.model_entity.metadata.get("system", dict()).get("subsets", None)
            for subset, filters_dict in subsets.items():
                filters = dl.Filters(custom_filter=filters_dict)
                filters.add_join(field="type", values="class")
                filters.page_size = 0
                pages = self.model_entity.dataset.items.list(filters=filters)
                print(f"{subset} has {pages.items_count} items")
            print("numbers", self.model_entity.id_to_label_map, self.model_entity.label_to_id_map)

        def predict(self, batch, **kwargs):
            answers = []
            for image in batch:
                image[0, 0] = 0
                collection = dl.AnnotationCollection()
                light = image.mean() > self.model["threshold"]
                model_info = {"name": self.model_entity.name, "model_id": self.model_entity.id, "confidence": 0.5}
                collection.add(annotation_definition=dl.Classification(label="light" if light else "dark"),
                               model_info=model_info)
                collection.add(annotation_definition=dl.Box(left=1, top=2, right=3.5, bottom=4, label="ü 🧀", angle=5),
                               model_info=model_info)
                collection.add(annotation_definition=dl.Polygon(geo=[[1, 2], [3, 4], [5, 0]], label="p"))
                collection.add(annotation_definition=entities.Point(x=1, y=2, label="q"))
                collection.add(annotation_definition=dl.Polyline(geo=[[1, 2], [3, 4]], label="l"))
                collection.add(annotation_definition=dl.Ellipse(x=3, y=2, rx=2, ry=1, angle=10, label="e"))
                collection.add(annotation_definition=dl.Segmentation(geo=np.eye(8), label="m"))
                answers.append(collection)
            return answers

        def embed(self, batch, **kwargs):
            return [[float(self.loads), float(self.after)] for _ in batch]
"""

PREPARING = """
    import dtlpy as dl
    import os

    class Preparing(dl.BaseModelAdapter):
        def load(self, local_path, **kwargs):
            self.model = dl.models.get(model_id=self.model_entity.id)

        def prepare_item_func(self, item: dl.Item):
            if "2" in item.name:
                raise ValueError("odd")
            path = item.download(overwrite=True)
            size = os.path.getsize(path)
            os.remove(path)
            buffer = item.download(save_locally=False)
            return [item.id, item.name, item.filename, item.dir, item.mimetype, item.width, item.height,
                    item.metadata["user"]["x"], size, len(buffer.read()), item.dataset.name]

        def predict(self, batch, **kwargs):
            found = []
            for one in batch:
                builder = dl.AnnotationCollection()
                builder.add(annotation_definition=[dl.Classification(label=str(value)) for value in one])
                found.append(builder.annotations)
            return found

        def evaluate(self, model, dataset, filters):
            items = dataset.items.list(filters=filters)
            labels = [one.label for item in items.all() for one in item.annotations.list()]
            model.metrics.create(samples=[dl.PlotSample("labels", "", 0, len(labels))], dataset_id=dataset.id)
            return model
"""

CLOUD = """
    import dtlpy as dl

    class Cloud(dl.BaseModelAdapter):
        def load(self, local_path, **kwargs):
            pass

        def predict(self, batch, **kwargs):
            %s
"""


class Shared:
    """Tests for an adapter file, whatever `dtlpy` is."""

    def test_prediction(self):
        client = self.adapter(ADAPTER)
        found = client.call("adapter.predict", self.batch(200, 10))["predictions"]
        self.assertEqual([one["annotations"][0]["label"] for one in found], ["light", "dark"])
        annotations = found[0]["annotations"]
        self.assertEqual(
            [one["type"] for one in annotations], ["class", "box", "segment", "point", "polyline", "ellipse", "binary"])
        self.assertEqual(annotations[0]["metadata"]["user"]["model"]["confidence"], 0.5)
        self.assertNotIn("model", annotations[2]["metadata"].get("user", {}))
        self.assertEqual(annotations[1]["label"], "ü 🧀")
        self.assertEqual(
            annotations[1]["coordinates"], [{"x": 1, "y": 2, "z": 0}, {"x": 3.5, "y": 4, "z": 0}, 5])
        self.assertEqual(annotations[2]["coordinates"], [[{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 0}]])
        self.assertEqual(annotations[5]["coordinates"]["rx"], 2)
        from galley import parse

        self.assertEqual(parse(annotations)[6].mask.tolist(), [[int(x == y) for x in range(8)] for y in range(8)])

    def test_load_is_called_once(self):
        client = self.adapter(ADAPTER)
        found = client.call("adapter.embed", self.batch(1))["embeddings"]
        self.assertEqual(found["tensors"][0]["shape"], [1, 2])

    def test_training_and_saving(self):
        for number, level in enumerate((10, 30)):
            self.write(f"data/train/json/a/{number}.json", json.dumps({
                "id": f"{number}", "filename": f"/a/{number}.png", "metadata": {"system": {"width": 8, "height": 8}},
                "annotations": [{
                    "id": f"a{number}", "type": "class", "label": str(level), "metadata": {"system": {}},
                    "attributes": {}, "creator": "ada", "createdAt": "2024-03-01T10:20:30.456Z", "updatedBy": "ada",
                    "updatedAt": "2024-03-01T10:20:30.456Z"}]}))
        client = self.adapter(ADAPTER, {"labels": ["10", "30"], "configuration": {"num_epochs": 3}})
        functions = client.call("describe")["adapter"]["functions"]
        self.assertEqual(functions, ["load", "predict", "train", "save", "embed", "convert"])
        client.call("adapter.convert", {"data": self.path("data")})
        said = client.error_text("numbers")
        self.assertIn("train has 2 items", said)
        self.assertIn("validation has 0 items", said)
        self.assertIn("numbers {0: '10', 1: '30'} {'10': 0, '30': 1}", said)
        answer = client.call("adapter.train", {"data": self.path("data"), "output": self.path("out")})
        self.assertEqual([one["y"] for one in answer["samples"]], [1, 0.5, 1 / 3])
        progress = client.of("progress")
        self.assertEqual([(one["completed"], one["total"]) for one in progress], [(1, 3), (2, 3), (3, 3)])
        self.assertEqual(progress[1]["metrics"], {"loss": 0.5})
        changed = client.call("adapter.save", {"folder": self.path("saved")})
        self.assertEqual(changed["configuration"]["weights_filename"], "best.json")
        self.assertNotIn("upload_annotations", changed["configuration"])
        self.assertEqual(changed["configuration"]["num_epochs"], 3)
        # What training wrote belongs to the model too, as with dtlpy.
        self.assertEqual(sorted(os.listdir(self.path("saved"))), ["best.json", "logs"])
        model = {**MODEL, "configuration": changed["configuration"]}
        client.call("adapter.load", {"folder": self.path("saved"), "model": model})
        found = client.call("adapter.predict", self.batch(25, 15))["predictions"]
        self.assertEqual([one["annotations"][0]["label"] for one in found], ["light", "dark"])

    def test_items_that_the_adapter_prepares_and_evaluates(self):
        client = self.adapter(PREPARING)
        found = items(3)
        for one in found:
            one.update(file=self.write(one["name"], "12345"), path=f"/a/{one['name']}", metadata={"user": {"x": 1}})
        answer = client.call("adapter.predict", {"items": found})["predictions"]
        self.assertEqual([one["label"] for one in answer[1]["annotations"]], [
            "i1", "1.png", "/a/1.png", "/a", "image/png", "4", "4", "1", "5", "5", "local"])
        self.assertEqual(answer[2], {"failed": {"stage": "prepare", "reason": "ValueError: odd"}})
        self.assertTrue(os.path.exists(found[1]["file"]))
        annotation = [{"type": "class", "label": "a", "metadata": {}, "attributes": {}}]
        figures = client.call("adapter.evaluate", {
            "items": found, "groundTruth": [annotation] * 3, "predictions": [annotation, [], []]})
        self.assertEqual(figures, {"figures": {"labels": 4.0}})

    def test_what_needs_the_cloud_says_so(self):
        for body in ("dl.projects.get(project_name='x')", "dl.datasets.get(dataset_id='x')",
                     "dl.models.get(model_id='other')", "dl.items.get(item_id='x')",
                     "dl.models.get(model_id='other', model_name=self.model_entity.name)", "dl.models.get(model_id='None')",
                     "self.model_entity.dataset.items.get(item_id='x')"):
            with self.subTest(body):
                client = self.adapter(CLOUD % body)
                with self.assertRaises(WorkerError) as caught:
                    client.call("adapter.predict", self.batch(1))
                self.assertIn("needs Dataloop's cloud", caught.exception.data["why"])
                client.close()

    def test_an_init_that_undoes_what_load_did(self):
        client = self.adapter("""
            import dtlpy as dl

            class Undoing(dl.BaseModelAdapter):
                def __init__(self, model_entity=None):
                    super().__init__(model_entity)
                    self.backbone = None

                def load(self, local_path, **kwargs):
                    self.backbone = [1.0, 2.0]

                def embed(self, batch, **kwargs):
                    return [self.backbone for _ in batch]
        """)
        self.assertEqual(client.call("adapter.embed", self.batch(1))["embeddings"]["tensors"][0]["shape"], [1, 2])

    def test_the_manifest_beside_the_file(self):
        self.write("dataloop.json", json.dumps({"version": "0.2.7", "components": {
            "modules": [{"name": "m", "entryPoint": "adapter.py", "className": "Cloud"}],
            "models": [{"moduleName": "m", "inputType": "image", "outputType": "box", "labels": ["a", "ß"],
                        "configuration": {"batch_size": 16, "conf": 0.25, "names": ["x"], "map": {"0": "a"}}}]}}))
        client = self.adapter(CLOUD % "return [[str(self.configuration['conf']), *self.model_entity.labels]]")
        adapter = client.call("describe")["adapter"]
        self.assertEqual((adapter["version"], adapter["outputType"], adapter["batchSize"]), ("0.2.7", "box", 16))
        self.assertEqual(adapter["labels"], ["a", "ß"])
        self.assertEqual([one["name"] for one in adapter["options"]], ["batch_size", "conf", "names"])
        found = client.call("adapter.predict", self.batch(1))["predictions"][0]["annotations"]
        self.assertEqual([one["label"] for one in found], ["0.25", "a", "ß"])


class WithTheCompatibilityModule(Shared, CompatibleTest):
    def test_names_that_only_the_cloud_has_can_be_named(self):
        client = self.adapter("""
            import dtlpy as dl
            from dtlpy.services.api_client import ApiClient
            from dtlpy.ml import train_utils, BaseModelAdapter
            from dtlpy import AnnotationType, exceptions
            import dtlpy.utilities.reports as reports

            def push(project: dl.Project, service: dl.Service, pod=dl.INSTANCE_CATALOG_GPU_T4_S):
                metadata = dl.Package.get_ml_metadata(cls=Named, output_type=dl.AnnotationType.BOX)
                project.packages.push(metadata=metadata, modules=[dl.PackageModule.from_entry_point(entry_point="a.py")])

            class Named(dl.BaseModelAdapter):
                def load(self, local_path, **kwargs):
                    assert dl.AnnotationType.POLYGON == "segment" and f"{dl.ModelStatus.PRE_TRAINED}" == "pre-trained"

                def predict(self, batch, **kwargs):
                    return [[dl.INSTANCE_CATALOG_GPU_T4_S]] * len(batch)
        """)
        found = client.call("adapter.predict", self.batch(1))["predictions"][0]["annotations"]
        self.assertEqual(found[0]["label"], "instance_catalog_gpu_t4_s")
        self.assertEqual(client.call("describe")["details"]["dtlpy"], "1.0.0+galley")


class WithThePackage(Shared, PackageTest):
    def test_filters_are_equal(self):
        program = """
import json
import dtlpy as dl
first = dl.Filters()
first.add(field="filename", values="/a/b.png")
first.add_join(field="label", values=["a", "b"], operator=dl.FiltersOperations.IN)
first.sort_by(field="name", value=dl.FiltersOrderByDirection.DESCENDING)
second = dl.Filters(resource=dl.FiltersResource.ANNOTATION, use_defaults=False)
second.add(field="label", values="turned", operator=dl.FiltersOperations.NOT_EQUAL)
third = dl.Filters(custom_filter={"filter": {"$and": [{"dir": "/a"}]}})
third.add_join(field="type", values="box")
for one in (first, second, third):
    query = one.prepare()
    print(json.dumps([query.get("filter"), query.get("join"), query.get("sort")], sort_keys=True))
"""
        answers = []
        for python, path in ((real_python(), PACKAGE), (sys.executable, PACKAGE + os.pathsep + PACKAGE + "/compatible")):
            answers.append(subprocess.run(
                [python, "-c", program], check=True, capture_output=True,
                env={**os.environ, "PYTHONPATH": path, "HOME": self.folder}).stdout.decode())
        self.assertEqual(*answers)


if __name__ == "__main__":
    unittest.main()
