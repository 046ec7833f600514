// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation

/// A number of bytes as people write it: `512`, `10MB`, `1.5 GiB`.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let text = argument.filter { $0 != " " }
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).lowercased()
    guard let number = Double(digits), let factor = Self.units[unit == "" ? "b" : unit], number >= 0,
      number * factor < 0x1p62
    else { return nil }
    bytes = Int(number * factor)
  }

  private static let units: [String: Double] = [
    "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
    "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
  ]

  var description: String {
    var (value, unit) = (Double(bytes), "B")
    for next in ["kB", "MB", "GB", "TB"] where value >= 999.5 { (value, unit) = (value / 1000, next) }
    let digits = unit == "B" || value >= 99.95 ? 0 : 1
    return String(format: "%.\(digits)f %@", value, unit)
  }
}

/// A moment as lists show it: local time to the minute.
struct Moment: CustomStringConvertible {
  let description: String

  init(_ secondsSince1970: Double) {
    description = Date(timeIntervalSince1970: secondsSince1970)
      .formatted(.iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
  }
}
