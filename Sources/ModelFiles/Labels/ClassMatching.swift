// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Which of a model's scores belongs to which of a data set's classes.
public struct ClassMatch: Sendable, Hashable, Codable {
  /// For each of the data set's labels, the index of its score.
  public var scoreIndices: [Int]
  /// The model's labels that the data set hasn't; empty unless they were allowed.
  public var extraLabels: [String]

  /// Whether both have the same classes in the same order.
  public var isIdentity: Bool { extraLabels.isEmpty && scoreIndices == Array(scoreIndices.indices) }
}

extension ModelExpectation {
  /// Matches the model's classes with a data set's by their names.
  /// - Parameters:
  ///   - dataLabels: the data set's labels in its order.
  ///   - allowingExtraClasses: whether the model may know classes that the data set hasn't.
  /// - Throws: `GalleyError` if the model's classes are unknown, or the names differ: it lists both sides and names
  ///   those that differ only in case, white space, hyphens or underscores.
  public func classes(
    matching dataLabels: [String], allowingExtraClasses: Bool = false
  ) throws(GalleyError) -> ClassMatch {
    guard let claim = labels.claim else {
      throw GalleyError(
        .badData, "can't match the model's classes with the data's", why: labels.reason ?? "they are unknown",
        remedy: "Give --labels FILE with a name for each of the model's scores.")
    }
    let indices = Dictionary(claim.value.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = dataLabels.filter { indices[$0] == nil }
    let known = Set(dataLabels)
    let extra = claim.value.filter { !known.contains($0) }
    guard missing.isEmpty, extra.isEmpty || allowingExtraClasses, known.count == dataLabels.count else {
      throw Self.mismatch(claim, dataLabels, missing, extra)
    }
    return ClassMatch(scoreIndices: dataLabels.compactMap { indices[$0] }, extraLabels: extra)
  }

  private static func mismatch(
    _ claim: Claim<[String]>, _ dataLabels: [String], _ missing: [String], _ extra: [String]
  ) -> GalleyError {
    var differences: [String] = []
    if !missing.isEmpty { differences.append("only the data has \(text(missing))") }
    if !extra.isEmpty { differences.append("only the model has \(text(extra))") }
    if differences.isEmpty { differences.append("the data names a class twice") }
    let near = nearlyEqual(missing, extra)
    let hint =
      near.isEmpty
      ? "Give --labels FILE with the names that the data uses, in the order of the model's scores."
      : "These may be meant to be the same: "
        + near.prefix(5).map { "'\($0)' and '\($1)'" }.joined(separator: ", ") + (near.count > 5 ? ", …" : "")
        + ". Give --labels FILE with the names that the data uses."
    return GalleyError(
      .badData, "the model's classes are not the data's",
      why: "the model names \(text(claim.value)) (\(claim.origin)), the data \(text(dataLabels)); "
        + differences.joined(separator: ", "), remedy: hint)
  }

  /// Names of both sides that differ only in how they are written.
  private static func nearlyEqual(_ missing: [String], _ extra: [String]) -> [(String, String)] {
    let plain = Dictionary(extra.map { (bare($0), $0) }, uniquingKeysWith: { first, _ in first })
    return missing.compactMap { label in plain[bare(label)].map { (label, $0) } }
  }

  private static func bare(_ label: String) -> String {
    label.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }
  }
}
