// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

extension GoldenRow {
  /// What made a row.
  public enum Source: String, Sendable, Hashable, Codable { case run, bench, sweep, find, file }

  /// Joins a recipe with its measurement.
  /// - Parameter columns: What the recipe says besides, by column: `backbone`, `data_name`.
  /// - Throws: `GalleyError` if the recipe isn't JSON, a column isn't one or its value doesn't fit, or the measurement
  ///   holds a number that can't be: not finite, negative, an interval upside down, an accuracy over 1.
  public init(
    recipe: GoldenRecipe, variant: String, task: String, target: String, measurement: Measurement,
    source: Source = .run, columns: [String: GoldenValue] = [:], origin: RowOrigin = RowOrigin(),
    metadata: [String: String] = [:]
  ) throws(GalleyError) {
    for (name, value) in columns { try Self.check(name, value, variant) }
    if let fault = MeasurementFault.first(in: measurement) {
      throw Self.refusal(variant, fault.place, fault.why)
    }
    guard recipe.form == .none || Self.isJSON(recipe.content) else {
      throw Self.refusal(variant, "recipe", "the resolved recipe isn't JSON")
    }
    let text = try Self.text(of: measurement, variant)
    let named: [String: GoldenValue] = [
      "status": .text(Status.measured.rawValue), "source": .text(source.rawValue), "variant": .text(variant),
      "task": .text(task), "target": .text(target), "recipe_digest": .text(recipe.digest.hex),
    ]
    self.init(
      id: Digest(of: text), values: columns.merging(MeasuredColumns(measurement).values) { $1 }.merging(named) { $1 },
      recipe: recipe,
      measurement: measurement, origin: origin, metadata: metadata, measurementText: text)
  }

  /// Joins a resolved recipe of Galley with its measurement.
  /// - Throws: `GalleyError` as above.
  public init(
    recipeDigest: Digest, recipe: String, variant: String, task: String, target: String, measurement: Measurement,
    metadata: [String: String] = [:]
  ) throws(GalleyError) {
    try self.init(
      recipe: GoldenRecipe(recipe, form: .galley, digest: recipeDigest), variant: variant, task: task, target: target,
      measurement: measurement, metadata: metadata)
  }

  /// A trial that couldn't be measured; it is kept so that nobody tries it again unawares, and enters no choice.
  /// - Parameters:
  ///   - columns: What is known nevertheless, by column.
  ///   - time: When it failed, in seconds since 1970-01-01 00:00 UTC.
  /// - Throws: `GalleyError` if a column isn't one or its value doesn't fit.
  public init(
    failed reason: String, recipe: GoldenRecipe, variant: String, task: String, target: String, at time: Double,
    source: Source, columns: [String: GoldenValue] = [:], origin: RowOrigin = RowOrigin(),
    metadata: [String: String] = [:]
  ) throws(GalleyError) {
    for (name, value) in columns { try Self.check(name, value, variant) }
    let named: [String: GoldenValue] = [
      "status": .text(Status.failed.rawValue), "reason": .text(reason), "source": .text(source.rawValue),
      "variant": .text(variant), "task": .text(task), "target": .text(target),
      "recipe_digest": .text(recipe.digest.hex), "measured_at_unix_s": .real(time),
    ]
    try self.init(
      values: columns.merging(named) { $1 }, recipe: recipe, origin: origin, metadata: metadata)
  }

  private static func check(_ name: String, _ value: GoldenValue, _ variant: String) throws(GalleyError) {
    guard let column = GoldenColumn.all.first(where: { $0.name == name }), name != "id" else {
      throw refusal(variant, name, "there is no such column")
    }
    let fits =
      switch (column.kind, value) {
      case (_, .null), (.text, .text), (.integer, .integer), (.real, .real), (.real, .integer): true
      default: false
      }
    guard fits else { throw refusal(variant, name, "'\(value.plain)' isn't \(column.kind.rawValue)") }
  }

  private static func isJSON(_ text: String) -> Bool {
    (try? JSONDecoder().decode(ConfigurationValue.self, from: Data(text.utf8))) != nil
  }

  private static func text(of measurement: Measurement, _ variant: String) throws(GalleyError) -> String {
    do {
      return try VolumeText.encode(measurement)
    } catch EncodingError.invalidValue(let value, let context) {
      let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      throw refusal(variant, path, "\(value) isn't a finite number")
    } catch {
      throw refusal(variant, "measurement", "\(error)")
    }
  }

  private static func refusal(_ variant: String, _ place: String, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't keep the measurement of '\(variant)'", at: place, why: why, remedy: "Measure it again.")
  }
}
