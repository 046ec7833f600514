// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An ingredient as people write it on one line: `name`, or `name:option=value,option=value`.
public struct IngredientNotation: Sendable, Hashable {
  /// The name before the colon.
  public let name: String
  /// The options as they were written.
  public let options: [String: String]

  /// Reads a line; an option without a value stands for `true`.
  /// - Throws: `GalleyError` with the part that names no option.
  public init(_ text: String) throws(GalleyError) {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var options: [String: String] = [:]
    for pair in halves.dropFirst().joined().split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let option = parts.first, !option.isEmpty else {
        throw GalleyError(
          .usage, "can't use the options", at: text, why: "'\(pair)' names no option",
          remedy: "Write them as name:option=value,option=value.")
      }
      options[option] = parts.count > 1 ? parts[1] : "true"
    }
    name = halves.first.map(String.init) ?? ""
    self.options = options
  }

  /// The choice of `card` with these options and `others`, which win, complete with the card's defaults.
  /// - Parameters:
  ///   - others: more options as they were written.
  ///   - remedy: where the user reads which options there are.
  /// - Throws: `GalleyError` for an option that the card doesn't have, with the nearest, or doesn't accept.
  public func choice(
    of card: Card, with others: [String: String] = [:], remedy: String = ""
  ) throws(GalleyError) -> IngredientChoice {
    var values: [String: ConfigurationValue] = [:]
    for (name, text) in options.merging(others, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
      guard let declaration = card.options.first(where: { $0.name == name || $0.name.flagName == name }) else {
        let names = card.options.map(\.name)
        throw GalleyError(
          .usage, "can't use the option '\(name)'", at: card.name, why: "\(card.name) has no such option",
          remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
            ?? "It has \(names.joined(separator: ", "))\(remedy).")
      }
      values[declaration.name] = try declaration.value(of: text, at: "\(card.name).\(declaration.name)")
    }
    return try IngredientChoice(card.name, options: values).completed(by: card)
  }
}
