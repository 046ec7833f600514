# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Data sets as Datumaro and pycocotools read and write them.

usage: datumaro_peer.py make FOLDER          writes one data set in several formats below FOLDER; prints what it holds
       datumaro_peer.py read FOLDER FORMAT   prints what Datumaro finds in FOLDER
       datumaro_peer.py coco FILE            prints what pycocotools finds in FILE
"""

import json
import logging
import sys

import numpy

logging.disable(logging.CRITICAL)


def described(dataset):
    import datumaro

    kinds = datumaro.AnnotationType
    labels = [label.name for label in dataset.categories()[kinds.label]] if dataset.categories() else []
    items = []
    for item in dataset:
        entries = []
        for each in item.annotations:
            entry = {"type": each.type.name, "label": labels[each.label] if each.label is not None else None}
            if each.type == kinds.bbox:
                entry["numbers"] = [float(value) for value in each.get_bbox()]
            elif each.type in (kinds.polygon, kinds.points):
                entry["numbers"] = [float(value) for value in each.points]
            elif each.type == kinds.mask:
                entry["numbers"] = [float(each.get_area())] + [float(value) for value in each.get_bbox()]
            else:
                entry["numbers"] = []
            entries.append(entry)
        items.append({"id": item.id, "subset": item.subset, "annotations": entries})
    return {"labels": labels, "items": items}


def make(folder):
    import datumaro
    from datumaro.components.annotation import Bbox, Label, Mask, Polygon
    from datumaro.components.media import Image

    generator = numpy.random.default_rng(5)

    def dataset(kinds):
        items = []
        for index in range(6):
            pixels = generator.integers(0, 256, (24, 32, 3)).astype(numpy.uint8)
            annotations = []
            for number in range(index):
                label = int(generator.integers(0, 3))
                x, y = float(generator.integers(0, 15)), float(generator.integers(0, 10))
                kind = kinds[number % len(kinds)]
                if kind == "bbox":
                    annotations.append(Bbox(x, y, 8.0, 6.0, label=label, id=number + 1, group=number + 1))
                elif kind == "polygon":
                    points = [x, y, x + 8.0, y + 1.5, x + 4.5, y + 7.0]
                    annotations.append(Polygon(points, label=label, id=number + 1, group=number + 1))
                elif kind == "mask":
                    mask = numpy.zeros((24, 32), dtype=bool)
                    mask[int(y) : int(y) + 5, int(x) : int(x) + 7] = True
                    mask[int(y) + 2, int(x) + 3] = False
                    annotations.append(Mask(mask, label=label, id=number + 1, group=number + 1))
                else:
                    annotations.append(Label(label))
            items.append(
                datumaro.DatasetItem(
                    id=f"image{index}",
                    subset="train" if index < 4 else "val",
                    media=Image.from_numpy(data=pixels, ext=".png"),
                    annotations=annotations,
                )
            )
        return datumaro.Dataset.from_iterable(items, categories=["car", "bus", "größe"])

    result = {}
    for name, format, kinds in [
        ("voc", "voc_detection", ["bbox"]),
        ("yolo", "yolo_ultralytics", ["bbox"]),
        ("darknet", "yolo", ["bbox"]),
        ("coco", "coco_instances", ["bbox", "polygon", "mask"]),
        ("datumaro", "datumaro", ["bbox", "polygon", "mask", "label"]),
        ("cvat", "cvat", ["bbox", "polygon", "label"]),
    ]:
        built = dataset(kinds)
        built.export(f"{folder}/{name}", format, save_media=True, image_ext=".png")
        result[name] = described(built)
    return result


def read_coco(file):
    import contextlib

    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(sys.stderr):
        coco = COCO(file)
    annotations = []
    for each in coco.loadAnns(coco.getAnnIds()):
        mask = coco.annToMask(each) if each.get("segmentation") else None
        annotations.append(
            {
                "image": coco.loadImgs(each["image_id"])[0]["file_name"],
                "label": coco.loadCats(each["category_id"])[0]["name"],
                "box": each.get("bbox"),
                "crowd": each["iscrowd"],
                "maskArea": int(mask.sum()) if mask is not None else None,
                "keypoints": each.get("keypoints"),
            }
        )
    return {"labels": [each["name"] for each in coco.loadCats(coco.getCatIds())], "annotations": annotations}


def main():
    if sys.argv[1] == "make":
        result = make(sys.argv[2])
    elif sys.argv[1] == "read":
        import datumaro

        result = described(datumaro.Dataset.import_from(sys.argv[2], sys.argv[3]))
    else:
        result = read_coco(sys.argv[2])
    json.dump(result, sys.stdout)


main()
