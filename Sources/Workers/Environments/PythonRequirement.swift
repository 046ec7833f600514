// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The version of an interpreter: three numbers.
public struct PythonVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// The numbers, most significant first: `[3, 11, 7]`.
  public let numbers: [Int]

  /// Creates a version.
  public init(_ numbers: [Int]) { self.numbers = numbers }

  public var description: String { numbers.map(String.init).joined(separator: ".") }

  /// The first two numbers: `3.11`.
  public var feature: String { numbers.prefix(2).map(String.init).joined(separator: ".") }

  public static func < (left: Self, right: Self) -> Bool { compare(left.numbers, right.numbers) < 0 }

  public static func == (left: Self, right: Self) -> Bool { compare(left.numbers, right.numbers) == 0 }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(Array(numbers.reversed().drop { $0 == 0 }))
  }

  /// Missing numbers count as zero.
  static func compare(_ left: [Int], _ right: [Int]) -> Int {
    for index in 0..<max(left.count, right.count) {
      let (first, second) = (index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
      if first != second { return first < second ? -1 : 1 }
    }
    return 0
  }
}

/// Versions of Python that a program runs on, as PEP 440 writes them: `>=3.10,<3.14`. Numbers of releases only.
public struct PythonRequirement: Sendable, Hashable, CustomStringConvertible {
  private struct Clause: Hashable {
    var relation: String
    var numbers: [Int]
    var isPrefix: Bool
  }

  /// The requirement as it was written.
  public let description: String
  private let clauses: [Clause]

  /// Reads a requirement; `nil` if the text is none.
  public init?(_ text: String) {
    var clauses: [Clause] = []
    for part in text.split(separator: ",") {
      let trimmed = String(part.filter { $0 != " " })
      if trimmed.isEmpty { continue }
      guard let clause = Self.clause(trimmed) else { return nil }
      clauses.append(clause)
    }
    self.clauses = clauses
    description = text
  }

  /// Whether a version is one of these.
  public func accepts(_ version: PythonVersion) -> Bool {
    clauses.allSatisfy { clause in
      let order = PythonVersion.compare(version.numbers, clause.numbers)
      let begins = Array(version.numbers.prefix(clause.numbers.count)) == clause.numbers
      return switch clause.relation {
      case ">=": order >= 0
      case "<=": order <= 0
      case ">": order > 0
      case "<": order < 0
      case "==", "===": clause.isPrefix ? begins : order == 0
      case "!=": clause.isPrefix ? !begins : order != 0
      default: order >= 0 && Array(version.numbers.prefix(clause.numbers.count - 1)) == clause.numbers.dropLast()
      }
    }
  }

  private static func clause(_ text: String) -> Clause? {
    let relations = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"]
    guard let relation = relations.first(where: text.hasPrefix) else { return nil }
    var rest = text.dropFirst(relation.count)
    let isPrefix = rest.hasSuffix(".*")
    if isPrefix { rest = rest.dropLast(2) }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in part.allSatisfy { "0"..."9" ~= $0 } ? Int(part) : nil }
    guard !numbers.isEmpty, numbers.count == parts.count, !isPrefix || relation == "==" || relation == "!=",
      relation != "~=" || numbers.count >= 2
    else { return nil }
    return Clause(relation: relation, numbers: numbers, isPrefix: isPrefix)
  }
}
