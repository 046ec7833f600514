// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Tensors

/// Values for every input of a model, sample by sample, in one file: what a model is run on when nothing has to be
/// preprocessed.
///
/// The file is safetensors: a tensor for each input, whose first dimension counts the samples and whose others are the
/// shape of one input, and in the metadata `format` and `inputs`, the names in the model's order (a JSON list).
public struct SampleFile: Sendable, Hashable {
  /// The inputs in the model's order.
  public let inputs: [Input]
  /// Number of samples.
  public let count: Int

  /// One input's values.
  public struct Input: Sendable, Hashable {
    /// The name by which the model knows the input.
    public var name: String
    /// All samples: `[samples] + shape of one`.
    public var values: Tensor

    /// Joins a name and values.
    public init(name: String, values: Tensor) {
      self.name = name
      self.values = values
    }
  }

  /// Name and version of the file format.
  public static let format = "galley.samples/1"

  /// Joins inputs.
  /// - Throws: `GalleyError` if there is none, a name occurs twice, or their numbers of samples differ.
  public init(_ inputs: [Input]) throws(GalleyError) {
    guard let count = inputs.first?.values.shape.first, count > 0 else { throw Self.refusal("there are no samples") }
    guard inputs.allSatisfy({ $0.values.shape.first == count }) else {
      throw Self.refusal(
        "the numbers of samples differ: "
          + inputs.map { "\($0.values.shape.first ?? 0) of '\($0.name)'" }.joined(separator: ", "))
    }
    guard Set(inputs.map(\.name)).count == inputs.count else { throw Self.refusal("an input's name occurs twice") }
    self.inputs = inputs
    self.count = count
  }

  /// Writes the file as a whole or not at all.
  /// - Returns: the digest of the file.
  /// - Throws: `GalleyError` if it can't be written.
  @discardableResult
  public func write(to path: String) throws(GalleyError) -> Digest {
    try AtomicFile.write(to: path, or: "can't write the samples", code: .badData) {
      let names = String(decoding: try JSONEncoder().encode(inputs.map(\.name)), as: UTF8.self)
      return try Safetensors(
        tensors: Dictionary(inputs.map { ($0.name, $0.values) }) { first, _ in first },
        metadata: ["format": Self.format, "inputs": names]
      ).serialized()
    }
  }

  /// Reads a file that ``write(to:)`` wrote.
  /// - Throws: `GalleyError` if it is missing or is something else.
  public init(contentsOf path: String) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(.missingInput, "can't read the samples", at: path, why: FileError(.read, path).reason)
    }
    do {
      let file = try Safetensors(data)
      guard file.metadata["format"] == Self.format, let text = file.metadata["inputs"] else {
        throw Self.refusal("it is not of the format \(Self.format)")
      }
      let names = try JSONDecoder().decode([String].self, from: Data(text.utf8))
      try self.init(names.map { Input(name: $0, values: try file.tensor($0)) })
    } catch let error as GalleyError {
      throw Self.refusal(error.why, at: path)
    } catch {
      throw Self.refusal("\(error)", at: path)
    }
  }

  private static func refusal(_ why: String, at path: String? = nil) -> GalleyError {
    GalleyError(.badData, "can't use the samples", at: path, why: why)
  }
}
