// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

internal import Tensors

/// Small images in a table: one row for each item, with the columns `id`, `label`, then every pixel's value, row by
/// row, channels last.
public struct ImageTable: Dataset {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// The table's file.
    public var path: String
    /// Pixels in a column of the image.
    public var height: Int
    /// Pixels in a row of the image.
    public var width: Int
    /// Values of one pixel.
    public var channels: Int
    /// The value of a pixel at full intensity.
    public var maximum: Int

    /// Creates options.
    public init(path: String, height: Int, width: Int, channels: Int = 1, maximum: Int = 255) {
      self.path = path
      self.height = height
      self.width = width
      self.channels = channels
      self.maximum = maximum
    }
  }

  public static let card = Card(
    taxonomy: "data.classification.image-table", version: SemanticVersion(1, 0, 0),
    summary: "Small images in a CSV file: id, label, then one column for each pixel value.", priority: 10,
    options: [
      OptionDeclaration("path", .path, default: nil, help: "The CSV file."),
      OptionDeclaration(
        "height", .int(minimum: 1, maximum: 4096), default: nil, help: "Height of an image, in pixels."),
      OptionDeclaration("width", .int(minimum: 1, maximum: 4096), default: nil, help: "Width of an image, in pixels."),
      OptionDeclaration("channels", .int(minimum: 1, maximum: 4), default: .int(1), help: "Values of one pixel."),
      OptionDeclaration(
        "maximum", .int(minimum: 1, maximum: 255), default: .int(255),
        help: "The value of a pixel at full intensity; it becomes 1 in the model's input."),
    ])

  private let options: Options

  public init(_ options: Options) { self.options = options }

  public var preprocessing: Preprocessing { Preprocessing(layout: .nchw, scale: 1 / Float(options.maximum)) }

  public func items(relativeTo folder: String) throws -> LabeledItems {
    let path = path(relativeTo: folder)
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the data set", at: path, why: "the file is missing or may not be read",
        remedy: "Check data.path; relative paths start at the recipe's folder.")
    }
    return try read([UInt8](data), file: path)
  }

  public func description(relativeTo folder: String) throws -> DataDescription {
    if let reference = try? WebReference(options.path) {
      return DataDescription(
        name: reference.name, licence: "not stated", citation: "not stated", source: reference.address)
    }
    let path = path(relativeTo: folder)
    let stem = path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
    guard let data = try? Data(contentsOf: URL(filePath: "\(stem).about.json")) else {
      let name = URL(filePath: stem).lastPathComponent
      return DataDescription(name: name, licence: "not stated", citation: "not stated", source: "not stated")
    }
    do {
      return try JSONDecoder().decode(DataDescription.self, from: data)
    } catch {
      throw GalleyError(
        .badData, "can't read the data set's description", at: "\(stem).about.json", why: "\(error)",
        remedy: "Give name, licence, citation and source as text.")
    }
  }

  private func path(relativeTo folder: String) -> String {
    options.path.hasPrefix("/") ? options.path : "\(folder)/\(options.path)"
  }

  private func read(_ bytes: [UInt8], file: String) throws -> LabeledItems {
    var table = TableReader(bytes: bytes, file: file)
    try checkHeader(&table)
    var rows = Rows(pixelCount: options.height * options.width * options.channels)
    while try table.next() { try rows.append(table, maximum: UInt8(options.maximum)) }
    guard !rows.ids.isEmpty else {
      throw GalleyError(.badData, "can't read the table", at: file, why: "it has a header but no rows")
    }
    let labels = Set(rows.labels).sorted(by: Self.precedes)
    let index = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    return try LabeledItems(
      ids: rows.ids,
      inputs: Tensor(rows.pixels, shape: [rows.ids.count, options.height, options.width, options.channels]),
      classes: rows.labels.compactMap { index[$0] }, labels: labels)
  }

  private func checkHeader(_ table: inout TableReader) throws(GalleyError) {
    guard try table.next() else { throw table.refusal("the file is empty; a header 'id,label,…' is needed") }
    let expected = 2 + options.height * options.width * options.channels
    guard table.count == expected else {
      throw table.refusal(
        "the header has \(table.count) columns, but id, label and \(options.height)×\(options.width)×"
          + "\(options.channels) pixel values make \(expected)")
    }
    guard try table.text(0) == "id", try table.text(1) == "label" else {
      throw table.refusal("the first two columns must be called id and label")
    }
  }

  /// Numbers by value, other text by its characters; numbers first.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    switch (Int(left), Int(right)) {
    case (let left?, let right?): left < right
    case (.some, nil): true
    case (nil, .some): false
    case (nil, nil): left < right
    }
  }
}

extension ImageTable {
  /// The rows read so far.
  private struct Rows {
    let pixelCount: Int
    var ids: [String] = []
    var labels: [String] = []
    var pixels: [UInt8] = []
    private var lines: [String: Int] = [:]

    init(pixelCount: Int) { self.pixelCount = pixelCount }

    mutating func append(_ table: TableReader, maximum: UInt8) throws(GalleyError) {
      guard table.count == pixelCount + 2 else {
        throw table.refusal("the row has \(table.count) columns, but the header has \(pixelCount + 2)")
      }
      let id = try table.text(0)
      guard !id.isEmpty else { throw table.refusal("the id is empty") }
      if let earlier = lines.updateValue(table.line, forKey: id) {
        throw table.refusal("the id '\(id)' occurs in line \(earlier) too")
      }
      let label = try table.text(1)
      guard !label.isEmpty else { throw table.refusal("the label is empty") }
      for column in 2..<pixelCount + 2 {
        guard let value = table.byte(column), value <= maximum else {
          throw table.refusal(
            "column \(column + 1) holds '\(try table.text(column))', but a whole number from 0 to \(maximum) is needed")
        }
        pixels.append(value)
      }
      ids.append(id)
      labels.append(label)
    }
  }
}
