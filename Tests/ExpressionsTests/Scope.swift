// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Expressions
import Synchronization

/// A table of values; paths it doesn't name are absent, those in `open` unknown.
struct Table: ExpressionScope {
  var values: [String: ExpressionValue] = [:]
  var taxonomies: [String: String] = [:]
  var open: Set<String> = []

  func value(at path: String) -> ExpressionLookup {
    if open.contains(path) { return .unknown }
    return values[path].map { .known($0) } ?? .absent
  }

  func taxonomy(at path: String) -> TaxonomyLookup {
    if open.contains(path) { return .unknown }
    return taxonomies[path].map { .known($0) } ?? .absent
  }
}

/// Counts what an evaluation asks for.
final class CountingScope: ExpressionScope {
  private let counts = Mutex<[String: Int]>([:])

  var asked: [String: Int] { counts.withLock { $0 } }

  func value(at path: String) -> ExpressionLookup {
    counts.withLock { $0[path, default: 0] += 1 }
    return .known(1)
  }

  func taxonomy(at path: String) -> TaxonomyLookup { .absent }
}

extension ExpressionOutcome {
  /// A short form for tables of cases: the value, `? paths`, or `! reason`.
  var summary: String {
    switch self {
    case .value(let value): value.description
    case .unknown(let paths): "? " + paths.sorted().joined(separator: " ")
    case .failed(let reason): "! " + reason
    }
  }
}
