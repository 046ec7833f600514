// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// A moment in whole seconds of UTC, written as RFC 3339 does: `2026-11-26T00:50:00Z`.
public struct BundleTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  public let seconds: Int

  /// The first moment of the year 10000: times have four digits for the year.
  private static let end = 253_402_300_800

  /// A moment; `nil` if it lies before 1970 or after the year 9999.
  public init?(seconds: Int) {
    guard seconds >= 0, seconds < Self.end else { return nil }
    self.seconds = seconds
  }

  /// The second in which a date lies; moments that can't be written become the nearest that can.
  public init(_ date: Date) {
    let seconds = date.timeIntervalSince1970
    self.seconds = seconds.isFinite ? Int(min(max(seconds, 0), Double(Self.end - 1))) : 0
  }

  /// The present, as the system's clock has it.
  public static var now: BundleTime { BundleTime(Date()) }

  /// Reads `YYYY-MM-DDTHH:MM:SSZ`, or `YYYY-MM-DD` for the first second of a day; `nil` if it is no moment.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let form = Array("0000-00-00T00:00:00Z".utf8)
    guard bytes.count == form.count || bytes.count == 10 else { return nil }
    for (byte, expected) in zip(bytes, form) {
      guard expected == UInt8(ascii: "0") ? byte &- 0x30 < 10 : byte == expected else { return nil }
    }
    func number(_ range: Range<Int>) -> Int {
      range.upperBound > bytes.count ? 0 : bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    guard 1...12 ~= month, hour < 24, minute < 60, second < 60 else { return nil }
    let days = Self.days(year, month, day)
    // A day that its month doesn't have comes back as another.
    guard day >= 1, Self.civil(days) == (year, month, day) else { return nil }
    self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second)
  }

  public var description: String {
    let (year, month, day) = Self.civil(seconds / 86400)
    let rest = seconds % 86400
    func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    let date = "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
    return "\(date)T\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2))Z"
  }

  public static func < (left: BundleTime, right: BundleTime) -> Bool { left.seconds < right.seconds }

  /// A moment later or, with a negative number, earlier; stays within what can be written.
  public func adding(seconds: Int) -> BundleTime {
    let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
    let bounded = overflow ? (seconds < 0 ? 0 : Self.end - 1) : min(max(sum, 0), Self.end - 1)
    return BundleTime(seconds: bounded) ?? self
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = BundleTime(text), time.description == text else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no time in UTC")
    }
    self = time
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Days since 1970-01-01 of a date in the Gregorian calendar, counted from a year that begins in March, so that the
  /// leap day is the last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The date of a day; the reverse of `days`.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let year = era * 400 + yearOfEra + (month >= 10 ? 1 : 0)
    return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
  }
}
