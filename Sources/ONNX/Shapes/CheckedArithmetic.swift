// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Arithmetic on extents, which come from a file and may be anything: `nil` stands for an overflow.
extension Int {
  func plus(_ other: Int) -> Int? {
    let (result, overflow) = addingReportingOverflow(other)
    return overflow ? nil : result
  }

  func minus(_ other: Int) -> Int? {
    let (result, overflow) = subtractingReportingOverflow(other)
    return overflow ? nil : result
  }

  func times(_ other: Int) -> Int? {
    let (result, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? nil : result
  }
}

/// The product of extents; `nil` if one is not known or the product overflows.
func product(_ dimensions: some Sequence<Dimension?>) -> Dimension? {
  var result: Dimension? = .fixed(1)
  for dimension in dimensions {
    switch (result, dimension) {
    case (.fixed(1)?, _): result = dimension
    case (_, .fixed(1)?): continue
    case (.fixed(let one)?, .fixed(let other)?): result = one.times(other).map { .fixed($0) }
    default: result = nil
    }
    if result == nil { return nil }
  }
  return result
}
