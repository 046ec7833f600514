// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Dataloop's annotation JSON. What it says beyond Galley's annotations is kept as it came and written back.
enum DataloopAnnotation {
  /// Where Galley says what Dataloop has no word for.
  static let own = ["metadata", "user", "galley"]

  static func withoutCoordinates(_ document: JSONObject) -> JSONObject {
    var values = document.values
    values["coordinates"] = nil
    return JSONObject(values)
  }

  // MARK: Reading

  /// Reads one annotation.
  /// - Parameter source: What an import is called, like the file's name.
  /// - Throws: `DataloopCoordinates.Problem`.
  static func draft(
    _ value: ConfigurationValue, itemID: String, source: String, size: PixelSize?
  ) throws -> AnnotationDraft {
    guard var fields = value.fields else { throw DataloopCoordinates.Problem(why: "an annotation must be an object") }
    guard let type = fields["type"]?.text, !type.isEmpty else {
      throw DataloopCoordinates.Problem(why: "it has no type")
    }
    guard let label = label(fields["label"]) else { throw DataloopCoordinates.Problem(why: "its label is no text") }
    let coordinates = fields["coordinates"] ?? fields["data"]
    let geometry = try geometry(type, coordinates, value.value(at: own), size)
    let id = fields["id"]?.text ?? fields["_id"]?.text
    let origin = try origin(value, source: source)
    let times = times(fields)
    for key in ["id", "_id", "label", "type", "coordinates"] { fields[key] = nil }
    // Kept if what would be written says anything else: other corners, a z, a coloured mask.
    if let coordinates, DataloopCoordinates.write(geometry, size: size).value.map({ $0.means(coordinates) }) != true {
      fields["coordinates"] = coordinates
    }
    let document = ConfigurationValue.map(fields).removing(own)
    var draft = AnnotationDraft(
      itemID: itemID, label: label, geometry: geometry, origin: origin, confidence: try confidence(value),
      attributes: JSONObject(value.value(at: ["metadata", "system", "attributes"])?.fields ?? [:]),
      parentID: value.value(at: ["metadata", "system", "parentId"])?.text,
      document: JSONObject(document.fields ?? [:]), id: id.flatMap { EntityID.isUsable($0) ? $0 : nil })
    draft.times = times
    return draft
  }

  private static func label(_ value: ConfigurationValue?) -> String? {
    switch value {
    case .string(let text)?: text
    case nil, .null?: ""
    default: nil
    }
  }

  /// Galley's own geometry, if it says the same as the coordinates, which somebody may have changed since.
  private static func geometry(
    _ type: String, _ coordinates: ConfigurationValue?, _ own: ConfigurationValue?, _ size: PixelSize?
  ) throws -> AnnotationGeometry {
    if let stated = own?.value(at: ["geometry"]).flatMap({ AnnotationGeometry($0) }) {
      let written = DataloopCoordinates.write(stated, size: size)
      if written.type == type, (written.value ?? .null).means(coordinates ?? .null) { return stated }
    }
    return try DataloopCoordinates.read(type, coordinates)
  }

  /// A model's name anywhere makes it a prediction, whatever else is said.
  private static func origin(_ value: ConfigurationValue, source: String) throws -> AnnotationOrigin {
    let named = [["metadata", "user", "model"], ["metadata", "system", "model"]].compactMap { value.value(at: $0) }
      .filter { $0 != .null && $0 != .map([:]) }
    guard let first = named.first else {
      if case .string(let person)? = value.value(at: own + ["origin", "person"]), !person.isEmpty {
        return .person(person)
      }
      if case .string(let former)? = value.value(at: own + ["origin", "source"]), !former.isEmpty {
        return .imported(source: former)
      }
      return .imported(source: source)
    }
    func word(_ keys: [String]) -> String? {
      for model in named {
        for key in keys {
          switch model.value(at: [key]) {
          case .string(let text)? where !text.isEmpty: return text
          case .int(let number)?: return "\(number)"
          default: continue
          }
        }
      }
      return nil
    }
    let name = word(["name"]) ?? word(["model_id", "id"]) ?? first.text.flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
    return .model(
      ModelOrigin(
        id: word(["model_id", "id"]) ?? name, version: word(["version"]) ?? "unknown", name: name,
        run: "import of \(source)"))
  }

  private static func confidence(_ value: ConfigurationValue) throws -> Double? {
    for place in ["user", "system"] {
      guard let found = value.value(at: ["metadata", place, "model", "confidence"]), found != .null else { continue }
      guard let number = found.number, (0...1).contains(number) else {
        throw DataloopCoordinates.Problem(why: "its confidence is \(found), not a number from 0 to 1")
      }
      return number
    }
    return nil
  }

  private static func times(_ fields: [String: ConfigurationValue]) -> (created: Double, updated: Double)? {
    guard let created = fields["createdAt"]?.text.flatMap({ DataloopTime.seconds($0) }) else { return nil }
    return (created, fields["updatedAt"]?.text.flatMap { DataloopTime.seconds($0) } ?? created)
  }

  // MARK: Writing

