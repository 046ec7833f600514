# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy"]
# ///
"""A data set in Python: bars that lie or stand, with noise, made by seed."""

import galley
import numpy


class Bars(galley.Dataset):
    """Pictures of a bar that lies or stands in noise."""

    description = {
        "name": "bars", "licence": "Apache-2.0", "citation": "made by Galley's example", "source": "drawn by seed"}
    options = {
        "count": galley.Option(400, "Number of pictures.", minimum=4, maximum=100_000),
        "size": galley.Option(12, "Width and height of a picture, in pixels.", minimum=4, maximum=256),
        "noise": galley.Option(40.0, "Deviation of the noise, in levels of 255.", minimum=0, maximum=255),
        "seed": galley.Option(1, "Another seed, other pictures.", minimum=0, maximum=2**31 - 1),
    }

    preprocessing = galley.Preprocessing(scale=1 / 255, mean=[0.5], deviation=[0.25])

    def items(self):
        random = numpy.random.default_rng(self.seed)
        pictures = random.normal(80, self.noise, (self.count, self.size, self.size, 1))
        classes = [number % 2 for number in range(self.count)]
        for picture, lies in zip(pictures, classes):
            place = random.integers(self.size)
            bar = picture[place] if lies else picture[:, place]
            bar += 100
        pixels = pictures.clip(0, 255).astype(numpy.uint8)
        ids = [f"bar-{number:06}" for number in range(self.count)]
        return galley.LabeledItems(ids, pixels, classes, ["stands", "lies"])
