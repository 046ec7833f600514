# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Galley for Python: models, data sets, runtimes and optimizers of your own, in one file.

    import galley

    class Brightness(galley.ModelAdapter):
        def load(self, folder):
            pass

        def predict(self, batch):
            return [galley.Classification("light" if image.mean() > 127 else "dark") for image in batch]
"""

__version__ = "0.1.0"

# Imported when they are asked for: a worker answers `initialize` before NumPy is loaded.
_PLACES = {
    "adapter": ("Item", "ModelAdapter", "TrainingItem", "training_items"),
    "adapter_methods": ("Failed",),
    "annotations": (
        "Annotation", "Box", "Classification", "Ellipse", "Keypoints", "Mask", "Point", "Polygon", "Polyline",
        "RotatedBox", "parse"),
    "cards": ("card",),
    "errors": ("Cancelled", "GalleyError"),
    "image": ("Image", "read_image"),
    "ingredients": (
        "Backend", "CompiledModel", "Dataset", "LabeledItems", "ModelOptimizer", "Preprocessing", "Runtime",
        "ValueSpec"),
    "memory": ("Tensor",),
    "options": ("Option",),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module 'galley' has no attribute '{name}'")
    import importlib

    value = getattr(importlib.import_module(f"galley.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *__all__])
