# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The protocol's methods of data sets, runtimes, optimizers and backends."""

import contextlib
import os
import sys

from . import memory
from .adapter_methods import group, text
from .cards import card
from .errors import INVALID_PARAMETERS, GalleyError, RequestError, called, reason
from .ingredients import (
    LabeledItems, Preprocessing, architecture_cards, backend_document, file_document)
from .options import resolved

_PREFIXES = {"dataset": "data.classification", "runtime": "runtime", "optimizer": "optimizer"}


class IngredientMethods:
    """Handlers of `dataset.*`, `runtime.*`, `optimizer.*` and `run`, for the classes of a file."""

    def __init__(self, user_file):
        self._file = user_file
        self._reader, self._writer = memory.Reader(), memory.Writer()
        self._models, self._last_model = {}, 0

    def handlers(self):
        """The handlers by method."""
        return {
            "dataset.describe": self.describe_dataset, "dataset.items": self.items,
            "runtime.describe": self.describe_runtime, "runtime.compile": self.compile, "runtime.run": self.run_model,
            "runtime.release": self.release, "optimizer.describe": self.describe_optimizer,
            "optimizer.prepare": self.prepare, "optimizer.optimize": self.optimize, "run": self.run,
        }

    def cards(self):
        """The cards of all classes."""
        classes = self._file.classes()
        found = [card(cls, prefix) for kind, prefix in _PREFIXES.items() for cls in classes[kind]]
        return found + [one for cls in classes["backend"] for one in architecture_cards(cls)]

    def backend(self):
        """What the file's backend says of itself; None if there is none."""
        return next((backend_document(cls) for cls in self._file.classes()["backend"]), None)

    # MARK: Data sets

    def describe_dataset(self, parameters, request):
        """How items become inputs, and whose the data is."""
        return self._call("describe", self._dataset_document, self._made("dataset", parameters))

    @staticmethod
    def _dataset_document(dataset):
        answer = {"preprocessing": _preprocessing(dataset)}
        if dataset.description:
            answer["description"] = dict(dataset.description)
        return answer

    def items(self, parameters, request):
        """All items of a data set."""
        dataset = self._made("dataset", parameters)
        return self._call("items", self._items_document, dataset)

    def _items_document(self, dataset):
        items = dataset.items()
        if not isinstance(items, LabeledItems):
            raise TypeError(f"it returned a {type(items).__name__}, not a galley.LabeledItems")
        labels = [str(label) for label in items.labels]
        if memory.numpy is not None:
            inputs = memory.numpy.asarray(items.inputs)
            if inputs.dtype not in (memory.numpy.uint8, memory.numpy.float32):
                raise TypeError(f"the inputs are an array of {inputs.dtype}; it must be one of uint8 or float32")
        else:
            inputs = items.inputs
        classes = [int(one) for one in items.classes]
        _check_items(items, inputs, classes, labels)
        answer = {
            "inputs": self._writer.block([("inputs", inputs)]), "ids": [str(id) for id in items.ids],
            "classes": classes, "labels": labels, "preprocessing": _preprocessing(dataset)}
        if items.subsets is not None:
            answer["subsets"] = items.subsets
        return answer

    # MARK: Runtimes

    def describe_runtime(self, parameters, request):
        """What it runs, and whether it can."""
        runtime = self._made("runtime", parameters)
        answer = {"formats": self._call("formats", lambda: [str(one) for one in runtime.formats])}
        try:
            version, library = runtime.availability()
            return {**answer, "available": True, "version": str(version), "library": str(library)}
        except Exception as error:
            return {**answer, "available": False, "reason": reason(error), "searched": [p for p in sys.path if p]}

    def compile(self, parameters, request):
        """Reads a model, which lives until it is released."""
        path, format = text(parameters, "path"), text(parameters, "format")
        runtime = self._made("runtime", parameters)
        model = self._call("compile", runtime.compile, path, format)
        try:
            answer = self._call("compile", _model_document, runtime, model)
        except BaseException:
            with contextlib.suppress(GalleyError):
                self._call("release", lambda: model.release())
            raise
        self._last_model += 1
        self._models[self._last_model] = model
        return {"model": self._last_model, **answer}

    def run_model(self, parameters, request):
        """One inference."""
        model = self._models.get(parameters.get("model"))
        if model is None:
            wanted = parameters.get("model")
            raise RequestError(INVALID_PARAMETERS, f"the parameters don't fit: there is no model {wanted}")
        inputs = self._reader.tensors(group(parameters, "inputs"))
        outputs = self._call("run", model.run, inputs)
        return {"outputs": self._call("run", self._output_block, model, outputs)}

    def _output_block(self, model, outputs):
        names = [spec.name for spec in model.outputs]
        if isinstance(outputs, dict):
            missing = [name for name in names if name not in outputs]
            if missing:
                raise ValueError(f"it returned no output '{missing[0]}'")
            outputs = [outputs[name] for name in names]
        # An array isn't a list of arrays: it is the only output, with the batch as its first dimension.
        outputs = [outputs] if hasattr(outputs, "shape") else list(outputs)
        if len(outputs) != len(names):
            raise ValueError(f"it returned {len(outputs)} outputs, and the model has {len(names)}")
        return self._writer.block(list(zip(names, outputs)))

    def release(self, parameters, request):
        """Frees a model."""
        model = self._models.pop(parameters.get("model"), None)
        if model is not None:
            self._call("release", model.release)
        return {}

    # MARK: Optimizers

    def describe_optimizer(self, parameters, request):
        """How many items it wants to be observed."""
        optimizer = self._made("optimizer", parameters)
        return {"calibrationCount": self._call("calibration_count", lambda: int(optimizer.calibration_count))}

    def prepare(self, parameters, request):
        """The model whose outputs are to be observed."""
        optimizer = self._made("optimizer", parameters)
        model, folder = group(parameters, "model"), text(parameters, "folder")
        return {"observe": self._call("prepare", self._observed, optimizer, model, folder)}

    @staticmethod
    def _observed(optimizer, model, folder):
        observed = optimizer.prepare(model, folder)
        return None if observed is None else os.fspath(observed)

    def optimize(self, parameters, request):
        """Writes the optimized model; nothing is left at an error."""
        optimizer, output = self._made("optimizer", parameters), text(parameters, "output")
        model, ranges = group(parameters, "model"), {
            name: (float(one["minimum"]), float(one["maximum"]))
            for name, one in (parameters.get("ranges") or {}).items()}
        try:
            answer = self._call("optimize", self._optimized, optimizer, model, output, ranges)
            if not os.path.isfile(output):
                raise GalleyError(f"'optimize' of {type(optimizer).__name__} failed", "it wrote no file", place=output)
        except BaseException:
            if os.path.exists(output):
                os.unlink(output)
            raise
        return answer

    @staticmethod
    def _optimized(optimizer, model, output, ranges):
        precision, notes = optimizer.optimize(model, output, ranges)
        return {"precision": str(precision), "notes": [str(note) for note in notes]}

    # MARK: Backends

    def run(self, parameters, request):
        """One verb of the file's backend."""
        classes = self._file.classes()["backend"]
        if not classes:
            raise self._none("backend")
        report = BackendReport(request, parameters)
        backend = self._call("__init__", classes[0])
        returned = self._call("run", backend.run, parameters, report)
        return self._call("run", report.result, returned)

    # MARK: Calling the user

    def _made(self, kind, parameters):
        taxonomy = text(parameters, "taxonomy")
        options = parameters.get("options") or {}
        classes = self._file.classes()[kind]
        names = [card(cls, _PREFIXES[kind])["taxonomy"] for cls in classes]
        if taxonomy in names:
            cls = classes[names.index(taxonomy)]
            arguments = resolved(cls, options, parameters.get("folder"))
            return self._call("__init__", lambda: cls(**arguments))
        raise RequestError(
            INVALID_PARAMETERS, f"the parameters don't fit: there is no '{taxonomy}' in the file; "
            f"there is {', '.join(names) or 'none'}")

    def _none(self, kind):
        return GalleyError(f"can't run {self._file.path}", f"no class in it is a {kind}", place=self._file.path)

    def _call(self, function, body, *arguments):
        return called(f"'{function}' failed", self._file.path, body, *arguments)


