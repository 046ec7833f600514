// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import TargetTransport

/// A setting's text and where it stands, and what it means.
struct SettingValue: Sendable, Hashable {
  var text: String
  /// A flag, a variable, or a file and line.
  var place: String

  func refusal(_ key: SettingKey, _ why: String) -> GalleyError {
    GalleyError(.configuration, "can't use '\(key.rawValue)'", at: place, why: why)
  }

  /// A number of bytes: digits and one of KiB, MiB, GiB, TiB, kB, MB, GB, TB, or nothing.
  func bytes(_ key: SettingKey) throws(GalleyError) -> UInt64 {
    let units: [String: UInt64] = [
      "": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "kB": 1_000, "MB": 1_000_000,
      "GB": 1_000_000_000, "TB": 1_000_000_000_000,
    ]
    let (number, unit) = split()
    guard let count = UInt64(number), let factor = units[unit] else {
      throw refusal(key, "'\(text)' isn't a number of bytes such as 512MiB or 16GiB")
    }
    let (product, isTooMuch) = count.multipliedReportingOverflow(by: factor)
    guard !isTooMuch, product <= 1 << 60 else { throw refusal(key, "'\(text)' is too much") }
    return product
  }

  /// A time: digits and one of ms, s, m, h, d.
  func seconds(_ key: SettingKey, _ range: ClosedRange<Double>) throws(GalleyError) -> Double {
    let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
    let (number, unit) = split()
    guard let count = UInt32(number), let factor = units[unit] else {
      throw refusal(key, "'\(text)' isn't a time such as 500ms, 5s, 10m, 24h or 7d")
    }
    let seconds = Double(count) * factor
    guard range.contains(seconds) else {
      throw refusal(key, "'\(text)' isn't from \(range.lowerBound) to \(range.upperBound) s")
    }
    return seconds
  }

  /// A whole number within a range.
  func number(_ key: SettingKey, _ range: ClosedRange<Int>) throws(GalleyError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw refusal(key, "'\(text)' isn't a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// An absolute path.
  func path(_ key: SettingKey) throws(GalleyError) -> String {
    guard text.hasPrefix("/"), !text.contains("\0"), text.utf8.count < 4096 else {
      throw refusal(key, "'\(text)' isn't an absolute path")
    }
    return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// A socket.
  func endpoint(_ key: SettingKey) throws(GalleyError) -> Endpoint {
    do throws(GalleyError) { return try Endpoint(text) } catch { throw refusal(key, error.why) }
  }

  func level(_ key: SettingKey) throws(GalleyError) -> LogLevel {
    guard let level = LogLevel(rawValue: text) else {
      throw refusal(key, "'\(text)' isn't one of \(LogLevel.words)")
    }
    return level
  }

  /// A user's number.
  func user(_ key: SettingKey) throws(GalleyError) -> UInt32 {
    if let number = UInt32(text) { return number }
    guard let entry = getpwnam(text) else { throw refusal(key, "this machine has no user '\(text)'") }
    return entry.pointee.pw_uid
  }

  private func split() -> (number: String, unit: String) {
    let number = text.prefix { $0.isASCII && $0.isNumber }
    return (String(number), text.dropFirst(number.count).trimmed)
  }
}

extension Substring {
  /// Without blanks at both ends.
  var trimmed: String {
    var rest = self
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
