# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Dataloop's entities of a model that is here: what they would fetch from the cloud lies in folders.

The classes are mixed in before dtlpy's own, be they of the real package or of the compatibility module.
"""

import contextlib
import glob
import io
import os
import shutil

from .adapter import training_documents
from .image import read_image


class LocalArtifacts:
    """A model's files in a folder."""

    def __init__(self, folder):
        self.folder, self._target = folder, None

    @contextlib.contextmanager
    def uploaded_to(self, folder):
        """While a folder takes what is uploaded."""
        self._target = folder
        try:
            yield
        finally:
            self._target = None

    def download(self, local_path=None, overwrite=False, **_):
        """Copies the files to a folder, unless they are there."""
        if local_path is None or os.path.abspath(local_path) == os.path.abspath(self.folder):
            return self.folder
        os.makedirs(local_path, exist_ok=True)
        if os.path.isdir(self.folder):
            shutil.copytree(self.folder, local_path, dirs_exist_ok=True)
        return local_path

    def upload(self, filepath=None, overwrite=False, **_):
        """Copies files, folders or what a pattern matches into the model's folder."""
        target = self._target or self.folder
        for path in sorted(glob.glob(filepath)) or [filepath]:
            place = os.path.join(target, os.path.basename(path.rstrip("/")))
            if os.path.abspath(path) == os.path.abspath(place) or not os.path.exists(path):
                continue
            os.makedirs(target, exist_ok=True)
            if os.path.isdir(path):
                shutil.copytree(path, place, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, place)

    def list(self, **_):
        """The files' paths."""
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.folder) for name in sorted(names)]


class LocalMetrics:
    """A model's curves, which go to the client."""

    def __init__(self):
        self.report, self.samples, self._unsent = None, [], {}

    def create(self, samples=None, dataset_id=None, **_):
        """Adds points to curves."""
        for one in samples if isinstance(samples, (list, tuple)) else [samples]:
            x, y = float(one.x), float(one.y)
            self.samples.append((str(one.figure), str(one.legend), x, y))
            is_validation = str(one.legend).lower().startswith("val")
            self._unsent[f"val_{one.figure}" if is_validation else str(one.figure)] = y
            if self.report is not None:
                self.report.sample(one.figure, one.legend, x, y)
        return True

    def latest(self):
        """The newest value of each curve since this was asked."""
        unsent, self._unsent = self._unsent, {}
        return unsent


class LocalModel:
    """A model whose files lie in a folder; its changes are read by the worker afterwards."""

    def prepare_locally(self, folder):
        """Gives it its folder."""
        self.__dict__.update(
            local_folder=folder, local_artifacts=LocalArtifacts(folder), local_metrics=LocalMetrics(),
            local_dataset=None)

    @property
    def artifacts(self):
        return self.local_artifacts

    @property
    def metrics(self):
        return self.local_metrics

    @property
    def dataset(self):
        return self.local_dataset

    def _known_labels(self):
        return self.labels or list(self.local_dataset.labels_flat_dict)

    def update(self, *_, **__):
        """Nothing is to be sent anywhere."""
        return self

    def wait_for_model_ready(self):
        """It is."""
        return self

    def log(self, *_, **__):
        """Nothing is to be sent anywhere."""


class LocalItem:
    """An item whose file lies here. The adapter is given copies of it."""

    def prepare_locally(self, document, dataset, documents, scratch):
        """Gives it its file, its data set, its annotations, and what gives a folder for copies."""
        self.__dict__.update(
            local_document=document, local_dataset=dataset, local_documents=documents, local_scratch=scratch)

    @property
    def dataset(self):
        return self.local_dataset

    @property
    def annotations(self):
        return LocalAnnotations(self)

    def download(self, local_path=None, file_types=None, save_locally=True, to_array=False, annotation_options=None,
                 overwrite=False, *_, **__):
        """The path of a copy of the file; or its bytes, or the image as an array."""
        source = self.local_document.get("file")
        if to_array:
            return read_image(source)
        if not save_locally:
            with open(source, "rb") as file:
                buffer = io.BytesIO(file.read())
            buffer.name = self.name
            return buffer
        if local_path is None:
            target = os.path.join(self.local_scratch(), os.path.basename(self.name))
        elif os.path.splitext(local_path)[1]:
            target = local_path
        else:
            target = os.path.join(local_path, self.name)
        os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
        if overwrite or not os.path.exists(target):
            shutil.copyfile(source, target)
        return target


class LocalAnnotations:
    """The annotations of an item that is here."""

    def __init__(self, item):
        self._item = item

    def list(self, *_, **__):
        """What is known of the item."""
        from dtlpy import AnnotationCollection

        return AnnotationCollection.from_json({"annotations": [_whole(one) for one in self._item.local_documents]})

    def builder(self):
        """A collection to add to."""
        from dtlpy import AnnotationCollection

        return AnnotationCollection(item=self._item)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise cloud_error(f"item.annotations.{name}")


