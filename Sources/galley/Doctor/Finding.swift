// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the doctor found about one thing.
struct Finding: Encodable {
  /// How well it is.
  enum Health: String, Encodable {
    /// It is there and works.
    case good
    /// It is not there, or doesn't work, and something that Galley does needs it.
    case missing
    /// Galley works without it, but less well.
    case advice
  }

  /// The thing: `ONNX Runtime`.
  var subject: String
  var health: Health
  /// The version, if it has one.
  var version: String?
  /// Where it lies.
  var path: String?
  /// Facts worth knowing: what it offers, or why it doesn't work.
  var detail: String?
  /// What it is needed for.
  var purpose: String?
  /// What to do if it isn't good.
  var remedy: String?

  /// The finding as lines for people.
  var text: String {
    let mark =
      switch health {
      case .good: "✓"
      case .missing: "✗"
      case .advice: "!"
      }
    var lines = ["\(mark) \(subject)" + (version.map { " \($0)" } ?? "") + (purpose.map { ": \($0)" } ?? "")]
    for line in [path, detail, remedy.map { "→ \($0)" }] {
      if let line { lines.append("    \(line)") }
    }
    return lines.joined(separator: "\n")
  }
}
