// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// A recipe as conditions see it, from the ingredient that states them.
struct RecipeScope: ExpressionScope {
  let resolution: Resolution
  /// Path of the ingredient, where leading dots start.
  let owner: String

  func value(at path: String) -> ExpressionLookup {
    if path == "task" { return resolution.task.map { .known(.string($0.name)) } ?? .unknown }
    switch entry(at: path) {
    case .entry(let entry):
      if case .group = entry.content { return .absent }
      return entry.value.map { .known(ExpressionValue($0)) } ?? .unknown
    case .absent: return .absent
    case .undecided: return .unknown
    }
  }

  func taxonomy(at path: String) -> TaxonomyLookup {
    switch entry(at: path) {
    case .entry(let entry): return entry.card.map { .known($0.taxonomy) } ?? .unknown
    case .absent: return .absent
    case .undecided: return .unknown
    }
  }

  private enum Found {
    case entry(RecipeEntry)
    case absent, undecided
  }

  private func entry(at path: String) -> Found {
    let name = resolution.absolute(path, owner: owner)
    let found = resolution.find(name)
    if let position = found.first(where: { resolution.entries[$0].isApplicable }) {
      return .entry(resolution.entries[position])
    }
    return found.isEmpty && liesInEmptySlot(name) ? .undecided : .absent
  }

  /// Whether an ingredient that isn't chosen yet may bring the place.
  private func liesInEmptySlot(_ path: String) -> Bool {
    var rest = path[...]
    while let dot = rest.lastIndex(of: ".") {
      rest = rest[..<dot]
      guard let position = resolution.positions[String(rest)] else { continue }
      return resolution.entries[position].isMissing
    }
    // A synonym may belong to any ingredient that is still to be chosen.
    return resolution.entries.contains { $0.declaration.kind.isSlot && $0.isMissing }
  }
}

extension ExpressionValue {
  init(_ value: ConfigurationValue) {
    switch value {
    case .null, .map: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(values.map(ExpressionValue.init))
    }
  }
}

extension ConfigurationValue {
  init(_ value: ExpressionValue) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(values.map(ConfigurationValue.init))
    }
  }
}