  /// The annotation as Dataloop's JSON: several objects if it is a set of keypoints, the pose first.
  static func values(_ annotation: PlatformAnnotation, item: PlatformItem) -> [ConfigurationValue] {
    var value = ConfigurationValue.map(annotation.document.values)
    let written = DataloopCoordinates.write(annotation.geometry, size: item.size)
    value.set(["id"], .string(annotation.id))
    value.set(["itemId"], .string(item.id))
    value.set(["datasetId"], .string(item.datasetID))
    value.set(["label"], .string(annotation.label))
    value.set(["type"], .string(written.type))
    // What came is written back as it came.
    if annotation.document["coordinates"] == nil { value.set(["coordinates"], written.value) }
    setTimes(&value, annotation)
    setOrigin(&value, annotation)
    if !annotation.attributes.isEmpty || value.value(at: ["metadata", "system", "attributes"]) == nil {
      value.set(["metadata", "system", "attributes"], .map(annotation.attributes.values))
    }
    if let parent = annotation.parentID { value.set(["metadata", "system", "parentId"], .string(parent)) }
    if value.value(at: ["attributes"]) == nil { value.set(["attributes"], .map([:])) }
    if (try? DataloopCoordinates.read(written.type, value.value(at: ["coordinates"]))) != annotation.geometry.alone {
      value.set(own + ["geometry"], annotation.geometry.alone.value)
    }
    guard case .keypoints(let set) = annotation.geometry else { return [value] }
    return [value] + set.points.enumerated().map { point($1, number: $0, of: annotation, value) }
  }

  private static func setTimes(_ value: inout ConfigurationValue, _ annotation: PlatformAnnotation) {
    for (key, seconds) in [("createdAt", annotation.created), ("updatedAt", annotation.updated)] {
      let stated = value.value(at: [key])?.text.flatMap { DataloopTime.seconds($0) }
      if stated.map({ abs($0 - seconds) < 0.001 }) != true { value.set([key], .string(DataloopTime.text(seconds))) }
    }
  }

  private static func setOrigin(_ value: inout ConfigurationValue, _ annotation: PlatformAnnotation) {
    for key in ["creator", "updatedBy"] where value.value(at: [key]) == nil {
      value.set([key], .string(annotation.origin.name))
    }
    if value.value(at: ["source"]) == nil { value.set(["source"], .string("sdk")) }
    switch annotation.origin {
    case .person(let name): value.set(own + ["origin", "person"], .string(name))
    case .imported(let source): value.set(own + ["origin", "source"], .string(source))
    case .model(let model):
      for place in ["user", "system"] {
        let keys = ["metadata", place, "model"]
        if value.value(at: keys)?.fields == nil { value.set(keys, .map([:])) }
        value.set(keys + ["name"], .string(model.name))
        value.set(keys + ["model_id"], .string(model.id))
        value.set(keys + ["version"], .string(model.version))
        if let confidence = annotation.confidence { value.set(keys + ["confidence"], .float(confidence)) }
      }
    }
  }

  /// One of a pose's points, an annotation of its own in Dataloop.
  private static func point(
    _ point: KeypointSet.Named, number: Int, of pose: PlatformAnnotation, _ parent: ConfigurationValue
  ) -> ConfigurationValue {
    var value = ConfigurationValue.map(point.document.values)
    if value.value(at: ["id"]) == nil {
      value.set(["id"], .string(String(Digest(of: "\(pose.id)/\(number)").hex.prefix(24))))
    }
    for key in ["itemId", "datasetId", "createdAt", "updatedAt", "creator", "updatedBy", "source", "attributes"]
    where value.value(at: [key]) == nil || key == "itemId" || key == "datasetId" {
      value.set([key], parent.value(at: [key]))
    }
    for place in ["user", "system"] where value.value(at: ["metadata", place, "model"]) == nil {
      if let model = parent.value(at: ["metadata", place, "model"]) { value.set(["metadata", place, "model"], model) }
    }
    value.set(["type"], .string("point"))
    value.set(["label"], .string(point.name))
    let stated = value.value(at: ["coordinates"])
    if (try? DataloopCoordinates.read("point", stated)) != .point(point.point) {
      value.set(["coordinates"], DataloopCoordinates.point(point.point, z: true))
    }
    if value.value(at: ["metadata", "system", "attributes"]) == nil {
      value.set(["metadata", "system", "attributes"], .map([:]))
    }
    value.set(["metadata", "system", "parentId"], .string(pose.id))
    if point.visibility != .visible { value.set(own + ["visibility"], .int(point.visibility.rawValue)) }
    return value
  }
}

extension AnnotationGeometry {
  /// Without what Dataloop says in annotations of their own.
  fileprivate var alone: AnnotationGeometry {
    guard case .keypoints(var set) = self else { return self }
    set.points = []
    return .keypoints(set)
  }
}

extension ConfigurationValue {
  /// Sets what lies at a path of keys; `nil` removes it. What is no group of keys on the way becomes one.
  mutating func set(_ path: [String], _ value: ConfigurationValue?) {
    guard let key = path.first else { return }
    var fields = self.fields ?? [:]
    if path.count == 1 {
      fields[key] = value
    } else {
      var inner = fields[key] ?? .map([:])
      inner.set(Array(path.dropFirst()), value)
      fields[key] = inner
    }
    self = .map(fields)
  }

  /// Without what lies at a path.
  func removing(_ path: [String]) -> ConfigurationValue {
    guard value(at: path) != nil else { return self }
    var copy = self
    copy.set(path, nil)
    return copy
  }
}
