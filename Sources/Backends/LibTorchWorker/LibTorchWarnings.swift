// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Synchronization

/// What LibTorch warns of on its process's standard error, such as an operation without a deterministic implementation.
/// It does so at every call; the user is told once.
final class LibTorchWarnings: Sendable {
  private let told = Mutex<Set<String>>([])

  /// The warning in a line of the log, if it is one that wasn't given before.
  func fresh(in line: String) -> String? {
    guard let text = Self.text(of: line) else { return nil }
    return told.withLock { $0.insert(text).inserted } ? "LibTorch warns: \(text)" : nil
  }

  /// LibTorch's lines are `[W<date> <time> <file>:<line>] Warning: <text> (function <name>)`.
  private static func text(of line: String) -> String? {
    guard line.hasPrefix("[W"), let mark = line.firstRange(of: "] Warning: ") else { return nil }
    let text = line[mark.upperBound...]
    return String(text[..<(text.firstRange(of: " (function ")?.lowerBound ?? text.endIndex)])
  }
}
