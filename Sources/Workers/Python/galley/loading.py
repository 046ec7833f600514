# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The user's file: found, imported once, and its classes sorted by what they derive from."""

import importlib.machinery
import importlib.util
import inspect
import keyword
import os
import re
import sys

from . import ingredients, streams
from .adapter import ModelAdapter
from .errors import MISSING_INPUT, Cancelled, GalleyError, place, reason

COMPATIBLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "compatible")


class _AsItIs(importlib.machinery.SourceFileLoader):
    """Compiles a file as it is now. Bytecode is kept for a file of the same second and size, so that of a file that was
    changed at once would be another's."""

    def get_code(self, fullname):
        return self.source_to_code(self.get_data(self.path), self.path)


class UserFile:
    """A file of the user's, and the class that was asked for, if one was."""

    def __init__(self, path, chosen=None):
        self.path, self.chosen = os.path.abspath(path), chosen
        self._classes, self._error = None, None

    @property
    def is_imported(self):
        """Whether `classes` answers at once."""
        return self._classes is not None or self._error is not None

    def classes(self):
        """The classes that the file offers, by kind; the file is imported at the first call.

        Raises GalleyError: the same at every call, if the import failed.
        """
        if self._error is not None:
            raise self._error
        if self._classes is None:
            try:
                self._classes = self._sorted(self._imported())
            except GalleyError as error:
                self._error = error
                raise
        return self._classes

    # MARK: Import

    def _imported(self):
        what = f"can't import {self.path}"
        if not os.path.isfile(self.path):
            raise GalleyError(
                what, "there is no such file", place=self.path, exit_code=MISSING_INPUT,
                remedy="Name a Python file, or a file and a class: adapter.py:MyAdapter.")
        for folder, end in ((os.path.dirname(self.path), False), (COMPATIBLE, True)):
            if folder not in sys.path:
                sys.path.insert(len(sys.path) if end else 0, folder)
        name = self._module_name()
        spec = importlib.util.spec_from_file_location(name, self.path, loader=_AsItIs(name, self.path))
        module = importlib.util.module_from_spec(spec)
        # Classes of the file can be pickled, since their module can be found.
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Cancelled:
            sys.modules.pop(name, None)
            raise
        except BaseException as error:  # A module may raise SystemExit.
            sys.modules.pop(name, None)
            streams.trace()
            raise GalleyError(what, reason(error), place=place(error, self.path), remedy=_remedy(error)) from error
        return module

    def _module_name(self):
        name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(self.path))[0])
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"user_{name}"
        # It must not take another module's place.
        return f"user_{name}" if name in sys.modules or name in ("galley", "dtlpy") else name

    # MARK: Classes

    def _sorted(self, module):
        bases = {
            "adapter": (ModelAdapter,), "dataset": (ingredients.Dataset,), "runtime": (ingredients.Runtime,),
            "optimizer": (ingredients.ModelOptimizer,), "backend": (ingredients.Backend,),
        }
        dtlpy = sys.modules.get("dtlpy")
        dataloop = getattr(dtlpy, "BaseModelAdapter", None)
        if isinstance(dataloop, type):
            bases["adapter"] += (dataloop,)
        own = [one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == module.__name__]
        own = list(dict.fromkeys(own))
        if self.chosen is not None:
            own = [self._one(module, own)]
        found = {kind: [one for one in own if issubclass(one, roots)] for kind, roots in bases.items()}
        # A base that others of the file derive from isn't one to be used, unless it is asked for.
        found = {kind: [one for one in classes if not _is_base(one, classes)] for kind, classes in found.items()}
        for kind in ("adapter", "backend"):
            if len(found[kind]) > 1:
                raise self._several(kind, found[kind])
        if not any(found.values()):
            raise GalleyError(
                f"can't use {self.path}", "no class in it derives from galley.ModelAdapter, dtlpy.BaseModelAdapter, "
                "galley.Dataset, galley.Runtime, galley.ModelOptimizer or galley.Backend", place=self.path)
        return found

    def _one(self, module, own):
        chosen = getattr(module, self.chosen, None)
        if not inspect.isclass(chosen):
            names = ", ".join(one.__name__ for one in own) or "none"
            raise GalleyError(
                f"can't use {self.path}:{self.chosen}",
                f"the file has no class '{self.chosen}'; its classes are: {names}", place=self.path)
        return chosen

    def _several(self, kind, classes):
        names = [one.__name__ for one in classes]
        return GalleyError(
            f"can't use {self.path}", f"it has {len(names)} {kind}s: {', '.join(names)}", place=self.path,
            remedy="Name the one you mean: " + " or ".join(f"{self.path}:{name}" for name in names) + ".")


def _is_base(cls, classes):
    return any(other is not cls and issubclass(other, cls) for other in classes)


def _remedy(error):
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        return (f"Install the package that has '{package}' in the interpreter {sys.executable}, or list it in the "
                "file's '# /// script' block, and run 'galley worker lock' and 'galley worker sync'.")
    return None
