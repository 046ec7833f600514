# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What the tests of Python workers share: files with user code, blocks of memory, items."""

import array
import os
import shutil
import sys
import tempfile
import textwrap
import unittest

from worker_client import PACKAGE, Client, WorkerError

sys.path.insert(0, PACKAGE)

try:
    import numpy
except ImportError:
    numpy = None

MODEL = {"id": "m1", "name": "model", "version": 1, "labels": [], "configuration": {}, "inputType": "image",
         "outputType": "class"}
NUMPY_IS_NEEDED = unittest.skipIf(numpy is None, "numpy isn't installed")


BRIGHTNESS = """
    import galley

    class Brightness(galley.ModelAdapter):
        \"\"\"Says light or dark.

        More about it.
        \"\"\"
        options = {"threshold": galley.Option(127, "Where light begins.", minimum=0, maximum=255)}

        def load(self, folder):
            self.labels = ["light", "dark"]

        def predict(self, batch):
            return [
                galley.Classification(
                    "light" if float(image.mean()) > self.configuration["threshold"] else "dark", 0.75)
                for image in batch]
"""


class WorkerTest(unittest.TestCase):
    """A folder for each test, and workers that end with it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="galley-python-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, content):
        """A file in the folder."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(content))
        return path

    def path(self, *names):
        """A path in the folder."""
        return os.path.join(self.folder, *names)

    def client(self, file, **options):
        """A client of a worker for a file."""
        client = Client(file, **options)
        self.addCleanup(client.close)
        return client

    def worker(self, content, name="adapter.py", **options):
        """A client of a worker for user code."""
        return self.client(self.write(name, content), **options)

    def loaded(self, content, model=None, **options):
        """A client of an adapter that has loaded a model."""
        client = self.worker(content, **options)
        client.call("adapter.load", {"folder": self.folder, "model": {**MODEL, **(model or {})}})
        return client

    def without_numpy(self):
        """Options for a worker that finds no NumPy."""
        self.write("blocked/numpy.py", "raise ImportError('there is no NumPy in this test')\n")
        return {"path": PACKAGE + os.pathsep + self.path("blocked")}


class AdapterTest(WorkerTest):
    """Batches of images of one level each, and errors."""

    def batch(self, *levels):
        found, descriptor = images(levels)
        self.addCleanup(os.close, descriptor)
        return {"items": items(len(levels)), "batch": found}

    def failure(self, client, method, parameters):
        with self.assertRaises(WorkerError) as caught:
            client.call(method, parameters)
        return caught.exception


def items(count):
    """Items as the client describes them."""
    return [
        {"id": f"i{index}", "name": f"{index}.png", "path": f"/{index}.png", "file": f"/nowhere/{index}.png",
         "mediaType": "image/png", "width": 4, "height": 4, "metadata": {}} for index in range(count)]


def block(tensors):
    """A block of pairs of a name and an array of uint8 bytes, a shape; and the descriptor that keeps it."""
    listed, data = [], b""
    for name, content, shape in tensors:
        data += b"\0" * (-len(data) % 64)
        listed.append({"name": name, "elementType": "uint8", "shape": shape, "offset": len(data)})
        data += content
    descriptor = os.memfd_create("galley-test")
    os.write(descriptor, data)
    memory = {"path": f"/proc/{os.getpid()}/fd/{descriptor}", "byteCount": len(data)}
    return {"memory": memory, "tensors": listed}, descriptor


def images(levels, height=4, width=4):
    """A block of images of one size, each of one level."""
    data = b"".join(bytes([level]) * (height * width * 3) for level in levels)
    return block([("batch", data, [len(levels), height, width, 3])])


def tensor(block, index=0):
    """The bytes of a tensor of an answer's block."""
    described = block["tensors"][index]
    size = {"float32": 4, "uint8": 1, "int64": 8, "float64": 8}[described["elementType"]]
    for extent in described["shape"]:
        size *= extent
    with open(block["memory"]["path"], "rb") as file:
        file.seek(described["offset"])
        return file.read(size)


def array_of(block, index=0):
    """The numbers of a tensor of float32 of an answer's block."""
    return array.array("f", tensor(block, index)).tolist()


def labels(answer):
    """The first label of each prediction."""
    return [one["annotations"][0]["label"] if one and one.get("annotations") else one for one in answer["predictions"]]
