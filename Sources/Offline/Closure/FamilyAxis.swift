// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Recipes

/// A place of a recipe at which several choices are wanted: `model.architecture`, or `trainer.epochs=1,5`.
public struct FamilyAxis: Sendable, Hashable {
  /// The place: a path or a synonym.
  public var path: String
  /// The choices; `nil` for all that the place offers.
  public var values: [ConfigurationValue]?

  /// Names a place.
  public init(path: String, values: [ConfigurationValue]? = nil) {
    self.path = path
    self.values = values
  }

  /// Reads `PATH`, or `PATH=VALUE,VALUE…` with values in YAML.
  /// - Throws: `GalleyError` if there is no path, or nothing after `=`.
  public init(_ text: String) throws(GalleyError) {
    guard let equals = text.firstIndex(of: "=") else {
      path = text.trimmed
      values = nil
      if path.isEmpty { throw Self.refusal(text, "it names no place") }
      return
    }
    path = text[..<equals].trimmed
    let rest = String(text[text.index(after: equals)...])
    // Commas within brackets belong to a value.
    guard case .list(let found) = ConfigurationValue(yaml: "[\(rest)]"), !found.isEmpty, !path.isEmpty else {
      throw Self.refusal(text, "it is no PATH=VALUE,VALUE")
    }
    values = found
  }

  private static func refusal(_ text: String, _ why: String) -> GalleyError {
    GalleyError(
      .usage, "can't use --each '\(text)'", why: why,
      remedy: "For example --each model.architecture, or --each 'trainer.epochs=1,5'.")
  }

  /// The choices that an entry offers.
  /// - Throws: `GalleyError` if it takes values that can't be listed.
  func choices(at entry: RecipeEntry, in catalogue: CardCatalogue) throws(GalleyError) -> [ConfigurationValue] {
    if let values { return values }
    switch entry.declaration.kind {
    case .ingredient(let accepts): return catalogue.fitting(accepts).map { .string($0.name) }
    case .bool: return [false, true]
    case .choice(let choices), .optional(.choice(let choices), _): return choices.map(\.value)
    default:
      throw GalleyError(
        .usage, "can't take each value of '\(path)'", why: "it takes \(entry.declaration.kind.summary)",
        remedy: "Name the values: --each '\(path)=VALUE,VALUE'.")
    }
  }
}
