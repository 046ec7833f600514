// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

/// An annotation file of COCO as it stands, before its numbers are looked up.
struct COCODocument {
  struct Image {
    var id = 0
    var fileName = ""
    var width: Int?
    var height: Int?
  }

  struct Category {
    var id: Int?
    var name = ""
    var parent: String?
    var keypoints: [String] = []
    var skeleton: [[Int]] = []
  }

  /// An annotation whose `label` is the category's number.
  struct Entry {
    var image: Int?
    var annotation: Annotation
  }

  let file: String
  var images: [Image] = []
  var categories: [Category] = []
  /// The annotations in pieces, so that a long list needs no room to grow and can be given back piece by piece.
  private(set) var pieces: [[Entry]] = []
  /// Number of annotations.
  private(set) var entryCount = 0
  var problems: [DatasetFinding] = []
  /// The list of numbers that was read last.
  var numbers: [Double] = []
  /// Numbers for ids that are text, which some programs write.
  private var textIDs: [String: Int] = [:]

  /// Reads the document's text.
  /// - Throws: `JSONProblem` if it is no JSON, or a value is of another kind than COCO says.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    try JSONReader.read(bytes) { json in
      try json.object { json, key in
        switch key {
        case "images": try json.array { json in images.append(try readImage(&json)) }
        case "categories": try json.array { json in categories.append(try readCategory(&json)) }
        case "annotations": try json.array { json in append(try readAnnotation(&json)) }
        default: try json.skip()
        }
      }
    }
  }

  private static let pieceLength = 4096

  private mutating func append(_ entry: Entry) {
    if entryCount % Self.pieceLength == 0 {
      pieces.append([])
      pieces[pieces.count - 1].reserveCapacity(Self.pieceLength)
    }
    pieces[pieces.count - 1].append(entry)
    entryCount += 1
  }

  /// Takes the annotations' first piece out; `nil` if all were taken.
  mutating func takePiece() -> [Entry]? {
    guard !pieces.isEmpty else { return nil }
    return pieces.removeFirst()
  }

  mutating func id(_ json: inout JSONReader) throws -> Int? {
    switch json.kind() {
    case .number: return try json.int()
    case .null:
      _ = try json.null()
      return nil
    default:
      let text = try json.string()
      if let known = textIDs[text] { return known }
      textIDs[text] = -1 - textIDs.count
      return textIDs[text]
    }
  }

  private mutating func readImage(_ json: inout JSONReader) throws -> Image {
    var image = Image()
    var hasID = false
    try json.object { json, key in
      switch key {
      case "id":
        if let id = try id(&json) { (image.id, hasID) = (id, true) }
      case "file_name": image.fileName = try json.string()
      case "width": image.width = try json.null() ? nil : json.int()
      case "height": image.height = try json.null() ? nil : json.int()
      default: try json.skip()
      }
    }
    guard hasID, !image.fileName.isEmpty else {
      problems.append(
        DatasetFinding(.error, .malformed, at: "\(file): images[\(images.count)]", "an image needs id and file_name"))
      return image
    }
    return image
  }

  private mutating func readCategory(_ json: inout JSONReader) throws -> Category {
    var category = Category()
    try json.object { json, key in
      switch key {
      case "id": category.id = try id(&json)
      case "name": category.name = json.kind() == .number ? "\(try json.int())" : try json.string()
      case "supercategory": category.parent = json.kind() == .string ? try json.string() : try Self.skipped(&json)
      case "keypoints": try json.array { json in category.keypoints.append(try json.string()) }
      case "skeleton":
        try json.array { json in
          var pair: [Int] = []
          try json.array { json in pair.append(try json.int() - 1) }
          category.skeleton.append(pair)
        }
      default: try json.skip()
      }
    }
    return category
  }

  private static func skipped(_ json: inout JSONReader) throws -> String? {
    try json.skip()
    return nil
  }
}
