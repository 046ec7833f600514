// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What an adapter says of itself before anything is loaded.
public struct AdapterCard: Sendable, Hashable, Codable {
  /// What the items are.
  public enum Input: String, Sendable, Hashable, Codable, CaseIterable { case image, text, file }

  /// What is predicted, in Dataloop's words.
  public enum Output: String, Sendable, Hashable, Codable, CaseIterable {
    case `class`, box, segment, binary, point, pose, embedding
  }

  /// The adapter's name, for messages.
  public var name: String
  /// The version of its code.
  public var version: String
  /// One sentence for lists.
  public var summary: String
  /// What the items are.
  public var inputType: Input
  /// What is predicted.
  public var outputType: Output
  /// The labels that it knows whatever the model is; `nil` if the model says them.
  public var labels: [String]?
  /// The keys of a model's configuration that it reads.
  public var options: [OptionDeclaration]
  /// Items of one batch, unless the configuration's `batch_size` or the caller says another number.
  public var batchSize: Int

  /// The batch when nobody says anything, as in Dataloop.
  public static let usualBatchSize = 4

  /// Describes an adapter.
  public init(
    name: String, version: String = "1.0.0", summary: String = "", inputType: Input = .image, outputType: Output,
    labels: [String]? = nil, options: [OptionDeclaration] = [], batchSize: Int = usualBatchSize
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.inputType = inputType
    self.outputType = outputType
    self.labels = labels
    self.options = options
    self.batchSize = max(1, batchSize)
  }

  /// Reads a card; what it may leave out has its default.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      version: try container.decodeIfPresent(String.self, forKey: .version) ?? "1.0.0",
      summary: try container.decodeIfPresent(String.self, forKey: .summary) ?? "",
      inputType: try container.decodeIfPresent(Input.self, forKey: .inputType) ?? .image,
      outputType: try container.decodeIfPresent(Output.self, forKey: .outputType) ?? .class,
      labels: try container.decodeIfPresent([String].self, forKey: .labels),
      options: try container.decodeIfPresent([OptionDeclaration].self, forKey: .options) ?? [],
      batchSize: try container.decodeIfPresent(Int.self, forKey: .batchSize) ?? Self.usualBatchSize)
  }
}
