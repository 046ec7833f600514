// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A field of a resource, as SQL.
struct FilterField {
  /// What its values are.
  enum Kind {
    case text, number, flag
    /// Seconds since 1970; filters may say it as ISO 8601.
    case time
    /// A path of an item, whose values may have `*` in them; or a folder.
    case path, folder
    /// A value in a JSON column.
    case json
    /// A condition, which is the field's value.
    case condition
  }

  var sql: String
  var kind: Kind
  /// The path in a JSON column, for `json_extract`.
  var path: String?

  /// The field of a name.
  /// - Throws: `GalleyError` with the nearest name if there is none.
  static func named(_ name: String, of resource: FilterResource) throws(GalleyError) -> FilterField {
    if let (sql, kind) = plain[resource]?[name] { return FilterField(sql: sql, kind: kind) }
    for (prefix, column, root) in documents[resource] ?? [] where name.hasPrefix(prefix) || name == prefix.dropLast() {
      let keys =
        root + name.dropFirst(prefix.count).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      // In a path of SQLite's JSON a quotation mark can't be written.
      guard name.hasPrefix(prefix), keys.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0x22) }) else { break }
      return FilterField(sql: column, kind: .json, path: "$" + keys.map { ".\"\($0)\"" }.joined())
    }
    let names = (plain[resource] ?? [:]).keys.sorted()
    let groups = (documents[resource] ?? []).map { "\($0.0)…" }
    throw GalleyError(
      .usage, "can't use the filter", at: name, why: "\(resource.rawValue) have no field '\(name)'",
      remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
        ?? "There is \((names + groups).joined(separator: ", ")).")
  }

  static let plain: [FilterResource: [String: (String, Kind)]] = [
    .items: items, .annotations: annotations("annotation").merging(truth) { $1 },
    .predictions: annotations("prediction").merging(predicted) { $1 }, .models: models, .datasets: datasets,
    .projects: projects,
  ]

  /// Prefix of a name, column, keys that lead to what the prefix stands for.
  static let documents: [FilterResource: [(String, String, [String])]] = [
    .items: [("metadata.", "item.metadata_json", [])],
    .annotations: annotationDocuments("annotation"),
    .predictions: annotationDocuments("prediction"),
    .models: [
      ("metadata.", "model.metadata_json", []), ("configuration.", "model.configuration_json", []),
    ],
    .datasets: [("metadata.", "dataset.metadata_json", [])],
    .projects: [("metadata.", "project.metadata_json", [])],
  ]

  private static func annotationDocuments(_ table: String) -> [(String, String, [String])] {
    [
      ("attributes.", "\(table).attributes_json", []),
      ("metadata.system.attributes.", "\(table).attributes_json", []),
      ("metadata.", "\(table).document_json", ["metadata"]),
    ]
  }

  private static let items: [String: (String, Kind)] = [
    "id": ("item.id", .text), "name": ("item.name", .text), "filename": ("item.path", .path),
    "path": ("item.path", .path), "dir": ("item.folder", .folder), "folder": ("item.folder", .folder),
    "type": ("'file'", .text), "hidden": ("item.is_hidden", .flag), "createdAt": ("item.created_unix_s", .time),
    "updatedAt": ("item.updated_unix_s", .time), "created": ("item.created_unix_s", .time),
    "updated": ("item.updated_unix_s", .time), "datasetId": (datasetID("item"), .text),
    "annotated": ("item.number IN (SELECT item FROM annotation)", .condition),
    "annotationsCount": ("(SELECT count(*) FROM annotation a WHERE a.item = item.number)", .number),
    "mediaType": ("item.media_type", .text), "metadata.system.mimetype": ("item.media_type", .text),
    "size": ("item.size_bytes", .number), "metadata.system.size": ("item.size_bytes", .number),
    "width": ("item.width_px", .number), "metadata.system.width": ("item.width_px", .number),
    "height": ("item.height_px", .number), "metadata.system.height": ("item.height_px", .number),
    "digest": ("item.digest", .text),
  ]

  private static func annotations(_ table: String) -> [String: (String, Kind)] {
    [
      "id": ("\(table).id", .text), "label": ("\(table).label", .text), "type": ("\(table).type", .text),
      "confidence": ("\(table).confidence", .number), "parentId": ("\(table).parent_id", .text),
      "metadata.system.parentId": ("\(table).parent_id", .text),
      "metadata.user.model.confidence": ("\(table).confidence", .number),
      "metadata.system.model.confidence": ("\(table).confidence", .number),
      "createdAt": ("\(table).created_unix_s", .time), "updatedAt": ("\(table).updated_unix_s", .time),
      "created": ("\(table).created_unix_s", .time), "updated": ("\(table).updated_unix_s", .time),
      "itemId": ("(SELECT id FROM item i WHERE i.number = \(table).item)", .text),
      "datasetId": (datasetID(table), .text),
    ]
  }

  /// Ground truth has an origin and never a model.
  private static let truth: [String: (String, Kind)] = [
    "creator": ("annotation.origin_name", .text), "origin": ("annotation.origin", .text),
    "metadata.system.model.name": ("NULL", .text), "metadata.user.model.name": ("NULL", .text),
    "metadata.system.model.model_id": ("NULL", .text), "metadata.user.model.model_id": ("NULL", .text),
    "metadata.system.model": ("NULL", .text), "metadata.user.model": ("NULL", .text),
  ]

  private static let predicted: [String: (String, Kind)] = [
    "creator": ("prediction.model_name", .text), "modelId": ("prediction.model_id", .text),
    "modelName": ("prediction.model_name", .text), "modelVersion": ("prediction.model_version", .text),
    "run": ("prediction.run", .text), "metadata.system.model.name": ("prediction.model_name", .text),
    "metadata.user.model.name": ("prediction.model_name", .text),
    "metadata.system.model.model_id": ("prediction.model_id", .text),
    "metadata.user.model.model_id": ("prediction.model_id", .text),
    "metadata.system.model": ("prediction.model_id", .text), "metadata.user.model": ("prediction.model_id", .text),
  ]

  private static let models: [String: (String, Kind)] = [
    "id": ("model.id", .text), "name": ("model.name", .text), "status": ("model.status", .text),
    "version": ("model.version", .number), "description": ("model.description", .text),
    "inputType": ("model.input_type", .text), "outputType": ("model.output_type", .text),
    "parentId": ("model.parent_id", .text), "createdAt": ("model.created_unix_s", .time),
    "updatedAt": ("model.updated_unix_s", .time),
    "projectId": ("(SELECT id FROM project p WHERE p.number = model.project)", .text),
    "datasetId": (datasetID("model"), .text),
  ]

  private static let datasets: [String: (String, Kind)] = [
    "id": ("dataset.id", .text), "name": ("dataset.name", .text), "createdAt": ("dataset.created_unix_s", .time),
    "updatedAt": ("dataset.updated_unix_s", .time),
    "projectId": ("(SELECT id FROM project p WHERE p.number = dataset.project)", .text),
  ]

  private static let projects: [String: (String, Kind)] = [
    "id": ("project.id", .text), "name": ("project.name", .text), "createdAt": ("project.created_unix_s", .time),
    "updatedAt": ("project.updated_unix_s", .time),
  ]

  private static func datasetID(_ table: String) -> String {
    "(SELECT id FROM dataset d WHERE d.number = \(table).dataset)"
  }
}

extension FilterResource {
  /// The table that holds it.
  var table: String {
    switch self {
    case .items: "item"
    case .annotations: "annotation"
    case .predictions: "prediction"
    case .models: "model"
    case .datasets: "dataset"
    case .projects: "project"
    }
  }
}
