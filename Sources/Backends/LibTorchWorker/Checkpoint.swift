// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Tensors

internal import FoundationEssentials

/// A trained network: weights under PyTorch's state-dict names, and all that is needed to build the network again.
///
/// The file is safetensors; what is not weights stands in its metadata, texts as they are and everything else as JSON.
/// Equal contents give equal bytes.
public struct Checkpoint: Sendable {
  /// Name and version of the file format.
  public static let format = "galley.checkpoint/1"

  /// The network, with all options.
  public var architecture: IngredientChoice
  /// The version of the architecture's card.
  public var architectureVersion: SemanticVersion
  /// The shape of one input.
  public var inputShape: [Int]
  /// The classes' names, in the order of the outputs.
  public var labels: [String]
  /// How an item becomes an input.
  public var preprocessing: Preprocessing
  /// What the network is for.
  public var task: EngineTask
  /// How it was trained, with all options.
  public var trainer: IngredientChoice
  /// Seed of initialisation, order and augmentation.
  public var seed: UInt64
  /// Threads that one operation used.
  public var threads: Int
  /// SHA-256 of the prepared data.
  public var data: Digest
  /// SHA-256 of the weights that training began with; `nil` if it began afresh.
  public var initialWeights: Digest?
  /// LibTorch's version.
  public var libTorchVersion: String
  /// The weights and buffers.
  public var weights: [String: Tensor]

  /// Reads a checkpoint.
  /// - Throws: `GalleyError` if the file is missing or is something else.
  public init(contentsOf path: String) throws(GalleyError) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the checkpoint", at: path, why: FileError(.read, path).reason,
        remedy: "Run the recipe again; the network is then trained anew.")
    }
    do {
      try self.init(Safetensors(bytes))
    } catch {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path, why: "\(error)",
        remedy: "Remove it and run the recipe again; the network is then trained anew.")
    }
  }

  init(
    architecture: IngredientChoice, architectureVersion: SemanticVersion, inputShape: [Int], labels: [String],
    preprocessing: Preprocessing, task: EngineTask, trainer: IngredientChoice, seed: UInt64, threads: Int, data: Digest,
    initialWeights: Digest? = nil, libTorchVersion: String, weights: [String: Tensor]
  ) {
    self.architecture = architecture
    self.architectureVersion = architectureVersion
    self.inputShape = inputShape
    self.labels = labels
    self.preprocessing = preprocessing
    self.task = task
    self.trainer = trainer
    self.seed = seed
    self.threads = threads
    self.data = data
    self.initialWeights = initialWeights
    self.libTorchVersion = libTorchVersion
    self.weights = weights
  }

  init(_ file: Safetensors) throws {
    let metadata = CheckpointMetadata(file.metadata)
    guard try metadata.text("format") == Self.format else { throw CheckpointMetadata.Missing(key: "format") }
    architecture = IngredientChoice(
      try metadata.text("architecture"), options: try metadata.value("architecture.options"))
    architectureVersion = try metadata.value("architecture.version")
    inputShape = try metadata.value("input.shape")
    labels = try metadata.value("labels")
    preprocessing = try metadata.value("preprocessing")
    // Checkpoints of before had no other task.
    task = metadata.entries["task"] == nil ? .classification : try metadata.value("task")
    trainer = IngredientChoice(try metadata.text("trainer"), options: try metadata.value("trainer.options"))
    seed = try metadata.value("seed")
    threads = try metadata.value("threads")
    data = try metadata.value("data.sha256")
    initialWeights = metadata.entries["initial.sha256"] == nil ? nil : try metadata.value("initial.sha256")
    libTorchVersion = try metadata.text("libtorch")
    weights = file.tensors
  }

  /// The file's contents.
  func safetensors() throws -> Safetensors {
    var metadata = CheckpointMetadata([
      "format": Self.format, "architecture": architecture.name, "trainer": trainer.name, "libtorch": libTorchVersion,
    ])
    try metadata.set("architecture.options", architecture.options)
    try metadata.set("architecture.version", architectureVersion)
    try metadata.set("input.shape", inputShape)
    try metadata.set("labels", labels)
    try metadata.set("preprocessing", preprocessing)
    try metadata.set("task", task)
    try metadata.set("trainer.options", trainer.options)
    try metadata.set("seed", seed)
    try metadata.set("threads", threads)
    try metadata.set("data.sha256", data)
    if let initialWeights { try metadata.set("initial.sha256", initialWeights) }
    return Safetensors(tensors: weights, metadata: metadata.entries)
  }
}

/// Texts and JSON values by key, as safetensors' metadata holds them.
struct CheckpointMetadata {
  /// A key that isn't there, or whose value isn't what it must be.
  struct Missing: Error, CustomStringConvertible {
    var key: String
    var description: String { "its metadata has no usable '\(key)'" }
  }

  private(set) var entries: [String: String]

  init(_ entries: [String: String]) { self.entries = entries }

  func text(_ key: String) throws -> String {
    guard let text = entries[key] else { throw Missing(key: key) }
    return text
  }

  func value<Value: Decodable>(_ key: String) throws -> Value {
    guard let text = entries[key], let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
      throw Missing(key: key)
    }
    return value
  }

  mutating func set(_ key: String, _ value: some Encodable) throws {
    entries[key] = try Self.json(value)
  }

  /// JSON with sorted keys and no spaces: equal values give equal text.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
