// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What still has to be chosen, and everything that is wrong, in the order of the file.
extension Resolution {
  /// Positions of the entries where somebody still has to choose, each slot only where its own is filled.
  var missing: [Int] {
    entries.indices.filter { position in
      // A value that can't be taken from elsewhere was told already, or is missing there.
      entries[position].isMissing && entries[position].interpolation == nil
        && !problems.contains { $0.error.what == entries[position].path }
    }
  }

  /// Every mistake: what can't be read, what is missing, what contradicts.
  func allProblems(conflict: ([BrokenConstraint]) -> [GalleyError]) -> [GalleyError] {
    var found = problems + missing.map(missingChoice)
    found.sort { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) }
    var errors: [GalleyError] = []
    for problem in found where !errors.contains(problem.error) { errors.append(problem.error) }
    return errors + conflict(violations)
  }

  private func missingChoice(_ position: Int) -> Problem {
    let entry = entries[position]
    let place = entry.position ?? entry.parent.flatMap { entries[$0].position } ?? root.position
    let (why, remedy): (String, String)
    if entry.declaration.kind.isSlot {
      why = "the slot is empty"
      let fitting = names(fitting: entry.declaration.kind.accepted)
      let choice = fitting.isEmpty ? "" : "Choose one of \(fitting). "
      remedy = choice + gap(entry.declaration.kind)
    } else {
      let owner = entry.parent.flatMap { entries[$0].card } ?? task
      why = "\(owner?.name ?? "the recipe") needs this option: \(entry.declaration.help)"
      let suggestion = entry.declaration.suggestion.map { ", for example \($0)" } ?? ""
      remedy = "Give \(entry.declaration.kind.summary)\(suggestion)."
    }
    return Problem(
      position: place,
      error: GalleyError(.configuration, entry.path, at: "\(place)", why: why, remedy: remedy))
  }

  /// What a slot would take but the catalogue doesn't have, as a sentence; empty if it has some of all.
  func gap(_ kind: OptionKind) -> String {
    let lacking = kind.accepted.filter { catalogue.fitting([$0]).isEmpty }
    guard !lacking.isEmpty else { return "" }
    let rest = kind.accepted.filter { !lacking.contains($0) }
    let instead = rest.contains("model.file") ? ", but a model file can fill the slot" : ""
    return "The catalogue has no \(lacking.joined(separator: " and no ")) yet\(instead)."
  }
}
