// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// Two variants on the same test items.
public struct ReportedComparison: Sendable, Hashable, Codable {
  /// Name of the variant that is compared against.
  public var baseline: String
  /// Name of the variant that is compared.
  public var candidate: String
  /// Number of items that both answered.
  public var itemCount: Int
  /// Items that only the baseline answered rightly.
  public var onlyBaselineCorrect: Int
  /// Items that only the candidate answered rightly.
  public var onlyCandidateCorrect: Int
  /// Two-sided exact McNemar p.
  public var pValue: Double
  /// Accuracy of the candidate minus that of the baseline.
  public var accuracyDifference: Double
  /// Median latency of the baseline divided by that of the candidate, and its interval from the spread between
  /// processes; `nil` leaves the report with the bounds that the two intervals of the medians give.
  public var speedup: ReportedRatio?
  /// Items that exactly one of the two answered rightly; may be a part of them.
  public var discordantItems: [DiscordantItem]

  /// Describes a comparison.
  public init(
    baseline: String, candidate: String, itemCount: Int, onlyBaselineCorrect: Int, onlyCandidateCorrect: Int,
    pValue: Double, accuracyDifference: Double, speedup: ReportedRatio? = nil, discordantItems: [DiscordantItem] = []
  ) {
    self.baseline = baseline
    self.candidate = candidate
    self.itemCount = itemCount
    self.onlyBaselineCorrect = onlyBaselineCorrect
    self.onlyCandidateCorrect = onlyCandidateCorrect
    self.pValue = pValue
    self.accuracyDifference = accuracyDifference
    self.speedup = speedup
    self.discordantItems = discordantItems
  }

  /// Number of items that exactly one of the two answered rightly.
  public var discordantCount: Int { onlyBaselineCorrect + onlyCandidateCorrect }

  /// True if the test rejects equal accuracy at the 5 % level.
  public var showsAccuracyDifference: Bool { pValue < 0.05 }
}

/// A ratio with its interval.
public struct ReportedRatio: Sendable, Hashable, Codable {
  /// The ratio.
  public var value: Double
  /// Its interval.
  public var interval: Interval

  /// Describes a ratio.
  public init(value: Double, interval: Interval) {
    self.value = value
    self.interval = interval
  }
}

/// An item on which one of two variants is right and the other wrong.
public struct DiscordantItem: Sendable, Hashable, Codable {
  /// The item's id.
  public var id: String
  /// The true class's label.
  public var truth: String
  /// The label that the baseline answered.
  public var baselineAnswer: String
  /// The label that the candidate answered.
  public var candidateAnswer: String
  /// The item as a small picture.
  public var picture: ItemPicture?

  /// Describes an item.
  public init(
    id: String, truth: String, baselineAnswer: String, candidateAnswer: String, picture: ItemPicture? = nil
  ) {
    self.id = id
    self.truth = truth
    self.baselineAnswer = baselineAnswer
    self.candidateAnswer = candidateAnswer
    self.picture = picture
  }
}

/// A small picture, drawn pixel by pixel.
public struct ItemPicture: Sendable, Hashable, Codable {
  /// Width in pixels.
  public var width: Int
  /// Height in pixels.
  public var height: Int
  /// Brightness of each pixel in rows from the top, 0 (black) to 255 (white).
  public var pixels: [UInt8]

  /// The largest width or height that can be drawn.
  public static let largestSide = 64

  /// Creates a picture; `nil` if the count of pixels is not width × height or a side is not in 1…64.
  public init?(width: Int, height: Int, pixels: [UInt8]) {
    let sides = 1...Self.largestSide
    guard sides.contains(width), sides.contains(height), pixels.count == width * height else { return nil }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a picture and checks its sides.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let picture = Self(
      width: try container.decode(Int.self, forKey: .width), height: try container.decode(Int.self, forKey: .height),
      pixels: try container.decode([UInt8].self, forKey: .pixels))
    guard let picture else {
      throw DecodingError.dataCorruptedError(
        forKey: .pixels, in: container, debugDescription: "the pixels don't fill a picture of 1…64 by 1…64")
    }
    self = picture
  }
}
