// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Names that nothing else has.
enum RandomID {
  /// 64 random bits as 16 hexadecimal digits.
  static func make() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
