// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Numbers as annotation files write them: whole ones without a fraction, others in the shortest form that reads back
/// the same.
enum NumberText {
  static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }

  /// At most six digits after the point: more say nothing about a position in an image.
  static func fraction(_ number: Double) -> String {
    text((number * 1e6).rounded() / 1e6)
  }
}
