// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The embedded files by their paths; written by Embedded/embed.py.
enum EmbeddedPythonTable {
  static let files: [String: [UInt8]] = [
    "compatible/dtlpy.py": PackageResources.compatible_dtlpy_py,
    "compatible/dtlpy/dl_adapter.py": PackageResources.compatible_dtlpy_dl_adapter_py,
    "compatible/dtlpy/dl_annotations.py": PackageResources.compatible_dtlpy_dl_annotations_py,
    "compatible/dtlpy/dl_cloud.py": PackageResources.compatible_dtlpy_dl_cloud_py,
    "compatible/dtlpy/dl_contours.py": PackageResources.compatible_dtlpy_dl_contours_py,
    "compatible/dtlpy/dl_converter.py": PackageResources.compatible_dtlpy_dl_converter_py,
    "compatible/dtlpy/dl_definitions.py": PackageResources.compatible_dtlpy_dl_definitions_py,
    "compatible/dtlpy/dl_entities.py": PackageResources.compatible_dtlpy_dl_entities_py,
    "compatible/dtlpy/dl_enums.py": PackageResources.compatible_dtlpy_dl_enums_py,
    "compatible/dtlpy/dl_filters.py": PackageResources.compatible_dtlpy_dl_filters_py,
    "compatible/dtlpy/dl_generator.py": PackageResources.compatible_dtlpy_dl_generator_py,
    "compatible/dtlpy/exceptions.py": PackageResources.compatible_dtlpy_exceptions_py,
    "galley/__init__.py": PackageResources.galley___init___py,
    "galley/adapter.py": PackageResources.galley_adapter_py,
    "galley/adapter_methods.py": PackageResources.galley_adapter_methods_py,
    "galley/annotations.py": PackageResources.galley_annotations_py,
    "galley/cards.py": PackageResources.galley_cards_py,
    "galley/dataloop.py": PackageResources.galley_dataloop_py,
    "galley/dataloop_entities.py": PackageResources.galley_dataloop_entities_py,
    "galley/errors.py": PackageResources.galley_errors_py,
    "galley/hosting.py": PackageResources.galley_hosting_py,
    "galley/image.py": PackageResources.galley_image_py,
    "galley/ingredient_methods.py": PackageResources.galley_ingredient_methods_py,
    "galley/ingredients.py": PackageResources.galley_ingredients_py,
    "galley/loading.py": PackageResources.galley_loading_py,
    "galley/memory.py": PackageResources.galley_memory_py,
    "galley/options.py": PackageResources.galley_options_py,
    "galley/serving.py": PackageResources.galley_serving_py,
    "galley/streams.py": PackageResources.galley_streams_py,
    "galley/wire.py": PackageResources.galley_wire_py,
    "galley/worker.py": PackageResources.galley_worker_py,
  ]
}
