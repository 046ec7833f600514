// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// Everything that the report of a run shows. Times are in seconds, sizes in bytes, accuracies are fractions.
///
/// A report computes no statistics: intervals, p values and the front come in as they were computed.
public struct RunReport: Sendable, Hashable, Codable {
  /// The report's heading.
  public var title: String
  /// The recipe that was run; `nil` for a bench.
  public var recipe: ReportedRecipe?
  /// Start of the run, in seconds since 1970-01-01 00:00 UTC.
  public var startedAt: Double
  /// End of the run, in seconds since 1970-01-01 00:00 UTC.
  public var endedAt: Double
  /// The command that repeats the run.
  public var command: String
  /// Version of Galley that ran.
  public var galleyVersion: String
  /// The data set; `nil` if there was none.
  public var data: ReportedData?
  /// The variants, in the order in which they are shown.
  public var variants: [ReportedVariant]
  /// Variants compared on the same items; the headline is taken from these.
  public var comparisons: [ReportedComparison]
  /// The stages of the run, in their order.
  public var stages: [ReportedStage]
  /// Files that the run left for the user.
  public var outputs: [ReportedOutput]
  /// What the reader must know before believing the figures; one sentence each.
  public var warnings: [String]
  /// What only a bench has; `nil` for a recipe's run.
  public var bench: ReportedBench?
  /// What only a rehearsal has, and a rehearsal has no figures beside; `nil` for a real run.
  public var rehearsal: ReportedRehearsal?

  /// Creates a report.
  public init(
    title: String, recipe: ReportedRecipe? = nil, startedAt: Double, endedAt: Double, command: String,
    galleyVersion: String, data: ReportedData? = nil, variants: [ReportedVariant],
    comparisons: [ReportedComparison] = [], stages: [ReportedStage] = [], outputs: [ReportedOutput] = [],
    warnings: [String] = []
  ) {
    self.title = title
    self.recipe = recipe
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.command = command
    self.galleyVersion = galleyVersion
    self.data = data
    self.variants = variants
    self.comparisons = comparisons
    self.stages = stages
    self.outputs = outputs
    self.warnings = warnings
  }

  /// The variant with this name.
  func variant(named name: String) -> ReportedVariant? {
    variants.first { $0.name == name }
  }
}

/// The recipe that a report is about.
public struct ReportedRecipe: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// Digest of the recipe before variants are applied.
  public var digest: Digest

  /// Describes a recipe.
  public init(name: String, digest: Digest) {
    self.name = name
    self.digest = digest
  }
}

/// One stage of a run.
public struct ReportedStage: Sendable, Hashable, Codable {
  /// The stage's name, such as `train wide`.
  public var name: String
  /// Its content key.
  public var key: Digest
  /// Seconds that it took when it was really run.
  public var seconds: Double
  /// True if an earlier run's result was taken.
  public var wasReused: Bool

  /// Describes a stage.
  public init(name: String, key: Digest, seconds: Double, wasReused: Bool) {
    self.name = name
    self.key = key
    self.seconds = seconds
    self.wasReused = wasReused
  }
}

/// A file that the run left for the user.
public struct ReportedOutput: Sendable, Hashable, Codable {
  /// What it is, such as `int8 model of wide`.
  public var what: String
  /// Where it lies.
  public var path: String

  /// Describes a file.
  public init(what: String, path: String) {
    self.what = what
    self.path = path
  }
}
