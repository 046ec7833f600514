# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""How a class written for Dataloop's `dtlpy` is hosted, with the real package or with the compatibility module."""

import json
import os
import shutil
import sys
import threading

from . import annotations, dataloop_entities as local
from .adapter_methods import documents
from .cards import about, version
from .hosting import HostedClass, Kept
from .memory import numpy
from .options import Option
from .scratch import Scratch

_FUNCTIONS = {
    "load": "load", "predict": "predict", "train": "train", "save": "save", "embed": "embed", "evaluate": "evaluate",
    "convert_from_dtlpy": "convert", "prepare_item_func": "prepareItem",
}
_PYTHON_NAMES = {stage: name for name, stage in _FUNCTIONS.items()}
_SIGNATURES = {
    "load": "def load(self, local_path, **kwargs)", "predict": "def predict(self, batch, **kwargs)",
    "train": "def train(self, data_path, output_path, **kwargs)", "save": "def save(self, local_path, **kwargs)",
    "embed": "def embed(self, batch, **kwargs)", "evaluate": "def evaluate(self, model, dataset, filters)",
}
# Keys that dtlpy itself writes into a configuration.
_OWN_KEYS = {
    "upload_annotations", "clean_annotations", "overwrite_annotations", "upload_features", "root_path", "data_path",
    "output_path", "include_background"}


