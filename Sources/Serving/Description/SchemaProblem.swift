// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a value isn't what it should be.
struct SchemaProblem: Error, Sendable, Hashable {
  /// A step from a value to one that lies in it.
  enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// The way to the place, the last step first: it is put together on the way back, so that values without a problem
  /// cost nothing.
  private var way: [Step] = []
  var why: String

  init(_ why: String) { self.why = why }

  /// A problem of what has a name: a parameter.
  init(at name: String, _ why: String) { (way, self.why) = ([.key(name)], why) }

  /// How deep it lies.
  var depth: Int { way.count }

  /// The place: `labels[2].name`; empty for the whole.
  var place: String {
    way.reversed().reduce(into: "") { place, step in
      switch step {
      case .key(let key): place += place.isEmpty ? key : ".\(key)"
      case .index(let index): place += "[\(index)]"
      }
    }
  }

  /// The same, seen from one step further out.
  func below(_ step: Step) -> SchemaProblem {
    var problem = self
    problem.way.append(step)
    return problem
  }
}
