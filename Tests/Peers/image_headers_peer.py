# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Small images in all formats and orientations, and arrays, as Pillow and NumPy write them.

usage: image_headers_peer.py FOLDER

Prints for each image its name, format, width, height and EXIF orientation; for each array its name, and its type,
shape and elements as text.
"""

import json
import sys

import numpy
from PIL import Image

folder = sys.argv[1]
random = numpy.random.default_rng(1)
images = []


def save(name, image, **options):
    image.save(f"{folder}/{name}", **options)
    with Image.open(f"{folder}/{name}") as read:
        # Of a TIFF, Pillow gives the size as shown; the tags have it as stored.
        width, height = (read.tag_v2[256], read.tag_v2[257]) if read.format == "TIFF" else read.size
        images.append([name, read.format.lower(), width, height, read.getexif().get(0x0112, 1)])


def exif(orientation):
    tags = Image.Exif()
    tags[0x010E] = "a description"
    tags[0x0112] = orientation
    return tags


def make_images():
    sizes = [(1, 1), (7, 5), (300, 200), (17, 513)]
    for index, (width, height) in enumerate(sizes):
        colour = Image.fromarray(random.integers(0, 256, (height, width, 3)).astype(numpy.uint8))
        modes = {"rgb": colour, "l": colour.convert("L"), "p": colour.convert("P"), "rgba": colour.convert("RGBA")}
        for mode, image in modes.items():
            save(f"{index}-{mode}.png", image)
            save(f"{index}-{mode}.tif", image)
            save(f"{index}-{mode}.gif", image.convert("P"))
            if mode != "rgba":
                save(f"{index}-{mode}.bmp", image)
            if mode in ("rgb", "rgba"):
                save(f"{index}-{mode}.webp", image)
                save(f"{index}-{mode}-lossless.webp", image, lossless=True)
            if mode in ("rgb", "l"):
                save(f"{index}-{mode}.jpg", image)
                save(f"{index}-{mode}-progressive.jpg", image, progressive=True, optimize=True)
        save(f"{index}-cmyk.jpg", colour.convert("CMYK"))
        for orientation in range(1, 9):
            for ending in ["jpg", "png", "webp", "tif"]:
                save(f"{index}-turned{orientation}.{ending}", colour, exif=exif(orientation))
        profile = bytes(70_000)
        save(f"{index}-profile.jpg", colour, icc_profile=profile, exif=exif(6))


def make_arrays():
    arrays = {}
    for kind in ["b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]:
        for order in "<>":
            base = (random.standard_normal((2, 3, 4)) * 50).astype("<" + kind)
            for layout in "CF":
                name = f"{kind}{'big' if order == '>' else 'little'}{layout}"
                array = numpy.asarray(base.astype(order + kind), order=layout)
                numpy.save(f"{folder}/{name}.npy", array)
                arrays[name] = {"shape": list(array.shape), "hex": base.tobytes().hex(), "type": base.dtype.name}
    numpy.save(f"{folder}/text.npy", numpy.array(["a", "größe", ""]))
    numpy.save(f"{folder}/scalar.npy", numpy.float32(2.5))
    arrays["scalar"] = {"shape": [], "hex": numpy.float32(2.5).tobytes().hex(), "type": "float32"}
    return arrays


def main():
    make_images()
    arrays = make_arrays()
    json.dump({"images": images, "arrays": arrays}, sys.stdout)


main()
