// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Finds the name that a misspelt one was probably meant to be.
public enum NearestName {
  /// The candidate with the smallest edit distance, if that is at most a third of the name's length (and at least
  /// two edits are allowed); ties go to the first in alphabetical order.
  public static func match(_ name: String, in candidates: some Sequence<String>) -> String? {
    let limit = max(2, name.count / 3)
    return candidates.sorted()
      .map { (candidate: $0, distance: distance(name.lowercased(), $0.lowercased())) }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.candidate
  }

  /// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours each count one.
  ///
  /// Source: Boytsov, "Indexing methods for approximate dictionary searching", ACM JEA 16 (2011), section 2.
  static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for i in 1...left.count {
      var current = [i] + [Int](repeating: 0, count: right.count)
      for j in 1...right.count {
        let substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
        current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          current[j] = min(current[j], beforePrevious[j - 2] + 1)
        }
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
  }
}
