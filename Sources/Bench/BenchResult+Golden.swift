// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Files
public import Galley
public import Golden
internal import Targets

/// What has to be said to measure one combination of a bench again: the recipe of its golden row.
public struct BenchRecipe: Sendable, Hashable, Codable {
  /// The combination.
  public var combination: BenchCase
  /// SHA-256 of the file that was measured.
  public var model: Digest
  /// Its format.
  public var format: ModelFormat
  /// SHA-256 of what it ran on.
  public var input: Digest
  /// How items became its input, where that was said.
  public var preprocessing: Preprocessing?
}

extension BenchResult {
  /// A golden row for each combination that was measured, and one for each that failed while it was measured.
  /// - Throws: `GalleyError` if a measurement can't enter a volume.
  public func goldenRows() throws -> [GoldenRow] {
    try rows.map { row in
      guard let measurement = row.measurement else { return try failed(row) }
      let recipe = BenchRecipe(
        combination: row.combination, model: measurement.model.digest, format: measurement.model.format,
        input: measurement.conditions.dataDigest, preprocessing: row.preprocessing)
      var files = [UsedFile(role: "model", name: absolute(row.model ?? ""), digest: measurement.model.digest)]
      if let input = row.input {
        files.append(UsedFile(role: "data", name: absolute(input), digest: measurement.conditions.dataDigest))
      }
      return try GoldenRow(
        recipe: GoldenRecipe(try text(recipe), form: .bench), variant: row.combination.name,
        task: measurement.quality == nil ? "unstated" : "classification", target: target ?? LocalTarget.card.name,
        measurement: measurement, source: .bench,
        origin: RowOrigin(command: words, files: files, preprocessing: row.preprocessing))
    }
  }

  private func failed(_ row: BenchRow) throws -> GoldenRow {
    try GoldenRow(
      failed: row.failure ?? "it was not measured",
      recipe: GoldenRecipe(try text(row.combination), form: .bench), variant: row.combination.name, task: "unstated",
      target: target ?? LocalTarget.card.name, at: endedAt, source: .bench,
      columns: [
        "runtime": .text(row.combination.runtime), "precision": .text(row.combination.precision.rawValue),
        "batch": .integer(row.combination.batch), "threads": .integer(row.combination.threads),
      ], origin: RowOrigin(command: words))
  }

  private var words: [String] { command.split(separator: " ").map(String.init) }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") || path.isEmpty ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
