// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Options that several verbs have, declared once: equal names have equal bounds and defaults everywhere.
extension OptionDeclaration {
  static func batchSize(_ help: String, synonyms: [String] = []) -> OptionDeclaration {
    OptionDeclaration(
      "batchSize", .optional(.int(minimum: 1, maximum: 65_536), word: "auto"), default: .null, help: help,
      synonyms: synonyms)
  }

  static func workers(_ help: String) -> OptionDeclaration {
    OptionDeclaration(
      "workers", .optional(.int(minimum: 0, maximum: 1024), word: "auto"), default: .null, help: help)
  }

  static func topK(default k: Int, _ help: String) -> OptionDeclaration {
    OptionDeclaration("topK", .int(minimum: 1, maximum: 1000), default: .int(k), help: help)
  }

  static func seed(_ help: String) -> OptionDeclaration {
    OptionDeclaration("seed", .int(minimum: 0, maximum: .max), default: 2026, help: help)
  }

  /// A limit on a number of steps, batches or the like; `none` for no limit.
  static func limit(_ name: String, _ help: String) -> OptionDeclaration {
    OptionDeclaration(
      name, .optional(.int(minimum: 1, maximum: 1_000_000_000), word: "none"), default: .null, help: help)
  }

  static let threads = OptionDeclaration(
    "threads", .optional(.int(minimum: 1, maximum: 1024), word: "auto"), default: .null,
    help: "Threads of one operation.")

  static let device = OptionDeclaration(
    "device", .choice(DeviceName.allCases.map { Choice($0.rawValue) }), default: "auto",
    help: "Where the backend computes.")

  static let threshold = OptionDeclaration(
    "threshold", .float(minimum: 0, maximum: 1), default: 0.5,
    help: "For multi-label classification: the probability from which a class is chosen.")
}
