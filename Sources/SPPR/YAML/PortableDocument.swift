// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A portable recipe's document as it was written: nothing is lost, whatever the recipe's model knows of it.
public struct PortableDocument: Sendable, Hashable {
  /// The whole as one value.
  public private(set) var root: PortableValue

  /// The places that hold one and the same list or map; Python writes it once and then refers to it.
  private(set) var shared: [[PortablePath]]

  /// Creates a document in which every list and map stands for itself.
  public init(_ root: PortableValue) { self.init(root: root, shared: []) }

  init(root: PortableValue, shared: [[PortablePath]]) {
    self.root = root
    self.shared = shared
  }

  /// The value at `path`, if there is one.
  public subscript(path: PortablePath) -> PortableValue? {
    path.steps.reduce(Optional(root)) { value, step in
      switch step {
      case .key(let key): value?.map?[key]
      case .index(let index): value?.list.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      }
    }
  }

  /// Puts `value` at a path through maps, making those that are missing; `nil` removes what is there.
  mutating func set(_ path: PortablePath, _ value: PortableValue?) {
    root = Self.replacing(root, path.steps[...], value)
    // What has changed is an object of its own from now on.
    shared = shared.map { places in places.filter { !path.begins(with: $0) && !$0.begins(with: path) } }
      .filter { $0.count > 1 }
  }

  private static func replacing(
    _ old: PortableValue, _ steps: ArraySlice<PortablePath.Step>, _ value: PortableValue?
  ) -> PortableValue {
    guard case .key(let key)? = steps.first else { return value ?? old }
    var map = old.map ?? PortableMap()
    if steps.count == 1 {
      if let value { map.set(key, value) } else { map.remove(key) }
    } else {
      map.set(key, replacing(map[key] ?? .map(PortableMap()), steps.dropFirst(), value))
    }
    return .map(map)
  }
}
