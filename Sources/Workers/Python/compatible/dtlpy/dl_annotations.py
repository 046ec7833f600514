# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Annotations and collections of them, as adapters make and read them."""

import copy
import json

from dtlpy.dl_cloud import CloudError
from dtlpy.dl_definitions import definition


class Annotation:
    """One annotation: a definition and what is said of it."""

    def __init__(self, annotation_definition=None, metadata=None, object_id=None, parent_id=None, id=None,
                 automated=True, frame_num=None, item=None):
        self.id, self.annotation_definition, self.item = id, annotation_definition, item
        # Each has its own: a later change of one isn't one of all.
        self.metadata = copy.deepcopy(metadata) if metadata else {}
        self.object_id, self.automated, self.frame_num = object_id, automated, frame_num
        self.item_id = getattr(item, "id", None)
        self.document = None
        if parent_id is not None:
            self.parent_id = parent_id

    @classmethod
    def new(cls, item=None, annotation_definition=None, object_id=None, automated=True, metadata=None, frame_num=None,
            parent_id=None, start_time=None, item_height=None, item_width=None, end_time=None):
        """An annotation of a definition."""
        return cls(annotation_definition, metadata, object_id, parent_id, None, automated, frame_num, item)

    @classmethod
    def from_json(cls, _json, item=None, **_):
        """An annotation of Dataloop's JSON."""
        annotation = cls(definition(_json), _json.get("metadata"), id=_json.get("id") or _json.get("_id"), item=item)
        annotation.document = _json
        return annotation

    @property
    def parent_id(self):
        return (self.metadata.get("system") or {}).get("parentId")

    @parent_id.setter
    def parent_id(self, value):
        self.metadata.setdefault("system", {})["parentId"] = value

    @property
    def type(self):
        return str(self.annotation_definition.type)

    @property
    def label(self):
        return self.annotation_definition.label

    @label.setter
    def label(self, value):
        self.annotation_definition.label = value

    @property
    def attributes(self):
        return self.annotation_definition.attributes

    @attributes.setter
    def attributes(self, value):
        self.annotation_definition.attributes = value

    @property
    def coordinates(self):
        return self.annotation_definition.to_coordinates()

    def __getattr__(self, name):
        # left, top, right, bottom, geo, x, y, rx, ry, angle, description … are the definition's.
        if name.startswith("_") or name == "annotation_definition":
            raise AttributeError(name)
        return getattr(self.annotation_definition, name)

    def to_json(self):
        """The annotation as Dataloop's JSON."""
        document = {
            "type": self.type, "label": self.label, "attributes": self.attributes or {}, "metadata": self.metadata}
        coordinates = self.coordinates
        if coordinates is not None:
            document["coordinates"] = coordinates
        if self.id is not None:
            document["id"] = self.id
        if self.annotation_definition.description:
            document["description"] = self.annotation_definition.description
        return document

    def upload(self):
        raise CloudError("uploading annotations")

    update = delete = update_status = upload


class AnnotationCollection:
    """The annotations of one item."""

    def __init__(self, item=None, annotations=None):
        self.item, self.annotations = item, list(annotations or [])

    def add(self, annotation_definition, object_id=None, frame_num=None, end_frame_num=None, start_time=None,
            end_time=None, automated=True, fixed=True, object_visible=True, metadata=None, parent_id=None,
            prompt_id=None, model_info=None):
        """Adds an annotation of a definition, or of each of a list."""
        metadata = copy.deepcopy(metadata) if metadata else {}
        if model_info is not None:
            metadata.setdefault("user", {})["model"] = self._model(model_info)
        if prompt_id is not None:
            metadata.setdefault("system", {})["promptId"] = prompt_id
        several = isinstance(annotation_definition, (list, tuple))
        for one in annotation_definition if several else [annotation_definition]:
            self.annotations.append(
                Annotation(one, metadata, object_id, parent_id, None, automated, frame_num, self.item))

    @staticmethod
    def _model(model_info):
        if not isinstance(model_info, dict):
            raise ValueError("model_info must be a dictionary, such as {'name': 'yolo', 'confidence': 0.5}")
        model = {"name": model_info.get("name"), "model_id": model_info.get("model_id")}
        if model_info.get("confidence") is not None:
            model["confidence"] = float(model_info["confidence"])
            if not 0 <= model["confidence"] <= 1:
                raise ValueError(f"a confidence must be a number from 0 to 1, and this one is {model['confidence']}")
        return model

    def __iter__(self):
        return iter(self.annotations)

    def __len__(self):
        return len(self.annotations)

    def __getitem__(self, index):
        return self.annotations[index]

    def to_json(self):
        """The annotations as Dataloop's JSON."""
        return {"annotations": [annotation.to_json() for annotation in self.annotations]}

    @classmethod
    def from_json(cls, _json, item=None, **_):
        """A collection of a document with `annotations`, or of a list of them; it is sorted by label."""
        documents = _json.get("annotations", []) if isinstance(_json, dict) else _json
        annotations = [Annotation.from_json(one, item) for one in documents]
        return cls(item, sorted(annotations, key=lambda one: one.label or ""))

    @classmethod
    def from_json_file(cls, filepath, item=None):
        """A collection of a file."""
        with open(filepath, encoding="utf-8") as file:
            return cls.from_json(json.load(file), item)

    def upload(self, *_, **__):
        raise CloudError("uploading annotations")

    def update(self, *_, **__):
        raise CloudError("changing annotations")

    def delete(self, *_, **__):
        raise CloudError("deleting annotations")

    def show(self, *_, **__):
        raise CloudError("drawing annotations")
