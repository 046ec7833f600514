# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Words of Dataloop's that adapters name."""

import enum


class _Word(str, enum.Enum):
    def __str__(self):
        return self.value

    def __format__(self, specification):
        return format(self.value, specification)


class AnnotationType(_Word):
    BOX, CUBE, CUBE3D, CLASSIFICATION, COMPARISON = "box", "cube", "cube_3d", "class", "comparison"
    ELLIPSE, NOTE, POINT, POLYGON, POLYLINE, POSE = "ellipse", "note", "point", "segment", "polyline", "pose"
    SEGMENTATION, SUBTITLE, TEXT, GIS, SEMANTIC_3D = "binary", "subtitle", "text_mark", "gis", "ref_semantic_3d"
    POLYLINE_3D, FREE_TEXT, REF_IMAGE = "polyline_3d", "text", "ref_image"


class FiltersOperations(_Word):
    OR, AND, IN, NOT_EQUAL, EQUAL, GREATER_THAN = "or", "and", "in", "ne", "eq", "gt"
    LESS_THAN, EXISTS, MATCH, NIN = "lt", "exists", "match", "nin"
    GREATER_THAN_OR_EQUAL, LESS_THAN_OR_EQUAL = "gte", "lte"


class FiltersMethod(_Word):
    OR, AND = "or", "and"


class FiltersResource(_Word):
    ITEM, ANNOTATION, EXECUTION, PACKAGE, DPK, APP = "items", "annotations", "executions", "packages", "dpks", "apps"
    SERVICE, TRIGGER, MODEL, WEBHOOK, RECIPE = "services", "triggers", "models", "webhooks", "recipe"
    DATASET, ONTOLOGY, TASK, PIPELINE, FEATURE = "datasets", "ontology", "tasks", "pipeline", "feature_vectors"
    FEATURE_SET, METRICS = "feature_sets", "metrics"


class FiltersKnownFields(_Word):
    DIR, ANNOTATED, FILENAME, CREATED_AT, UPDATED_AT = "dir", "annotated", "filename", "createdAt", "updatedAt"
    LABEL, NAME, HIDDEN, TYPE = "label", "name", "hidden", "type"


class FiltersOrderByDirection(_Word):
    DESCENDING, ASCENDING = "descending", "ascending"


class ModelStatus(_Word):
    CREATED, PRE_TRAINED, PENDING, TRAINING = "created", "pre-trained", "pending", "training"
    TRAINED, DEPLOYED, FAILED, CLONING = "trained", "deployed", "failed", "cloning"


class DatasetSubsetType(_Word):
    TRAIN, VALIDATION, TEST = "train", "validation", "test"


class ViewAnnotationOptions(_Word):
    JSON, MASK, INSTANCE, ANNOTATION_ON_IMAGE = "json", "mask", "instance", "img_mask"
    VTT, OBJECT_ID = "vtt", "object_id"


class PackageInputType(_Word):
    ITEM, DATASET, ANNOTATION, EXECUTION, TASK = "Item", "Dataset", "Annotation", "Execution", "Task"
    PROJECT, PACKAGE, SERVICE, MODEL, STRING, JSON = "Project", "Package", "Service", "Model", "String", "Json"
    FLOAT, INT, BOOLEAN, NUMBER = "Float", "Integer", "Boolean", "Number"


class EntityScopeLevel(_Word):
    PRIVATE, PROJECT, ORG, PUBLIC = "private", "project", "organization", "public"


FILTERS_METHOD_OR, FILTERS_METHOD_AND = FiltersMethod.OR, FiltersMethod.AND
FILTERS_OPERATIONS_OR, FILTERS_OPERATIONS_AND = FiltersOperations.OR, FiltersOperations.AND
FILTERS_OPERATIONS_IN, FILTERS_OPERATIONS_NOT_EQUAL = FiltersOperations.IN, FiltersOperations.NOT_EQUAL
FILTERS_OPERATIONS_EQUAL, FILTERS_OPERATIONS_EXISTS = FiltersOperations.EQUAL, FiltersOperations.EXISTS
FILTERS_OPERATIONS_GREATER_THAN, FILTERS_OPERATIONS_LESS_THAN = (
    FiltersOperations.GREATER_THAN, FiltersOperations.LESS_THAN)
FILTERS_RESOURCE_ITEM, FILTERS_RESOURCE_ANNOTATION = FiltersResource.ITEM, FiltersResource.ANNOTATION
FILTERS_RESOURCE_MODEL, FILTERS_RESOURCE_DATASET = FiltersResource.MODEL, FiltersResource.DATASET
FILTERS_ORDERBY_DIRECTION_ASCENDING = FiltersOrderByDirection.ASCENDING
FILTERS_ORDERBY_DIRECTION_DESCENDING = FiltersOrderByDirection.DESCENDING
ANNOTATION_TYPE_BOX, ANNOTATION_TYPE_CLASSIFICATION = AnnotationType.BOX, AnnotationType.CLASSIFICATION
ANNOTATION_TYPE_ELLIPSE, ANNOTATION_TYPE_POINT = AnnotationType.ELLIPSE, AnnotationType.POINT
ANNOTATION_TYPE_POLYGON, ANNOTATION_TYPE_POLYLINE = AnnotationType.POLYGON, AnnotationType.POLYLINE
ANNOTATION_TYPE_POSE, ANNOTATION_TYPE_SEGMENTATION = AnnotationType.POSE, AnnotationType.SEGMENTATION
PACKAGE_INPUT_TYPE_ITEM, PACKAGE_INPUT_TYPE_MODEL = PackageInputType.ITEM, PackageInputType.MODEL

__all__ = [name for name in globals() if not name.startswith("_") and name != "enum"]
