# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Data sets, runtimes, optimizers and backends in Python."""

import hashlib
import json
import os

from .cards import about, card, version
from .options import camel, declared, kebab


class Ingredient:
    """What data sets, runtimes and optimizers have in common: options, which are attributes of the instance."""

    #: {"size": galley.Option(28, "Edge of an image in pixels.", minimum=1)}; or annotated parameters of `__init__`.
    options = {}

    def __init__(self, **options):
        for name in options:
            if name not in declared(type(self)):
                raise TypeError(f"{type(self).__name__} has no option '{name}'")
        self.__dict__.update(options)


class Preprocessing:
    """How a raw item becomes a model's input: (value × scale − mean) ÷ deviation, for each channel, as float32."""

    def __init__(self, scale=1 / 255, mean=(0,), deviation=(1,), layout="nchw", colors=None, fit=None):
        self.scale, self.mean, self.deviation = scale, list(mean), list(deviation)
        self.layout, self.colors, self.fit = layout, colors, fit

    def document(self):
        """The description for messages."""
        document = {"layout": self.layout, "scale": self.scale, "mean": self.mean, "deviation": self.deviation}
        if self.colors:
            document["colors"] = self.colors
        if self.fit:
            document["fit"] = self.fit
        return document


class LabeledItems:
    """A data set in memory: ids, inputs [items, height, width, channels], a class for each item, the classes' names."""

    def __init__(self, ids, inputs, classes, labels, subsets=None):
        self.ids, self.inputs, self.classes, self.labels = list(ids), inputs, list(classes), list(labels)
        self.subsets = None if subsets is None else list(subsets)


class Dataset(Ingredient):
    """A source of labelled items: write `items`."""

    #: How an item becomes a model's input; may be a property.
    preprocessing = Preprocessing()
    #: {"name", "licence", "citation", "source"}; may be a property.
    description = None

    def items(self):
        """Reads all items: a `galley.LabeledItems`."""
        raise NotImplementedError


class Runtime(Ingredient):
    """Executes models of some formats: write `compile`."""

    #: The formats of files that it runs: "onnx", "openvino", "tflite".
    formats = ("onnx",)
    #: What was really used, recorded with every measurement.
    configuration = {}

    def availability(self):
        """The version and the path of what executes. Raises an exception whose text says why it isn't here."""
        return "1", __file__

    def compile(self, path, format):
        """Reads a model: a `galley.CompiledModel`."""
        raise NotImplementedError


class ValueSpec:
    """What a model takes or gives at one place; None stands for an open dimension."""

    def __init__(self, name, element_type, shape):
        self.name, self.element_type, self.shape = name, element_type, list(shape)

    def document(self):
        """The description for messages."""
        return {"name": self.name, "elementType": self.element_type, "shape": self.shape}


class CompiledModel:
    """A model ready to run: set `inputs` and `outputs` to lists of `galley.ValueSpec`, write `run`."""

    inputs, outputs = (), ()
    #: Texts by name; in addition to the runtime's.
    configuration = {}

    def run(self, inputs):
        """One inference: arrays by the inputs' names; returns arrays by the outputs' names or in their order."""
        raise NotImplementedError

    def release(self):
        """Frees what the model holds."""


class ModelOptimizer(Ingredient):
    """A step that turns a model file into a smaller or faster one: write `optimize`."""

    #: How many training items shall be observed, at most; may be a property.
    calibration_count = 0

    def prepare(self, model, folder):
        """The path of a model whose outputs shall be observed on training items: `model` itself, or one in `folder`."""
        return model["path"]

    def optimize(self, model, output, ranges):
        """Writes the file `output`. `ranges`: (minimum, maximum) by the observed output's name.

        Returns the precision and notes for the report: ("int8", ["12 weights became integers."]).
        """
        raise NotImplementedError


class Backend:
    """Does an engine's work: set what it can, write a method for each verb.

    `predict(self, request, report)` and the like return figures or None; `request` has the members of `run` in the
    worker protocol.
    """

    id, version, summary, licence = None, "1.0.0", None, "unknown"
    requirements, options, refusals = (), {}, {}
    #: {"verbs": [...], "tasks": [...], "forms": [...]}, one or several.
    abilities = ()
    #: Classes or cards of architectures that `train` knows.
    architectures = ()

    def run(self, request, report):
        """Does one verb; by default the method of its name."""
        verb = request["work"]["verb"]
        method = getattr(self, verb, None)
        if method is None:
            raise NotImplementedError(f"{type(self).__name__} has no method '{verb}'")
        return method(request, report)


def backend_document(cls):
    """What a backend says of itself."""
    options = {
        verb: [option.declaration(camel(name)) for name, option in stated.items()]
        for verb, stated in cls.options.items()}
    return {
        "id": cls.id or kebab(cls.__name__), "version": version(cls.version),
        "summary": about(cls), "licence": cls.licence,
        "requirements": list(cls.requirements), "abilities": [dict(ability) for ability in cls.abilities],
        "options": options, "refusals": cls.refusals,
    }


def architecture_cards(cls):
    """The cards of a backend's architectures."""
    return [one if isinstance(one, dict) else card(one, "model.classification") for one in cls.architectures]


def file_document(path):
    """A file for an answer of `run`: path, SHA-256, bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return {"path": path, "digest": digest.hexdigest(), "byteCount": os.path.getsize(path)}


def write_whole(path, data):
    """Writes a file under another name and renames it, so that it is whole or not there."""
    part = f"{path}.part"
    with open(part, "wb") as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)
    os.replace(part, path)


def json_lines(documents):
    """Documents as lines of JSON."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents)
