// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Recipes

/// What a run will do, known before anything is done: its stages and what they wait for, what has to be fetched, how
/// long it may take. Times are in seconds, sizes in bytes.
public struct Plan: Sendable, Hashable, Codable {
  /// The recipe's name.
  public var recipe: String
  /// The stages, each after those that it depends on.
  public var stages: [PlannedStage]
  /// What the pantry lacks, each once.
  public var fetches: [PlannedFetch]
  /// What nobody chose, with the origin of each value.
  public var automaticValues: [AutomaticValue]
  /// How much of the machine stages take together.
  public var limits: ResourceLimits
  /// Sum of the estimated times of the stages that run or may have to; `nil` if none of them is known.
  public var workSeconds: Double?
  /// Estimated time by the clock, with stages that run at once; `nil` if `workSeconds` is.
  public var clockSeconds: Double?
  /// Stages that run or may have to and whose time nobody knows.
  public var unknownTimes: Int
  /// How far the recipe is run; `nil` in records of versions that knew no other goal than the report.
  public var goal: StageGoal?
  /// What a rehearsal does otherwise than the recipe says, as sentences; `nil` for a real run.
  public var rehearsal: [String]?

  /// Bytes to fetch, as far as sizes are known.
  public var fetchBytes: Int { fetches.compactMap(\.artifact.byteCount).reduce(0, +) }

  /// Positions of the stages whose results are there already.
  public var cached: [Int] { stages.indices.filter { stages[$0].state.isCached } }
}

/// One stage of a plan.
public struct PlannedStage: Sendable, Hashable, Codable {
  /// Position in the plan, from 0.
  public var id: Int
  /// Name of the stage's kind: `train`.
  public var stage: String
  /// What it is called in this run, unique in the plan.
  public var label: String
  /// The variants that need its result.
  public var variants: [String]
  /// The stages whose results it uses.
  public var dependencies: [Int]
  /// Whether it runs, and why.
  public var state: StageState
  /// SHA-256 of everything that its result depends on; `nil` as long as an earlier stage has to run.
  public var key: Digest?
  /// How long it may take; `nil` if it is cached, or no stage of its kind ever ran here.
  public var time: TimeEstimate?
  /// The memory that it is given.
  public var memory: MemoryEstimate
  /// Whether it waits until nothing else of Galley runs on this machine.
  public var needsMachineAlone: Bool
}

/// Whether a stage runs.
public enum StageState: Sendable, Hashable, Codable {
  /// Its result is in the pantry since `finished` (seconds since 1970-01-01 00:00 UTC); it took `seconds` then.
  case cached(finished: Double, seconds: Double)
  /// It runs, for these reasons.
  case runs([RunReason])
  /// It runs unless these earlier stages give the same result as some time before.
  case runsUnlessUnchanged([Int])

  /// Whether its result is there.
  public var isCached: Bool {
    if case .cached = self { true } else { false }
  }
}

/// Why a stage runs.
public enum RunReason: Sendable, Hashable, Codable {
  /// No stage of its kind has run with this pantry.
  case neverRan
  /// The most similar earlier one depended on something else: its label, and what differs.
  case differs(from: String?, [PartDifference])
  /// It ran before, and these artifacts of it are missing or damaged.
  case lostArtifacts([String])
  /// Something that it needs is not here yet.
  case awaitsFetch(String)
  /// These earlier stages run.
  case follows([Int])
}

/// A value that decides whether two stages are the same, and that isn't.
public struct PartDifference: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What the value belongs to: `trainer`.
  public var part: String
  /// The option: `epochs`; `nil` if the part is one value.
  public var option: String?
  /// The earlier value; `nil` if there was none, or it is a digest.
  public var before: String?
  /// The present value; `nil` if there is none, or it is a digest.
  public var now: String?

  package init(part: String, option: String?, before: String?, now: String?) {
    (self.part, self.option, self.before, self.now) = (part, option, before, now)
  }

  public var description: String {
    let name = option.map { "\(part): \($0)" } ?? part
    return switch (before, now) {
    case (let before?, let now?): "\(name) \(before) → \(now)"
    case (nil, let now?): "\(name) is now \(now)"
    case (let before?, nil): "\(name) is no longer \(before)"
    case (nil, nil): "\(name) changed"
    }
  }
}

/// How long a stage may take.
public struct TimeEstimate: Sendable, Hashable, Codable {
  /// Median of the most similar earlier stages, in seconds.
  public var seconds: Double
  /// How many earlier stages it is taken from.
  public var samples: Int
  /// Whether it was scaled by the amount of work, as by the number of epochs.
  public var isScaled: Bool
}

/// How much memory a stage may need.
public struct MemoryEstimate: Sendable, Hashable, Codable {
  /// Where a figure comes from.
  public enum Origin: String, Sendable, Hashable, Codable {
    /// A card of an ingredient promises it.
    case promised
    /// Earlier stages of the kind were measured.
    case measured
    /// Nobody knows; this is what is set aside.
    case assumed
  }

  /// The most memory, in bytes.
  public var bytes: Int
  /// Where the figure comes from.
  public var origin: Origin

  package init(bytes: Int, origin: Origin) { (self.bytes, self.origin) = (bytes, origin) }
}

/// Something that the pantry lacks.
public struct PlannedFetch: Sendable, Hashable, Codable {
  /// What it is: size, origins, licence.
  public var artifact: ArtifactRequirement
  /// The stages that need it.
  public var stages: [Int]
  /// The variants that need it.
  public var variants: [String]
}

/// A value that nobody chose.
public struct AutomaticValue: Sendable, Hashable, Codable {
  /// Path in the recipe: `trainer.epochs`; the machine's begin with `machine`.
  public var path: String
  /// The value.
  public var value: String
  /// Where it comes from, as a clause: `default of trainer.supervised 1.0.0`.
  public var origin: String
  /// The variants that have it; empty if all have.
  public var variants: [String]
}
