// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley
internal import JSONStream

/// Writes what became of items, one line for each, as a file that is whole or not there.
///
/// JSON lines: each an `ItemResult`, with `truth`, a list of labels, where it is known. CSV after RFC 4180, UTF-8: the
/// columns are `id`, `status`, `class` and `probability` (numbered if an answer names several, and one list in JSON for
/// multi-label classification), `truth` where it is known, `stage`, `reason`, and a probability for each label.
public final class PredictionFile {
  /// How lines are written.
  public typealias Format = PredictOptions.FormatName

  private let stream: AtomicFileStream
  private let table: PredictionTable?
  private let labels: [String]
  private let hasTruth: Bool

  /// Begins a file in `folder`, named `predictions.jsonl` or `predictions.csv`.
  /// - Parameters:
  ///   - topK: Classes that an answer names; `nil` for multi-label classification.
  ///   - hasTruth: Whether the items' classes are written.
  /// - Throws: `GalleyError` if nothing can be written there.
  public init(
    in folder: String, _ format: Format, labels: [String], topK: Int?, hasTruth: Bool
  ) throws(GalleyError) {
    self.labels = labels
    self.hasTruth = hasTruth
    table = format == .csv ? PredictionTable(labels: labels, topK: topK, hasTruth: hasTruth) : nil
    do throws(FileError) {
      stream = try AtomicFileStream("\(folder)/predictions.\(format == .csv ? "csv" : "jsonl")")
      if let table { try stream.append(table.header.utf8) }
    } catch {
      throw Self.refusal(error)
    }
  }

  /// Writes an item's line.
  /// - Throws: `GalleyError` if it can't be written.
  public func append(_ outcome: ItemInference.Outcome) throws(GalleyError) {
    let truth = hasTruth ? outcome.truth.compactMap { labels.indices.contains($0) ? labels[$0] : nil } : nil
    do throws(FileError) {
      if let table {
        try stream.append(table.row(outcome.result, truth: truth).utf8)
      } else {
        try stream.append(Self.line(outcome.result, truth: truth))
      }
    } catch {
      throw Self.refusal(error)
    }
  }

  /// Gives the file its name.
  /// - Throws: `GalleyError` if it can't be written.
  public func finish() throws(GalleyError) -> VerbResult.ProducedFile {
    do throws(FileError) {
      try stream.finish()
      return VerbResult.ProducedFile(
        path: stream.path, digest: try Digest(ofFileAt: stream.path), byteCount: stream.byteCount)
    } catch {
      throw Self.refusal(error)
    }
  }

  private static func refusal(_ error: FileError) -> GalleyError {
    GalleyError(writing: error, "can't write the predictions")
  }

  /// A line of JSON, as `ItemResult` encodes itself.
  private static func line(_ result: ItemResult, truth: [String]?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("id")
      writer.write(result.id)
      writer.key("status")
      switch result.outcome {
      case .ok(let answer):
        writer.write("ok")
        write(answer, &writer)
      case .failed(let stage, let reason):
        writer.write("failed")
        writer.key("stage")
        writer.write(stage.rawValue)
        writer.key("reason")
        writer.write(reason)
      case .skipped(let reason):
        writer.write("skipped")
        writer.key("reason")
        writer.write(reason)
      }
      guard let truth else { return }
      writer.key("truth")
      writer.array { writer in for label in truth { writer.write(label) } }
    }
    return writer.bytes + [0x0A]
  }

  private static func write(_ answer: ItemResult.Answer, _ writer: inout JSONWriter) {
    writer.key("classes")
    writer.array { writer in
      for chosen in answer.classes {
        writer.object { writer in
          writer.key("label")
          writer.write(chosen.label)
          writer.key("index")
          writer.write(chosen.index)
          writer.key("probability")
          writer.write(chosen.probability)
        }
      }
    }
    writer.key("probabilities")
    writer.array { writer in for probability in answer.probabilities { writer.write(probability) } }
  }
}
