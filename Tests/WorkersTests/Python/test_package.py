# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The package's files: that they are all listed, that they need nothing, that images are read as others read them."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zlib

from support import numpy
from worker_client import PACKAGE, REPOSITORY


def files():
    found = []
    for place, folders, names in os.walk(PACKAGE):
        folders[:] = [one for one in folders if one != "__pycache__"]
        found += [os.path.relpath(os.path.join(place, name), PACKAGE) for name in names]
    return sorted(found)


class Package(unittest.TestCase):
    def test_the_manifest_lists_every_file(self):
        with open(os.path.join(PACKAGE, "MANIFEST")) as file:
            self.assertEqual(file.read().splitlines(), [one for one in files() if one != "MANIFEST"])

    def test_names_are_unique_since_they_are_embedded_without_folders(self):
        names = [os.path.basename(one).lower() for one in files()]
        self.assertEqual(len(names), len(set(names)))

    def test_only_the_standard_library_is_needed(self):
        optional = {"numpy", "PIL", "torch", "galley", "dtlpy"}
        for name in files():
            if not name.endswith(".py"):
                continue
            with open(os.path.join(PACKAGE, name), encoding="utf-8") as file:
                tree = ast.parse(file.read(), feature_version=(3, 9))
            for node in ast.walk(tree):
                modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    modules = [node.module]
                for module in modules:
                    root = module.split(".")[0]
                    if hasattr(sys, "stdlib_module_names"):
                        self.assertTrue(root in sys.stdlib_module_names or root in optional, f"{name}: {module}")

    def test_the_version_is_the_programs(self):
        with open(os.path.join(REPOSITORY, "Sources", "Galley", "GalleyVersion.swift")) as file:
            numbers = re.search(r"SemanticVersion\((\d+), (\d+), (\d+)\)", file.read()).groups()
        import galley

        self.assertEqual(galley.__version__, ".".join(numbers))

    def test_every_public_name_is_there(self):
        import galley

        for name in galley.__all__:
            self.assertIsNotNone(getattr(galley, name))
        with self.assertRaises(AttributeError):
            galley.nothing


class UserFiles(unittest.TestCase):
    def test_a_file_of_the_same_second_and_size_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path, answers = os.path.join(folder, "mine.py"), []
            for word in ("one", "two"):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(f"print('{word}')\n")
                os.utime(path, (1_600_000_000, 1_600_000_000))
                program = f"from galley.loading import UserFile; UserFile({path!r}).classes()"
                environment = {**os.environ, "PYTHONPATH": PACKAGE, "PYTHONPYCACHEPREFIX": folder}
                environment.pop("PYTHONDONTWRITEBYTECODE", None)
                answers.append(subprocess.run(
                    [sys.executable, "-c", program], env=environment, capture_output=True, text=True).stdout)
            self.assertEqual(answers, ["one\n", "two\n"])


