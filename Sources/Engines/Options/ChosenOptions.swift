// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A verb's options, with who said which: a value that was said stays said, even if it equals the default.
public struct ChosenOptions<Options: VerbOptions>: Sendable, Hashable, Codable {
  /// The values.
  public private(set) var options: Options
  /// The options that somebody said, by name; all others have their defaults.
  public private(set) var origins: [String: ExplainedValue.Origin]
  /// Options of backends' own, by the backend's id.
  public private(set) var backend: [String: [String: ConfigurationValue]]

  /// The key under which backends' own options stand.
  public static var backendKey: String { "backend" }

  /// Options of a program: what differs from the defaults counts as given.
  /// - Throws: `GalleyError` if the options don't encode, which is a mistake in Galley.
  public init(_ options: Options = Options()) throws(GalleyError) {
    let (values, defaults) = (try options.values(), try Options().values())
    self.options = options
    origins = values.filter { $0.value != defaults[$0.key] }.mapValues { _ in .given }
    backend = [:]
  }

  /// Options by name, checked: those that are given win over those of a recipe.
  /// - Parameters:
  ///   - given: by name; backends' own as groups under `backend`.
  ///   - recipe: the same, from a recipe.
  ///   - place: what the values belong to, for messages: "train".
  /// - Throws: `GalleyError` that names the first option which isn't known, with the nearest one, or isn't accepted.
  public init(
    given: [String: ConfigurationValue], recipe: [String: ConfigurationValue] = [:], at place: String
  ) throws(GalleyError) {
    var (own, base) = (given, recipe)
    let backends = [base.removeValue(forKey: Self.backendKey), own.removeValue(forKey: Self.backendKey)]
    backend = [:]
    for case let value? in backends {
      for (id, options) in try Self.groups(value, at: place) { backend[id, default: [:]].merge(options) { $1 } }
    }
    options = try Options(base.merging(own) { $1 }, at: place)
    origins = base.mapValues { _ in .recipe }.merging(own.mapValues { _ in .given }) { $1 }
  }

  /// The options with one more that is given.
  /// - Throws: `GalleyError` if it isn't known or isn't accepted.
  public func giving(_ name: String, _ value: ConfigurationValue, at place: String) throws(GalleyError) -> Self {
    var copy = self
    var values = try options.values()
    values[name] = value
    copy.options = try Options(values, at: place)
    copy.origins[name] = .given
    return copy
  }

  /// The options with values for some that nobody said; they stay unsaid.
  func adopting(_ values: [String: ConfigurationValue], at place: String) throws(GalleyError) -> Self {
    var copy = self
    copy.options = try Options(try options.values().merging(values) { $1 }, at: place)
    return copy
  }

  private static func groups(
    _ value: ConfigurationValue, at place: String
  ) throws(GalleyError) -> [String: [String: ConfigurationValue]] {
    guard case .map(let groups) = value else {
      throw GalleyError(
        .configuration, "can't use the backends' options", at: "\(place).\(backendKey)",
        why: "\(value) is \(value.kindName)", remedy: "Give a group of options for each backend: libtorch: {…}.")
    }
    var known: [String: [String: ConfigurationValue]] = [:]
    for (id, options) in groups {
      guard case .map(let options) = options else {
        throw GalleyError(
          .configuration, "can't use the backend's options", at: "\(place).\(backendKey).\(id)",
          why: "\(options) is \(options.kindName)", remedy: "Give its options by name.")
      }
      known[id] = options
    }
    return known
  }
}

extension ChosenOptions {
  /// All values in the order of their declarations, with their origins. Those that `choices` has were left to the plan.
  /// - Parameters:
  ///   - prefix: what their paths begin with: "train".
  ///   - complete: the options with everything chosen.
  ///   - choices: what the plan chose, by name, with the reasons.
  func explained(
    _ prefix: String, _ complete: Options, choices: [String: String] = [:]
  ) throws(GalleyError) -> [ExplainedValue] {
    let values = try complete.values()
    return Options.declarations.map { declaration in
      let value = values[declaration.name] ?? .null
      let path = "\(prefix).\(declaration.name)"
      if let reason = choices[declaration.name] { return ExplainedValue(path, value, .automatic, reason: reason) }
      return ExplainedValue(path, value, origins[declaration.name] ?? .default)
    }
  }
}
