# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The protocol's methods of an adapter, for whatever kind of class hosts it."""

import concurrent.futures
import os
import sys

from . import annotations, memory
from .errors import INVALID_PARAMETERS, GalleyError, RequestError, called, reason
from .image import Image
from .memory import numpy

PREPARING_THREADS = 8


class Failed:
    """In place of a prediction: there is none for this item, and why."""

    def __init__(self, reason):
        self.reason = reason


class Report:
    """What a running user function says to the client, and the curves that it draws."""

    def __init__(self, request):
        self._request, self.samples = request, []

    def check(self):
        """Raises Cancelled if the request is no longer wanted."""
        self._request.check()

    def progress(self, stage, completed, total=None, unit="", message=None, metrics=None):
        """Tells how far the work has come."""
        self._request.progress(stage, completed, total, unit, message, metrics)

    def epoch(self, done, total, metrics):
        """Tells that epochs are done; metrics become points of curves. Raises Cancelled."""
        for name, value in metrics.items():
            is_validation = name.startswith("val_")
            self.sample(name[4:] if is_validation else name, "validation" if is_validation else "train", done, value)
        self.progress("training", done, total, "epochs", metrics=metrics)

    def sample(self, figure, legend, x, y):
        """Adds a point to a curve; then as `check`."""
        self.samples.append({"figure": str(figure), "legend": str(legend), "x": float(x), "y": float(y)})
        self.check()


class AdapterMethods:
    """Handlers of `adapter.*`. `find` gives the hosting of the file's adapter; it imports the file at first."""

    def __init__(self, find, user_file):
        self._find, self._file = find, user_file
        self._reader, self._writer = memory.Reader(), memory.Writer()
        self._pool = None

    def handlers(self):
        """The handlers by method."""
        return {
            "adapter.load": self.load, "adapter.predict": self.predict, "adapter.embed": self.embed,
            "adapter.train": self.train, "adapter.save": self.save, "adapter.convert": self.convert,
            "adapter.evaluate": self.evaluate,
        }

    # MARK: Methods

    def load(self, parameters, request):
        """Makes an instance and lets it load a model's files."""
        folder, model = text(parameters, "folder"), group(parameters, "model")
        hosting = self._find()
        self._call(hosting, "load", hosting.load, folder, model, Report(request))
        try:
            return self._call(hosting, "load", hosting.changes)
        except BaseException:
            hosting.forget()
            raise

    def predict(self, parameters, request):
        """What the adapter says of items, in their order."""
        hosting, predictions = self._loaded("predict"), []
        with hosting.batches():
            places, batch, failures = self._batch(parameters, hosting)
            if places:
                returned = self._call(hosting, "predict", hosting.predict, batch, Report(request))
                predictions = self._call(hosting, "predict", self._documents, hosting, returned)
        if len(predictions) != len(places):
            print(
                f"galley: 'predict' of {hosting.name} returned {len(predictions)} predictions for {len(places)} items",
                file=sys.stderr)
        return {"predictions": _merged(predictions, failures, "failed")}

    def embed(self, parameters, request):
        """A vector for each item, in their order."""
        hosting, rows = self._loaded("embed"), []
        with hosting.batches():
            places, batch, failures = self._batch(parameters, hosting)
            if places:
                vectors = self._call(hosting, "embed", hosting.embed, batch, Report(request))
                rows = self._call(hosting, "embed", _rows, vectors, bool(failures))
        if not isinstance(rows, list):
            return {"embeddings": self._writer.block([("embeddings", rows)])}
        answer = {"embeddings": {"rows": _merged(rows, dict.fromkeys(failures), None)}}
        if failures:
            answer["failed"] = [failures.get(place) for place in range(len(parameters["items"]))]
        return answer

    def train(self, parameters, request):
        """Trains on a folder of data."""
        hosting, report = self._loaded("train"), Report(request)
        data, output = text(parameters, "data"), text(parameters, "output")
        if "model" in parameters:
            hosting.know(group(parameters, "model"))
        os.makedirs(output, exist_ok=True)
        returned = self._call(hosting, "train", hosting.train, data, output, report)
        answer = {"samples": report.samples} if report.samples else {}
        if isinstance(returned, dict):
            answer["figures"] = self._call(hosting, "train", _figures, returned, "train")
        return answer

    def save(self, parameters, request):
        """Lets the adapter write the model's files."""
        hosting, folder = self._loaded("save"), text(parameters, "folder")
        os.makedirs(folder, exist_ok=True)
        self._call(hosting, "save", hosting.save, folder, Report(request))
        return self._call(hosting, "save", hosting.changes)

    def convert(self, parameters, request):
        """Lets the adapter bring data into its own form."""
        hosting = self._loaded("convert")
        self._call(hosting, "convert", hosting.convert, text(parameters, "data"), Report(request))
        return {}

    def evaluate(self, parameters, request):
        """The adapter's own figures."""
        hosting, report = self._loaded("evaluate"), Report(request)
        items = listed(parameters, "items")
        truth, predictions = listed(parameters, "groundTruth"), listed(parameters, "predictions")
        if not len(items) == len(truth) == len(predictions):
            raise RequestError(
                INVALID_PARAMETERS, f"the parameters don't fit: {len(items)} items, {len(truth)} lists of ground truth "
                f"and {len(predictions)} lists of predictions don't belong together")
        with hosting.batches():
            figures = self._call(hosting, "evaluate", hosting.evaluate, items, truth, predictions, report)
        return {"figures": self._call(hosting, "evaluate", _figures, figures, "evaluate")}

    # MARK: Calling the user

    def _loaded(self, function):
        hosting = self._find()
        if function in hosting.required and function not in hosting.functions:
            raise GalleyError(
                f"can't let {hosting.name} {function}", f"it has no function '{hosting.python_name(function)}'",
                place=self._file.path, remedy=f"Write it: {hosting.signature(function)}.")
        if not hosting.is_loaded:
            raise GalleyError(
                f"can't let {hosting.name} {function}", "no model is loaded", exit_code=70,
                remedy="Call adapter.load first.")
        return hosting

    def _call(self, hosting, function, body, *arguments):
        what = f"'{hosting.python_name(function)}' of {hosting.name} failed"
        return called(what, self._file.path, body, *arguments)

    @staticmethod
    def _documents(hosting, returned):
        if isinstance(returned, (str, bytes, dict)) or not hasattr(returned, "__iter__"):
            raise TypeError(f"it returned {_kind(returned)}, not a list with one entry for each item")
        return [_prediction(hosting, place, one) for place, one in enumerate(returned)]

    # MARK: Batches

    def _batch(self, parameters, hosting):
        """The places of the items that are ready, the batch of these, and why others aren't, by place."""
        items = listed(parameters, "items")
        if not all(isinstance(one, dict) for one in items):
            raise RequestError(INVALID_PARAMETERS, "the parameters don't fit: an item must be an object")
        if parameters.get("batch") is not None:
            return list(range(len(items))), self._shared(parameters["batch"], len(items), hosting), {}
        prepared, failures = [], {}
        for place, (ready, value) in enumerate(self._prepare(items, hosting)):
            if ready:
                prepared.append((place, value))
            else:
                failures[place] = {"stage": "prepare", "reason": value}
        batch = [value for _, value in prepared]
        return [place for place, _ in prepared], hosting.batch(batch), failures

    def _prepare(self, items, hosting):
        def attempt(item):
            try:
                return True, hosting.prepare(item)
            except Exception as error:
                return False, reason(error)

        if len(items) < 2:
            return [attempt(item) for item in items]
        if self._pool is None:
            workers = min(PREPARING_THREADS, os.cpu_count() or 1)
            self._pool = concurrent.futures.ThreadPoolExecutor(workers, "galley-prepare")
        return list(self._pool.map(attempt, items))

    def _shared(self, block, count, hosting):
        tensors = self._reader.tensors(block)
        if list(tensors) == ["batch"]:
            tensor = tensors["batch"]
            shape = tuple(tensor.shape)
            arrays = tensor if numpy is not None else [tensor[index] for index in range(shape[0] if shape else 0)]
        else:
            arrays = [tensors[str(index)] for index in range(len(tensors)) if str(index) in tensors]
        if len(arrays) != count:
            raise RequestError(
                INVALID_PARAMETERS, f"the parameters don't fit: the batch holds {len(arrays)} items, not {count}")
        if numpy is None:
            return hosting.batch([Image(one.data, *one.shape) for one in arrays])
        return hosting.shared_batch(arrays)


