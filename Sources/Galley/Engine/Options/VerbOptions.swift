// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// The options of one verb: a typed value with one declaration for each stored property, of the same name.
///
/// They are the same for every backend. The declarations give the command line its flags and `models show` its list;
/// decoding is strict. A value of `nil` means that the engine's plan chooses, or that there is no limit.
public protocol VerbOptions: Codable, Sendable, Hashable {
  /// The options, in the order in which help shows them.
  static var declarations: [OptionDeclaration] { get }
  /// The defaults.
  init()
}

extension VerbOptions {
  /// Reads options; whatever isn't given has its default.
  /// - Parameter place: What the values belong to, for messages.
  /// - Throws: `GalleyError` that names the first option which isn't known or isn't accepted.
  public init(_ given: [String: ConfigurationValue], at place: String) throws(GalleyError) {
    let card = Card(
      taxonomy: place, version: SemanticVersion(1, 0, 0), summary: "", options: Self.declarations)
    let complete = try IngredientChoice(place, options: given).completed(by: card)
    do {
      self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(complete.options))
    } catch {
      throw GalleyError(
        .software, "can't decode the options of \(place)", why: "the declarations and the type differ: \(error)")
    }
  }

  /// All values by name; `null` where the plan chooses or there is no limit.
  /// - Throws: `GalleyError` if the type doesn't encode as a group of keys, which is a mistake in Galley.
  public func values() throws(GalleyError) -> [String: ConfigurationValue] {
    do {
      var values = try JSONDecoder().decode(
        [String: ConfigurationValue].self, from: JSONEncoder().encode(self))
      for declaration in Self.declarations where values[declaration.name] == nil { values[declaration.name] = .null }
      return values
    } catch {
      throw GalleyError(.software, "can't write options down", why: "\(error)")
    }
  }
}
