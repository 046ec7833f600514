// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ExpressionValue {
  /// Whether `==` holds within an expression: numbers by what they amount to, exactly; lists element by element; values
  /// of different kinds never.
  public func isEqual(to other: ExpressionValue) -> Bool {
    switch (self, other) {
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.int(let a), .float(let b)), (.float(let b), .int(let a)): Order(a, b) == .same
    case (.string(let a), .string(let b)): a == b
    case (.bool(let a), .bool(let b)): a == b
    case (.null, .null): true
    case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
    default: false
    }
  }

  /// How this lies to `other`; `nil` if values of their kinds have no order.
  func order(to other: ExpressionValue) -> Order? {
    switch (self, other) {
    case (.int(let a), .int(let b)): Order(a, b)
    case (.float(let a), .float(let b)): Order(a, b)
    case (.int(let a), .float(let b)): Order(a, b)
    case (.float(let a), .int(let b)): Order(b, a).reversed
    case (.string(let a), .string(let b)): Order(a, b)
    default: nil
    }
  }
}

/// How one value lies to another.
enum Order {
  case before, same, after
  /// One of them is not a number.
  case none

  init<Value: Comparable>(_ a: Value, _ b: Value) {
    self = a < b ? .before : a == b ? .same : a > b ? .after : .none
  }

  /// Compares without rounding: 2⁵³ + 1 is more than 2.0⁵³.
  init(_ a: Int, _ b: Double) {
    guard !b.isNaN else {
      self = .none
      return
    }
    // Every double from -2⁶³ up to but not including 2⁶³ has a whole part that is an Int.
    guard b >= -0x1p63, b < 0x1p63 else {
      self = b > 0 ? .before : .after
      return
    }
    let wholePart = Int(b)
    self = Order(a, wholePart)
    if self == .same { self = Order(0.0, b - Double(wholePart)) }
  }

  var reversed: Order {
    switch self {
    case .before: .after
    case .after: .before
    case .same, .none: self
    }
  }

  func satisfies(_ comparison: ParsedExpression.ComparisonOperator) -> Bool {
    switch comparison {
    case .less: self == .before
    case .lessOrEqual: self == .before || self == .same
    case .greater: self == .after
    case .greaterOrEqual: self == .after || self == .same
    case .equal: self == .same
    case .notEqual: self != .same
    }
  }
}
