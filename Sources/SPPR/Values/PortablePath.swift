// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The way from a document's root to one of its values.
public struct PortablePath: Sendable, Hashable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// One step of the way.
  public enum Step: Sendable, Hashable {
    /// Into a map.
    case key(PortableValue)
    /// Into a list, from zero on.
    case index(Int)
  }

  /// The steps from the root on.
  public private(set) var steps: [Step]

  /// Creates a path from its steps.
  public init(_ steps: [Step] = []) { self.steps = steps }

  /// Creates a path through maps.
  public init(arrayLiteral keys: String...) { steps = keys.map { .key(.text($0)) } }

  /// The path one step further, into a map.
  public func appending(_ key: String) -> PortablePath { appending(.key(.text(key))) }

  /// The path one step further, into a list.
  public func appending(_ index: Int) -> PortablePath { appending(.index(index)) }

  func appending(_ step: Step) -> PortablePath { PortablePath(steps + [step]) }

  mutating func push(_ step: Step) { steps.append(step) }
  mutating func pop() { if !steps.isEmpty { steps.removeLast() } }

  /// Whether the path leads through `other` or to it.
  func begins(with other: PortablePath) -> Bool { steps.starts(with: other.steps) }

  /// The keys and indices with slashes between them, long keys cut: `portable/18/config_slots/data/0`.
  public var description: String {
    steps.map { step in
      switch step {
      case .key(let key): Self.short(PythonText.describe(key))
      case .index(let index): String(index)
      }
    }.joined(separator: "/")
  }

  private static func short(_ text: String) -> String { text.utf8.count > 100 ? text.prefix(99) + "…" : text }
}
