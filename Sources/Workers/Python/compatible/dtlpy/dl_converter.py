# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""From Dataloop's JSON to other formats of annotations: YOLO, COCO and VOC, for boxes and outlines."""

import json
import os
import xml.etree.ElementTree as xml

from dtlpy.dl_annotations import AnnotationCollection
from dtlpy.dl_cloud import CloudError


class Converter:
    """Writes annotations of a folder beside it, in a folder that has the format's name."""

    def __init__(self, concurrency=6, return_error_filepath=False):
        self.labels, self.dataset = {}, None
        self.save_to_format, self.return_error_filepath = None, return_error_filepath

    def convert_directory(self, local_path, dataset=None, to_format=None, from_format=None, conversion_func=None, **_):
        """Converts all documents of `…/json` into files of `…/yolo`, `…/voc`, or `…/coco/coco.json`."""
        to_format, from_format = _word(to_format), _word(from_format)
        if from_format != "dataloop" or to_format not in ("yolo", "voc", "coco") or conversion_func is not None:
            raise CloudError(f"a conversion from {from_format} to {to_format}")
        self.dataset = dataset
        labels = self._numbers()
        target = os.path.join(os.path.dirname(os.path.abspath(local_path)), to_format)
        documents = []
        for place, _, names in os.walk(local_path):
            for name in sorted(one for one in names if one.endswith(".json")):
                path = os.path.join(place, name)
                with open(path, encoding="utf-8") as file:
                    documents.append((os.path.relpath(path, local_path), json.load(file)))
        documents.sort(key=lambda one: one[0])
        if to_format == "coco":
            _write(os.path.join(target, "coco.json"), json.dumps(_coco(documents, labels), ensure_ascii=False))
            return
        for path, document in documents:
            stem = os.path.splitext(path)[0]
            if to_format == "yolo":
                _write(os.path.join(target, f"{stem}.txt"), _yolo(document, labels))
            else:
                _write(os.path.join(target, f"{stem}.xml"), _voc(document))

    def _numbers(self):
        if isinstance(self.labels, dict) and self.labels:
            return dict(self.labels)
        if self.labels:
            return {label: number for number, label in enumerate(self.labels)}
        return dict(self.dataset.instance_map)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise CloudError(f"Converter.{name}")


def _word(value):
    return getattr(value, "value", value)


def _write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def _size(document):
    system = (document.get("metadata") or {}).get("system") or {}
    width, height = system.get("width") or document.get("width"), system.get("height") or document.get("height")
    if not width or not height:
        raise ValueError(f"the size of {document.get('filename')} isn't known")
    return width, height


def _placed(document):
    return [one for one in AnnotationCollection.from_json(document) if one.type in ("box", "segment", "binary")]


def _yolo(document, labels):
    width, height = _size(document)
    lines = []
    for one in _placed(document):
        if one.label not in labels:
            raise ValueError(f"label '{one.label}' of {document.get('filename')} has no number")
        x, y = (one.left + one.right) / 2 / width, (one.top + one.bottom) / 2 / height
        size = (one.right - one.left) / width, (one.bottom - one.top) / height
        lines.append(f"{labels[one.label]} {x} {y} {size[0]} {size[1]}\n")
    return "".join(lines)


def _voc(document):
    width, height = _size(document)
    root = xml.Element("annotation")
    xml.SubElement(root, "filename").text = os.path.basename(document.get("filename") or "")
    size = xml.SubElement(root, "size")
    for name, value in (("width", width), ("height", height), ("depth", 3)):
        xml.SubElement(size, name).text = str(value)
    for one in _placed(document):
        found = xml.SubElement(root, "object")
        xml.SubElement(found, "name").text = one.label
        box = xml.SubElement(found, "bndbox")
        for name, value in (("xmin", one.left), ("ymin", one.top), ("xmax", one.right), ("ymax", one.bottom)):
            xml.SubElement(box, name).text = str(value)
    return xml.tostring(root, encoding="unicode")


def _coco(documents, labels):
    images, found = [], []
    for number, (_, document) in enumerate(documents):
        width, height = _size(document)
        images.append({
            "id": number, "file_name": (document.get("filename") or "").lstrip("/"), "width": width, "height": height})
        for one in _placed(document):
            outline = [] if one.type != "segment" else [[float(number) for point in one.geo for number in point]]
            found.append({
                "id": len(found), "image_id": number, "category_id": labels[one.label], "iscrowd": 0,
                "bbox": [one.left, one.top, one.right - one.left, one.bottom - one.top],
                "area": (one.right - one.left) * (one.bottom - one.top), "segmentation": outline})
    categories = [{"id": number, "name": label} for label, number in labels.items()]
    return {"images": images, "annotations": found, "categories": categories}
