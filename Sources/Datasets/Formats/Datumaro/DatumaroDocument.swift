// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

/// A file of Datumaro as it stands.
struct DatumaroDocument {
  struct Item {
    var id = ""
    var path: String?
    var size: PixelSize?
    var attributes: [String: ConfigurationValue] = [:]
    var annotations: [DatumaroAnnotation] = []
  }

  let file: String
  private(set) var labels: [DatasetClass] = []
  private(set) var items: [Item] = []
  private var points: [Int: [String]] = [:]

  /// Reads the document's text.
  /// - Throws: `JSONProblem`.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    try JSONReader.read(bytes) { json in
      try json.object { json, key in
        switch key {
        case "categories": try readCategories(&json)
        case "items": try json.array { json in items.append(try Self.item(&json)) }
        default: try json.skip()
        }
      }
    }
    for (label, names) in points where labels.indices.contains(label) { labels[label].keypoints = names }
  }

  private mutating func readCategories(_ json: inout JSONReader) throws {
    try json.object { json, key in
      switch key {
      case "label":
        try json.object { json, key in
          guard key == "labels" else { return try json.skip() }
          try json.array { json in labels.append(try Self.label(&json)) }
        }
      case "points":
        try json.object { json, key in
          guard key == "items" else { return try json.skip() }
          try json.array { json in try readPoints(&json) }
        }
      default: try json.skip()
      }
    }
  }

  private static func label(_ json: inout JSONReader) throws -> DatasetClass {
    var entry = DatasetClass("")
    try json.object { json, key in
      switch key {
      case "name": entry.name = try json.string()
      case "parent":
        if try !json.null() {
          let parent = try json.string()
          entry.parent = parent.isEmpty ? nil : parent
        }
      default: try json.skip()
      }
    }
    return entry
  }

  private mutating func readPoints(_ json: inout JSONReader) throws {
    var label: Int?
    var names: [String] = []
    try json.object { json, key in
      switch key {
      case "label_id": label = try json.int()
      case "labels": try json.array { json in names.append(try json.string()) }
      default: try json.skip()
      }
    }
    if let label { points[label] = names }
  }

  private static func item(_ json: inout JSONReader) throws -> Item {
    var item = Item()
    try json.object { json, key in
      switch key {
      case "id": item.id = try json.string()
      case "annotations": try json.array { json in item.annotations.append(try DatumaroAnnotation(&json)) }
      case "attr": item.attributes = try json.attributes()
      case "image":
        try json.object { json, key in
          switch key {
          case "path": item.path = try json.null() ? nil : json.string()
          case "size" where json.kind() == .array:
            var size: [Int] = []
            try json.array { json in size.append(try json.int()) }
            if size.count == 2 { item.size = PixelSize(width: size[1], height: size[0]) }
          default: try json.skip()
          }
        }
      default: try json.skip()
      }
    }
    return item
  }

  /// Adds what was read.
  func add(to builder: inout DatasetBuilder, subset: String) {
    for label in labels { builder.declare(label) }
    for (index, item) in items.enumerated() {
      let place = "\(file): items[\(index)]"
      let name = item.path.flatMap { $0.isEmpty ? nil : $0 } ?? item.id
      let tree = builder.tree
      let path =
        tree.resolve("images/\(subset)/\(name)") ?? tree.resolve("images/\(name)")
        ?? ["jpg", "png", "jpeg", "bmp"].lazy.compactMap { tree.resolve("images/\(subset)/\(item.id).\($0)") }.first
      var entry = DatasetItem(
        id: path ?? name, source: path.map(tree.source) ?? .missing(name), subset: subset, size: item.size,
        metadata: item.attributes, provenance: Provenance(file: place))
      for (number, annotation) in item.annotations.enumerated() {
        let position = "\(place).annotations[\(number)]"
        if let label = annotation.label, !labels.indices.contains(label) {
          builder.report(
            .error, .classOutOfRange, at: position, "the label_id \(label) is not one of 0 to \(labels.count - 1)")
          continue
        }
        let label = annotation.label.flatMap { builder.knownLabel(labels[$0].name) }
        do throws(DatumaroAnnotation.Problem) {
          entry.annotations.append(try annotation.annotation(label: label, at: Provenance(file: position)))
        } catch {
          builder.report(
            error.isUnsupported ? .warning : .error, error.isUnsupported ? .unsupported : .malformed, at: position,
            error.message)
        }
      }
      builder.append(entry)
    }
  }
}
