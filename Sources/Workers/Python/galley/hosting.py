# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""How a class derived from `galley.ModelAdapter` is hosted."""

import contextlib
import copy
import inspect

from . import annotations
from .adapter import STAGES, Item, ModelAdapter, functions
from .adapter_methods import documents
from .cards import about, version
from .errors import GalleyError
from .memory import numpy
from .options import Option, declared

_PYTHON_NAMES = {stage: name for name, stage in STAGES.items()}
_SIGNATURES = {
    "load": "def load(self, folder)", "predict": "def predict(self, batch)", "train": "def train(self, data, output)",
    "save": "def save(self, folder)", "embed": "def embed(self, batch)",
    "evaluate": "def evaluate(self, items, truth, predictions)",
}


class HostedClass:
    """What hosting has in common, whatever the user's class derives from."""

    #: The user's names of functions, by Galley's, and how each begins.
    python_names, signatures = {}, {}
    #: Functions without a default of their own.
    required = ("load", "predict", "train", "save", "embed", "evaluate")
    _instance = None

    def python_name(self, function):
        """What the user calls a function."""
        return self.python_names.get(function, function)

    def signature(self, function):
        """How the user begins a function."""
        return self.signatures[function]

    @property
    def is_loaded(self):
        """Whether a model is loaded."""
        return self._instance is not None

    def forget(self):
        """Leaves no model."""
        self._instance = None

    def batches(self):
        """A context for the work on a batch, after which nothing is kept of it."""
        return contextlib.nullcontext()

    def close(self):
        """Removes what is kept outside the process."""

    def _parameters(self):
        """The parameters of the class's `__init__` that can be given by name or place."""
        try:
            parameters = list(inspect.signature(self.cls.__init__).parameters.values())[1:]
        except (TypeError, ValueError):
            return []
        return [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]

    def _made(self, values):
        """An instance whose `__init__` is given values by their names. Raises GalleyError if it wants another."""
        placed, named = [], {}
        for parameter in self._parameters():
            name, is_needed = parameter.name, parameter.default is parameter.empty
            if name not in values and (is_needed or isinstance(parameter.default, Option)):
                raise GalleyError(
                    f"can't make {self.name}", f"its __init__ wants '{name}', and the model's configuration doesn't "
                    "have it", place=self.file.path, remedy=f"Set it: galley model update --configuration {name}=…")
            value = values.get(name, parameter.default)
            if parameter.kind is parameter.POSITIONAL_ONLY:
                placed.append(value)
            else:
                named[name] = value
        return self.cls(*placed, **named)


class Kept:
    """What is kept with the model: labels and configuration, and what of them the user's code has changed."""

    def __init__(self, labels, configuration):
        self._labels, self._configuration = list(labels or []), copy.deepcopy(configuration)

    def changes(self, labels, configuration, ignored=()):
        """What differs from the last time that this was asked: all labels, the whole configuration.

        Ignored keys are left out unless the model had them before.
        """
        changes = {}
        labels = list(labels or [])
        if labels != self._labels:
            changes["labels"] = [annotations.text(label) for label in labels]
        kept = {key: value for key, value in configuration.items() if key not in ignored or key in self._configuration}
        if kept.keys() != self._configuration.keys() or not all(
                _same(self._configuration[key], value) for key, value in kept.items()):
            changes["configuration"] = kept
        self._labels, self._configuration = labels, copy.deepcopy(kept)
        return changes


def _same(one, other):
    try:
        return bool(one == other)
    except Exception:
        return False


class Hosting(HostedClass):
    """A class and the instance that has a model loaded."""

    python_names, signatures = _PYTHON_NAMES, _SIGNATURES

    def __init__(self, cls, user_file):
        self.cls, self.file = cls, user_file
        self.name, self.functions = cls.__name__, functions(cls)
        self._instance, self._kept = None, None

    def describe(self):
        """The member `adapter` of the description."""
        cls = self.cls
        described = {
            "name": getattr(cls, "name", None) or cls.__name__, "version": version(getattr(cls, "version", None)),
            "summary": about(cls), "inputType": cls.input_type, "outputType": cls.output_type,
            "functions": self.functions,
            "options": [option.declaration(name) for name, option in declared(cls).items()],
            "batchSize": int(cls.batch_size),
        }
        if isinstance(getattr(cls, "labels", None), (list, tuple)):
            described["labels"] = [annotations.text(label) for label in cls.labels]
        return described

    # MARK: Functions

    def load(self, folder, model, report):
        """Makes an instance that knows the model, and lets it load."""
        self._instance = None
        options, stated = declared(self.cls), model.get("configuration") or {}
        configuration = {name: option.default for name, option in options.items() if option.has_default}
        configuration.update(stated)
        configuration = {
            name: options[name].value(value) if name in options else value for name, value in configuration.items()}
        instance = self._made(configuration)
        if not hasattr(instance, "configuration"):
            # The user's `__init__` didn't call the base's.
            ModelAdapter.__init__(instance)
        instance.labels = list(model.get("labels") or getattr(self.cls, "labels", None) or [])
        instance.configuration = configuration
        instance.entity = {key: value for key, value in model.items() if key != "configuration"}
        self._kept = Kept(model.get("labels"), instance.configuration)
        self._with(report, instance).load(folder)
        self._instance = instance

    def know(self, model):
        """Takes what the client says of the model anew."""
        self._instance.entity = {key: value for key, value in model.items() if key != "configuration"}

    def changes(self):
        """What the user's code changed."""
        return self._kept.changes(self._instance.labels, self._instance.configuration)

    def predict(self, batch, report):
        """The user's predictions."""
        return self._with(report).predict(batch)

    def embed(self, batch, report):
        """The user's vectors."""
        return self._with(report).embed(batch)

    def train(self, data, output, report):
        """The user's training; what it returns."""
        return self._with(report).train(data, output)

    def save(self, folder, report):
        """Lets the user write files."""
        self._with(report).save(folder)

    def convert(self, data, report):
        """Lets the user convert data."""
        self._with(report).convert(data)

    def evaluate(self, items, truth, predictions, report):
        """The user's figures."""
        return self._with(report).evaluate(
            [Item(one) for one in items], [annotations.parse(one) for one in truth],
            [annotations.parse(one) for one in predictions])

    def _with(self, report, instance=None):
        instance = instance or self._instance
        instance._report = report
        return instance

    # MARK: Batches

    def prepare(self, item):
        """An item as the user's function wants it."""
        return self._instance.prepare_item(Item(item))

    def batch(self, prepared):
        """Prepared items: one array if the images have one size and the user prepared nothing."""
        if numpy is None or "prepareItem" in self.functions or self.cls.input_type != "image":
            return prepared
        return numpy.stack(prepared) if len({one.shape for one in prepared}) == 1 else prepared

    def shared_batch(self, arrays):
        """The client's images, which are only to be read unless the class says otherwise."""
        if not self.cls.copy_batches:
            return arrays
        return [one.copy() for one in arrays] if isinstance(arrays, list) else arrays.copy()

    @staticmethod
    def documents(value):
        """One prediction's annotations."""
        return documents(value)
