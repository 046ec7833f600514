# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "scikit-learn", "pillow"]
# ///
"""A classifier of small images with scikit-learn: trees that look at brightness and edges."""

import os
import pickle

import galley
import numpy
from sklearn.ensemble import ExtraTreesClassifier


def features(image):
    """How bright each pixel is, and which edges each sixteenth of the image has: histograms as of Dalal and Triggs."""
    gray = image.astype(numpy.float32).mean(axis=2)
    down, right = numpy.gradient(gray)
    strength, direction = numpy.hypot(down, right), numpy.arctan2(down, right) % numpy.pi
    rows, columns = numpy.indices(gray.shape)
    cell = rows * 4 // gray.shape[0] * 4 + columns * 4 // gray.shape[1]
    place = cell * 8 + numpy.minimum((direction * 8 / numpy.pi).astype(int), 7)
    edges = numpy.bincount(place.ravel(), strength.ravel(), 128)
    return numpy.concatenate([(gray - gray.mean()).ravel() / (gray.std() + 1), edges / (edges.max() + 1e-6)])


class Trees(galley.ModelAdapter):
    """Says of an image to which class it belongs, with trees of scikit-learn's; all images have one size."""

    output_type = "class"
    batch_size = 32
    options = {
        "trees": galley.Option(300, "Trees in the forest.", minimum=1, maximum=10_000),
        "seed": galley.Option(1, "Another seed, other trees.", minimum=0, maximum=2**31 - 1),
    }

    def load(self, folder):
        path = os.path.join(folder, "trees.pickle")
        self.model = None
        if os.path.exists(path):
            with open(path, "rb") as file:
                self.model = pickle.load(file)

    def predict(self, batch):
        if self.model is None:
            raise galley.GalleyError("can't predict", "the model was never trained", remedy="Train it first.")
        scores = self.model.predict_proba([features(image) for image in batch])
        return [galley.Classification(self.model.classes_[one.argmax()], one.max()) for one in scores]

    def train(self, data, output):
        items = galley.training_items(os.path.join(data, "train"))
        checks = galley.training_items(os.path.join(data, "validation"))
        self.model = ExtraTreesClassifier(self.configuration["trees"], random_state=self.configuration["seed"])
        self.model.fit([features(item.image()) for item in items], [item.label for item in items])
        self.labels = [str(label) for label in self.model.classes_]
        accuracy = self.model.score([features(item.image()) for item in checks], [item.label for item in checks])
        self.epoch(1, 1, val_accuracy=accuracy)
        return {"accuracy": accuracy}

    def save(self, folder):
        with open(os.path.join(folder, "trees.pickle"), "wb") as file:
            pickle.dump(self.model, file)
