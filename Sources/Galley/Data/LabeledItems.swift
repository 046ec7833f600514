// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// The items of a classification data set in memory, in their order, each with a stable id and a class.
public struct LabeledItems: Sendable, Hashable {
  /// One id for each item, unique, stable between reads of the same source.
  public let ids: [String]
  /// The raw inputs: the first dimension counts the items; images are `[items, height, width, channels]`.
  public let inputs: Tensor
  /// The index of each item's class in `labels`.
  public let classes: [Int]
  /// The classes' names: opaque text.
  public let labels: [String]

  /// Creates a set of items.
  /// - Throws: `GalleyError` if the counts differ, an id repeats, or a class has no label.
  public init(ids: [String], inputs: Tensor, classes: [Int], labels: [String]) throws(GalleyError) {
    guard let count = inputs.shape.first, ids.count == count, classes.count == count else {
      throw GalleyError(
        .badData, "can't form a data set",
        why: "\(ids.count) ids, \(classes.count) classes and inputs of shape \(inputs.shape) don't belong together")
    }
    try Self.check(ids, classes, labels)
    self.ids = ids
    self.inputs = inputs
    self.classes = classes
    self.labels = labels
  }

  /// - Throws: `GalleyError` if the counts differ, an id repeats, or a class has no label.
  static func check(_ ids: [String], _ classes: [Int], _ labels: [String]) throws(GalleyError) {
    guard ids.count == classes.count else {
      throw GalleyError(
        .badData, "can't form a data set", why: "\(ids.count) ids and \(classes.count) classes don't belong together")
    }
    guard Set(ids).count == ids.count else {
      throw GalleyError(.badData, "can't form a data set", why: "an item id occurs twice")
    }
    guard classes.allSatisfy(labels.indices.contains) else {
      throw GalleyError(.badData, "can't form a data set", why: "a class index has no label among \(labels)")
    }
  }

  /// Number of items.
  public var count: Int { ids.count }

  /// The items at `positions`, in that order.
  /// - Throws: `GalleyError` if a position lies outside.
  public func selecting(_ positions: [Int]) throws(GalleyError) -> LabeledItems {
    guard positions.allSatisfy(ids.indices.contains) else {
      throw GalleyError(.badData, "can't select items", why: "a position lies outside the data set's \(count) items")
    }
    do {
      return try LabeledItems(
        ids: positions.map { ids[$0] }, inputs: inputs.gathering(rows: positions),
        classes: positions.map { classes[$0] }, labels: labels)
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(.badData, "can't select items", why: "\(error)")
    }
  }
}

/// The part of a data set that a stage may see.
public enum Subset: String, Sendable, Hashable, Codable, CaseIterable {
  /// For fitting weights and for calibration.
  case train
  /// For choosing: checkpoints, thresholds.
  case validation
  /// For the figures that are reported; seen once.
  case test
}

/// A source of labelled items.
///
/// Whoever reads may have to wait, because items may come from another program; a data set that reads by itself needn't
/// be asynchronous to conform.
public protocol Dataset: Ingredient {
  /// Reads all items.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: `GalleyError` that names the file and the line of the first bad row.
  func items(relativeTo folder: String) async throws -> LabeledItems
  /// Reads all items with what else is known of each, for whoever divides them.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: as ``items(relativeTo:)``.
  func described(relativeTo folder: String) async throws -> DescribedItems
  /// How an item becomes a model's input.
  /// - Throws: `GalleyError` if another program says it and doesn't.
  var preprocessing: Preprocessing { get async throws }
  /// What the data set says of itself; fields that nobody stated say so.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: `GalleyError` if there is a description but it can't be read.
  func description(relativeTo folder: String) async throws -> DataDescription
  /// A file with items that no option names and no named folder holds, so that the options' content isn't all of the
  /// data set; `nil` if there is none.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: `GalleyError` if the data set can't be read.
  func unnamedFile(relativeTo folder: String) throws -> String?
}

extension Dataset {
  /// The items, of which nothing more is known.
  public func described(relativeTo folder: String) async throws -> DescribedItems {
    try DescribedItems(await items(relativeTo: folder))
  }

  /// None: the options name everything.
  public func unnamedFile(relativeTo folder: String) throws -> String? { nil }
}
