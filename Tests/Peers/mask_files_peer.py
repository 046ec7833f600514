# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Masks in image files, as Pillow writes and pycocotools measures them.

usage: mask_files_peer.py FOLDER

Makes FOLDER/voc (Pascal VOC with SegmentationObject and SegmentationClass), FOLDER/classes (SegmentationClass alone, with
a label map), FOLDER/mvtec and FOLDER/anomalib, and prints for each a JSON list: image, class, compressed runs.
"""

import json
import sys
from pathlib import Path

import numpy
from PIL import Image
from pycocotools import mask as coco

random = numpy.random.default_rng(11)
SIZE = (31, 23)


def palette():
    """VOCcolormap of the development kit, bit by bit."""
    colors = []
    for number in range(256):
        color, rest = [0, 0, 0], number
        for step in range(8):
            for channel in range(3):
                color[channel] |= ((rest >> channel) & 1) << (7 - step)
            rest >>= 3
        colors += color
    return colors


def runs(pixels):
    return coco.encode(numpy.asfortranarray(pixels.astype(numpy.uint8)))["counts"].decode("ascii")


def save_palette(values, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values.astype(numpy.uint8), "P")
    image.putpalette(palette())
    image.save(path)


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(random.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=numpy.uint8)).save(path)


def voc(folder):
    known = []
    names = {"bicycle": 2, "dog": 12, "tvmonitor": 20}
    for index in range(4):
        photo(folder / f"JPEGImages/2007_{index:06}.jpg")
        objects = numpy.zeros((SIZE[1], SIZE[0]), dtype=int)
        classes = numpy.zeros_like(objects)
        xml = f"<annotation><filename>2007_{index:06}.jpg</filename><size><width>31</width><height>23</height></size>"
        for number, (name, label) in enumerate(list(names.items())[: 1 + index % 3], 1):
            left, top = int(random.integers(0, 15)), int(random.integers(0, 10))
            area = (slice(top, top + 8), slice(left, left + 9))
            shape = random.random((8, 9)) < 0.8
            objects[area] = numpy.where(shape, number, objects[area])
            classes[area] = numpy.where(shape, label, classes[area])
            xml += (f"<object><name>{name}</name><bndbox><xmin>{left + 1}</xmin><ymin>{top + 1}</ymin>"
                    f"<xmax>{left + 9}</xmax><ymax>{top + 8}</ymax></bndbox></object>")
        for values in (objects, classes):
            values[0, :] = 255
        save_palette(objects, folder / f"SegmentationObject/2007_{index:06}.png")
        save_palette(classes, folder / f"SegmentationClass/2007_{index:06}.png")
        (folder / "Annotations").mkdir(exist_ok=True)
        (folder / f"Annotations/2007_{index:06}.xml").write_text(xml + "</annotation>")
        for number, name in enumerate(list(names)[: 1 + index % 3], 1):
            if (objects == number).any():
                known.append([f"2007_{index:06}", name, runs(objects == number)])
    return known


def classes(folder):
    known = []
    colors = {"road": (10, 20, 30), "car": (200, 0, 7)}
    folder.mkdir()
    (folder / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\n"
        + "".join(f"{name}:{','.join(map(str, color))}::\n" for name, color in colors.items()))
    for index in range(3):
        photo(folder / f"JPEGImages/{index}.png")
        pixels = numpy.zeros((SIZE[1], SIZE[0], 3), dtype=numpy.uint8)
        chosen = random.integers(0, 3, (SIZE[1], SIZE[0]))
        for number, (name, color) in enumerate(colors.items(), 1):
            pixels[chosen == number] = color
            known.append([str(index), name, runs(chosen == number)])
        path = folder / f"SegmentationClass/{index}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
        (folder / "Annotations").mkdir(exist_ok=True)
        (folder / f"Annotations/{index}.xml").write_text(
            f"<annotation><filename>{index}.png</filename></annotation>")
    return known


def anomalies(folder, images, masks):
    known = []
    for index in range(3):
        photo(folder / images["good"].format(index))
        photo(folder / images["bad"].format(index))
        if "more" in images:
            photo(folder / images["more"].format(index))
        shape = random.random((SIZE[1], SIZE[0])) < 0.2
        path = folder / masks.format(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        # As data sets have them: full white, a value of 1, 16 bits.
        values = [shape * 255, shape * 1, shape * 1][index]
        Image.fromarray(values.astype(numpy.uint16 if index == 2 else numpy.uint8)).save(path)
        known.append([str(index), images["class"], runs(shape)])
    return known


root = Path(sys.argv[1])
print(json.dumps({
    "voc": voc(root / "voc"),
    "classes": classes(root / "classes"),
    "mvtec": anomalies(
        root / "mvtec",
        {"good": "train/good/{}.png", "bad": "test/scratch/{}.png", "more": "test/good/{}.png", "class": "scratch"},
        "ground_truth/scratch/{}_mask.png"),
    "anomalib": anomalies(
        root / "anomalib", {"good": "good/{}.png", "bad": "abnormal/{}.png", "class": "abnormal"}, "masks/{}.png"),
}))
