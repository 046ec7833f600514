// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions

extension ExpressionValue {
  /// The number, if it is one.
  var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    case .null, .bool, .string, .list: nil
    }
  }

  var text: String? {
    if case .string(let value) = self { value } else { nil }
  }
}

extension Double {
  /// Without a needless ".0".
  var formatted: String { self == rounded() && magnitude < 1e15 ? "\(Int(self))" : "\(self)" }
}
