// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials

internal import Tensors

/// A data set that is read, checked and split, in one file that trainers, quantizers and measuring processes share.
///
/// The file is safetensors: for each subset the tensors `<subset>.inputs` (`[items, height, width, channels]`, uint8
/// or float32) and `<subset>.classes` (int64), and in the metadata `<subset>.ids` and `labels` (JSON lists of text),
/// `preprocessing` (JSON) and `format`. Equal contents give equal bytes, so the file's digest names the data.
public struct PreparedData: Sendable, Hashable {
  /// The items of each subset; all share the same labels.
  public let subsets: [Subset: LabeledItems]
  /// The classes' names.
  public let labels: [String]
  /// How an item becomes a model's input.
  public let preprocessing: Preprocessing

  /// Name and version of the file format.
  public static let format = "galley.prepared-data/1"

  /// Joins subsets.
  /// - Throws: `GalleyError` if there is none, if their labels or the shapes of their items differ, or if an item
  ///   belongs to two of them.
  public init(subsets: [Subset: LabeledItems], preprocessing: Preprocessing) throws(GalleyError) {
    guard let first = subsets.min(by: { $0.key.rawValue < $1.key.rawValue })?.value else {
      throw Self.refusal("there is no subset")
    }
    for (subset, items) in subsets {
      guard items.labels == first.labels else { throw Self.refusal("the labels of \(subset.rawValue) differ") }
      guard items.inputs.shape.dropFirst() == first.inputs.shape.dropFirst(),
        items.inputs.elementType == first.inputs.elementType
      else {
        throw Self.refusal(
          "the items of \(subset.rawValue) have the shape \(items.inputs.shape.dropFirst()), others "
            + "\(first.inputs.shape.dropFirst())")
      }
    }
    let ids = subsets.values.flatMap(\.ids)
    guard Set(ids).count == ids.count else { throw Self.refusal("an item belongs to two subsets") }
    self.subsets = subsets
    labels = first.labels
    self.preprocessing = preprocessing
  }

  /// The items of one subset.
  /// - Throws: `GalleyError` that names the subsets that exist.
  public func items(_ subset: Subset) throws(GalleyError) -> LabeledItems {
    guard let items = subsets[subset] else {
      throw Self.refusal(
        "there is no subset '\(subset.rawValue)'; there is "
          + subsets.keys.map(\.rawValue).sorted().joined(separator: ", "))
    }
    return items
  }

  static func refusal(_ why: String, at path: String? = nil) -> GalleyError {
    GalleyError(
      .badData, "can't use the prepared data", at: path, why: why,
      remedy: path.map { "Delete \($0) and run again to have it prepared anew." })
  }
}

extension PreparedData {
  /// Writes the file as a whole or not at all.
  /// - Returns: the digest of the file.
  /// - Throws: `GalleyError` if it can't be written.
  @discardableResult
  public func write(to path: String) throws(GalleyError) -> Digest {
    try AtomicFile.write(to: path, or: "can't write the prepared data") { try serialized() }
  }

  /// The file's bytes.
  public func serialized() throws -> Data {
    var tensors: [String: Tensor] = [:]
    var metadata = [
      "format": Self.format, "labels": try Self.json(labels), "preprocessing": try Self.json(preprocessing),
    ]
    for (subset, items) in subsets {
      tensors["\(subset.rawValue).inputs"] = items.inputs
      tensors["\(subset.rawValue).classes"] = try Tensor(items.classes.map(Int64.init), shape: [items.count])
      metadata["\(subset.rawValue).ids"] = try Self.json(items.ids)
    }
    return try Safetensors(tensors: tensors, metadata: metadata).serialized()
  }

  /// Reads a file that `write(to:)` wrote.
  /// - Throws: `GalleyError` if it is missing or is something else.
  public init(contentsOf path: String) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the prepared data", at: path, why: FileError(.read, path).reason,
        remedy: "Run the recipe again; the data set is then prepared anew.")
    }
    do {
      try self.init(data)
    } catch let error as GalleyError {
      throw Self.refusal(error.why, at: path)
    } catch {
      throw Self.refusal("\(error)", at: path)
    }
  }

  /// Reads the file's bytes.
  /// - Throws: `TensorError`, `DecodingError` or `GalleyError` with the first thing that is wrong.
  public init(_ data: Data) throws {
    let file = try Safetensors(data)
    guard file.metadata["format"] == Self.format else {
      throw Self.refusal("it is not of the format \(Self.format)")
    }
    let labels: [String] = try Self.value("labels", of: file)
    var subsets: [Subset: LabeledItems] = [:]
    for subset in Subset.allCases where file.tensors["\(subset.rawValue).inputs"] != nil {
      let classes = try file.tensor("\(subset.rawValue).classes").values(as: Int64.self)
      subsets[subset] = try LabeledItems(
        ids: try Self.value("\(subset.rawValue).ids", of: file),
        inputs: try file.tensor("\(subset.rawValue).inputs"), classes: classes.map { Int(truncatingIfNeeded: $0) },
        labels: labels)
    }
    try self.init(subsets: subsets, preprocessing: try Self.value("preprocessing", of: file))
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func value<Value: Decodable>(_ key: String, of file: Safetensors) throws -> Value {
    guard let text = file.metadata[key] else { throw refusal("its metadata has no '\(key)'") }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw refusal("its metadata '\(key)' can't be read")
    }
  }
}
