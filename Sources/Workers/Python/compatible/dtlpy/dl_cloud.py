# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What stands in for Dataloop's cloud: it can be imported and named, and says what it is when it is used."""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types


class CloudError(RuntimeError):
    """Something that only Dataloop's cloud can do, or that the compatibility module hasn't got."""

    def __init__(self, what):
        super().__init__(
            f"{what} needs Dataloop's cloud or its package, and this is Galley's compatibility module; "
            "install 'dtlpy' in the adapter's environment if the adapter needs it, or keep it out of load, train and "
            "predict")


class Repository:
    """A repository of the cloud, such as `dl.projects`. What was put into it is found, everything else is refused."""

    def __init__(self, name):
        self._name, self._local = name, {}

    def put(self, entity):
        """Makes an entity known by its id and its name."""
        self._local = {getattr(entity, "id", None): entity, getattr(entity, "name", None): entity}

    def get(self, *names, **named):
        """A local entity by its id or name, or by both."""
        found = [self._local.get(key) for key in [*names, *named.values()] if isinstance(key, str)]
        if found and found[0] is not None and all(one is found[0] for one in found):
            return found[0]
        raise CloudError(f"dl.{self._name}.get")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_, **__):
            raise CloudError(f"dl.{self._name}.{name}")

        return refuse


class _Refusing(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.isupper():
            return name.lower()
        raise CloudError(f"dl.{cls.__name__}.{name}")

    def __call__(cls, *arguments, **named):
        # A class that derives from it may be made: what it inherits is refused when it is used.
        if cls.__dict__.get("_is_placeholder"):
            raise CloudError(f"dl.{cls.__name__}")
        return super().__call__(*arguments, **named)


def placeholder(name):
    """What a name of dtlpy stands for here: a class for `Task`, text for `POD_TYPE_SMALL`, a repository for `tasks`."""
    if name.isupper():
        return name.lower()
    if name[:1].isupper():
        return _Refusing(name, (), {"_is_placeholder": True, "__module__": "dtlpy"})
    return Repository(name)


class PlaceholderFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a module of any name below `dtlpy` that there is no file for."""

    def find_spec(self, name, path=None, target=None):
        if not name.startswith("dtlpy."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        module.__path__ = []
        names = _known(module.__name__)

        def attribute(name):
            if name.startswith("__"):
                raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
            if name in names:
                return names[name]()
            public = sys.modules["dtlpy"]
            return vars(public).get(name) or placeholder(name)

        module.__getattr__ = attribute


def _known(name):
    """What modules of dtlpy have that isn't among its public names, each by a function that gives it."""
    if name.startswith("dtlpy.utilities"):
        return {
            "Converter": _converter, "converter": lambda: importlib.import_module("dtlpy.utilities.converter"),
            "DatasetGenerator": lambda: _generator().DatasetGenerator,
            "collate_torch": lambda: _generator().collate_torch,
            "collate_default": lambda: _generator().collate_default, "DataItem": lambda: _generator().DataItem,
            "DatasetGeneratorTorch": lambda: _generator().torch_generator(),
            "dataset_generators": lambda: importlib.import_module("dtlpy.utilities.dataset_generators"),
        }
    if name.startswith("dtlpy.ml"):
        return {"BaseModelAdapter": lambda: sys.modules["dtlpy"].BaseModelAdapter}
    return {}


def _converter():
    from dtlpy.dl_converter import Converter

    return Converter


def _generator():
    return importlib.import_module("dtlpy.dl_generator")
