// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Measuring
public import Statistics

internal import FoundationEssentials
internal import Galley

/// One run in the pantry's history. Times are in seconds, sizes in bytes, accuracies are fractions.
public struct RunRecord: Sendable, Hashable, Codable {
  /// How a run stands.
  public enum Status: String, Sendable, Hashable, Codable {
    /// Its process works on it.
    case running
    /// All variants are done.
    case finished
    /// It ended with an error.
    case failed
    /// It was stopped, or its process has gone.
    case interrupted
  }

  /// One variant.
  public struct Variant: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// What its recipe means, as one canonical text.
    public var recipe: String
    /// SHA-256 of that text.
    public var recipeDigest: Digest
    /// What was measured; `nil` as long as nothing was.
    public var figures: Figures?
  }

  /// What was measured of a variant.
  public struct Figures: Sendable, Hashable, Codable {
    /// Part of the test items answered rightly.
    public var accuracy: Double?
    /// Its 95 % interval.
    public var accuracyInterval: Interval?
    /// Median latency in seconds.
    public var medianLatency: Double
    /// Its 95 % interval, in seconds.
    public var latencyInterval: Interval
    /// Size of the model's file in bytes.
    public var modelBytes: Int
  }

  /// When it began, and the recipe's name.
  public var id: String
  /// The recipe's name.
  public var recipe: String
  /// The recipe's file.
  public var path: String
  /// How a person would start it again.
  public var command: String
  /// The folder of its report and models, an absolute path.
  public var output: String
  /// The report's page, if it was written.
  public var report: String?
  /// When it began, in seconds since 1970-01-01 00:00 UTC.
  public var started: Double
  /// When it ended; `nil` if nobody noted it.
  public var ended: Double?
  /// How it stands.
  public var status: Status
  /// What went wrong, if anything did.
  public var error: String?
  /// The process that works or worked on it.
  public var process: ProcessIdentity
  /// What it meant to do.
  public var plan: Plan
  /// The variants, in the recipe's order.
  public var variants: [Variant]
  /// Versions and digests of what it was made with, by name: `galley`, `libtorch`.
  public var tools: [String: String]
}

extension RunRecord {
  /// Notes what a run gave.
  mutating func succeed(report page: String?, _ figures: [Figures] = []) {
    status = .finished
    ended = Date().timeIntervalSince1970
    report = page.map(RunHistory.absolute)
    for (index, figures) in zip(variants.indices, figures) { variants[index].figures = figures }
  }

  /// Notes why a run ended early.
  mutating func fail(_ failure: any Error) {
    ended = Date().timeIntervalSince1970
    status = failure is CancellationError ? .interrupted : .failed
    error = failure is CancellationError ? nil : "\(failure)"
  }
}

extension RunRecord.Figures {
  init(_ result: VariantResult) {
    let measurement = result.measurement
    self.init(
      accuracy: measurement.quality?.accuracy, accuracyInterval: measurement.quality?.accuracyInterval,
      medianLatency: measurement.latency.summary.median, latencyInterval: measurement.latency.medianInterval,
      modelBytes: measurement.model.byteCount)
  }
}
