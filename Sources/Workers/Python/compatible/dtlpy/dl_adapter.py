# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The base class of adapters. Its wrapper functions work on local files; the cloud's part is done by Galley."""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import MutableMapping

from dtlpy.dl_cloud import CloudError
from dtlpy.dl_entities import Model

logger = logging.getLogger("ModelAdapter")


class ModelConfigurations(MutableMapping):
    """A model's configuration. What `get` is asked for and isn't there is written into it."""

    def __init__(self, base_model_adapter=None):
        entity = getattr(base_model_adapter, "_model_entity", None)
        self._values = {} if entity is None or entity.configuration is None else entity.configuration
        self._values.setdefault("include_background", False)

    def __getitem__(self, key):
        return self._values[key]

    def __setitem__(self, key, value):
        self._values[key] = value

    def __delitem__(self, key):
        del self._values[key]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __ior__(self, other):
        self.update(other)
        return self

    def __repr__(self):
        return repr(self._values)

    def copy(self):
        return dict(self._values)

    def get(self, key, default=None):
        return self._values.setdefault(key, default)


class AdapterDefaults(ModelConfigurations):
    """The configuration, with what the wrapper functions take from it."""

    _DEFAULTS = {
        "upload_annotations": True, "clean_annotations": True, "overwrite_annotations": True, "upload_features": None,
        "root_path": None, "data_path": None, "output_path": None}

    def __init__(self, base_model_adapter=None):
        super().__init__(base_model_adapter)
        for key, value in self._DEFAULTS.items():
            self._values.setdefault(key, value)

    def __getattr__(self, name):
        if name in self._DEFAULTS:
            return self._values[name]
        raise AttributeError(name)

    def resolve(self, key, *values):
        """The first value that isn't None, which is then kept; otherwise what is kept."""
        for value in values:
            if value is not None:
                self._values[key] = value
                return value
        return self._values.get(key)


class BaseServiceRunner:
    """A class whose functions the cloud calls."""

    _do_reset = False

    @property
    def kill_event(self):
        """Set when the worker shall end: never, it is cancelled."""
        return self.__dict__.setdefault("_kill_event", threading.Event())

    def run(self, *_, **__):
        """What a service does when it is called without a name."""


class BaseModelAdapter(BaseServiceRunner):
    """Write `load` and `predict`; for training `train`, `save` and `convert_from_dtlpy`."""

    def __init__(self, model_entity=None):
        self.logger = logger
        self._model_entity = self._configuration = self.adapter_defaults = None
        self.model = self.bucket_path = self.project = self.feature_set = None
        self.item_to_batch_mapping = {"text": self._item_to_text, "image": self._item_to_image}
        if model_entity is not None:
            self.load_from_model(model_entity=model_entity)

    @property
    def configuration(self):
        return {} if self._model_entity is None else self._configuration

    @configuration.setter
    def configuration(self, configuration):
        if self._model_entity is not None:
            self._model_entity.configuration = dict(configuration)
            self._take_configuration()

    @property
    def model_entity(self):
        if self._model_entity is None:
            raise ValueError("no model is loaded: call load_from_model, or set model_entity")
        return self._model_entity

    @model_entity.setter
    def model_entity(self, model_entity):
        if not isinstance(model_entity, Model):
            raise AssertionError(f"a dl.Model is needed, and this is a {type(model_entity).__name__}")
        self._model_entity = model_entity
        self._take_configuration()

    @property
    def model_name(self):
        return self.model_entity.name

    def _take_configuration(self):
        self.adapter_defaults = self._configuration = AdapterDefaults(self)

    # MARK: Written by the user

    def load(self, local_path, **kwargs):
        raise NotImplementedError(f"write 'load' in {type(self).__name__}")

    def save(self, local_path, **kwargs):
        raise NotImplementedError(f"write 'save' in {type(self).__name__}")

    def train(self, data_path, output_path, **kwargs):
        raise NotImplementedError(f"write 'train' in {type(self).__name__}")

    def predict(self, batch, **kwargs):
        raise NotImplementedError(f"write 'predict' in {type(self).__name__}")

    def embed(self, batch, **kwargs):
        raise NotImplementedError(f"write 'embed' in {type(self).__name__}")

    def evaluate(self, model, dataset, filters):
        raise CloudError("the evaluation of an adapter that doesn't write 'evaluate'")

    def convert_from_dtlpy(self, data_path, **kwargs):
        raise NotImplementedError(f"write 'convert_from_dtlpy' in {type(self).__name__}")

    def prepare_item_func(self, item):
        """What `predict` is given of an item, by the model's input type."""
        kinds = self.model_entity.input_type
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind in self.item_to_batch_mapping and (not isinstance(kinds, list) or kind in (item.mimetype or "")):
                return self.item_to_batch_mapping[kind](item)
        return self._item_to_item(item)

    @staticmethod
    def _item_to_image(item):
        return item.download(save_locally=False, to_array=True)

    @staticmethod
    def _item_to_item(item):
        return item

    @staticmethod
    def _item_to_text(item):
        return item.download(save_locally=False).read().decode("utf-8")

    # MARK: Wrapper functions

    def load_from_model(self, model_entity=None, local_path=None, overwrite=True, **kwargs):
        """Brings a model's artifacts to a folder and lets the user load them."""
        if model_entity is not None:
            self.model_entity = model_entity
        if local_path is None:
            local_path = self.model_entity.local_folder
        self._take_configuration()
        self.model_entity.artifacts.download(local_path=local_path, overwrite=overwrite)
        self.load(local_path, **kwargs)

    def save_to_model(self, local_path=None, cleanup=False, replace=True, **kwargs):
        """Lets the user save into a folder, whose files become the model's artifacts."""
        if local_path is None:
            local_path = tempfile.mkdtemp(prefix="model_")
        self.save(local_path=local_path, **kwargs)
        self.model_entity.artifacts.upload(filepath=os.path.join(local_path, "*"), overwrite=True)
        if cleanup:
            shutil.rmtree(local_path, ignore_errors=True)

    def predict_items(self, items, batch_size=None, **kwargs):
        """The items, and the annotations that the user's function gives them."""
        batch_size = batch_size or self.configuration.get("batch_size", 4)
        annotations = []
        for start in range(0, len(items), batch_size):
            batch = [self.prepare_item_func(item) for item in items[start:start + batch_size]]
            for collection in self.predict(batch, **kwargs):
                annotations.extend(collection)
        return items, annotations

    def embed_items(self, items, upload_features=None, batch_size=None, progress=None, **kwargs):
        """The items, and their vectors."""
        batch_size = batch_size or self.configuration.get("batch_size", 4)
        vectors = []
        for start in range(0, len(items), batch_size):
            batch = [self.prepare_item_func(item) for item in items[start:start + batch_size]]
            vectors.extend(self.embed(batch, **kwargs))
        return items, vectors

    def prepare_data(self, *_, **__):
        raise CloudError("prepare_data")

    def predict_dataset(self, *_, **__):
        raise CloudError("predict_dataset")

    def embed_dataset(self, *_, **__):
        raise CloudError("embed_dataset")

    def train_model(self, *_, **__):
        raise CloudError("train_model, which Galley does itself and")

    def evaluate_model(self, *_, **__):
        raise CloudError("evaluate_model, which Galley does itself and")
