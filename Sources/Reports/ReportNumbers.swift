// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Files
internal import Galley

/// The content of `report.json`: what was reported, what was found in words, and the units of all numbers.
struct ReportNumbers: Codable {
  /// Name and version of this format.
  var schema: String
  /// Units by key: a number has the unit of its own key or else of the nearest key above it.
  var units: [String: String]
  /// The finding.
  var headline: String
  /// The figures behind it.
  var support: String
  /// What weakens the finding.
  var doubts: [String]
  /// Names of the variants on the front, fastest first.
  var front: [String]
  /// What was reported.
  var report: RunReport

  /// The format that this version writes and reads.
  static let currentSchema = "galley.report/1"

  /// The unit of every number in a report.
  static let units = [
    "count": "count", "itemCount": "count", "batch": "count", "threads": "count", "processes": "count",
    "blocks": "count", "inferencesPerBlock": "count", "warmUp": "count", "processorCount": "count",
    "onlyBaselineCorrect": "count", "onlyCandidateCorrect": "count", "countsByClass": "count", "support": "count",
    "confusion": "count", "epochs": "count", "epoch": "count from 1", "bestEpoch": "count from 1",
    "sampleCount": "count", "width": "pixels", "height": "pixels", "seed": "none", "loadBefore": "processes",
    "loadAfter": "processes", "trainLoss": "loss", "validationLoss": "loss", "maximumDifference": "score",
    "meanDifference": "score", "tolerance": "score", "pValue": "probability",
    "startedAt": "s since 1970-01-01T00:00Z", "endedAt": "s since 1970-01-01T00:00Z",
    "time": "s since 1970-01-01T00:00Z", "seconds": "s", "latency": "s", "processMedians": "s", "sigma": "s",
    "medianInterval": "s", "load": "s", "firstInference": "s", "preprocessing": "s", "decoding": "s",
    "postprocessing": "s", "endToEnd": "s", "byteCount": "B", "memoryBytes": "B", "peakResidentBytes": "B",
    "baselineResidentBytes": "B",
    "processorUse": "cores", "accuracy": "fraction", "accuracyInterval": "fraction", "accuracyDifference": "fraction",
    "validationAccuracy": "fraction", "classes": "fraction",
    "stream": "s", "queries": "count", "percentile": "fraction", "queriesPerSecond": "1/s", "throughput": "1/s",
    "samplesPerSecond": "1/s", "samples": "count", "sessions": "count", "windowSeconds": "s",
    "worstDifference": "as the output", "worstShare": "fraction", "speedup": "ratio", "level": "fraction",
    "pixels": "brightness, 0 black to 255 white",
  ]

  init(_ document: ReportDocument) {
    schema = Self.currentSchema
    units = Self.units
    headline = document.headline.sentence
    support = document.headline.support
    doubts = document.headline.doubts
    front = document.report.variants.filter(\.isOnFront).sorted { $0.median < $1.median }.map(\.name)
    report = document.report
  }

  /// The file's bytes; numbers that JSON doesn't know are the texts `Infinity`, `-Infinity` and `NaN`.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try encoder.encode(self)
  }

  /// Reads the report in a file's bytes, or the report alone, which has no schema of its own.
  static func decode(_ data: Data) throws -> RunReport {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let schema = try decoder.decode(Version.self, from: data).schema else {
      return try decoder.decode(RunReport.self, from: data)
    }
    guard schema == currentSchema else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "its schema is '\(schema)', and this Galley reads '\(currentSchema)'"))
    }
    return try decoder.decode(ReportNumbers.self, from: data).report
  }

  /// The place and the reason of a decoding error, in words.
  static func explain(_ error: DecodingError) -> String {
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
    case .keyNotFound(let key, let found):
      context = found
      return "the key '\((found.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: "."))' is missing"
    @unknown default: return "\(error)"
    }
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
  }

  private struct Version: Decodable { var schema: String? }
}
