// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Measuring

/// What a run of an engine was and how it ended: `manifest.json` in its folder, written before work starts and again
/// after it. Times are in seconds since 1970-01-01 00:00 UTC.
public struct RunManifest: Sendable, Hashable, Codable {
  /// Name and version of the format.
  public static let format = "galley.engine-run/1"

  /// How a run stands.
  public enum Status: String, Sendable, Hashable, Codable {
    /// Its process works on it.
    case running
    /// Everything was done.
    case succeeded
    /// Nothing usable was made, or its process died.
    case failed
    /// Someone stopped it; what was finished before is whole.
    case cancelled
    /// Some items failed and the rest is complete.
    case partial
  }

  /// The model that the work was about.
  public struct Model: Sendable, Hashable, Codable {
    /// In words: the architecture's name, or the file's path.
    public var summary: String
    /// SHA-256 of the file, or of the architecture with its options.
    public var digest: Digest
  }

  /// The format of the document.
  public private(set) var format = RunManifest.format
  /// The run's id, which is its folder's name.
  public var id: String
  /// The verb.
  public var verb: EngineVerb
  /// How it stands.
  public var status: Status
  /// Why it failed or was cancelled, in words; `nil` otherwise.
  public var reason: String?
  /// The exit code of a command that ends with this run.
  public var exitCode: ExitCode?
  /// When it began.
  public var started: Double
  /// When it ended; `nil` while it runs, and for a run whose process died.
  public var ended: Double?
  /// The process that works on it.
  public var process: ProcessIdentity
  /// The model.
  public var model: Model
  /// The data: path, identity and the digest of the file that the backend got.
  public var data: EnginePlan.DataSummary
  /// SHA-256 of `options.json`.
  public var options: Digest
  /// SHA-256 of `plan.json`.
  public var plan: Digest
  /// Seeds by what they are of: "data.splitSeed", "train.seed".
  public var seeds: [String: Int]
  /// The backend's id and version.
  public var backend: String
  /// Versions of what did the work, by name.
  public var tools: [String: String]
  /// The machine.
  public var environment: EnvironmentRecord
  /// The files that were made, by what they are; paths are relative to the run's folder.
  public var files: [String: VerbResult.ProducedFile]
  /// Figures by name.
  public var figures: [String: Double]
  /// What became of the items.
  public var itemCounts: VerbResult.ItemCounts
  /// What the user should know.
  public var notes: [String]
}

extension RunManifest {
  /// What happened to a run whose process died without a word.
  static let died = "the process that worked on it died"

  /// The run as failed if it is noted as running and its process lives no more.
  var settled: RunManifest {
    guard status == .running, !process.isAlive else { return self }
    var copy = self
    copy.status = .failed
    copy.reason = Self.died
    return copy
  }
}
