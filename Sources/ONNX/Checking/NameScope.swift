// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The names that nodes of a graph can see: its own, and those of the graphs around it.
struct NameScope {
  private var own: Set<String> = []
  private var outer: [Set<String>] = []

  /// An empty scope inside this one.
  func nested() -> NameScope {
    var scope = NameScope()
    scope.outer = outer + (own.isEmpty ? [] : [own])
    return scope
  }

  /// Adds a name of this graph; `false` if it is there already.
  mutating func insert(_ name: String) -> Bool { own.insert(name).inserted }

  /// Whether this graph itself defines the name.
  func containsHere(_ name: String) -> Bool { own.contains(name) }

  /// Whether this graph or one around it defines the name.
  func contains(_ name: String) -> Bool { own.contains(name) || outer.contains { $0.contains(name) } }
}
