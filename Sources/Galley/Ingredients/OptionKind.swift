// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

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
  /// A file or folder; relative paths start at the recipe's folder. Or a file on the network; see ``WebReference``.
  case path
  /// One of these values.
  case choice([Choice])
  /// Any number of these values, each at most once.
  case multipleChoice([Choice])
  /// A list of values of one kind.
  indirect case list(OptionKind)
  /// A value of another kind, or nothing: `null`, or the word that says what nothing means, such as `auto` or `none`.
  indirect case optional(OptionKind, word: String)
  /// One ingredient whose taxonomy begins with one of these.
  case ingredient(accepts: [String])
  /// Several ingredients under names of the user's.
  case ingredients(accepts: [String])
  /// At most one ingredient for each word that follows `accepts` in the taxonomy: `logger.file.csv` and
  /// `logger.screen.plain` under `file` and `screen`.
  case ingredientPerSubcategory(accepts: String)

  /// The parts of the catalogue that may fill the option; empty if it is none that ingredients fill.
  public var accepted: [String] {
    switch self {
    case .ingredient(let accepts), .ingredients(let accepts): accepts
    case .ingredientPerSubcategory(let accepts): [accepts]
    default: []
    }
  }

  /// Whether ingredients fill the option.
  public var isSlot: Bool { !accepted.isEmpty }

  /// Whether the value is a file or folder.
  public var isPath: Bool {
    switch self {
    case .path: true
    case .optional(let kind, _): kind.isPath
    default: false
    }
  }

  /// The values offered, for an option that offers some.
  public var choices: [Choice] {
    switch self {
    case .choice(let choices), .multipleChoice(let choices): choices
    case .optional(let kind, _): kind.choices
    default: []
    }
  }

  /// The values accepted, in words for help and messages.
  public var summary: String {
    switch self {
    case .int(let minimum, let maximum): "a whole number from \(minimum) to \(maximum)"
    case .float(let minimum, let maximum): "a number from \(minimum) to \(maximum)"
    case .bool: "true or false"
    case .string: "text"
    case .path: "a path"
    case .choice(let choices): "one of " + choices.map(\.name).joined(separator: ", ")
    case .multipleChoice(let choices): "any of " + choices.map(\.name).joined(separator: ", ")
    case .list(let kind): "a list, each \(kind.summary)"
    case .optional(let kind, let word): "\(kind.summary), or \(word)"
    case .ingredient(let accepts): "an ingredient of \(accepts.joined(separator: " or "))"
    case .ingredients(let accepts): "named ingredients of \(accepts.joined(separator: " or "))"
    case .ingredientPerSubcategory(let accepts): "one ingredient for each kind of \(accepts)"
    }
  }

  /// `value` as this kind stores it, or the reason why it isn't accepted.
  ///
  /// Ingredients are checked by whoever has the catalogue; here they only have to look like some.
  public func accept(_ value: ConfigurationValue) -> Result<ConfigurationValue, Refusal> {
    switch (self, value) {
    case (.int(let minimum, let maximum), .int(let number)):
      return minimum <= number && number <= maximum ? .success(value) : .failure(Refusal(value, self))
    case (.float(let minimum, let maximum), .int(let number)):
      let number = Double(number)
      return minimum <= number && number <= maximum ? .success(.float(number)) : .failure(Refusal(value, self))
    case (.float(let minimum, let maximum), .float(let number)):
      return minimum <= number && number <= maximum ? .success(value) : .failure(Refusal(value, self))
    case (.path, .string(let text)):
      do throws(WebReference.Refusal) {
        _ = try WebReference(text)
        return .success(value)
      } catch {
        return .failure(Refusal("'\(text)': \(error.why). \(error.remedy)"))
      }
    case (.bool, .bool), (.string, .string), (.ingredient, .string), (.ingredient, .map),
      (.ingredients, .map), (.ingredientPerSubcategory, .map):
      return .success(value)
    case (.choice(let choices), _):
      return Self.choice(value, among: choices).map(Result.success) ?? .failure(Refusal(value, self))
    case (.multipleChoice, .list(let values)):
      return Set(values).count == values.count
        ? all(values) { accept(oneOf: $0) } : .failure(Refusal(value, self, because: "a value occurs twice"))
    case (.list(let kind), .list(let values)):
      return all(values) { kind.accept($0) }
    case (.optional, .null): return .success(.null)
    case (.optional(let kind, let word), _):
      // A path may be called as the word is; the word wins, and `./none` names the file.
      if value == .string(word) { return .success(.null) }
      switch kind.accept(value) {
      case .success(let accepted): return .success(accepted)
      // Why an address isn't taken is more than that it is none of what is.
      case .failure(let refusal):
        if case .string = value, kind == .path { return .failure(refusal) }
        return .failure(Refusal(value, self))
      }
    default:
      return .failure(Refusal(value, self))
    }
  }

  private func accept(oneOf value: ConfigurationValue) -> Result<ConfigurationValue, Refusal> {
    Self.choice(value, among: choices).map(Result.success) ?? .failure(Refusal(value, self))
  }

  private func all(
    _ values: [ConfigurationValue], _ accept: (ConfigurationValue) -> Result<ConfigurationValue, Refusal>
  ) -> Result<ConfigurationValue, Refusal> {
    var accepted: [ConfigurationValue] = []
    for value in values {
      switch accept(value) {
      case .success(let value): accepted.append(value)
      case .failure(let refusal): return .failure(refusal)
      }
    }
    return .success(.list(accepted))
  }

  /// A whole number stands for the same number with a fraction.
  private static func choice(_ value: ConfigurationValue, among choices: [Choice]) -> ConfigurationValue? {
    if let choice = choices.first(where: { $0.value == value }) { return choice.value }
    guard case .int(let number) = value else { return nil }
    return choices.first { $0.value == .float(Double(number)) }?.value
  }

  /// Why a value isn't accepted.
  public struct Refusal: Error, Sendable, Hashable {
    /// What was found and what would be accepted.
    public let reason: String

    init(_ reason: String) { self.reason = reason }

    init(_ value: ConfigurationValue, _ kind: OptionKind, because detail: String? = nil) {
      var guess = ""
      if case .string(let word) = value, let near = NearestName.match(word, in: kind.choices.map(\.name)) {
        guess = "; did you mean \(near)?"
      }
      let found = detail ?? "'\(value)' is \(value.kindName)"
      reason = "\(found), but \(kind.summary) is needed\(guess)"
    }
  }
}

