# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Masks as pycocotools makes them.

usage: masks_peer.py

Prints a JSON list: random masks and outlines, each with its runs, its compressed text, its area and its box.
"""

import json
import random

import numpy
from pycocotools import mask as coco


def counts_of(pixels):
    """The runs down the columns, by NumPy."""
    flat = numpy.concatenate([[0], pixels.flatten(order="F"), [0]])
    edges = numpy.flatnonzero(numpy.diff(flat))
    ends = numpy.concatenate([[0], edges, [pixels.size]])
    runs = numpy.diff(ends).tolist()
    return runs if runs[-1] else runs[:-1]


def entry(size, rle, polygons=None):
    pixels = coco.decode(rle)
    return {
        "width": size[1],
        "height": size[0],
        "pixels": pixels.flatten().tolist(),
        "counts": counts_of(pixels),
        "compressed": rle["counts"].decode("ascii"),
        "area": int(coco.area(rle)),
        "box": coco.toBbox(rle).tolist(),
        "polygons": polygons,
    }


def main():
    random.seed(7)
    numpy.random.seed(7)
    entries = []
    for _ in range(60):
        size = (random.randint(1, 40), random.randint(1, 40))
        density = random.choice([0.02, 0.2, 0.5, 0.9, 0, 1])
        pixels = (numpy.random.rand(*size) < density).astype(numpy.uint8)
        entries.append(entry(size, coco.encode(numpy.asfortranarray(pixels))))
    for index in range(300):
        size = (random.randint(4, 60), random.randint(4, 60))
        polygons = []
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            spread = random.choice([1.0, 1.0, 1.5])
            points = []
            for _ in range(random.randint(3, 9)):
                x, y = random.uniform(1 - spread, spread) * size[1], random.uniform(1 - spread, spread) * size[0]
                # Whole and half coordinates are where roundings differ.
                points += [round(x), round(y)] if index % 3 == 0 else [round(x * 2) / 2, y] if index % 3 == 1 else [x, y]
            polygons.append(points)
        rle = coco.merge(coco.frPyObjects(polygons, size[0], size[1]))
        entries.append(entry(size, rle, polygons))
    json.dump(entries, __import__("sys").stdout)


main()
