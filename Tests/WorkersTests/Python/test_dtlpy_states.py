# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What adapters written for dtlpy keep from one call to the next: data, output, artifacts."""

import json
import os
import unittest

from dtlpy_support import CompatibleTest, PackageTest
from worker_client import WorkerError

STATES = """
    import os
    import dtlpy as dl

    class States(dl.BaseModelAdapter):
        def load(self, local_path, **kwargs):
            self.copies = None

        def upload(self, folder, name):
            path = os.path.join(os.path.dirname(folder), name)
            open(path, "w").close()
            self.model_entity.artifacts.upload(filepath=path)

        def convert_from_dtlpy(self, data_path, **kwargs):
            self.copies = [item.download() for item in self.model_entity.dataset.items.list().all()]

        def train(self, data_path, output_path, **kwargs):
            items = list(self.model_entity.dataset.items.list().all())
            copies, self.copies = self.copies or [item.download() for item in items], None
            names = [one.label for item in items for one in item.annotations.list()]
            figure = " ".join(names + [open(path).read() for path in copies])
            open(os.path.join(output_path, "trained.txt"), "w").close()
            self.upload(output_path, "during.txt")
            self.model_entity.metrics.create(samples=dl.PlotSample(figure, "train", 0, 1.0), dataset_id="x")
            if not items:
                raise ValueError("nothing to learn from")
            kwargs["on_epoch_end_callback"](i_epoch=0, n_epoch=1)

        def save(self, local_path, **kwargs):
            open(os.path.join(local_path, "saved.txt"), "w").close()
            self.upload(local_path, "saving.txt")

        def predict(self, batch, **kwargs):
            return [None for _ in batch]
"""


class Shared:
    """Tests for an adapter file, whatever `dtlpy` is."""

    def test_a_second_training_learns_from_its_own_data(self):
        client = self.adapter(STATES)
        for name, label in (("a", "cat"), ("b", "dog"), ("c", "cow")):
            self.write(f"{name}/train/json/1.json", json.dumps({"id": "1", "filename": "/1.txt", "annotations": [
                {"id": "x", "type": "class", "label": label, "metadata": {"system": {}}, "attributes": {}, "creator": "t",
                 "createdAt": "2024-03-01T10:20:30.456Z", "updatedBy": "t", "updatedAt": "2024-03-01T10:20:30.456Z"}]}))
            self.write(f"{name}/train/items/1.txt", f"I am a {label}")
        artifacts = self.path("artifacts")
        for name, label in (("a", "cat"), ("b", "dog"), ("b", "dog"), ("c", "cow")):
            if name == "a":
                # What it copies may be read by training.
                client.call("adapter.convert", {"data": self.path(name)})
            before, output = len(client.of("progress")), self.path(f"out-{name}")
            client.call("adapter.train", {"data": self.path(name), "output": output})
            told = client.of("progress")[before:]
            self.assertEqual([one["metrics"] for one in told], [{f"{label} I am a {label}": 1.0}])
            client.call("adapter.save", {"folder": self.path(f"saved-{name}")})
            self.assertEqual(
                sorted(os.listdir(self.path(f"saved-{name}"))), ["during.txt", "saved.txt", "saving.txt", "trained.txt"])
        # Neither training nor saving writes into what was loaded.
        self.assertFalse(os.path.isdir(artifacts) and os.listdir(artifacts))
        # A training that fails leaves no output to be saved, nor does one whose output is gone.
        with self.assertRaises(WorkerError):
            client.call("adapter.train", {"data": self.path("nowhere"), "output": self.path("failed")})
        client.call("adapter.save", {"folder": self.path("saved-again")})
        self.assertEqual(sorted(os.listdir(self.path("saved-again"))), ["saved.txt", "saving.txt"])


class WithTheCompatibilityModule(Shared, CompatibleTest):
    pass


class WithThePackage(Shared, PackageTest):
    pass


if __name__ == "__main__":
    unittest.main()
