// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// A recipe with its measurement: one row of a golden volume.
///
/// A row can't be made without the conditions of its measurement, nor with a number that isn't one.
public struct GoldenRow: Sendable, Hashable {
  /// Digest of the measurement's JSON: the row's name, whoever holds it.
  public let id: Digest
  /// Digest of the resolved recipe.
  public let recipeDigest: Digest
  /// The resolved recipe, as JSON.
  public let recipe: String
  /// The variant's name.
  public let variant: String
  /// The task, such as `image-classification`.
  public let task: String
  /// Name of the target that measured.
  public let target: String
  /// What was measured, with its conditions.
  public let measurement: Measurement
  /// Whatever else the user wants to keep with the row.
  public let metadata: [String: String]
  /// The measurement as JSON; `id` is the digest of these bytes.
  let measurementText: String

  /// Joins a recipe with its measurement.
  /// - Throws: `GalleyError` if the recipe isn't JSON, or the measurement holds a number that can't be: not finite,
  ///   negative, an interval upside down, an accuracy over 1.
  public init(
    recipeDigest: Digest, recipe: String, variant: String, task: String, target: String, measurement: Measurement,
    metadata: [String: String] = [:]
  ) throws(GalleyError) {
    if let fault = MeasurementFault.first(in: measurement) {
      throw Self.refusal(variant, fault.place, fault.why)
    }
    guard (try? JSONDecoder().decode(ConfigurationValue.self, from: Data(recipe.utf8))) != nil else {
      throw Self.refusal(variant, "recipe", "the resolved recipe isn't JSON")
    }
    let text = try Self.text(of: measurement, variant)
    self.init(
      id: Digest(of: text), recipeDigest: recipeDigest, recipe: recipe, variant: variant, task: task, target: target,
      measurement: measurement, metadata: metadata, measurementText: text)
  }

  /// Takes what a volume holds.
  init(
    id: Digest, recipeDigest: Digest, recipe: String, variant: String, task: String, target: String,
    measurement: Measurement, metadata: [String: String], measurementText: String
  ) {
    self.id = id
    self.recipeDigest = recipeDigest
    self.recipe = recipe
    self.variant = variant
    self.task = task
    self.target = target
    self.measurement = measurement
    self.metadata = metadata
    self.measurementText = measurementText
  }

  /// Digest of the items measured on.
  public var dataDigest: Digest { measurement.conditions.dataDigest }

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

/// JSON as a volume keeps it: sorted keys, so that equal values give equal bytes.
enum VolumeText {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }
}
