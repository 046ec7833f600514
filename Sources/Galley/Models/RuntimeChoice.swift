// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// A runtime by the name of its ingredient, with options that are complete: as a recipe names it, and as it travels to
/// the process that executes the model.
public struct RuntimeChoice: Sendable, Hashable, Codable {
  /// The ingredient's name or whole taxonomy: `onnxruntime`.
  public var name: String
  /// Its options by name.
  public var options: [String: ConfigurationValue]

  /// Chooses.
  public init(name: String, options: [String: ConfigurationValue]) {
    self.name = name
    self.options = options
  }

  /// Chooses a runtime with typed options.
  /// - Throws: `EncodingError` or `DecodingError` if the options aren't a group of keys.
  public init<Chosen: Runtime>(_ runtime: Chosen.Type, _ options: Chosen.Options) throws {
    let data = try JSONEncoder().encode(options)
    self.init(
      name: runtime.card.name, options: try JSONDecoder().decode([String: ConfigurationValue].self, from: data))
  }
}

extension RuntimeChoice: OptionSource {
  public func options<Made: Ingredient>(of type: Made.Type) throws -> Made.Options {
    do {
      return try JSONDecoder().decode(Made.Options.self, from: JSONEncoder().encode(options))
    } catch {
      throw GalleyError(
        .configuration, "can't use the runtime '\(name)'", why: "its options don't fit: \(error)",
        remedy: "Give all options that its card declares: " + type.card.options.map(\.name).joined(separator: ", "))
    }
  }
}
