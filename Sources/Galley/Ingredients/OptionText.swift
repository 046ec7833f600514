// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

extension OptionDeclaration {
  /// The value that a text of the command line means for this option; lists are separated by commas.
  /// - Throws: `GalleyError` if the option doesn't accept it.
  public func value(of text: String, at place: String) throws(GalleyError) -> ConfigurationValue {
    let value = kind.value(of: text)
    switch kind.accept(value) {
    case .success(let accepted): return accepted
    case .failure(let refusal):
      throw GalleyError(
        .usage, "can't use the option", at: place, why: refusal.reason, remedy: "It takes \(kind.summary).")
    }
  }
}

extension OptionKind {
  /// A text as a value of this kind; what can't be one stays text, and isn't accepted then.
  func value(of text: String) -> ConfigurationValue {
    switch self {
    case .int: Int(text).map { .int($0) } ?? .string(text)
    case .float: Int(text).map { .int($0) } ?? Double(text).map { .float($0) } ?? .string(text)
    case .bool: Self.truth(text).map { .bool($0) } ?? .string(text)
    case .list(let kind): .list(Self.parts(text).map { kind.value(of: $0) })
    case .multipleChoice(let choices): .list(Self.parts(text).map { Self.choice($0, choices) })
    case .choice(let choices): Self.choice(text, choices)
    case .optional(let kind, let word): text == word ? .null : kind.value(of: text)
    default: .string(text)
    }
  }

  /// Choices may be numbers or words.
  private static func choice(_ text: String, _ choices: [Choice]) -> ConfigurationValue {
    choices.first { $0.name == text }?.value ?? .string(text)
  }

  private static func parts(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0).trimmingPrefix { $0 == " " } }.map(String.init)
  }

  private static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on": true
    case "false", "no", "off": false
    default: nil
    }
  }
}

extension String {
  /// An option's name as a flag of the command line: `batchSize` is `batch-size`.
  public var flagName: String {
    var flag = ""
    for character in self {
      if character.isUppercase, let last = flag.last, last != "-", !last.isUppercase { flag += "-" }
      flag.append(character)
    }
    return flag.lowercased()
  }
}
