# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Training data as a sequence: images and annotations of a folder with `items` and `json`.

It needs NumPy and Pillow.
"""

import copy
import json
import logging
import math
import os
import random
import re

import numpy
from PIL import Image

from dtlpy.dl_annotations import AnnotationCollection
from dtlpy.dl_enums import AnnotationType

logger = logging.getLogger("dtlpy")
_torch_generators = []


class DataItem(dict):
    """What is known of one item."""

    @property
    def image_filepath(self):
        return self["image_filepath"]

    @image_filepath.setter
    def image_filepath(self, value):
        self["image_filepath"] = value


class DatasetGenerator:
    """The items of a folder whose annotations are of one type."""

    def __init__(self, dataset_entity=None, annotation_type=None, item_type=None, filters=None, data_path=None,
                 overwrite=False, id_to_label_map=None, label_to_id_map=None, transforms=None,
                 transforms_callback=None, num_workers=0, batch_size=None, collate_fn=None, shuffle=True, seed=None,
                 to_categorical=False, to_mask=False, class_balancing=False, return_originals=False,
                 ignore_empty=True):
        if data_path is None or not os.path.isdir(data_path):
            raise FileNotFoundError(f"there is no training data at {data_path}")
        if label_to_id_map is None and id_to_label_map is None:
            label_to_id_map = dict(dataset_entity.instance_map)
        if label_to_id_map is None:
            label_to_id_map = {label: int(number) for number, label in id_to_label_map.items()}
        if id_to_label_map is None:
            id_to_label_map = {int(number): label for label, number in label_to_id_map.items()}
        self.label_to_id_map, self.id_to_label_map = label_to_id_map, id_to_label_map
        self.dataset_entity, self.annotation_type = dataset_entity, annotation_type
        self.root_dir, self.item_type = data_path, _listed(item_type, ["jpg", "jpeg", "png", "bmp"])
        self.to_mask = to_mask or annotation_type == AnnotationType.SEGMENTATION
        self.to_categorical, self.num_classes = to_categorical, len(label_to_id_map)
        self.num_workers, self.batch_size, self.collate_fn = num_workers, batch_size, collate_fn
        self.shuffle, self.seed, self.class_balancing = shuffle, 256 if seed is None else seed, class_balancing
        self.return_originals, self.ignore_empty = return_originals, ignore_empty
        self._transforms = transforms
        self._transforms_callback = transforms_callback or default_transforms_callback
        self.data_items = []
        self.load_annotations()

    @property
    def n_items(self):
        return len(self.data_items)

    def load_annotations(self):
        """Reads what is known of all items."""
        folder = os.path.join(self.root_dir, "items")
        endings = tuple(f".{ending.lower()}" for ending in self.item_type)
        paths = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
        for path in sorted(one for one in paths if one.lower().endswith(endings)):
            try:
                item, is_empty = self._read(path, os.path.relpath(path, folder))
            except (OSError, ValueError, KeyError, TypeError) as error:
                logger.warning("%s is left out: %s", path, error)
                continue
            if not (is_empty and self.ignore_empty):
                self.data_items.append(item)
        if self.class_balancing:
            self._balance()
        if self.shuffle:
            random.Random(self.seed).shuffle(self.data_items)

    def _read(self, path, name):
        document_path = os.path.join(self.root_dir, "json", os.path.splitext(name)[0] + ".json")
        document = {}
        if os.path.isfile(document_path):
            with open(document_path, encoding="utf-8") as file:
                document = json.load(file)
        item = DataItem(
            image_filepath=path, item_id=document.get("id") or document.get("_id") or "",
            annotation_filepath=document_path)
        is_empty = self._describe(item, document) if self.annotation_type is not None else False
        if self.to_mask:
            item["binary"] = [
                one for one in AnnotationCollection.from_json(document)
                if one.type in ("binary", "segment") and one.label in self.label_to_id_map]
            is_empty = not item["binary"]
        return item, is_empty

    def _describe(self, item, document):
        boxes, classes, polygons, labels = [], [], [], []
        for annotation in AnnotationCollection.from_json(document):
            is_prediction = "model" in (annotation.metadata.get("user") or {})
            if is_prediction or annotation.type != str(self.annotation_type):
                continue
            if annotation.label in self.label_to_id_map:
                classes.append(self.label_to_id_map[annotation.label])
            else:
                logger.warning("label %r has no number in label_to_id_map", annotation.label)
            labels.append(annotation.label)
            if annotation.type != "class":
                boxes.append([annotation.left, annotation.top, annotation.right, annotation.bottom])
            if annotation.type == "segment":
                polygons.append(numpy.asarray(annotation.geo, dtype=float))
        outlines = numpy.empty(len(polygons), dtype=object)
        for place, polygon in enumerate(polygons):
            outlines[place] = polygon
        item.update({
            "box": numpy.asarray(boxes, dtype=float), "class": numpy.asarray(classes), "segment": outlines,
            "labels": labels})
        return not classes

    def _balance(self):
        """Repeats items of rare classes until all classes are as frequent as the most frequent."""
        by_class = {}
        for item in self.data_items:
            for number in item.get("class", []):
                by_class.setdefault(int(number), []).append(item)
        most, generator = max((len(items) for items in by_class.values()), default=0), random.Random(42)
        for items in by_class.values():
            self.data_items += [generator.choice(items) for _ in range(most - len(items))]

    def transform(self, image, target=None):
        """The image and the annotations after the transforms."""
        if self._transforms is None:
            return image, target
        return self._transforms_callback(
            transforms=self._transforms, image=image, target=target, annotation_type=self.annotation_type)

    def _item(self, index):
        item = copy.copy(self.data_items[index])
        with Image.open(item["image_filepath"]) as picture:
            image = numpy.asarray(picture)
        target = item.get(str(self.annotation_type)) if self.annotation_type is not None else None
        if self.to_mask:
            target = self._mask(item, image)
        if self.to_categorical and target is not None:
            target = numpy.eye(self.num_classes + 1)[numpy.asarray(target, dtype=int).reshape(-1)]
        if self.return_originals:
            item.update(orig_image=image.copy(), orig_annotations=copy.copy(target))
        image, target = self.transform(image, target)
        item.update(image=image, annotations=target)
        return item

    def _mask(self, item, image):
        from dtlpy.dl_contours import filled

        mask = numpy.zeros(image.shape[:2], dtype=numpy.uint8)
        for annotation in item["binary"]:
            geo = annotation.geo
            part = filled(geo, *mask.shape) if annotation.type == "segment" else numpy.asarray(geo)
            mask[part.astype(bool, copy=False)] = self.label_to_id_map[annotation.label]
        item["binary"] = mask
        return mask

    def __len__(self):
        return math.ceil(self.n_items / (self.batch_size or 1))

    def __getitem__(self, index):
        if isinstance(index, slice):
            found = [self._item(one) for one in range(*index.indices(len(self.data_items)))]
        elif self.batch_size is None:
            if not -len(self.data_items) <= index < len(self.data_items):
                raise IndexError(index)
            found = self._item(index)
        else:
            start = index * self.batch_size
            if not 0 <= start < len(self.data_items):
                raise IndexError(index)
            found = [self._item(one) for one in range(start, min(start + self.batch_size, len(self.data_items)))]
        return found if self.collate_fn is None else self.collate_fn(found)

    def __iter__(self):
        return (self[index] for index in range(len(self)))


def torch_generator():
    """`DatasetGeneratorTorch`, a data set of PyTorch's."""
    if not _torch_generators:
        import torch.utils.data

        class DatasetGeneratorTorch(DatasetGenerator, torch.utils.data.Dataset):
            """The same for a loader of PyTorch's."""

            def __getitem__(self, index):
                return super().__getitem__(index.tolist() if torch.is_tensor(index) else index)

        _torch_generators.append(DatasetGeneratorTorch)
    return _torch_generators[0]