def _merged(values, failures, key):
    """Values with what failed at its place; in order, never padded or cut."""
    merged, remaining = [], iter(values)
    for place in range(len(values) + len(failures)):
        if place in failures:
            merged.append({key: failures[place]} if key else None)
        else:
            try:
                merged.append(next(remaining))
            except StopIteration:
                break
    return merged + list(remaining)


def _kind(value):
    return "None" if value is None else f"a {type(value).__name__}"


def _prediction(hosting, place, value):
    if value is None:
        return None
    if isinstance(value, Failed):
        return {"failed": {"stage": "predict", "reason": str(value.reason)}}
    try:
        return {"annotations": hosting.documents(value)}
    except Exception as error:
        raise TypeError(f"the prediction of the batch's item {place} can't be read: {reason(error)}") from error


def documents(value):
    """The annotations of one prediction as Dataloop's JSON."""
    if isinstance(value, (str, annotations.Annotation, dict)):
        value = [value]
    found = []
    for one in value:
        if isinstance(one, annotations.Annotation):
            found += one.documents()
        elif isinstance(one, dict) and "type" in one:
            found.append(one)
        elif isinstance(one, str):
            found += annotations.Classification(one).documents()
        else:
            raise TypeError(f"{_kind(one)} is no annotation")
    return found


def _rows(value, is_partial):
    """Vectors as one matrix; as lists of numbers if others lack, or if that can't be."""
    value = memory.detached(value)
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__len__"):
        raise TypeError(f"it returned {_kind(value)}, not a list with a vector for each item")
    vectors = [memory.detached(one) for one in value]
    if vectors and not is_partial and not any(one is None for one in vectors):
        matrix = memory.rows(value if hasattr(value, "shape") else vectors)
        if matrix is not None:
            return matrix
    return [None if one is None else [float(number) for number in one] for one in vectors]


def _figures(value, function):
    if not isinstance(value, dict):
        raise TypeError(f"it returned {_kind(value)}, not a dictionary of figures")
    return {str(name): float(number) for name, number in value.items()}


# MARK: Parameters


def text(parameters, key):
    """A text of the parameters. Raises RequestError."""
    return _of(parameters, key, str, "text")


def group(parameters, key):
    """An object of the parameters. Raises RequestError."""
    return _of(parameters, key, dict, "an object")


def listed(parameters, key):
    """A list of the parameters. Raises RequestError."""
    return _of(parameters, key, list, "a list")


def _of(parameters, key, kind, name):
    if not isinstance(parameters.get(key), kind):
        raise RequestError(INVALID_PARAMETERS, f"the parameters don't fit: '{key}' must be {name}")
    return parameters[key]