def _whole(document):
    """An annotation's JSON with the members that dtlpy wants to see."""
    whole = {"creator": None, "createdAt": None, "updatedBy": None, "updatedAt": None, "source": None, "id": None,
             "metadata": {}, **document}
    whole["metadata"] = {"system": {}, **(whole["metadata"] or {})}
    return whole


class Pages:
    """A list in one page."""

    def __init__(self, items):
        self.items, self.items_count, self.total_pages_count = items, len(items), 1

    def all(self):
        """Each entry."""
        return iter(self.items)

    def __iter__(self):
        return iter([self.items])

    def __len__(self):
        return self.items_count

    def __getitem__(self, index):
        return self.items[index]


class LocalDataset:
    """The data set of a model, as far as its items lie here."""

    def prepare_locally(self, labels, make_item):
        """Gives it its labels."""
        self.__dict__.update(local_labels=list(labels), local_items=[], local_subsets={}, make_item=make_item)

    def take_folder(self, data):
        """Takes the items of training data: `items` and `json` of each subset's folder."""
        self.local_items, self.local_subsets = [], {}
        for subset in sorted(os.listdir(data)) if os.path.isdir(data) else []:
            documents = training_documents(os.path.join(data, subset))
            self.local_subsets[subset] = [self.make_item(described, known) for described, known in documents]
            self.local_items += self.local_subsets[subset]
        if not self.local_labels:
            found = {one.get("label") for item in self.local_items for one in item.local_documents}
            self.local_labels = sorted(label for label in found if label)

    @property
    def labels_flat_dict(self):
        return dict.fromkeys(self.local_labels)

    @property
    def labels(self):
        from dtlpy import Label

        return [Label(tag=label) for label in self.local_labels]

    @property
    def instance_map(self):
        return {label: number for number, label in enumerate(self.local_labels)}

    @instance_map.setter
    def instance_map(self, mapping):
        self.local_labels = [label for label, _ in sorted(mapping.items(), key=lambda one: one[1])]

    @property
    def platform_url(self):
        return ""

    @property
    def items(self):
        return LocalItems(self)

    def _get_ontology(self):
        return _LocalOntology()


class _LocalOntology:
    """Labels' numbers and colours that a generator sets for the cloud."""

    def __init__(self):
        self.instance_map, self.color_map = {}, {}


class LocalItems:
    """The items of a data set that lie here."""

    def __init__(self, dataset):
        self._dataset = dataset

    def get(self, filepath=None, item_id=None, **_):
        """An item by its path or id."""
        for item in self._dataset.local_items:
            if item.id == item_id or filepath is not None and item.filename.lstrip("/") == filepath.lstrip("/"):
                return item
        raise cloud_error(f"an item of another data set, '{filepath or item_id}',")

    def list(self, filters=None, **_):
        """The items of a subset, if the filter is that of one; of all, without a filter.

        Conditions on annotations' type and label are looked at; others need the cloud.
        """
        query = filters.prepare() if filters is not None else {}
        items = self._subset(query.get("filter") or {})
        conditions = [one for ones in ((query.get("join") or {}).get("filter") or {}).values() for one in ones]
        for condition in conditions:
            items = [item for item in items if any(_fits(one, condition) for one in item.local_documents)]
        return Pages(items)

    def _subset(self, condition):
        wanted = _conditions(condition)
        if not wanted:
            return self._dataset.local_items
        for name in {*self._dataset.local_subsets, "train", "validation", "test"}:
            if wanted == _conditions(subset_filter(name)["filter"]):
                return self._dataset.local_subsets.get(name, [])
        raise cloud_error("a query of items")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise cloud_error(f"dataset.items.{name}")


def _conditions(condition):
    """The conditions that all must hold, without those that dtlpy adds by itself."""
    ignored = ("type", "hidden")
    return [one for one in condition.get("$and", []) if not any(key in one for key in ignored)]


def _fits(document, condition):
    for field, value in condition.items():
        found = document.get(field)
        wanted = value.get("$in", value.get("$eq")) if isinstance(value, dict) else value
        if field not in ("type", "label") or isinstance(wanted, dict) or wanted is None:
            raise cloud_error(f"a query of annotations by '{field}'")
        if found not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def subset_filter(name):
    """What stands for the filter of a subset: only that it is this subset's is known here."""
    return {"filter": {"$and": [{f"metadata.system.tags.{name}": True}]}}


def cloud_error(what):
    """The error of what only the cloud can do."""
    return RuntimeError(
        f"{what} needs Dataloop's cloud, and Galley runs this adapter without it; keep it out of load, train and "
        "predict")
