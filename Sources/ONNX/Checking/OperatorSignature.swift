// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an operator takes and gives in one version.
struct OperatorSignature: Sendable {
  /// An attribute's type, as a number of `AttributeProto.AttributeType`.
  struct Attribute: Sendable {
    let type: Int
    let isRequired: Bool
  }

  /// The formal inputs or outputs.
  struct Parameters: Sendable {
    /// Letters as in operators.py: s required, o optional, v any number.
    let kinds: [Character]
    let fewest: Int

    /// What is wrong with a node's names, if anything.
    func mistake(in names: [String]) -> String? {
      if names.count < fewest { return "names are too few: \(names.count), and at least \(fewest) are needed" }
      for (index, name) in names.enumerated() {
        guard index < kinds.count || kinds.last == "v" else {
          return "names are too many: \(names.count), and at most \(kinds.count) are allowed"
        }
        if index < kinds.count, kinds[index] == "s", name.isEmpty { return "number \(index + 1) may not be left out" }
      }
      return nil
    }
  }

  let version: Int
  let isDeprecated: Bool
  let inputs: Parameters
  let outputs: Parameters
  let attributes: [String: Attribute]

  /// The signature that holds in an operator set, or `nil` if the operator did not exist yet or never did.
  static func find(_ name: String, opset: Int) -> OperatorSignature? {
    all[name]?.last { $0.version <= opset }
  }

  /// The names of all operators, also of those that were removed.
  static var names: some Sequence<String> { all.keys }

  /// The operator set that an operator came with, or `nil` if there never was one.
  static func firstVersion(of name: String) -> Int? { all[name]?.first?.version }

  /// Each operator's signatures, oldest first.
  private static let all: [String: [OperatorSignature]] = {
    var signatures: [String: [OperatorSignature]] = [:]
    for line in OperatorTable.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 6, let signature = OperatorSignature(words) else { continue }
      signatures[String(words[0]), default: []].append(signature)
    }
    return signatures
  }()

  private init?(_ words: [Substring]) {
    guard let version = Int(words[1]), let fewestInputs = Int(words[3]), let fewestOutputs = Int(words[5]) else {
      return nil
    }
    self.version = version
    isDeprecated = words[2] == "-"
    inputs = Parameters(kinds: words[2].filter(\.isLetter).map(\.self), fewest: fewestInputs)
    outputs = Parameters(kinds: words[4].filter(\.isLetter).map(\.self), fewest: fewestOutputs)
    var attributes: [String: Attribute] = [:]
    for word in words.dropFirst(6) {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let type = Int(parts[1].filter(\.isNumber)) else { return nil }
      attributes[String(parts[0])] = Attribute(type: type, isRequired: parts[1].hasSuffix("!"))
    }
    self.attributes = attributes
  }
}
