// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// What judging a model gave: the file `evaluation.json`.
public struct EvaluationFile: Sendable, Hashable, Codable {
  /// Name and version of the file format.
  public static let format = "galley.evaluation/1"

  /// The file's format and version.
  public private(set) var format = EvaluationFile.format
  /// `validate` or `test`.
  public var verb: EngineVerb
  /// The subset that was judged.
  public var subset: Subset
  /// The model in words.
  public var model: String
  /// SHA-256 of the file that names the items.
  public var data: Digest
  /// The classes' names.
  public var labels: [String]
  /// Items by what became of them; the report rests on those that were answered.
  public var itemCounts: VerbResult.ItemCounts
  /// The metrics with their intervals and notes, the classes, the confusion matrix.
  public var report: ClassificationReport
  /// The items that failed or were skipped, each with its reason.
  public var missing: [ItemResult]
  /// What a reader must know.
  public var notes: [String]

  /// Writes the file as a whole or not at all.
  /// - Throws: `GalleyError` if it can't be written.
  @discardableResult
  public func write(to path: String) throws(GalleyError) -> VerbResult.ProducedFile {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let data = try encoder.encode(self)
      try AtomicFile.write(data, to: path)
      return VerbResult.ProducedFile(path: path, digest: Digest(of: data), byteCount: data.count)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the evaluation")
    } catch {
      throw GalleyError(.software, "can't write the evaluation", at: path, why: "\(error)")
    }
  }

  /// Reads a file that ``write(to:)`` wrote.
  /// - Throws: `GalleyError` if it is missing or is something else.
  public static func reading(_ path: String) throws(GalleyError) -> EvaluationFile {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(.missingInput, "can't read the evaluation", at: path, why: FileError(.read, path).reason)
    }
    do {
      return try JSONDecoder().decode(EvaluationFile.self, from: data)
    } catch {
      throw GalleyError(
        .badData, "can't use the evaluation", at: path, why: "it is not of the format \(format): \(error)")
    }
  }
}