class DataloopHosting(HostedClass):
    """A class derived from `dtlpy.BaseModelAdapter`, and the instance that has a model loaded."""

    python_names, signatures = _PYTHON_NAMES, _SIGNATURES

    def __init__(self, cls, user_file):
        import dtlpy

        self.cls, self.file, self.dtlpy = cls, user_file, dtlpy
        self.name = cls.__name__
        self.functions = [
            stage for name, stage in _FUNCTIONS.items()
            if getattr(cls, name, None) is not getattr(dtlpy.BaseModelAdapter, name, None)]
        self._manifest = _manifest(user_file.path, cls)
        self._instance, self._entity, self._kept, self._output, self._data = None, None, None, None, None
        self._scratch = Scratch()
        self._classes = _entities(dtlpy)

    # MARK: Description

    def describe(self):
        """The member `adapter` of the description, with what `dataloop.json` beside the file says."""
        stated, manifest = getattr(self.cls, "_dataloop_module", None) or {}, self._manifest
        configuration = {**self._class_configuration(), **(manifest.get("configuration") or {})}
        described = {
            "name": self.cls.__name__, "version": version(manifest.get("version")),
            "summary": about(
                self.cls, stated.get("description"), manifest.get("description"), f"{self.name}, written for dtlpy."),
            "inputType": _word(manifest.get("inputType"), "image"),
            "outputType": _word(manifest.get("outputType"), "class" if "predict" in self.functions else "embedding"),
            "functions": self.functions, "batchSize": _count(configuration.get("batch_size"), 4),
            "options": [Option(value).declaration(name) for name, value in configuration.items() if _is_option(value)],
        }
        if manifest.get("labels"):
            described["labels"] = [annotations.text(label) for label in manifest["labels"]]
        return described

    def _class_configuration(self):
        for name in ("_defaults", "configuration"):
            stated = self.cls.__dict__.get(name)
            if isinstance(stated, dict):
                return stated
        return {}

    # MARK: Loading

    def load(self, folder, model, report):
        """Makes an instance with a stand-in of the model, and lets it load."""
        self._instance = self._output = self._data = None
        self._scratch.clear()
        entity = self._model_entity(folder, model)
        entity.local_metrics.report = report
        self._entity = entity
        before = dict(entity.configuration)
        self._kept = Kept(model.get("labels"), before)
        _loading.entity, _loading.after = entity, None
        instance = self._made(self._arguments(entity))
        after = _loading.after
        # An adapter's own `__init__` may set to None, after the base's, what loading has made.
        was_undone = after is not None and any(
            value is not None and instance.__dict__.get(name) is None for name, value in after.items())
        if after is None or was_undone:
            instance.load_from_model(model_entity=entity, local_path=folder)
        self._instance = instance

    def _arguments(self, entity):
        """What `__init__` may want: the model, and what the configuration has."""
        values = {**entity.configuration, "model_entity": entity, "model": entity}
        parameters = self._parameters()
        if len(parameters) == 1 and parameters[0].default is parameters[0].empty:
            # Whatever it is called.
            values.setdefault(parameters[0].name, entity)
        return values

    def _model_entity(self, folder, model):
        configuration = {**self._class_configuration(), **(self._manifest.get("configuration") or {})}
        configuration.update(model.get("configuration") or {})
        document = {
            "id": str(model.get("id") or "local"), "name": str(model.get("name") or "local"),
            "version": str(model.get("version", 1)),
            "labels": list(model.get("labels") or self._manifest.get("labels") or []), "configuration": configuration,
            "inputType": model.get("inputType") or _word(self._manifest.get("inputType"), "image"),
            "outputType": model.get("outputType") or self._manifest.get("outputType"),
            "datasetId": model.get("datasetId") or "local", "status": model.get("status", "created"), "tags": [],
            "metadata": model.get("metadata") or {}, "context": {}, "artifacts": [],
        }
        subsets = document["metadata"].setdefault("system", {}).setdefault("subsets", {})
        for name in ("train", "validation"):
            subsets.setdefault(name, local.subset_filter(name))
        entity = self._classes["Model"].from_json(_json=document, client_api=_client(self.dtlpy))
        entity.prepare_locally(folder)
        entity.local_dataset = self._dataset(document)
        known = vars(self.dtlpy).get("models")
        if hasattr(known, "put"):
            known.put(entity)
        return entity

    def _dataset(self, document):
        described = {"id": document["datasetId"], "name": "local", "metadata": {}, "annotated": 0}
        dataset = self._classes["Dataset"].from_json(project=None, _json=described, client_api=_client(self.dtlpy))
        dataset.prepare_locally(document["labels"], self._item)
        return dataset

    def know(self, model):
        """Takes what the client says of the model anew."""
        if model.get("labels"):
            self._entity.labels = list(model["labels"])

    def changes(self):
        """What the adapter changed."""
        configuration = {key: value for key, value in dict(self._entity.configuration).items()}
        return self._kept.changes(self._entity.labels, configuration, _OWN_KEYS)

    # MARK: Functions

    def predict(self, batch, report):
        """The user's predictions."""
        return self._with(report).predict(batch)

    def embed(self, batch, report):
        """The user's vectors."""
        return self._with(report).embed(batch)

    def convert(self, data, report):
        """Lets the user convert data."""
        self._take(data)
        self._with(report).convert_from_dtlpy(data_path=data)

    def _take(self, data):
        """Takes a folder of data, unless converting has: that may have changed it."""
        if self._data != data:
            self._scratch.clear()
            self._entity.local_dataset.take_folder(data)
            self._data = data

    def train(self, data, output, report):
        """The user's training."""
        instance, metrics, artifacts = self._with(report), self._entity.local_metrics, self._entity.local_artifacts
        self._output = None
        self._take(data)
        metrics.latest()

        def on_epoch_end_callback(i_epoch, n_epoch):
            report.progress("training", int(i_epoch) + 1, int(n_epoch), "epochs", metrics=metrics.latest())

        try:
            # What is uploaded meanwhile belongs to the model that is being made, not to the one that was loaded.
            with artifacts.uploaded_to(output):
                instance.train(data_path=data, output_path=output, on_epoch_end_callback=on_epoch_end_callback)
        finally:
            self._data = None
            self._scratch.clear()
        self._output = output

    def save(self, folder, report):
        """Lets the user save. As with dtlpy, that is into the training's output, all of which belongs to the model."""
        instance, output = self._with(report), self._output
        if output is None or not os.path.isdir(output):
            output = folder
        with self._entity.local_artifacts.uploaded_to(folder):
            instance.save(local_path=output)
        if os.path.abspath(output) != os.path.abspath(folder):
            shutil.copytree(output, folder, dirs_exist_ok=True)

    def evaluate(self, items, truth, predictions, report):
        """The points of curves that the user's evaluation adds, the last of each."""
        instance, metrics = self._with(report), self._entity.local_metrics
        dataset = self._dataset({"datasetId": self._entity.dataset_id, "labels": self._entity.labels or []})
        dataset.local_items = [
            self._item(item, known + predicted) for item, known, predicted in zip(items, truth, predictions)]
        metrics.samples.clear()
        instance.evaluate(model=self._entity, dataset=dataset, filters=self.dtlpy.Filters())
        return {f"{figure}/{legend}" if legend else figure: y for figure, legend, _, y in metrics.samples}

    def _with(self, report):
        self._entity.local_metrics.report = report
        progress = vars(self.dtlpy).get("Progress")
        if hasattr(progress, "receiver"):
            progress.receiver = lambda percent, message: report.progress(
                "working", int(percent or 0), 100, "%", message)
        return self._instance

    # MARK: Batches

    def _item(self, item, known=()):
        metadata = dict(item.get("metadata") or {})
        system = {"mimetype": item.get("mediaType"), "width": item.get("width"), "height": item.get("height")}
        metadata["system"] = {**{key: value for key, value in system.items() if value is not None},
                              **(metadata.get("system") or {})}
        path = item.get("path") or f"/{item.get('name')}"
        document = {
            "id": item.get("id"), "filename": path, "name": item.get("name") or os.path.basename(path), "type": "file",
            "dir": os.path.dirname(path), "metadata": metadata, "datasetId": self._entity.dataset_id,
            "annotated": bool(known), "hidden": False, "url": "", "stream": "", "thumbnail": "", "annotations": ""}
        entity = self._classes["Item"].from_json(_json=document, client_api=_client(self.dtlpy))
        entity.prepare_locally(item, self._entity.local_dataset, list(known), self._scratch.place())
        return entity

    def batches(self):
        """Copies of items are removed after the batch."""
        return self._scratch.batch()

    def close(self):
        """Removes all copies of items."""
        self._scratch.close()

    def prepare(self, item):
        """An item as the user's function wants it."""
        return self._instance.prepare_item_func(self._item(item))

    @staticmethod
    def batch(prepared):
        """What was prepared, as a list, as dtlpy gives it."""
        return prepared

    @staticmethod
    def shared_batch(arrays):
        """The client's images as arrays that may be written to, as with dtlpy."""
        return [one.copy() for one in arrays] if numpy is not None else arrays

    @staticmethod
    def documents(value):
        """One prediction's annotations: a collection, or a list of annotations."""
        found = []
        for one in [value] if isinstance(value, (str, dict, annotations.Annotation)) else value:
            found += [_plain(one.to_json())] if hasattr(one, "to_json") else documents([one])
        return found


