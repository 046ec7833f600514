# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Dataloop's own annotation classes.

    dtlpy_peer.py read FILE…     what dtlpy reads in each document of an item
    dtlpy_peer.py write FILE     a document with every kind of annotation that dtlpy makes
    dtlpy_peer.py filters        documents of filters, as dtlpy prepares them
"""

import json
import logging
import sys

logging.disable(logging.CRITICAL)

import dtlpy as dl
import numpy as np


def coordinates(annotation):
    definition = annotation.annotation_definition
    if annotation.type == "binary":
        mask = np.asarray(definition.geo)
        return [float(mask.sum()), *[float(value) for value in np.argwhere(mask > 0).sum(axis=0)], *mask.shape]
    if annotation.type in ("class", "pose"):
        return []
    if annotation.type == "ellipse":
        return [definition.x, definition.y, definition.rx, definition.ry, definition.angle]
    numbers = np.asarray(definition.geo, dtype=float).reshape(-1).tolist()
    return numbers + ([definition.angle] if getattr(definition, "angle", None) else [])


def read(paths):
    answer = []
    for path in paths:
        document = json.load(open(path, encoding="utf-8"))
        collection = dl.AnnotationCollection.from_json(document)
        if len(collection.annotations) != len(document["annotations"]):
            raise SystemExit(f"{path}: dtlpy reads {len(collection.annotations)} annotations")
        # It sorts by label; the order is that of the document here.
        places = {annotation["id"]: place for place, annotation in enumerate(document["annotations"])}
        for annotation in sorted(collection.annotations, key=lambda one: places[one.id]):
            model = annotation.metadata.get("user", {}).get("model") or {}
            answer.append({
                "id": annotation.id, "type": annotation.type, "label": annotation.label,
                "coordinates": [float(number) for number in coordinates(annotation)],
                "attributes": annotation.attributes or {}, "model": model.get("name", ""),
                "confidence": model.get("confidence", -1.0), "parent": annotation.parent_id or "",
            })
    return answer


def write(path):
    collection = dl.AnnotationCollection()
    mask = np.zeros((4, 6))
    mask[1:3, 2:5] = 1
    definitions = [
        dl.Box(left=1, top=2, right=3.5, bottom=4.25, label="käse 🧀"),
        dl.Box(left=1, top=2, right=3.5, bottom=4.25, label="turned", angle=30.5),
        dl.Classification(label="whole"),
        dl.Polygon(geo=[[0, 0], [5.5, 0], [5.5, 3]], label="area"),
        dl.Polyline(geo=[[0, 0], [5.5, 0], [5.5, 3]], label="line"),
        dl.Point(x=1.5, y=2.5, label="spot"),
        dl.Ellipse(x=3, y=2, rx=2, ry=1, angle=10, label="egg"),
        dl.Segmentation(geo=mask, label="mask", color=(12, 34, 56)),
        dl.Pose(label="person", template_id="t1", instance_id="i1"),
    ]
    for number, definition in enumerate(definitions):
        collection.add(annotation_definition=definition, metadata={"user": {"odd": {"deep": [1, 2.5, None, "ü"]}}})
        collection.annotations[-1].attributes = {"7": "blue", "8": ["a", "b"]} if number == 0 else {}
    collection.add(annotation_definition=dl.Point(x=1, y=1, label="nose"))
    collection.add(
        annotation_definition=dl.Box(left=0, top=0, right=1, bottom=1, label="guess"),
        model_info={"name": "yolo", "confidence": 0.75, "model_id": "65f0000000000000000000aa"})
    document = collection.to_json()
    for number, annotation in enumerate(document["annotations"]):
        annotation["id"] = f"65f{number:021x}"
        annotation.update(creator="ada@example.com", updatedBy="bob@example.com", hash=f"h{number}", url=f"http://a/{number}")
        annotation.update(createdAt="2024-03-01T10:20:30.456Z", updatedAt="2024-03-02T10:20:30.456Z")
        annotation["unheardOf"] = {"kept": True}
    document["annotations"][9]["metadata"]["system"]["parentId"] = document["annotations"][8]["id"]
    document.update(filename="/a/b.png", _id="65f1111111111111111111bb", future=[1, {"x": "y"}])
    json.dump(document, open(path, "w", encoding="utf-8"))
    return len(document["annotations"])


def filters():
    first = dl.Filters()
    first.add(field="filename", values="/a/b.png")
    first.add_join(field="label", values=["käse 🧀", "cat"], operator=dl.FiltersOperations.IN)
    first.sort_by(field="name", value=dl.FiltersOrderByDirection.DESCENDING)
    second = dl.Filters(resource=dl.FiltersResource.ANNOTATION)
    second.add(field="label", values="turned")
    third = dl.Filters()
    third.add(field="dir", values="/nowhere", method=dl.FiltersMethod.OR)
    third.add(field="name", values="b.png", method=dl.FiltersMethod.OR)
    return [json.dumps(one.prepare()) for one in (first, second, third)]


verb, arguments = sys.argv[1], sys.argv[2:]
print(json.dumps({"read": read, "write": lambda paths: write(paths[0]), "filters": lambda _: filters()}[verb](arguments)))