/// One value of an option that offers several.
public struct Choice: Sendable, Hashable, Codable, ExpressibleByStringLiteral {
  /// The value in recipes.
  public var value: ConfigurationValue
  /// One sentence for lists, if the value doesn't say it all.
  public var help: String?
  /// What the choice needs.
  public var artifacts: [ArtifactRequirement]
  /// Why the choice should no longer be taken.
  public var deprecation: Deprecation?

  /// Creates a choice.
  public init(
    _ value: ConfigurationValue, help: String? = nil, artifacts: [ArtifactRequirement] = [],
    deprecation: Deprecation? = nil
  ) {
    self.value = value
    self.help = help
    self.artifacts = artifacts
    self.deprecation = deprecation
  }

  /// Creates a choice that is a word.
  public init(_ word: String) { self.init(.string(word)) }

  public init(stringLiteral word: String) { self.init(.string(word)) }

  /// The value in words.
  public var name: String { value.description }

  private enum CodingKeys: String, CodingKey { case value, help, artifacts, deprecation }

  /// Reads a choice: a bare value, or a group of keys with more.
  public init(from decoder: any Decoder) throws {
    guard let container = try? decoder.container(keyedBy: CodingKeys.self), container.contains(.value) else {
      self.init(try ConfigurationValue(from: decoder))
      return
    }
    self.init(
      try container.decode(ConfigurationValue.self, forKey: .value),
      help: try container.decodeIfPresent(String.self, forKey: .help),
      artifacts: try container.decodeIfPresent([ArtifactRequirement].self, forKey: .artifacts) ?? [],
      deprecation: try container.decodeIfPresent(Deprecation.self, forKey: .deprecation))
  }
}
