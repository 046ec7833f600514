// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Tensors

/// The format of a model's file.
public enum ModelFormat: String, Sendable, Hashable, Codable, CaseIterable {
  case onnx
  case openvino
  case tflite
  /// A checkpoint of Galley's: what LibTorch trained and executes.
  case checkpoint
}

/// A model in a file, known by the digest of its bytes.
public struct ModelFile: Sendable, Hashable, Codable {
  /// Where the file lies on this machine.
  public var path: String
  /// The file's format.
  public var format: ModelFormat
  /// SHA-256 of the file.
  public var digest: Digest
  /// Size of the file in bytes.
  public var byteCount: Int

  /// Describes a file.
  public init(path: String, format: ModelFormat, digest: Digest, byteCount: Int) {
    self.path = path
    self.format = format
    self.digest = digest
    self.byteCount = byteCount
  }
}

/// What a program must know to use a model file: the meaning of its input and output.
public struct ModelCard: Sendable, Hashable, Codable {
  /// The input.
  public var input: TensorSpec
  /// The output: one score for each label.
  public var output: TensorSpec
  /// Whether the scores are logits or already probabilities.
  public var scores: Scores
  /// How raw items become the input.
  public var preprocessing: Preprocessing
  /// The classes' names, in the order of the scores.
  public var labels: [String]
  /// What the scores are for.
  public var task: EngineTask
  /// The labels as ModelAPI's metadata has them, if they differ: it can't hold blanks.
  public var modelAPILabels: [String]?

  /// The meaning of a classifier's scores.
  public enum Scores: String, Sendable, Hashable, Codable { case logits, probabilities }

  /// Creates a card.
  public init(
    input: TensorSpec, output: TensorSpec, scores: Scores, preprocessing: Preprocessing, labels: [String],
    task: EngineTask = .classification, modelAPILabels: [String]? = nil
  ) {
    self.input = input
    self.output = output
    self.scores = scores
    self.preprocessing = preprocessing
    self.labels = labels
    self.task = task
    self.modelAPILabels = modelAPILabels
  }

  private enum CodingKeys: String, CodingKey {
    case input, output, scores, preprocessing, labels, task, modelAPILabels
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      input: try container.decode(TensorSpec.self, forKey: .input),
      output: try container.decode(TensorSpec.self, forKey: .output),
      scores: try container.decode(Scores.self, forKey: .scores),
      preprocessing: try container.decode(Preprocessing.self, forKey: .preprocessing),
      labels: try container.decode([String].self, forKey: .labels),
      task: try container.decodeIfPresent(EngineTask.self, forKey: .task) ?? .classification,
      modelAPILabels: try container.decodeIfPresent([String].self, forKey: .modelAPILabels))
  }

  /// What is usual is left out, so that a card has the bytes that it always had.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(input, forKey: .input)
    try container.encode(output, forKey: .output)
    try container.encode(scores, forKey: .scores)
    try container.encode(preprocessing, forKey: .preprocessing)
    try container.encode(labels, forKey: .labels)
    if task != .classification { try container.encode(task, forKey: .task) }
    try container.encodeIfPresent(modelAPILabels, forKey: .modelAPILabels)
  }
}
