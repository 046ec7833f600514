// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Arithmetic over the extents of foreign shapes.
enum Extents {
  /// The product of all extents; `nil` if one is unknown or negative, or the product overflows.
  static func product(_ extents: [Int?]) -> Int? {
    var product = 1
    for extent in extents {
      guard let extent, extent >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// A shape as people write it, with `?` for what is open.
  static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
  }
}
