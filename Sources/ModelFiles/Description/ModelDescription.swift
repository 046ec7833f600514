// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// What is known of a model's file without running it, whatever its format.
public struct ModelDescription: Sendable, Hashable {
  /// The model's format.
  public var format: ModelFormat
  /// The format's own versions, such as `IR 8, opset 17` or `version 11`.
  public var formatVersion: String
  /// The model's files: the one that names it, then those that hold its constants.
  public var files: [File]
  /// The program that wrote the model, if it says so.
  public var producer: String?
  /// What the model takes, in its order.
  public var inputs: [ValueSpec]
  /// The names of the inputs' open dimensions, by input and position; empty where a dimension is fixed or has none.
  public var dimensionNames: [[String]] = []
  /// What the model gives, in its order.
  public var outputs: [ValueSpec]
  /// The type of the operator that gives each output, by the output's name.
  public var outputOperators: [String: String]
  /// The operators by type, the most frequent first.
  public var operators: [OperatorCount]
  /// The constants by element type, the largest first; shapes and other small constants count too.
  public var parameters: [ParameterCount]
  /// Multiply-accumulate operations of one inference; `nil` if they aren't counted for this format or shape.
  public var multiplyAccumulates: Int?
  /// How whole numbers stand for real ones; `nil` if they don't.
  public var quantization: QuantizationSummary?
  /// Free text in the file, by key.
  public var metadata: [String: String]
  /// The licence that the file states.
  public var licence: String?
  /// Whatever else a reader should know, such as what could not be counted.
  public var notes: [String]

  /// One file of a model.
  public struct File: Sendable, Hashable, Codable {
    /// Its path.
    public var path: String
    /// Its size in bytes.
    public var byteCount: Int
    /// SHA-256 of its bytes.
    public var digest: Digest

    /// Creates a record.
    public init(path: String, byteCount: Int, digest: Digest) {
      self.path = path
      self.byteCount = byteCount
      self.digest = digest
    }
  }

  /// How often a type of operator occurs.
  public struct OperatorCount: Sendable, Hashable, Codable {
    /// The operator in the format's words; those outside the format's own set with their domain, as `com.acme::Fast`.
    public var type: String
    /// How often it occurs, in all graphs.
    public var count: Int

    /// Creates a record.
    public init(type: String, count: Int) {
      self.type = type
      self.count = count
    }
  }

  /// The constants of one element type.
  public struct ParameterCount: Sendable, Hashable, Codable {
    /// The element type in Galley's words, or in the format's if Galley has none.
    public var elementType: String
    /// How many numbers there are.
    public var count: Int
    /// The bytes that they take in the file.
    public var byteCount: Int

    /// Creates a record.
    public init(elementType: String, count: Int, byteCount: Int) {
      self.elementType = elementType
      self.count = count
      self.byteCount = byteCount
    }
  }

  /// How whole numbers stand for real ones in a model.
  public struct QuantizationSummary: Sendable, Hashable, Codable {
    /// The element types of quantized weights.
    public var weightTypes: [String]
    /// The element types of quantized values between operators; empty if only the weights are quantized.
    public var activationTypes: [String]
    /// Whether some weights have a scale for each channel; `nil` if the file doesn't show it.
    public var isPerChannel: Bool?
    /// The scheme in words.
    public var scheme: String

    /// Creates a summary.
    public init(weightTypes: [String], activationTypes: [String], isPerChannel: Bool?, scheme: String) {
      self.weightTypes = weightTypes
      self.activationTypes = activationTypes
      self.isPerChannel = isPerChannel
      self.scheme = scheme
    }
  }

  /// Creates a description of which nothing but the files is known yet.
  public init(format: ModelFormat, formatVersion: String, files: [File]) {
    self.format = format
    self.formatVersion = formatVersion
    self.files = files
    inputs = []
    outputs = []
    outputOperators = [:]
    operators = []
    parameters = []
    metadata = [:]
    notes = []
  }

  /// The path that names the model.
  public var path: String { files.first?.path ?? "" }
  /// The size of all files together in bytes.
  public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
  /// SHA-256 of the file that names the model.
  public var digest: Digest? { files.first?.digest }
  /// How many numbers the constants hold together.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
}
