// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// Compares what two stages depended on.
struct PartComparison {
  /// A part's values: one for each option of a choice, or one.
  private let before: [String: [String: String]]
  private let now: [String: [String: String]]

  /// Compares an earlier stage's parts with those of this one, of which some may not be known yet.
  init(before: [String: String], now: [String: String], ignoring unknown: Set<String> = []) {
    self.before = before.filter { !unknown.contains($0.key) }.mapValues(Self.values)
    self.now = now.filter { !unknown.contains($0.key) }.mapValues(Self.values)
  }

  /// What differs, in the order of the names.
  var differences: [PartDifference] {
    Set(before.keys).union(now.keys).sorted().flatMap { part in
      let (old, new) = (before[part] ?? [:], now[part] ?? [:])
      return Set(old.keys).union(new.keys).sorted().compactMap { option -> PartDifference? in
        guard old[option] != new[option] else { return nil }
        return PartDifference(
          part: part, option: option.isEmpty ? nil : Self.shown(option), before: Self.legible(old[option]),
          now: Self.legible(new[option]))
      }
    }
  }

  /// The value of an option of a part, as a number.
  static func number(_ option: String, of part: String?) -> Double? {
    part.flatMap { values($0)["options.\(option)"] }.flatMap(Double.init)
  }

  /// The leaves of a canonical text by path; a text that is no group of keys is one value under an empty path.
  static func values(_ text: String) -> [String: String] {
    guard text.hasPrefix("{"),
      let value = try? JSONDecoder().decode(ConfigurationValue.self, from: Data(text.utf8)), case .map = value
    else { return ["": text] }
    var leaves: [String: String] = [:]
    flatten(value, at: "", into: &leaves)
    return leaves
  }

  private static func flatten(_ value: ConfigurationValue, at path: String, into leaves: inout [String: String]) {
    guard case .map(let entries) = value else {
      leaves[path] = value.description
      return
    }
    for (key, entry) in entries { flatten(entry, at: path.isEmpty ? key : "\(path).\(key)", into: &leaves) }
  }

  /// `options.epochs` is `epochs`, `slots.pretrained.options.path` is `pretrained.path`.
  private static func shown(_ option: String) -> String {
    let words = option.split(separator: ".").filter { $0 != "options" && $0 != "slots" }
    return words.isEmpty ? option : words.joined(separator: ".")
  }

  /// A value that a person can read; digests and long texts say nothing.
  private static func legible(_ value: String?) -> String? {
    guard let value, !value.isEmpty, value.count <= 60, !value.hasPrefix("sha256:") else { return nil }
    return value.count == 64 && value.allSatisfy(\.isHexDigit) ? nil : value
  }
}
