// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Labelled items as the image files that they are, in one file: who has it decodes and fits them itself.
///
/// The items' files stand end to end. Behind them stands the head, and in the last eight bytes its length
/// (little-endian). The head is JSON with `format`, `ids`, `classes` (for each item an index into `labels`), `labels`,
/// `ends` (for each item the number of bytes of its file and all before it), and `preprocessing`, which says a size and
/// colours. Files are read one by one, so that they are never in memory together. Equal contents give equal bytes.
public struct ImageFiles: Sendable {
  /// One id for each item.
  public let ids: [String]
  /// The index of each item's class in `labels`.
  public let classes: [Int]
  /// The classes' names.
  public let labels: [String]
  /// How a decoded image becomes a model's input: it has a fit, and colours other than `stored`.
  public let preprocessing: Preprocessing

  private let ends: [Int]
  private let file: OpenedFile

  /// Name and version of the file format.
  public static let format = "galley.image-files/1"
  /// Most bytes of a head.
  private static let longestHead = 64 << 20
  private static let failure = "can't use the image files"

  private struct Head: Codable {
    var format = ImageFiles.format
    var ids: [String]
    var classes: [Int]
    var labels: [String]
    var ends: [Int]
    var preprocessing: Preprocessing
  }

  /// Number of items.
  public var count: Int { ids.count }

  /// The size of an item's file in bytes; 0 if there is no such item.
  public func byteCount(of position: Int) -> Int { range(of: position)?.count ?? 0 }

  /// The file of an item.
  /// - Throws: `GalleyError` if it can't be read.
  public func bytes(of position: Int) throws(GalleyError) -> [UInt8] {
    guard let range = range(of: position) else { throw Self.refusal("there is no item \(position)", at: file.path) }
    do throws(FileError) {
      return try file.bytes(range)
    } catch {
      throw Self.refusal(error.reason, at: file.path)
    }
  }

  private func range(of position: Int) -> Range<Int>? {
    guard ends.indices.contains(position) else { return nil }
    return (position == 0 ? 0 : ends[position - 1])..<ends[position]
  }

  private static func refusal(_ why: String, at path: String) -> GalleyError {
    GalleyError(.badData, failure, at: path, why: why)
  }
}

extension ImageFiles {
  /// Writes a file as a whole or not at all; the items' files are in memory one by one.
  /// - Parameters:
  ///   - items: Ids, classes and labels.
  ///   - preprocessing: How a decoded image becomes a model's input; with a fit, and colours other than `stored`.
  ///   - bytes: Gives the file of the item at a position.
  /// - Throws: `GalleyError` if the items or the preprocessing can't be used or the file can't be written; what `bytes`
  ///   throws.
  public static func write(
    _ items: LabeledItems, preprocessing: Preprocessing, to path: String, bytes: (_ position: Int) throws -> [UInt8]
  ) throws {
    _ = try preprocessing.imageTransform()
    do {
      let stream = try AtomicFileStream(path)
      var ends: [Int] = []
      var end = 0
      for position in 0..<items.count {
        let file = try bytes(position)
        try stream.append(file)
        end += file.count
        ends.append(end)
      }
      let head = Head(
        ids: items.ids, classes: items.classes, labels: items.labels, ends: ends, preprocessing: preprocessing)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let text = try encoder.encode(head)
      guard text.count <= longestHead else { throw refusal("\(items.count) items are too many", at: path) }
      try stream.append(text)
      try stream.append(withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) })
      try stream.finish()
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the image files")
    }
  }

  /// Opens a file that ``write(_:preprocessing:to:bytes:)`` or another program wrote; only its head is read.
  /// - Throws: `GalleyError` if it is missing, damaged or something else.
  public init(contentsOf path: String) throws(GalleyError) {
    let file: OpenedFile
    do throws(FileError) {
      file = try OpenedFile(path)
    } catch {
      throw GalleyError(.missingInput, "can't read the image files", at: path, why: error.reason)
    }
    do {
      try self.init(file)
    } catch let error as GalleyError {
      throw Self.refusal(error.why, at: path)
    } catch let error as FileError {
      throw Self.refusal(error.reason, at: path)
    } catch {
      throw Self.refusal("its head can't be read", at: path)
    }
  }

  private init(_ file: OpenedFile) throws {
    let last = file.byteCount - 8
    guard last >= 0 else { throw Self.refusal("it is too short", at: file.path) }
    let length = try file.bytes(last..<file.byteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(last, Self.longestHead)) else {
      throw Self.refusal("it is not of the format \(Self.format)", at: file.path)
    }
    let start = last - Int(length)
    let head = try JSONDecoder().decode(Head.self, from: Data(file.bytes(start..<last)))
    guard head.format == Self.format else {
      throw Self.refusal("it is not of the format \(Self.format)", at: file.path)
    }
    try LabeledItems.check(head.ids, head.classes, head.labels)
    guard head.ends.count == head.ids.count, (head.ends.first ?? -1) >= 0, head.ends.last == start,
      zip(head.ends, head.ends.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw Self.refusal("where its items end doesn't fit its length", at: file.path) }
    _ = try head.preprocessing.imageTransform()
    (ids, classes, labels, ends) = (head.ids, head.classes, head.labels, head.ends)
    (preprocessing, self.file) = (head.preprocessing, file)
  }
}
