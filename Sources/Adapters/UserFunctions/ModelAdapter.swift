// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The functions that a user writes around a model: what is done around them is ``AdaptedModel``'s affair.
///
/// An adapter that only predicts writes `load` and `predict`; one that learns conforms to ``TrainableAdapter`` too, one
/// that gives vectors to ``EmbeddingAdapter``, one with figures of its own to ``EvaluatingAdapter``. These functions are
/// called one after the other, never two at once; an `actor` keeps what was loaded. Only `prepareItem` is called from
/// several threads, while `predict` is at work on former items.
///
/// ```swift
/// actor Brightness: ModelAdapter {
///   nonisolated let card = AdapterCard(name: "brightness", summary: "Dark or light.", outputType: .class)
///   func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }
///   func predict(_ batch: AdapterBatch) -> [AdapterPrediction] {
///     batch.images.map { .label($0.bytes.reduce(0) { $0 + Int($1) } > 127 * $0.bytes.count ? "light" : "dark") }
///   }
/// }
/// ```
public protocol ModelAdapter: Sendable {
  /// What the adapter says of itself.
  var card: AdapterCard { get }

  /// The functions that were written; by default those of the protocols that the adapter conforms to.
  var functions: Set<AdapterFunction> { get }

  /// Makes the model ready from its files.
  /// - Parameters:
  ///   - folder: The model's artifacts and nothing else; empty if it has none yet.
  ///   - model: What is known of the model, with its configuration.
  /// - Returns: what is changed of the model by that: usually nothing.
  func load(_ folder: String, for model: AdapterModel) async throws -> AdapterChange

  /// Makes an item into what `predict` gets; called from several threads. By default an image is decoded, upright, RGB,
  /// 8 bits; a text is read as UTF-8; anything else stays the file that it is.
  /// - Throws: whatever is wrong with this item; all others are unaffected.
  func prepareItem(_ item: AdapterItem) throws -> PreparedItem

  /// Answers for each item of a batch, in their order.
  /// - Throws: whatever is wrong; the batch is then halved until the guilty item is alone.
  func predict(_ batch: AdapterBatch) async throws -> [AdapterPrediction]
}

/// An adapter whose model can learn.
public protocol TrainableAdapter: ModelAdapter {
  /// Changes prepared data into another form in place; by default it stays as it is.
  /// - Parameter data: The folder with `train` and `validation`, each with `items` and Dataloop's `json`.
  func convert(_ data: String) async throws

  /// Learns. The model that was learnt is the loaded one afterwards.
  func train(_ training: AdapterTraining) async throws -> AdapterTrainingOutcome

  /// Writes the model's files into a folder; they become its artifacts.
  /// - Returns: what is to be changed of the model: labels, configuration.
  func save(to folder: String) async throws -> AdapterChange
}

/// An adapter whose model gives vectors.
public protocol EmbeddingAdapter: ModelAdapter {
  /// A vector for each item of a batch, in their order; all of one length.
  func embed(_ batch: AdapterBatch) async throws -> [[Float]]
}

/// An adapter with figures of its own.
public protocol EvaluatingAdapter: ModelAdapter {
  /// Figures by name, kept beside Galley's own.
  func evaluate(_ items: [EvaluatedPredictions]) async throws -> [String: Double]
}

/// The words for what a user may write.
public enum AdapterFunction: String, Sendable, Hashable, Codable, CaseIterable {
  case load, predict, train, save, embed, evaluate, convert, prepareItem
}

extension ModelAdapter {
  public var functions: Set<AdapterFunction> {
    var written: Set<AdapterFunction> = [.load, .predict, .prepareItem]
    if self is any TrainableAdapter { written.formUnion([.train, .save, .convert]) }
    if self is any EmbeddingAdapter { written.insert(.embed) }
    if self is any EvaluatingAdapter { written.insert(.evaluate) }
    return written
  }

  public func prepareItem(_ item: AdapterItem) throws -> PreparedItem {
    try PreparedItem(reading: item, as: card.inputType)
  }
}

extension TrainableAdapter {
  public func convert(_ data: String) {}
}
