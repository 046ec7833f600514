// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Gives names that no tensor or node of a graph has yet.
struct FreshNames {
  private var taken: Set<String> = []
  private var counters: [String: Int] = [:]

  init(avoiding graph: Onnx_GraphProto) {
    graph.collectAllNames(into: &taken)
  }

  /// `wish` itself, or `wish` with the first number that makes it new.
  mutating func name(_ wish: String) -> String {
    if taken.insert(wish).inserted { return wish }
    var number = counters[wish] ?? 1
    while true {
      number += 1
      let candidate = "\(wish)_\(number)"
      if taken.insert(candidate).inserted {
        counters[wish] = number
        return candidate
      }
    }
  }
}
