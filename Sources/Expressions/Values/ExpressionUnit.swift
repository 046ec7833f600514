// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A unit that may follow a number: `10ms`, `25 MB`. Times become seconds, sizes become bytes.
public enum ExpressionUnit: String, Sendable, Hashable, Codable, CaseIterable {
  case nanoseconds = "ns"
  case microseconds = "us"
  case milliseconds = "ms"
  case seconds = "s"
  case minutes = "min"
  case hours = "h"
  case bytes = "B"
  case kilobytes = "kB"
  case megabytes = "MB"
  case gigabytes = "GB"
  case kibibytes = "KiB"
  case mebibytes = "MiB"
  case gibibytes = "GiB"

  /// What one of this unit amounts to in seconds or bytes: a factor, or a divisor where that is exact.
  enum Scale {
    case times(Int)
    case dividedBy(Int)
  }

  var scale: Scale {
    switch self {
    case .nanoseconds: .dividedBy(1_000_000_000)
    case .microseconds: .dividedBy(1_000_000)
    case .milliseconds: .dividedBy(1000)
    case .seconds, .bytes: .times(1)
    case .minutes: .times(60)
    case .hours: .times(3600)
    case .kilobytes: .times(1000)
    case .megabytes: .times(1_000_000)
    case .gigabytes: .times(1_000_000_000)
    case .kibibytes: .times(1 << 10)
    case .mebibytes: .times(1 << 20)
    case .gibibytes: .times(1 << 30)
    }
  }
}

/// A number with its unit as it was written, and what it amounts to.
public struct ExpressionQuantity: Sendable, Hashable {
  /// The number as written: `.int` or `.float`.
  public let number: ExpressionValue
  /// The unit as written.
  public let unit: ExpressionUnit
  /// The quantity in seconds or bytes; whole where that is exact and the number was whole.
  public let value: ExpressionValue

  /// Creates a quantity.
  /// - Returns: `nil` if `number` isn't a finite number or the quantity is too large to be represented.
  public init?(_ number: ExpressionValue, _ unit: ExpressionUnit) {
    let result =
      switch unit.scale {
      case .times(let factor): Arithmetic.product(number, .int(factor))
      case .dividedBy(let divisor): Arithmetic.quotient(number, .int(divisor))
      }
    guard case .success(let value) = result else { return nil }
    self.number = number
    self.unit = unit
    self.value = value
  }
}
