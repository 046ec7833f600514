// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Recipes

/// Choices as a person writes them: `model.architecture=resnet-18 and trainer.epochs=5`.
///
/// Each is `PATH=VALUE` or `PATH == VALUE` with the value in YAML; between them stand commas, `and` or `&&`. What lies in
/// brackets or quotes belongs to its value.
public struct ChoiceExpression: Sendable, Hashable, CustomStringConvertible {
  /// The choices, in their order.
  public var choices: [ChoiceMade]

  /// Names choices.
  public init(_ choices: [ChoiceMade]) { self.choices = choices }

  /// Reads choices.
  /// - Throws: `GalleyError` if a part is none, if a bracket or quote isn't closed, or if a place is chosen twice.
  public init(_ text: String) throws(GalleyError) {
    var choices: [ChoiceMade] = []
    for part in try Self.parts(of: text) {
      let choice = try Self.choice(part, in: text)
      guard !choices.contains(where: { $0.path == choice.path }) else {
        throw Self.refusal(text, "'\(choice.path)' is chosen twice")
      }
      choices.append(choice)
    }
    self.choices = choices
  }

  public var description: String { choices.map(\.description).joined(separator: " and ") }

  private static func choice(_ part: String, in text: String) throws(GalleyError) -> ChoiceMade {
    guard let equals = part.firstIndex(of: "=") else { throw refusal(text, "'\(part)' is no PATH=VALUE") }
    let path = part[..<equals].trimmed
    var value = part[part.index(after: equals)...]
    if value.hasPrefix("=") { value = value.dropFirst() }
    let isCut = value.trimmed.lowercased().hasSuffix(" and")
    guard !path.isEmpty, !value.trimmed.isEmpty, !isCut, !"!<>".contains(path.last ?? " "), !path.contains(" ") else {
      throw refusal(text, "'\(part)' is no PATH=VALUE")
    }
    return ChoiceMade(path: path, value: ConfigurationValue(yaml: value.trimmed))
  }

  /// The text between commas, `and` and `&&` that lie in no bracket and no quotes.
  private static func parts(of text: String) throws(GalleyError) -> [String] {
    var (parts, part, depth) = ([String](), "", 0)
    var quote: Character?
    var rest = text[...]
    while let character = rest.first {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if "[{(".contains(character) {
        depth += 1
      } else if "]})".contains(character) {
        depth -= 1
      }
      if quote == nil, depth == 0, let joint = joints.first(where: { rest.hasPrefix($0) }) {
        parts.append(part)
        part = ""
        rest = rest.dropFirst(joint.count)
        continue
      }
      part.append(character)
      rest = rest.dropFirst()
    }
    guard quote == nil, depth == 0 else { throw refusal(text, "a bracket or quote is not closed") }
    return (parts + [part]).map(\.trimmed)
  }

  private static let joints = [",", "&&", " and ", " AND "]

  private static func refusal(_ text: String, _ why: String) -> GalleyError {
    GalleyError(
      .usage, "can't read the choices '\(text)'", why: why,
      remedy: "For example 'model.architecture=resnet-18 and trainer.epochs=5'.")
  }
}
