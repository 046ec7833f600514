# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "pillow"]
# ///
"""An adapter written for Dataloop's dtlpy and nothing else: it runs here with that package or without it.

Images are classified by the nearest of all training images.
"""

import json
import logging
import os

import dtlpy as dl
import numpy as np
from PIL import Image

logger = logging.getLogger("nearest-adapter")


@dl.Package.decorators.module(name="model-adapter", description="The nearest training image",
                              init_inputs={"model_entity": dl.Model})
class ModelAdapter(dl.BaseModelAdapter):
    def load(self, local_path, **kwargs):
        path = os.path.join(local_path, self.configuration.get("weights_filename", "nearest.npz"))
        self.model = None
        if os.path.isfile(path):
            with np.load(path) as arrays:
                self.model = {"images": arrays["images"], "classes": arrays["classes"]}

    def save(self, local_path, **kwargs):
        np.savez(os.path.join(local_path, "nearest.npz"), **self.model)
        self.configuration.update({"weights_filename": "nearest.npz"})

    def train(self, data_path, output_path, **kwargs):
        images, labels = self.read(os.path.join(data_path, "train"))
        names = sorted(set(labels))
        self.model_entity.labels = names
        self.model_entity.id_to_label_map = dict(enumerate(names))
        self.model = {"images": images, "classes": np.array([names.index(label) for label in labels])}
        checks, truth = self.read(os.path.join(data_path, "validation"))
        answers = [self.model_entity.id_to_label_map[index] for index, _ in map(self.nearest, checks)]
        accuracy = float(np.mean([answer == label for answer, label in zip(answers, truth)]))
        self.model_entity.metrics.create(
            samples=[dl.PlotSample(figure="accuracy", legend="validation", x=1, y=accuracy)],
            dataset_id=self.model_entity.dataset_id)
        on_epoch_end = kwargs.get("on_epoch_end_callback")
        if on_epoch_end is not None:
            on_epoch_end(i_epoch=0, n_epoch=1)

    def convert_from_dtlpy(self, data_path, **kwargs):
        logger.info("nothing to convert")

    def predict(self, batch, **kwargs):
        if self.model is None:
            raise ValueError("the model was never trained")
        collections = []
        for image in batch:
            index, confidence = self.nearest(vector(image))
            collection = dl.AnnotationCollection()
            collection.add(
                annotation_definition=dl.Classification(label=self.model_entity.id_to_label_map[index]),
                model_info={"name": self.model_entity.name, "model_id": self.model_entity.id, "confidence": confidence})
            collections.append(collection)
        return collections

    def embed(self, batch, **kwargs):
        return [vector(image).tolist() for image in batch]

    def nearest(self, image):
        """The class of most of the five nearest images, and how many of them have it."""
        distances = ((self.model["images"] - image) ** 2).sum(axis=1)
        nearest = self.model["classes"][np.argsort(distances, kind="stable")[:self.configuration.get("neighbours", 5)]]
        classes, counts = np.unique(nearest, return_counts=True)
        return int(classes[counts.argmax()]), float(counts.max() / len(nearest))

    @staticmethod
    def read(folder):
        """Images of a subset as vectors, and their labels."""
        images, labels = [], []
        for place, _, names in sorted(os.walk(os.path.join(folder, "json"))):
            for name in sorted(names):
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    document = json.load(file)
                whole = [one for one in dl.AnnotationCollection.from_json(document) if one.type == "class"]
                if whole:
                    with Image.open(os.path.join(folder, "items", document["filename"].lstrip("/"))) as picture:
                        images.append(vector(np.asarray(picture.convert("RGB"))))
                    labels.append(whole[0].label)
        return np.stack(images), labels


def vector(image):
    """An image's brightness, as numbers of length 1 in all."""
    gray = np.asarray(image, dtype=np.float32).mean(axis=2).ravel()
    gray = gray - gray.mean()
    return gray / (np.linalg.norm(gray) + 1e-6)
