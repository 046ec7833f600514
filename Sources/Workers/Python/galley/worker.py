# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""`python -m galley.worker FILE[:Class]`: hosts the classes of one file for a client on the standard streams."""

import logging
import os
import sys
import threading

from . import __version__, streams
from .errors import GalleyError, called
from .serving import PROTOCOL_VERSION, Server

_LEVELS = (
    (logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.INFO, "info"), (logging.DEBUG, "debug"))


_METHODS = {
    "adapter": ("convert", "embed", "evaluate", "load", "predict", "save", "train"),
    "dataset": ("describe", "items"),
    "optimizer": ("describe", "optimize", "prepare"),
    "runtime": ("compile", "describe", "release", "run"),
}
_BACKEND_METHOD = "run"


def split(argument):
    """The path and the class, or None, of `FILE[:Class]`."""
    path, mark, name = argument.rpartition(":")
    is_chosen = bool(mark) and name.isidentifier() and not os.path.exists(argument)
    return (path, name) if is_chosen else (argument, None)


class Worker:
    """A file's classes behind the protocol's methods. Nothing slow is imported before the first of them is called."""

    def __init__(self, argument):
        self.path, self.chosen = split(argument)
        self.methods = [f"{kind}.{name}" for kind, names in _METHODS.items() for name in names] + [_BACKEND_METHOD]
        self._file, self._adapter, self._handlers = None, None, None
        # The reading thread describes while the main thread works.
        self._lock = threading.RLock()

    @property
    def file(self):
        """The user's file."""
        with self._lock:
            if self._file is None:
                from .loading import UserFile

                self._file = UserFile(self.path, self.chosen)
            return self._file

    def handlers(self):
        """A handler for each method."""
        return {name: self._handler(name) for name in self.methods}

    def _handler(self, name):
        return lambda parameters, request: self._loaded_handlers()[name](parameters, request)

    def _loaded_handlers(self):
        with self._lock:
            if self._handlers is None:
                from .adapter_methods import AdapterMethods
                from .ingredient_methods import IngredientMethods

                self._ingredients = IngredientMethods(self.file)
                self._handlers = {**AdapterMethods(self.adapter, self.file).handlers(), **self._ingredients.handlers()}
            return self._handlers

    def description(self):
        """What is known before the file is imported."""
        name = os.path.splitext(os.path.basename(self.path))[0]
        return {
            "protocolVersion": PROTOCOL_VERSION, "name": name or "python", "version": __version__,
            "methods": sorted(self.methods),
        }

    def is_ready(self):
        """Whether the file is imported, or it is known that it can't be."""
        return self._file is not None and self._file.is_imported

    def describe(self, parameters, request):
        """What is known once it is."""
        self._loaded_handlers()
        classes = self.file.classes()
        description = {**self.description(), "methods": self._methods(classes), "details": self._details()}
        if classes["adapter"]:
            description["adapter"] = self._described("the adapter", lambda: self.adapter().describe())
        cards = self._described("the cards", self._ingredients.cards)
        if cards:
            description["cards"] = cards
        backend = self._described("the backend", self._ingredients.backend)
        if backend:
            description["backend"] = backend
        return description

    def _described(self, what, body):
        return called(f"can't describe {what} of {self.file.path}", self.file.path, body)

    def _methods(self, classes):
        found = [f"{kind}.{name}" for kind, names in _METHODS.items() if classes[kind] for name in names]
        return sorted(found + ([_BACKEND_METHOD] if classes["backend"] else []))

    def _details(self):
        details = {"python": sys.version.split()[0], "executable": sys.executable, "file": self.file.path}
        from .memory import numpy

        if numpy is not None:
            details["numpy"] = numpy.__version__
        dtlpy = sys.modules.get("dtlpy")
        if dtlpy is not None:
            details["dtlpy"] = str(getattr(dtlpy, "__version__", "unknown"))
        return details

    def adapter(self):
        """The hosting of the file's adapter."""
        classes = self.file.classes()["adapter"]
        if not classes:
            raise GalleyError(
                f"can't use {self.file.path} as an adapter",
                "no class in it derives from galley.ModelAdapter or dtlpy.BaseModelAdapter", place=self.file.path)
        with self._lock:
            if self._adapter is None:
                self._adapter = self._hosting(classes[0])
            return self._adapter

    def _hosting(self, cls):
        from .adapter import ModelAdapter
        from .hosting import Hosting

        if issubclass(cls, ModelAdapter):
            return Hosting(cls, self.file)
        from .dataloop import DataloopHosting

        return DataloopHosting(cls, self.file)

    def close(self):
        """Removes what was kept for requests."""
        if self._adapter is not None:
            self._adapter.close()


class LogNotifications(logging.Handler):
    """Sends log records to the client."""

    def __init__(self, server):
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(message)s"))
        self._server = server

    def emit(self, record):
        try:
            message = self.format(record)
        except Exception:
            return self.handleError(record)
        level = next((name for number, name in _LEVELS if record.levelno >= number), "trace")
        self._server.notify("log", {"level": level, "message": f"{record.name}: {message}"})


def main(arguments):
    """Serves until the client is gone."""
    if len(arguments) != 1:
        print("usage: python -m galley.worker FILE[:Class]", file=sys.stderr)
        return 64
    source, sink = streams.reserve()
    # Without the safe path, `-m` put the current folder first, where any file would hide a library's.
    if not getattr(sys.flags, "safe_path", False) and sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    worker = Worker(arguments[0])
    server = Server(worker.description(), worker.describe, worker.is_ready, worker.handlers(), worker.close)
    logging.basicConfig(level=logging.INFO, handlers=[LogNotifications(server)])
    try:
        server.serve(source, sink)
    finally:
        worker.close()
    streams.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
