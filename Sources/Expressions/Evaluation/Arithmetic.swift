// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Arithmetic that fails instead of trapping.
///
/// Whole numbers stay whole as long as that is exact: `6 / 2` is 3, `7 / 2` is 3.5. `%` takes the sign of the divisor,
/// as in Python. A result that isn't finite is a failure.
enum Arithmetic {
  /// Why there is no result.
  enum Failure: Error, Hashable {
    case notNumbers
    case overflow
    case divisionByZero
  }

  typealias Outcome = Result<ExpressionValue, Failure>

  static func result(
    _ symbol: ParsedExpression.ArithmeticOperator, _ left: ExpressionValue, _ right: ExpressionValue
  ) -> Outcome {
    switch symbol {
    case .plus: sum(left, right)
    case .minus: difference(left, right)
    case .times: product(left, right)
    case .dividedBy: quotient(left, right)
    case .remainder: remainder(left, right)
    }
  }

  static func negation(_ value: ExpressionValue) -> Outcome {
    switch value {
    case .int(let value): whole(Int(0).subtractingReportingOverflow(value))
    case .float(let value): finite(-value)
    default: .failure(.notNumbers)
    }
  }

  static func sum(_ left: ExpressionValue, _ right: ExpressionValue) -> Outcome {
    if case .int(let a) = left, case .int(let b) = right { return whole(a.addingReportingOverflow(b)) }
    return floats(left, right) { finite($0 + $1) }
  }

  static func difference(_ left: ExpressionValue, _ right: ExpressionValue) -> Outcome {
    if case .int(let a) = left, case .int(let b) = right { return whole(a.subtractingReportingOverflow(b)) }
    return floats(left, right) { finite($0 - $1) }
  }

  static func product(_ left: ExpressionValue, _ right: ExpressionValue) -> Outcome {
    if case .int(let a) = left, case .int(let b) = right { return whole(a.multipliedReportingOverflow(by: b)) }
    return floats(left, right) { finite($0 * $1) }
  }

  static func quotient(_ left: ExpressionValue, _ right: ExpressionValue) -> Outcome {
    if case .int(let a) = left, case .int(let b) = right, b != 0 {
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      if overflow { return .failure(.overflow) }
      if quotient.multipliedReportingOverflow(by: b).partialValue == a { return .success(.int(quotient)) }
    }
    return floats(left, right) { $1 == 0 ? .failure(.divisionByZero) : finite($0 / $1) }
  }

  static func remainder(_ left: ExpressionValue, _ right: ExpressionValue) -> Outcome {
    if case .int(let a) = left, case .int(let b) = right, b != 0 {
      let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
      return .success(.int(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest))
    }
    return floats(left, right) { a, b in
      if b == 0 { return .failure(.divisionByZero) }
      let rest = fmod(a, b)
      if rest == 0 { return .success(.float(b.sign == .minus ? -0.0 : 0.0)) }
      return finite((rest < 0) != (b < 0) ? rest + b : rest)
    }
  }

  private static func whole(_ result: (partialValue: Int, overflow: Bool)) -> Outcome {
    result.overflow ? .failure(.overflow) : .success(.int(result.partialValue))
  }

  private static func finite(_ value: Double) -> Outcome {
    value.isFinite ? .success(.float(value)) : .failure(.overflow)
  }

  private static func floats(
    _ left: ExpressionValue, _ right: ExpressionValue, _ compute: (Double, Double) -> Outcome
  ) -> Outcome {
    guard let a = left.number, let b = right.number else { return .failure(.notNumbers) }
    return compute(a, b)
  }
}

extension ExpressionValue {
  /// The nearest floating-point number, if this is a number.
  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }
}
