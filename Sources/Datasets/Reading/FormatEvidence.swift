// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What speaks for and against files being of a format.
public struct FormatEvidence: Sendable, Hashable, Codable {
  /// What speaks for it.
  public private(set) var reasonsFor: [String] = []
  /// What speaks against it; one suffices to rule it out.
  public private(set) var reasonsAgainst: [String] = []
  /// How special the signs are: a file that only this format has weighs more than a folder that many have.
  public private(set) var weight = 0

  /// Whether the files can be read as this format.
  public var isMatch: Bool { reasonsAgainst.isEmpty && !reasonsFor.isEmpty }

  init() {}

  /// Creates evidence of one reason against.
  init(against reason: String) { reasonsAgainst = [reason] }

  mutating func add(_ reason: String, weight: Int) {
    reasonsFor.append(reason)
    self.weight += weight
  }

  /// The same with what speaks for it only: one good file settles it, whatever lies beside it.
  var withoutObjections: FormatEvidence {
    var evidence = self
    evidence.reasonsAgainst = []
    return evidence
  }

  mutating func object(_ reason: String) { reasonsAgainst.append(reason) }
}

/// A format that a data set might have, with the reasons.
public struct FormatCandidate: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The format.
  public var format: DatasetFormat
  /// The reasons.
  public var evidence: FormatEvidence

  public var description: String {
    let signs = evidence.reasonsFor.map { "  + \($0)" } + evidence.reasonsAgainst.map { "  - \($0)" }
    return (["\(format.rawValue) (\(format.title)): \(evidence.isMatch ? "fits" : "does not fit")"] + signs)
      .joined(separator: "\n")
  }
}
