// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// Names of classes that may mean the same, and classes that nothing uses.
enum LabelChecks {
  static func findings(_ dataset: AnnotatedDataset) -> [DatasetFinding] {
    let counts = dataset.labelCounts
    var findings: [DatasetFinding] = []
    for pair in LabelSimilarity.pairs(dataset.labels) {
      let (first, second) = (dataset.labels[pair.first], dataset.labels[pair.second])
      // The rarer one becomes the more common one.
      let (kept, dropped) = counts[pair.first] >= counts[pair.second] ? (first, second) : (second, first)
      findings.append(
        DatasetFinding(
          pair.isCertain ? .error : .warning, .similarLabels,
          "the classes '\(first)' (\(counts[pair.first])) and '\(second)' (\(counts[pair.second])) differ only in \(pair.difference)",
          fix: pair.isCertain ? "call '\(dropped)' '\(kept)'" : nil))
    }
    for (index, name) in dataset.labels.enumerated() where counts[index] == 0 {
      findings.append(DatasetFinding(.note, .unusedLabel, "no annotation has the class '\(name)'"))
    }
    for (index, name) in dataset.labels.enumerated() where name.trimmed.isEmpty {
      findings.append(DatasetFinding(.error, .similarLabels, "the class \(index) has an empty name"))
    }
    return findings
  }
}

/// Finds names that are nearly the same.
enum LabelSimilarity {
  struct Pair: Hashable {
    var first: Int
    var second: Int
    /// In what they differ, for people.
    var difference: String
    /// Nobody would tell two classes apart this way.
    var isCertain: Bool
  }

  /// The pairs of similar names, each once, in order.
  static func pairs(_ names: [String]) -> [Pair] {
    var pairs: [Pair] = []
    for (first, name) in names.enumerated() {
      for second in names.indices where second > first {
        if let (difference, isCertain) = compare(name, names[second]) {
          pairs.append(Pair(first: first, second: second, difference: difference, isCertain: isCertain))
        }
      }
    }
    return pairs
  }

  private static func compare(_ left: String, _ right: String) -> (String, Bool)? {
    if left.utf8.elementsEqual(right.utf8) { return ("nothing: the name is there twice", true) }
    // Swift's equality is Unicode's canonical equivalence.
    if left == right { return ("the Unicode form of their characters", true) }
    let (plainLeft, plainRight) = (plain(left), plain(right))
    if left.trimmed == right.trimmed { return ("white space", true) }
    if left.lowercased() == right.lowercased() { return ("case", true) }
    if plainLeft == plainRight { return ("case, white space or separators", true) }
    guard min(plainLeft.count, plainRight.count) >= 4 else { return nil }
    // Numbered names (class 1, class 2) are different by intent.
    guard !plainLeft.contains(where: \.isNumber), !plainRight.contains(where: \.isNumber) else { return nil }
    if isOneEdit(plainLeft, plainRight) { return ("one letter", false) }
    return nil
  }

  /// Letters and digits in lower case, compatibility forms made alike.
  private static func plain(_ name: String) -> [Character] {
    name.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }.map { $0 }
  }

  /// Whether one insertion, deletion, substitution or swap of neighbours makes one of the other.
  static func isOneEdit(_ left: [Character], _ right: [Character]) -> Bool {
    let (short, long) = left.count <= right.count ? (left, right) : (right, left)
    guard long.count - short.count <= 1, short != long else { return false }
    let start = zip(short, long).prefix { $0 == $1 }.count
    if short.count < long.count { return short[start...] == long[(start + 1)...] }
    if short[(start + 1)...] == long[(start + 1)...] { return true }
    return start + 1 < short.count && short[start] == long[start + 1] && short[start + 1] == long[start]
      && short[(start + 2)...] == long[(start + 2)...]
  }
}
