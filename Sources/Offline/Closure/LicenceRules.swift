// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Which licences may be among what is carried.
///
/// A licence is refused if a refusing rule speaks of it, or if there are allowing rules and none does; an allowing rule
/// that names an exception wins over a refusing rule that names none. What offers a choice (`MIT OR GPL-3.0`) is
/// refused only if every branch is. `unknown` stands for things whose licence nobody stated.
public struct LicenceRules: Sendable, Hashable {
  /// The word for a licence that isn't known.
  public static let unknown = "unknown"

  /// What became of a licence.
  public enum Verdict: Sendable, Hashable {
    case accepted
    /// Why not, as a clause.
    case refused(String)
  }

  private var refused: [LicenceExpression.Licence] = []
  private var allowed: [LicenceExpression.Licence] = []
  private var refusesUnknown = false
  private var allowsUnknown = false

  /// Reads rules: licences by their SPDX identifier, several joined by `OR` or commas, or `unknown`.
  /// - Throws: `GalleyError` if a text is no such rule.
  public init(refusing: [String] = [], allowing: [String] = []) throws(GalleyError) {
    for word in Self.words(refusing) {
      if word.lowercased() == Self.unknown { refusesUnknown = true } else { refused += try Self.read(word) }
    }
    for word in Self.words(allowing) {
      if word.lowercased() == Self.unknown { allowsUnknown = true } else { allowed += try Self.read(word) }
    }
  }

  /// Whether nothing is refused.
  public var isEmpty: Bool { refused.isEmpty && allowed.isEmpty && !refusesUnknown && !allowsUnknown }

  /// What becomes of a thing with this licence.
  /// - Parameter licence: An SPDX expression; `nil`, or whatever is none, is an unknown licence.
  public func verdict(_ licence: String?) -> Verdict {
    guard let licence, let expression = LicenceExpression(licence) else {
      if refusesUnknown { return .refused("its licence is not known\(Self.quoted(licence))") }
      if !allowed.isEmpty, !allowsUnknown {
        return .refused("its licence is not known\(Self.quoted(licence)), and only \(allowedNames) may be taken")
      }
      return .accepted
    }
    return reason(expression).map { .refused($0) } ?? .accepted
  }

  /// Why an expression is refused; `nil` if it isn't.
  private func reason(_ expression: LicenceExpression) -> String? {
    switch expression {
    case .licence(let licence):
      return reason(licence)
    case .all(let parts):
      return parts.lazy.compactMap(reason).first
    case .any(let parts):
      let reasons = parts.map(reason)
      guard !reasons.contains(nil) else { return nil }
      return reasons.compactMap { $0 }.joined(separator: "; ")
    }
  }

  private func reason(_ licence: LicenceExpression.Licence) -> String? {
    let permits = { (rule: LicenceExpression.Licence) in rule.speaks(of: licence) || licence.mayBecome(rule) }
    // Whoever names the exception has looked at it.
    if licence.exception != nil, allowed.contains(where: { $0.exception != nil && permits($0) }) { return nil }
    if let rule = refused.first(where: { $0.speaks(of: licence) }) {
      return "\(licence) is refused" + (rule == licence ? "" : " with \(rule)")
    }
    guard !allowed.isEmpty || allowsUnknown, !allowed.contains(where: permits) else { return nil }
    return "\(licence) is none of those that may be taken (\(allowedNames))"
  }

  private var allowedNames: String {
    (allowed.map(\.description) + (allowsUnknown ? [Self.unknown] : [])).joined(separator: ", ")
  }

  private static func quoted(_ licence: String?) -> String { licence.map { " ('\($0)' is no SPDX expression)" } ?? "" }

  private static func words(_ rules: [String]) -> [String] {
    rules.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map(\.trimmed)
  }

  private static func read(_ rule: String) throws(GalleyError) -> [LicenceExpression.Licence] {
    switch LicenceExpression(rule) {
    case .licence(let licence): return [licence]
    case .any(let parts):
      let licences = parts.compactMap { if case .licence(let licence) = $0 { licence } else { nil } }
      if licences.count == parts.count { return licences }
    case .all, nil: break
    }
    throw GalleyError(
      .usage, "can't use the licence rule", at: "'\(rule)'",
      why: "a rule names licences by their SPDX identifiers, joined by OR or commas",
      remedy: "For example AGPL-3.0, 'GPL-2.0 WITH Classpath-exception-2.0', or \(unknown).")
  }
}
