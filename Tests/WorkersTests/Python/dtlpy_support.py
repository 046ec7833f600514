# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Tests of adapters written for dtlpy: with the compatibility module, and with the package from PyPI where it is named."""

import os
import unittest

from support import MODEL, NUMPY_IS_NEEDED, PACKAGE, WorkerTest, images, items


class DataloopTest(WorkerTest):
    """Workers for adapters that find one `dtlpy` or the other."""

    options = {}

    def adapter(self, code, model=None, name="adapter.py"):
        """A client of an adapter that has loaded a model."""
        client = self.worker(code, name, **self.options)
        client.call("adapter.load", {"folder": self.path("artifacts"), "model": {**MODEL, **(model or {})}})
        return client

    def batch(self, *levels):
        """A batch of images of one level each."""
        found, descriptor = images(levels, 8, 8)
        self.addCleanup(os.close, descriptor)
        return {"items": items(len(levels)), "batch": found}


@NUMPY_IS_NEEDED
class CompatibleTest(DataloopTest):
    """With the compatibility module, also where the package is installed."""

    def setUp(self):
        super().setUp()
        self.write("first/dtlpy.py", f"""
            import sys
            sys.path.remove({self.path('first')!r})
            del sys.modules["dtlpy"]
            sys.path.insert(0, {os.path.join(PACKAGE, 'compatible')!r})
            import dtlpy
        """)
        self.options = {"path": PACKAGE + os.pathsep + self.path("first")}


def real_python():
    """An interpreter that has dtlpy, if one is named."""
    peers = os.environ.get("GALLEY_PLATFORM_PEERS")
    return os.environ.get("GALLEY_DTLPY_PYTHON") or (os.path.join(peers, "bin", "python") if peers else None)


@unittest.skipIf(real_python() is None, "no interpreter with dtlpy is named")
class PackageTest(DataloopTest):
    """With the package; whoever opens a connection fails the test."""

    def setUp(self):
        super().setUp()
        self.write("guard/sitecustomize.py", """
            import os
            import socket
            import sys

            sys.setswitchinterval(float(os.environ.get("GALLEY_SWITCH_INTERVAL") or sys.getswitchinterval()))

            def connect(self, *arguments):
                print("CONNECTED", arguments, flush=True)
                raise OSError("no network in this test")

            socket.socket.connect = socket.socket.connect_ex = connect
        """)
        self.options = {
            "python": real_python(), "path": PACKAGE + os.pathsep + self.path("guard"),
            "environment": {"HOME": self.folder, "DATALOOP_PATH": self.folder}}

    def client(self, file, **options):
        client = super().client(file, **options)
        self.addCleanup(lambda: (client.close(), self.assertNotIn(b"CONNECTED", client.errors)))
        return client
