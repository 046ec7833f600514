// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Tensors

/// The format of a model's file.
public enum ModelFormat: String, Sendable, Hashable, Codable {
  case onnx
  case openvino
  case tflite
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

  /// The meaning of a classifier's scores.
  public enum Scores: String, Sendable, Hashable, Codable { case logits, probabilities }

  /// Creates a card.
  public init(
    input: TensorSpec, output: TensorSpec, scores: Scores, preprocessing: Preprocessing, labels: [String]
  ) {
    self.input = input
    self.output = output
    self.scores = scores
    self.preprocessing = preprocessing
    self.labels = labels
  }
}
