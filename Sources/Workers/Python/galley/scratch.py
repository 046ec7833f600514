# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Folders for copies of items, which user code asks for without saying where."""

import contextlib
import os
import shutil
import tempfile
import threading


class Scratch:
    """Folders of items, each its own, since names may be equal; those of a batch are removed after it.

    Items are prepared in threads, and threads of a batch that was cancelled may go on during the next.
    """

    def __init__(self):
        # Two roots at once would mean that one is forgotten, with what is in it.
        self._lock, self._root, self._batch, self._items = threading.Lock(), None, 0, 0

    def place(self):
        """What gives the folder of an item of the present batch; it need not be there."""
        with self._lock:
            self._items += 1
            parts = str(self._batch), str(self._items)
        return lambda: os.path.join(self._known_root(), *parts)

    def _known_root(self):
        with self._lock:
            if self._root is None:
                self._root = tempfile.mkdtemp(prefix="galley-items-")
            return self._root

    @contextlib.contextmanager
    def batch(self):
        """A batch: its folders are removed afterwards."""
        try:
            yield
        finally:
            self.clear()

    def clear(self):
        """Removes the folders that there are, and begins another batch."""
        with self._lock:
            root, batch = self._root, str(self._batch)
            self._batch += 1
        if root is not None:
            shutil.rmtree(os.path.join(root, batch), ignore_errors=True)

    def close(self):
        """Removes everything."""
        with self._lock:
            root, self._root = self._root, None
        if root is not None:
            shutil.rmtree(root, ignore_errors=True)
