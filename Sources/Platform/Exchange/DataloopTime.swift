// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// Times as Dataloop writes them: `2026-11-26T01:30:00.000Z`.
enum DataloopTime {
  private static let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
  private static let whole = Date.ISO8601FormatStyle()

  /// Seconds since 1970; `nil` if the text is no time.
  static func seconds(_ text: String) -> Double? {
    ((try? withFraction.parse(text)) ?? (try? whole.parse(text)))?.timeIntervalSince1970
  }

  /// The time as text, to the millisecond.
  static func text(_ seconds: Double) -> String { Date(timeIntervalSince1970: seconds).formatted(withFraction) }
}