class Images(unittest.TestCase):
    def test_png_files_are_read_as_pillow_reads_them(self):
        try:
            import PIL.Image
        except ImportError:
            self.skipTest("Pillow isn't installed")
        from galley.image import _decode_rgb

        base = PIL.Image.frombytes("RGB", (37, 23), bytes(value * 7 % 256 for value in range(37 * 23 * 3)))
        with tempfile.TemporaryDirectory() as folder:
            for mode in ("RGB", "L", "1", "P", "RGBA", "LA"):
                path = os.path.join(folder, f"{mode}.png")
                picture = base.convert(mode)
                picture.save(path)
                with open(path, "rb") as file:
                    image = _decode_rgb(file.read(), path)
                self.assertEqual((image.height, image.width), (23, 37))
                expected = picture.convert("RGB") if mode not in ("RGBA", "LA") else base.convert(mode[:-1]).convert("RGB")
                self.assertEqual(image.data, expected.tobytes(), mode)

    def test_every_filter_and_depth_is_read_as_pillow_reads_it(self):
        try:
            import PIL.Image
        except ImportError:
            self.skipTest("Pillow isn't installed")
        import io
        import random

        from galley.image import _chunk, _decode_rgb, decode_png, struct

        generator = random.Random(5)
        head = b"\x89PNG\r\n\x1a\n"
        for color, channels, depths in ((0, 1, (1, 2, 4, 8)), (2, 3, (8,)), (3, 1, (1, 2, 4, 8)), (4, 2, (8,)), (6, 4, (8,))):
            for depth in depths:
                for width, height in ((1, 1), (5, 7), (33, 10)):
                    stride = (width * channels * depth + 7) // 8
                    # Any bytes are a picture, whatever filter each row says it has.
                    rows = b"".join(
                        bytes([generator.randrange(5)]) + bytes(generator.randrange(256) for _ in range(stride))
                        for _ in range(height))
                    palette = _chunk(b"PLTE", bytes(generator.randrange(256) for _ in range(768 >> (8 - depth))))
                    data = head + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)) + (
                        palette if color == 3 else b"") + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
                    with self.subTest(color=color, depth=depth, width=width):
                        mode = {0: "L", 2: "RGB", 3: "RGB", 4: "LA", 6: "RGBA"}[color]
                        expected = PIL.Image.open(io.BytesIO(data)).convert(mode)
                        self.assertEqual(bytes(decode_png(data, "x")[0]), expected.tobytes())
                        if color in (0, 3):
                            self.assertEqual(bytes(_decode_rgb(data, "x").data), expected.convert("RGB").tobytes())

    def test_images_are_turned_upright(self):
        try:
            import PIL.Image
        except ImportError:
            self.skipTest("Pillow isn't installed")
        from galley import Image

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "turned.png")
            exif = PIL.Image.Exif()
            exif[0x0112] = 6
            PIL.Image.new("RGB", (4, 2)).save(path, exif=exif)
            self.assertEqual(Image.open(path).shape, (4, 2, 3))
            deep = os.path.join(folder, "deep.png")
            PIL.Image.new("I;16", (1, 1), 40000).save(deep)
            self.assertEqual(Image.open(deep).data, bytes([40000 // 256] * 3))

    def test_files_that_are_no_pictures(self):
        from galley.image import decode_png, encode_png

        whole = encode_png(bytes(12), 2, 2, 3)
        self.assertEqual(decode_png(whole, "x"), (bytes(12), 2, 2, 3))
        for length in range(len(whole)):
            try:
                decode_png(whole[:length], "x")
            except ValueError:
                continue
            self.assertGreater(length, len(whole) - 17)  # All but the check of the last chunk.
        for place in range(8, len(whole)):
            changed = bytearray(whole)
            changed[place] ^= 0x55
            try:
                decode_png(bytes(changed), "x")
            except ValueError:
                pass
        bomb = encode_png(b"", 1, 0, 3).replace(b"IDAT" + zlib.compress(b"", 6), b"IDAT" + zlib.compress(bytes(1 << 20)))
        with self.assertRaises(ValueError):
            decode_png(bomb, "x")


class Messages(unittest.TestCase):
    def test_numbers_that_json_cannot_write(self):
        from galley import wire

        self.assertEqual(wire.encode({"a": [float("nan"), 1.5, -float("inf")]}), b'{"a":["NaN",1.5,"-Infinity"]}')
        self.assertEqual(wire.encode({1: {None: True, 2.5: {3}}}), b'{"1":{"null":true,"2.5":[3]}}')
        if numpy is not None:
            value = {"a": numpy.float32("nan"), "b": numpy.arange(2), numpy.int64(3): numpy.bool_(True)}
            self.assertEqual(wire.encode(value), b'{"a":"NaN","b":[0,1],"3":true}')
        with self.assertRaises(TypeError):
            wire.encode({"a": object()})

    def test_lines_are_cut_wherever_they_come(self):
        from galley.wire import LineSplitter

        splitter, lines = LineSplitter(10), []
        data = b"abc\n\n0123456789\n0123456789ab\nxyz\nrest"
        for index in range(len(data)):
            lines += splitter.push(data[index:index + 1])
        self.assertEqual(lines, [b"abc", b"", b"0123456789", None, b"xyz"])


if __name__ == "__main__":
    unittest.main()
