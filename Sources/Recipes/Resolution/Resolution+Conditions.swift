// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// A constraint that doesn't hold, and what could change that.
struct BrokenConstraint: Sendable, Hashable {
  /// Path of the ingredient that states it: `task` for the task.
  var owner: String
  var constraint: Constraint
  /// The places that it speaks of.
  var paths: [String]

  /// Unique within a recipe.
  var id: String { "\(owner): \(constraint.condition)" }
}

/// Conditions of places, and constraints of ingredients.
extension Resolution {
  /// Sets aside places whose condition doesn't hold, and what lies in them.
  mutating func decideApplicability() {
    let conditions = entries.indices.compactMap { position in
      entries[position].declaration.condition.map { (position: position, text: $0) }
    }
    guard !conditions.isEmpty else { return }
    // A condition may speak of places that have conditions themselves, so this is repeated until nothing changes.
    for _ in 0...conditions.count {
      var changed = false
      for (position, text) in conditions {
        let holds = condition(text, at: position) ?? true
        if entries[position].isApplicable != holds {
          setApplicable(holds, from: position)
          changed = true
        }
      }
      if !changed { break }
    }
    for (position, text) in conditions where !entries[position].isApplicable && entries[position].isWritten {
      notice(entries[position].position, entries[position].path, "not used, because this does not hold: \(text)")
    }
  }

  private mutating func setApplicable(_ holds: Bool, from position: Int) {
    entries[position].isApplicable = holds
    // What lies in a place follows it directly.
    var next = position + 1
    while next < entries.count, entries[next].depth > entries[position].depth {
      entries[next].isApplicable = holds
      next += 1
    }
  }

  private mutating func condition(_ text: String, at position: Int) -> Bool? {
    guard let expression = parse(text, at: position) else { return nil }
    return expression.isTrue(in: RecipeScope(resolution: self, owner: ownerPath(of: position)))
  }

  /// Evaluates the constraints of the task and of every ingredient that counts.
  mutating func checkConstraints() {
    if let task { check(task, at: nil) }
    for position in entries.indices where entries[position].isApplicable {
      guard let card = entries[position].card, !card.constraints.isEmpty else { continue }
      check(card, at: position)
    }
  }

  private mutating func check(_ card: Card, at position: Int?) {
    let owner = position.map { entries[$0].path } ?? "task"
    for constraint in card.constraints {
      guard let expression = parse(constraint.condition, at: position) else { continue }
      let scope = RecipeScope(resolution: self, owner: owner)
      switch expression.evaluate(scope) {
      case .value(.bool(false)):
        let paths = expression.paths.flatMap { path in
          find(absolute(path, owner: owner)).map { entries[$0].path }
        }
        let broken = BrokenConstraint(owner: owner, constraint: constraint, paths: paths)
        if constraint.isAdvice {
          notice(position.flatMap { entries[$0].position }, owner, "\(constraint.reason) (\(constraint.condition))")
        } else {
          violations.append(broken)
        }
      case .failed(let reason):
        // What speaks of a place that this recipe doesn't have says nothing of it.
        let isOff = expression.paths.contains { scope.value(at: $0) == .absent && scope.taxonomy(at: $0) == .absent }
        if !isOff { refuseCatalogue(owner, constraint.condition, reason) }
      case .value, .unknown:
        break
      }
    }
  }

  private mutating func parse(_ text: String, at position: Int?) -> ParsedExpression? {
    if let known = catalogue.conditions[text] { return known }
    do throws(ExpressionError) {
      return try ParsedExpression(text)
    } catch {
      refuseCatalogue(position.map { entries[$0].path } ?? "task", text, error.description)
      return nil
    }
  }

  /// A card that can't be used is a mistake of whoever wrote the card, but the recipe can't be judged with it.
  private mutating func refuseCatalogue(_ path: String, _ condition: String, _ reason: String) {
    refuse(
      root.position, path, "the condition '\(condition)' of its card can't be evaluated: \(reason)",
      "Correct the card of the ingredient.")
  }
}
