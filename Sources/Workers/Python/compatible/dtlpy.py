# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What model adapters use of Dataloop's `dtlpy`, for machines on which that package isn't installed.

It is written anew from the documented behaviour. Annotations, filters, entities of the running model and the base
class of adapters work; whatever needs Dataloop's cloud raises `CloudError` when it is used.
"""

import os as _os
import sys as _sys

__version__ = "1.0.0+galley"
__path__ = [_os.path.join(_os.path.dirname(_os.path.abspath(__file__)), "dtlpy")]

from dtlpy.dl_cloud import CloudError, PlaceholderFinder, Repository, placeholder

_sys.meta_path.append(PlaceholderFinder())

from dtlpy import exceptions
from dtlpy.dl_enums import *
from dtlpy.dl_definitions import (
    Box, Classification, Cube, Description, Ellipse, FreeText, Note, Point, Polygon, Polyline, Pose, RefImage,
    Segmentation, Subtitle, Text)
from dtlpy.dl_annotations import Annotation, AnnotationCollection
from dtlpy.dl_filters import Filters
from dtlpy.dl_entities import (
    Artifact, BaseEntity, Context, Dataset, Item, ItemArtifact, Label, LocalArtifact, Model, Ontology, Package,
    PackageFunction, PackageModule, PlotSample, Progress, Project, FunctionIO, AppModule)
from dtlpy.dl_adapter import AdapterDefaults, BaseModelAdapter, BaseServiceRunner, ModelConfigurations

models, items, datasets = Repository("models"), Repository("items"), Repository("datasets")
AnnotationTypeMap = {}


def token_expired():
    """Whether a login is needed: never, there is no cloud."""
    return False


def setenv(environment):
    """Chooses an environment of the cloud, of which there is none."""


def environment():
    """The cloud's address."""
    return "galley://local"


def __getattr__(name):
    if name.startswith(("__", "dl_")):
        raise AttributeError(f"module 'dtlpy' has no attribute '{name}'")
    if name in ("entities", "utilities", "ml", "repositories", "services", "miscellaneous"):
        import importlib

        return importlib.import_module(f"dtlpy.{name}")
    return placeholder(name)
