// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// Dataloop's JSON for one item with its annotations, as downloads have it.
struct DataloopItem {
  /// The path in the data set; `nil` if the document doesn't say.
  var path: String?
  /// The id; `nil` if the document doesn't say one.
  var id: String?
  /// The annotations as they stand there.
  var annotations: [ConfigurationValue]
  /// What else is said of the item.
  var metadata: JSONObject
  var isHidden: Bool

  /// Takes annotations alone.
  init(annotations: [ConfigurationValue]) {
    (path, id, metadata, isHidden) = (nil, nil, .empty, false)
    self.annotations = annotations
  }

  /// Reads an item's document, or a bare list of annotations.
  /// - Throws: `GalleyError` if it is neither.
  init(_ data: Data, at place: String) throws(GalleyError) {
    let value = try ConfigurationValue(json: data, at: place)
    if let list = value.elements {
      (path, id, annotations, metadata, isHidden) = (nil, nil, list, .empty, false)
      return
    }
    guard var fields = value.fields, let list = (fields["annotations"] ?? .list([])).elements else {
      throw GalleyError(
        .badData, "can't import the annotations", at: place, why: "it is no item of Dataloop's",
        remedy: "Give an object with 'filename' and 'annotations', or a list of annotations.")
    }
    annotations = list
    path = fields["filename"]?.text
    id = fields["_id"]?.text ?? fields["id"]?.text
    isHidden = fields["hidden"] == .bool(true)
    var known = fields["metadata"]?.fields ?? [:]
    for key in Self.ownKeys { fields[key] = nil }
    if !fields.isEmpty { known["dataloop"] = .map(fields) }
    metadata = JSONObject(known)
  }

  private static let ownKeys = [
    "annotations", "filename", "_id", "id", "hidden", "metadata", "name", "dir", "type", "annotated",
    "annotationsCount", "datasetId",
  ]

  /// Drafts of the annotations; points of a pose come with the pose.
  /// - Returns: the drafts, and what couldn't be read, by position.
  func drafts(
    itemID: String, source: String, size: PixelSize?
  ) -> (drafts: [AnnotationDraft], rejected: [(index: Int, reason: String)]) {
    var drafts: [AnnotationDraft] = []
    var rejected: [(Int, String)] = []
    var poses: [String: Int] = [:]
    var points: [(parent: String, value: ConfigurationValue, draft: AnnotationDraft)] = []
    for (index, value) in annotations.enumerated() {
      do {
        let draft = try DataloopAnnotation.draft(value, itemID: itemID, source: source, size: size)
        try draft.check()
        if case .point = draft.geometry, let parent = draft.parentID {
          points.append((parent, value, draft))
          continue
        }
        if case .keypoints = draft.geometry, let id = draft.id { poses[id] = drafts.count }
        drafts.append(draft)
      } catch let problem as DataloopCoordinates.Problem {
        rejected.append((index, problem.why))
      } catch {
        rejected.append((index, (error as? GalleyError)?.why ?? "\(error)"))
      }
    }
    for (parent, value, draft) in points {
      guard let place = poses[parent], case .keypoints(var set) = drafts[place].geometry,
        case .point(let point) = draft.geometry
      else {
        drafts.append(draft)
        continue
      }
      let number = value.value(at: DataloopAnnotation.own + ["visibility"])?.number.flatMap { Int(exactly: $0) }
      let document = value.removing(DataloopAnnotation.own)
      set.points.append(
        .init(
          draft.label, point, number.flatMap { Keypoint.Visibility(rawValue: $0) } ?? .visible,
          document: JSONObject(document.fields ?? [:])))
      drafts[place].geometry = .keypoints(set)
    }
    return (drafts, rejected)
  }

  /// An item with its annotations as Dataloop's JSON.
  static func json(_ item: PlatformItem, _ annotations: [PlatformAnnotation]) -> Data {
    var metadata = item.metadata.values
    let foreign = metadata.removeValue(forKey: "dataloop")?.fields ?? [:]
    var value = ConfigurationValue.map(foreign)
    value.set(["metadata"], .map(metadata))
    let system: [(String, ConfigurationValue?)] = [
      ("mimetype", .string(item.mediaType)), ("size", .int(item.byteCount)),
      ("width", item.size.map { .int($0.width) }), ("height", item.size.map { .int($0.height) }),
    ]
    for (key, stated) in system where stated != nil { value.set(["metadata", "system", key], stated) }
    let list = annotations.flatMap { DataloopAnnotation.values($0, item: item) }
    let fields: [(String, ConfigurationValue)] = [
      ("_id", .string(item.id)), ("id", .string(item.id)), ("filename", .string(item.path)),
      ("name", .string(item.name)), ("dir", .string(item.folder)), ("type", .string("file")),
      ("hidden", .bool(item.isHidden)), ("datasetId", .string(item.datasetID)),
      ("annotated", .bool(!list.isEmpty)), ("annotationsCount", .int(list.count)), ("annotations", .list(list)),
    ]
    for (key, stated) in fields { value.set([key], stated) }
    return Data(value.json.utf8)
  }
}
