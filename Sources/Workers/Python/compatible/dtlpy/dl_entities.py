# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Entities: what they say of themselves is here, what they would do in the cloud is refused."""

import copy
import inspect
import os

from dtlpy.dl_cloud import CloudError


class BaseEntity:
    """What all entities have: fields, and a JSON that they came from."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def to_json(self):
        """The JSON that it came from."""
        return copy.deepcopy(self.__dict__.get("document", {}))

    def print(self, *_, **__):
        print(self)

    def __repr__(self):
        return f"{type(self).__name__}(id={self.__dict__.get('id')!r}, name={self.__dict__.get('name')!r})"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'")
        raise CloudError(f"dl.{type(self).__name__}.{name}")


class Model(BaseEntity):
    """A model."""

    @classmethod
    def from_json(cls, _json, client_api=None, project=None, package=None, is_fetched=True):
        """A model of Dataloop's JSON."""
        return cls(
            document=_json, id=_json.get("id"), name=_json.get("name"), version=_json.get("version", "1.0.0"),
            description=_json.get("description"), labels=_json.get("labels"), status=_json.get("status"),
            tags=_json.get("tags") or [], configuration=_json.get("configuration"),
            metadata=_json.get("metadata") or {}, input_type=_json.get("inputType"),
            output_type=_json.get("outputType"), dataset_id=_json.get("datasetId"), project=project, project_id=None,
            package_id=None, scope=_json.get("scope", "project"), context={}, module_name=None, app=None,
            model_artifacts=[], creator=None, created_at=None, updated_at=None, url=None, is_fetched=is_fetched)

    @property
    def id_to_label_map(self):
        if "id_to_label_map" not in self.configuration:
            self.configuration["id_to_label_map"] = dict(enumerate(self._known_labels()))
        self.configuration["id_to_label_map"] = {
            int(number): label for number, label in self.configuration["id_to_label_map"].items()}
        return self.configuration["id_to_label_map"]

    @id_to_label_map.setter
    def id_to_label_map(self, mapping):
        self.configuration["id_to_label_map"] = {int(number): label for number, label in mapping.items()}

    @property
    def label_to_id_map(self):
        if "label_to_id_map" not in self.configuration:
            self.configuration["label_to_id_map"] = {
                label: number for number, label in self.id_to_label_map.items()}
        return self.configuration["label_to_id_map"]

    @label_to_id_map.setter
    def label_to_id_map(self, mapping):
        self.configuration["label_to_id_map"] = {label: int(number) for label, number in mapping.items()}

    def _known_labels(self):
        return self.labels or []


class Item(BaseEntity):
    """An item of a data set."""

    @classmethod
    def from_json(cls, _json, client_api=None, dataset=None, project=None, model=None, is_fetched=True):
        """An item of Dataloop's JSON."""
        metadata = _json.get("metadata") or {}
        filename = _json.get("filename") or _json.get("name") or ""
        return cls(
            document=_json, id=_json.get("id"), name=_json.get("name") or os.path.basename(filename),
            filename=filename, dir=os.path.dirname(filename), type=_json.get("type", "file"), metadata=metadata,
            dataset_id=_json.get("datasetId"), datasetId=_json.get("datasetId"), spec=None, creator=None,
            annotated=_json.get("annotated", False), hidden=False, is_fetched=is_fetched)

    @property
    def system(self):
        return self.metadata.setdefault("system", {})

    @property
    def mimetype(self):
        return self.system.get("mimetype")

    @property
    def size(self):
        return self.system.get("size")

    @property
    def width(self):
        return self.system.get("width")

    @property
    def height(self):
        return self.system.get("height")


class Dataset(BaseEntity):
    """A data set."""

    @classmethod
    def from_json(cls, project=None, _json=None, client_api=None, datasets=None, is_fetched=True):
        """A data set of Dataloop's JSON."""
        return cls(
            document=_json, id=_json.get("id"), name=_json.get("name"), metadata=_json.get("metadata") or {},
            project=project, is_fetched=is_fetched)


class Project(BaseEntity):
    """A project."""


class Ontology(BaseEntity):
    """A data set's labels."""


class Label(BaseEntity):
    """A label."""

    def __init__(self, tag=None, color=None, **fields):
        super().__init__(tag=tag, color=color or "#FFFFFF", attributes=[], children=[], **fields)

    @property
    def rgb(self):
        return tuple(int(self.color[index:index + 2], 16) for index in (1, 3, 5))


class Artifact(BaseEntity):
    """A model's file."""


class ItemArtifact(Artifact):
    """A model's file that is an item."""


class LocalArtifact(Artifact):
    """A model's file on this machine."""

    def __init__(self, local_path=None, **fields):
        super().__init__(local_path=local_path, **fields)


class PlotSample:
    """A point of a model's curve."""

    def __init__(self, figure, legend, x, y):
        self.figure, self.legend, self.x, self.y = figure, legend, x, y

    def to_json(self):
        """The point as Dataloop's JSON."""
        return {"figure": self.figure, "legend": self.legend, "data": {"x": self.x, "y": self.y}}


class Progress:
    """How far a function has come."""

    #: Receives status, percent and message; set by the worker.
    receiver = None

    def update(self, status=None, progress=0, message=None, output=None, duration=None, action=None):
        """Tells it."""
        if Progress.receiver is not None:
            Progress.receiver(progress, message)


class Context:
    """Who called a function: nobody in the cloud."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


class _Described:
    """A description for the cloud, which nothing here reads."""

    def __init__(self, *values, **fields):
        self.values = values
        self.__dict__.update(fields)


class PackageModule(_Described):
    """A module of a package."""

    @classmethod
    def from_entry_point(cls, entry_point):
        """The module that a file describes."""
        return cls(entry_point=entry_point)


class PackageFunction(_Described):
    """A function of a package."""


class FunctionIO(_Described):
    """An input or output of a function."""


class AppModule(_Described):
    """A module whose functions are given by decorators."""

    def set_init(self, *_, **__):
        """Leaves the function as it is."""
        return lambda function: function

    def add_function(self, *_, **__):
        """Leaves the function as it is."""
        return lambda function: function


class PackageDecorators:
    """Decorators that describe for the cloud; here they leave what they decorate as it is."""

    @staticmethod
    def module(name=None, description=None, init_inputs=None, *_, **__):
        """Notes the name and the description of a class."""
        def decorate(cls):
            if inspect.isclass(cls):
                cls._dataloop_module = {"name": name, "description": description, "init_inputs": init_inputs or {}}
            return cls

        # Without parentheses it is given the class itself.
        return decorate(name) if inspect.isclass(name) else decorate

    @staticmethod
    def function(display_name=None, *_, **__):
        """Leaves the function as it is."""
        return display_name if callable(display_name) else lambda function: function


class Package(BaseEntity):
    """A package: code in the cloud."""

    decorators = PackageDecorators
    defs = PackageDecorators

    @staticmethod
    def get_ml_metadata(cls=None, available_methods=None, output_type=None, input_type="image",
                        default_configuration=None, **_):
        """What a package says of its adapter."""
        return {"system": {"ml": {
            "defaultConfiguration": default_configuration or {}, "outputType": output_type, "inputType": input_type}}}
