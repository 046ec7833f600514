// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The schemas that have names.
enum SchemaLibrary {
  static let named: [String: Schema] = [
    "Problem": Problem.schema, "Project": EntitySchemas.project, "Dataset": EntitySchemas.dataset,
    "DatasetClass": EntitySchemas.datasetClass, "DatasetWithCounts": EntitySchemas.datasetWithCounts,
    "Item": EntitySchemas.item, "ItemOutcome": EntitySchemas.itemOutcome,
    "Geometry": AnnotationSchemas.geometry, "NewGeometry": AnnotationSchemas.newGeometry,
    "Origin": AnnotationSchemas.origin, "Annotation": AnnotationSchemas.annotation,
    "NewAnnotation": AnnotationSchemas.newAnnotation, "ImportReport": AnnotationSchemas.importReport,
    "Model": ModelSchemas.model, "ModelChange": ModelSchemas.change, "Artifact": ModelSchemas.artifact,
    "ModelStatus": ModelSchemas.status, "StatusChange": ModelSchemas.statusChange, "Metric": ModelSchemas.metric,
    "PlotSample": ModelSchemas.plotSample, "Scores": ModelSchemas.scores, "Job": JobSchemas.job,
    "JobItem": JobSchemas.jobItem, "JobRequest": JobSchemas.request,
    "TrainingRequest": JobSchemas.training,
  ].merging(FilterSchemas.named) { $1 }

  static func schema(_ name: String) -> Schema { named[name] ?? .anything }

  /// A page of a list.
  static func page(of name: String) -> Schema {
    .group([
      SchemaField("entries", .list(.reference(name), count: 0...1000), "The entries of this page."),
      SchemaField("total", .count, "How many there are on all pages."),
      SchemaField("page", .count, "Which page this is, from 0 on."),
      SchemaField("pageSize", .whole(1...1000), "How many entries a page has."),
    ])
  }

  /// All of a list.
  static func list(of name: String) -> Schema { .list(.reference(name), count: 0...Int.max) }

  static let deleted = Schema.group([SchemaField("deleted", .count, "How many were removed.")])
}

/// An answer that counts what was removed.
struct Deleted: Encodable, Sendable { var deleted: Int }