def _listed(value, otherwise):
    return otherwise if value is None else value if isinstance(value, list) else [value]


def default_transforms_callback(transforms, image, target, annotation_type):
    """Applies transforms one after the other: those of imgaug to the annotations too, others to the image."""
    inner = getattr(transforms, "transforms", None)
    if inner is None and type(transforms).__module__ == "imgaug.augmenters.meta" and isinstance(transforms, list):
        inner = list(transforms)
    if isinstance(transforms, (list, tuple)) and inner is None:
        inner = transforms
    if inner is not None:
        for one in inner:
            image, target = default_transforms_callback(one, image, target, annotation_type)
        return image, target
    if "imgaug.augmenters" not in type(transforms).__module__:
        return transforms(image), target
    keys = {"box": "bounding_boxes", "binary": "segmentation_maps", "segment": "polygons"}
    key = keys.get(str(annotation_type)) if target is not None else None
    if key is None:
        return transforms(images=[image])[0], target
    given = target[..., None] if key == "segmentation_maps" else target
    images, targets = transforms(images=[image], **{key: [given]})
    return images[0], targets[0][:, :, 0] if key == "segmentation_maps" else targets[0]


def collate_default(batch):
    """A batch's values by key."""
    return {key: [item[key] for item in batch] for key in batch[0]} if isinstance(batch[0], dict) else list(batch)


def collate_torch(batch):
    """As `collate_default`, with numbers and arrays as tensors of PyTorch's; arrays of equal shape are stacked."""
    import torch

    def tensor(value):
        if isinstance(value, numpy.ndarray) and not re.search("[SaUO]", value.dtype.str):
            return torch.as_tensor(value)
        return value

    collated = {}
    for key in batch[0]:
        values = [tensor(item[key]) for item in batch]
        if all(torch.is_tensor(one) for one in values) and len({one.shape for one in values}) == 1:
            collated[key] = torch.stack(values)
        elif all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values):
            collated[key] = torch.tensor(values)
        else:
            collated[key] = values
    return collated
