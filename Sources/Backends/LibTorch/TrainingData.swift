// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Datasets
public import Galley

/// What a network is trained on, and what its best state is chosen by.
public struct TrainingData: Sendable {
  /// Items in one of two forms.
  public enum Source: Sendable {
    /// Inputs that lie in memory; of the ways to vary images, they can be shifted.
    case memory(TrainingItems)
    /// Images that are loaded, varied and preprocessed batch by batch.
    case images([TrainingItem], Preprocessing)

    /// Number of items.
    public var count: Int {
      switch self {
      case .memory(let items): items.count
      case .images(let items, _): items.count
      }
    }

    /// The classes of each item.
    var classSets: [[Int]] {
      switch self {
      case .memory(let items): items.classSets
      case .images(let items, _): items.map(\.classes)
      }
    }
  }

  /// The items that weights are fitted to.
  public var training: Source
  /// The items that the best weights are chosen by; `nil` keeps the last ones.
  public var validation: Source?
  /// The classes' names.
  public var labels: [String]
  /// One class for each item, or any number.
  public var task: EngineTask

  /// Joins items.
  /// - Throws: `GalleyError` if an item's classes don't suit the labels or the task.
  public init(
    training: Source, validation: Source?, labels: [String], task: EngineTask = .classification
  ) throws(GalleyError) {
    self.training = training
    self.validation = validation
    self.labels = labels
    self.task = task
    guard task == .classification || task == .multiLabelClassification else {
      throw GalleyError(.configuration, "can't train", why: "\(task.rawValue) is no task of this trainer")
    }
    guard training.count >= 2 else {
      throw GalleyError(.badData, "can't train", why: "there is only one training item")
    }
    try Self.check(training, "training", labels, task)
    if let validation { try Self.check(validation, "validation", labels, task) }
    if case .memory(let own) = training, case .memory(let other)? = validation, own.itemShape != other.itemShape {
      throw GalleyError(
        .badData, "can't train",
        why: "training items have the shape \(own.itemShape), validation items \(other.itemShape)")
    }
  }

  /// Items in memory for training and validation.
  public init(
    _ training: TrainingItems, validatingOn validation: TrainingItems?, labels: [String],
    task: EngineTask = .classification
  ) throws(GalleyError) {
    try self.init(
      training: .memory(training), validation: validation.map { .memory($0) }, labels: labels, task: task)
  }

  private static func check(
    _ source: Source, _ name: String, _ labels: [String], _ task: EngineTask
  ) throws(GalleyError) {
    let sets = source.classSets
    if let position = sets.firstIndex(where: { !$0.allSatisfy(labels.indices.contains) }) {
      throw GalleyError(
        .badData, "can't train", at: "\(name) item '\(source.id(position))'",
        why: "its class \(sets[position]) is none of the \(labels.count) labels",
        remedy: "Check that the data and the model name the same classes.")
    }
    guard task == .classification, let position = sets.firstIndex(where: { $0.count != 1 }) else { return }
    throw GalleyError(
      .badData, "can't train", at: "\(name) item '\(source.id(position))'",
      why: "it has \(sets[position].count) classes, and one is needed",
      remedy: "Give it one class, or train for \(EngineTask.multiLabelClassification.rawValue).")
  }
}

extension TrainingData {
  /// The shape of one input.
  public var inputShape: [Int] { training.inputShape }
}

extension TrainingData.Source {
  /// The shape of one input.
  var inputShape: [Int] {
    switch self {
    case .memory(let items): return items.itemShape
    case .images(let items, let preprocessing):
      guard case .pixels(let block)? = items.first?.source else {
        return preprocessing.inputShape(height: 1, width: 1, channels: 3)
      }
      return preprocessing.inputShape(
        height: block.size.height, width: block.size.width, channels: block.channels)
    }
  }

  /// The id of the item at a position.
  func id(_ position: Int) -> String {
    switch self {
    case .memory(let items): items.ids[position]
    case .images(let items, _): items[position].id
    }
  }
}