def _plain(document):
    """An annotation's JSON without what the cloud would fill in."""
    unsaid = ("url", "item", "creator")
    return {key: value for key, value in document.items() if value is not None and key not in unsaid}


# MARK: dtlpy


class _Loading:
    """What is being loaded, for the base class's function, which is called from the user's `__init__`."""

    entity = None
    after = None


_loading = _Loading()
_prepared, _preparing = {}, threading.Lock()


def _entities(dtlpy):
    """The local entities' classes; the first call also keeps the package from the cloud."""
    with _preparing:
        if not _prepared:
            if "client_api" in vars(dtlpy):
                _close_cloud(dtlpy)
            _let_load_locally(dtlpy.BaseModelAdapter)
            kinds = ("Model", local.LocalModel), ("Item", local.LocalItem), ("Dataset", local.LocalDataset)
            _prepared.update({
                name: type(f"Local{name}", (mixin, getattr(dtlpy, name)), {}) for name, mixin in kinds})
        return _prepared


def _client(dtlpy):
    return vars(dtlpy).get("client_api")


def _let_load_locally(base):
    """Lets the base class load from the folder that the client names."""
    original = base.load_from_model

    def load_from_model(self, model_entity=None, local_path=None, overwrite=True, **kwargs):
        entity = model_entity or getattr(self, "_model_entity", None) or _loading.entity
        if local_path is None:
            local_path = getattr(entity, "local_folder", None)
        original(self, model_entity=entity, local_path=local_path, overwrite=overwrite, **kwargs)
        _loading.after = dict(self.__dict__)

    base.load_from_model = load_from_model


def _close_cloud(dtlpy):
    """Lets every request of the real package end in an error that says why."""
    client = type(dtlpy.client_api)

    def refuse(self, *arguments, **named):
        path = named.get("path") or next((one for one in arguments if isinstance(one, str) and "/" in one), "a request")
        raise local.cloud_error(f"'{path}'")

    for name in ("gen_request", "gen_async_request", "fetch_entities", "upload_file_async", "login", "renew_token",
                 "login_m2m", "login_secret"):
        if hasattr(client, name):
            setattr(client, name, refuse)
    models = getattr(vars(dtlpy).get("repositories"), "Models", None)
    if models is not None:
        original = models.get

        def get(self, model_name=None, model_id=None):
            entity = _loading.entity
            given = [(model_id, "id"), (model_name, "name")]
            wanted = [(value, field) for value, field in given if value is not None]
            if entity is not None and wanted and all(value == getattr(entity, field) for value, field in wanted):
                return entity
            return original(self, model_name=model_name, model_id=model_id)

        models.get = get


# MARK: dataloop.json


def _manifest(path, cls):
    """What `dataloop.json` in the file's folder or one above says of the class's model."""
    folder = os.path.dirname(path)
    for place in (folder, os.path.dirname(folder)):
        file = os.path.join(place, "dataloop.json")
        if not os.path.isfile(file):
            continue
        try:
            with open(file, encoding="utf-8") as source:
                document = json.load(source)
            components = document.get("components") or {}
            modules = [
                one.get("name") for one in components.get("modules") or []
                if os.path.basename(one.get("entryPoint", "")) == os.path.basename(path)
                and one.get("className", cls.__name__) == cls.__name__]
            for model in components.get("models") or []:
                if model.get("moduleName") in modules:
                    return {"version": document.get("version"), "description": document.get("description"), **model}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            print(f"galley: {file} can't be read: {error}", file=sys.stderr)
    return {}


def _word(value, otherwise):
    return value[0] if isinstance(value, list) and value else value or otherwise


def _count(value, otherwise):
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else otherwise


def _is_option(value):
    """Whether an option can be declared for a value of a configuration: not for groups of keys."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(one, (bool, int, float, str)) for one in value)
    return value is None or isinstance(value, (bool, int, float, str))