class BackendReport:
    """What a backend says while it works, and what it has done: files, notes, counts of items."""

    def __init__(self, request, parameters):
        self._request, self.folder = request, parameters.get("folder")
        self.files, self.notes, self.tools = {}, [], {"python": sys.version.split()[0]}
        self.counts = {"ok": 0, "failed": 0, "skipped": 0}

    def check(self):
        """Raises Cancelled if the request is no longer wanted."""
        self._request.check()

    def event(self, event, **members):
        """Tells of one event of the protocol."""
        self._request.event({"event": event, **members})

    def item(self, id, classes=None, probabilities=None, reason=None, stage="infer", skipped=None):
        """Tells what became of an item; the event."""
        if skipped is not None:
            members = {"id": id, "status": "skipped", "reason": str(skipped)}
        elif reason is not None:
            members = {"id": id, "status": "failed", "stage": stage, "reason": str(reason)}
        else:
            members = {"id": id, "status": "ok", "classes": classes or []}
            if probabilities is not None:
                members["probabilities"] = [float(one) for one in probabilities]
        self.counts[members["status"]] += 1
        self.event("item", **members)
        return members

    def file(self, name, path):
        """Says that a file of the result is whole."""
        self.files[name] = file_document(path)

    def note(self, sentence):
        """A sentence for the user."""
        self.notes.append(str(sentence))

    def result(self, figures):
        """The answer of `run`."""
        return {
            "status": "partial" if self.counts["failed"] else "succeeded", "files": self.files,
            "figures": {str(name): float(value) for name, value in (figures or {}).items()},
            "itemCounts": self.counts, "tools": self.tools, "notes": self.notes,
        }


def _preprocessing(dataset):
    stated = dataset.preprocessing
    return stated.document() if isinstance(stated, Preprocessing) else dict(stated)


def _check_items(items, inputs, classes, labels):
    if not len(items.ids) == len(inputs) == len(classes):
        raise ValueError(
            f"{len(items.ids)} ids, {len(classes)} classes and {len(inputs)} inputs don't belong together")
    if len(set(items.ids)) != len(items.ids):
        raise ValueError("an id occurs twice")
    if any(not 0 <= one < len(labels) for one in classes):
        raise ValueError(f"a class has no label among {labels}")
    if items.subsets is not None and len(items.subsets) != len(classes):
        raise ValueError(f"{len(items.subsets)} subsets and {len(classes)} items don't belong together")


def _model_document(runtime, model):
    configuration = {**runtime.configuration, **model.configuration}
    return {
        "inputs": [spec.document() for spec in model.inputs], "outputs": [spec.document() for spec in model.outputs],
        "configuration": {str(name): str(value) for name, value in configuration.items()},
    }
