// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// A file with a JSON object in each line, for each step of each batch:
/// `{"epoch":1,"step":20,"time":1700000000.5,"values":{"train/loss":0.25}}`. Infinities and NaN, which JSON has not, are
/// the texts `"inf"`, `"-inf"` and `"nan"`.
public struct JSONLinesLogger: TrainingLogger {
  private let file: LogFile
  private var end: Int

  /// Opens a file.
  /// - Parameter firstStep: the first step of a run that is resumed: lines of that step and later are removed, and what
  ///   is left of a line that was cut. `nil` replaces an earlier file.
  /// - Throws: `GalleyError` if it can't be written, or an earlier file is not such a file.
  public init(path: String, resumingAt firstStep: Int? = nil) throws(GalleyError) {
    var kept: [UInt8] = []
    if let firstStep {
      // What follows the last end of line was cut.
      for (index, line) in try LogFile.earlier(path).split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
        .enumerated()
      {
        guard let step = try? JSONDecoder().decode(Line.self, from: Data(line)).step else {
          throw GalleyError(
            .badData, "can't resume the training log", at: "\(path), line \(index + 1)", why: "it is no line of a log",
            remedy: "Move the file away, or choose another folder for logs.")
        }
        if step < firstStep { kept += line + [0x0A] }
      }
    }
    try LogFile.replace(path, by: kept)
    file = try LogFile(path)
    end = kept.count
  }

  public mutating func log(_ scalars: [LoggedScalar]) throws(GalleyError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var lines: [UInt8] = []
    for group in StepValues.grouped(scalars) {
      let values = Dictionary(group.values.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
      do {
        let line = Line(epoch: group.epoch, step: group.step, time: group.wallTime, values: values)
        lines += [UInt8](try encoder.encode(line)) + [0x0A]
      } catch {
        throw GalleyError(.software, "can't write the training log", at: file.path, why: "\(error)")
      }
    }
    try file.write(lines, at: end)
    end += lines.count
  }

  private struct Line: Codable {
    var epoch: Int?
    var step: Int
    var time: Double
    var values: [String: Double]

    enum CodingKeys: String, CodingKey { case epoch, step, time, values }

    init(epoch: Int?, step: Int, time: Double, values: [String: Double]) {
      self.epoch = epoch
      self.step = step
      self.time = time
      self.values = values
    }

    /// Only the step is looked at when a log is resumed; the values may be texts.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      step = try container.decode(Int.self, forKey: .step)
      (epoch, time, values) = (nil, 0, [:])
    }
  }
}
