// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One option of an ingredient: its name, what it accepts, and what it is when nobody says anything.
public struct OptionDeclaration: Sendable, Hashable, Codable {
  /// The key in recipes, in lowerCamelCase.
  public var name: String
  /// What the option accepts.
  public var kind: OptionKind
  /// The value when a recipe says nothing; `nil` if a recipe must say it.
  public var defaultValue: ConfigurationValue?
  /// One sentence for help, with the unit if there is one.
  public var help: String

  /// Declares an option.
  public init(_ name: String, _ kind: OptionKind, default defaultValue: ConfigurationValue?, help: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.help = help
  }
}

/// The values that an option accepts.
public enum OptionKind: Sendable, Hashable, Codable {
  /// A whole number within bounds, both included.
  case int(minimum: Int, maximum: Int)
  /// A number within bounds, both included; whole numbers are accepted.
  case float(minimum: Double, maximum: Double)
  /// True or false.
  case bool
  /// Any text.
  case string
  /// A file or folder; relative paths start at the recipe's folder.
  case path
  /// One of these words.
  case choice([String])
  /// A list of values of one kind.
  indirect case list(OptionKind)

  /// The values accepted, in words for help and messages.
  public var summary: String {
    switch self {
    case .int(let minimum, let maximum): "a whole number from \(minimum) to \(maximum)"
    case .float(let minimum, let maximum): "a number from \(minimum) to \(maximum)"
    case .bool: "true or false"
    case .string: "text"
    case .path: "a path"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .list(let kind): "a list, each \(kind.summary)"
    }
  }

  /// `value` as this kind stores it, or the reason why it isn't accepted.
  public func accept(_ value: ConfigurationValue) -> Result<ConfigurationValue, Refusal> {
    switch (self, value) {
    case (.int(let minimum, let maximum), .int(let number)):
      return (minimum...maximum).contains(number) ? .success(value) : .failure(Refusal(value, self))
    case (.float(let minimum, let maximum), .int(let number)):
      return (minimum...maximum).contains(Double(number))
        ? .success(.float(Double(number))) : .failure(Refusal(value, self))
    case (.float(let minimum, let maximum), .float(let number)):
      return (minimum...maximum).contains(number) ? .success(value) : .failure(Refusal(value, self))
    case (.bool, .bool), (.string, .string), (.path, .string):
      return .success(value)
    case (.choice(let words), .string(let word)):
      return words.contains(word) ? .success(value) : .failure(Refusal(value, self, nearest: word, in: words))
    case (.list(let kind), .list(let values)):
      var accepted: [ConfigurationValue] = []
      for element in values {
        switch kind.accept(element) {
        case .success(let element): accepted.append(element)
        case .failure(let refusal): return .failure(refusal)
        }
      }
      return .success(.list(accepted))
    default:
      return .failure(Refusal(value, self))
    }
  }

  /// Why a value isn't accepted.
  public struct Refusal: Error, Sendable, Hashable {
    /// What was found and what would be accepted.
    public let reason: String

    init(_ value: ConfigurationValue, _ kind: OptionKind, nearest word: String? = nil, in words: [String] = []) {
      let guess = word.flatMap { NearestName.match($0, in: words) }.map { "; did you mean \($0)?" } ?? ""
      reason = "'\(value)' is \(value.kindName), but \(kind.summary) is needed\(guess)"
    }
  }
}
