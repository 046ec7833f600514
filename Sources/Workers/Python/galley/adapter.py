# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Model adapters: a model of your own in a few functions."""

import json
import os

from . import annotations
from .image import read_image

STAGES = {
    "load": "load", "predict": "predict", "train": "train", "save": "save", "embed": "embed", "evaluate": "evaluate",
    "convert": "convert", "prepare_item": "prepareItem",
}


class Item:
    """An item of a data set. `path` is its name there, `file` where its bytes lie here."""

    def __init__(self, document):
        self.document = document
        self.id, self.path, self.file = document.get("id"), document.get("path"), document.get("file")
        self.name = document.get("name") or os.path.basename(self.path or "")
        self.media_type = document.get("mediaType")
        self.width, self.height = document.get("width"), document.get("height")
        self.metadata = document.get("metadata") or {}

    def image(self):
        """The image, upright, as a NumPy array [height, width, 3] of uint8; a `galley.Image` without NumPy."""
        return read_image(self.file)

    def text(self):
        """The text."""
        with open(self.file, encoding="utf-8") as file:
            return file.read()

    def __repr__(self):
        return f"Item({self.path!r})"


class TrainingItem(Item):
    """An item of training data with its annotations."""

    def __init__(self, document, known):
        super().__init__(document)
        self.annotations = annotations.parse(known)

    @property
    def label(self):
        """The label of the item's classification, or of its first annotation; None if it has none."""
        whole = [one for one in self.annotations if one.type == "class"]
        return (whole or self.annotations or [annotations.Annotation(None)])[0].label


def training_items(folder):
    """The items of one subset of training data, `data/train` or `data/validation`, in the order of their paths."""
    return [TrainingItem(described, known) for described, known in training_documents(folder)]


def training_documents(folder):
    """The items of a subset as the client describes items, each with its annotations' JSON, by their files' paths."""
    found = [os.path.join(place, name) for place, _, names in os.walk(os.path.join(folder, "json")) for name in names]
    for path in sorted(one for one in found if one.endswith(".json")):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        name = (document.get("filename") or document.get("name") or "").lstrip("/")
        system = (document.get("metadata") or {}).get("system") or {}
        described = {
            "id": document.get("id") or document.get("_id"), "path": f"/{name}", "name": os.path.basename(name),
            "file": os.path.join(folder, "items", name), "mediaType": system.get("mimetype"),
            "width": system.get("width"), "height": system.get("height"), "metadata": document.get("metadata"),
        }
        yield described, document.get("annotations") or []


class ModelAdapter:
    """The base of adapters: write `load` and `predict`; for training `train` and `save`; what else you need.

    Before `load` is called, `labels`, `configuration` and `entity` say what is known of the model. What you change in
    `labels` and `configuration` in `load`, `train` and `save` is kept with the model.
    """

    #: What the items are: "image", "text" or "file".
    input_type = "image"
    #: What `predict` answers: "class", "box", "segment", "binary", "point", "pose" or "embedding".
    output_type = "class"
    #: Items that `predict` is given at once, if nobody says anything else.
    batch_size = 4
    #: The configuration's keys: {"epochs": galley.Option(10, "Passes over the data.", minimum=1)}.
    options = {}
    #: Whether `predict` and `embed` may write into the batch.
    copy_batches = False

    def __init__(self):
        self.labels, self.configuration, self.entity, self._report = [], {}, {}, None

    # MARK: Written by you

    def load(self, folder):
        """Makes the model ready from the files in a folder, which is empty for a model that was never trained."""
        raise NotImplementedError

    def predict(self, batch):
        """What the model says of each item: a list of annotations, one annotation or None for each, in order."""
        raise NotImplementedError

    def train(self, data, output):
        """Trains on `data`/train and `data`/validation; intermediate files go to `output`. May return figures."""
        raise NotImplementedError

    def save(self, folder):
        """Writes the model's files, which `load` will find."""
        raise NotImplementedError

    def embed(self, batch):
        """A vector of numbers for each item."""
        raise NotImplementedError

    def evaluate(self, items, truth, predictions):
        """Figures by name, of annotations of each item: what is true, and what was predicted."""
        raise NotImplementedError

    def convert(self, data):
        """Brings training data, items and their JSON, into the form that `train` wants. It need not do anything."""

    def prepare_item(self, item):
        """What `predict` is given of an item: its image, or its text, or the item itself."""
        if self.input_type == "image":
            return item.image()
        return item.text() if self.input_type == "text" else item

    # MARK: Called by you

    def epoch(self, done, total, **metrics):
        """Says that `done` of `total` epochs are finished, with metrics: loss=…, val_loss=….

        They become curves of the model; a name that begins with `val_` is one of validation. Raises Cancelled.
        """
        if self._report is not None:
            self._report.epoch(done, total, metrics)

    def progress(self, completed, total=None, stage="working", unit="", message=None):
        """Says how far the work has come. Raises Cancelled."""
        if self._report is not None:
            self._report.progress(stage, completed, total, unit, message)

    def sample(self, figure, legend, x, y):
        """Adds a point to a curve of the model. Raises Cancelled."""
        if self._report is not None:
            self._report.sample(figure, legend, x, y)

    def check_cancelled(self):
        """Raises Cancelled if nobody wants the result any more."""
        if self._report is not None:
            self._report.check()


def functions(cls):
    """The user functions that a class has of its own, as the description names them."""
    return [
        stage for name, stage in STAGES.items() if getattr(cls, name, None) is not getattr(ModelAdapter, name)]
