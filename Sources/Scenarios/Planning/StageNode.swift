// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Pantry
internal import Recipes

/// A stage of a run's graph, before it is known whether it must run.
struct StageNode: Sendable {
  /// A value that a stage's key is made of.
  enum Part: Sendable, Hashable {
    /// A value that is known from the recipe and the machine.
    case text(String)
    /// The artifact called `name` of an earlier stage.
    case output(of: Int, name: String)
    /// The bytes of something that may have to be fetched.
    case artifact(ArtifactRequirement)
  }

  /// What stages have in common that are one and the same.
  struct Signature: Hashable {
    var stage: String
    var version: Int
    var parts: [String: Part]
  }

  /// Writes files into a folder and gives their paths by name.
  typealias Work = @Sendable (_ inputs: StageInputs, _ label: String, _ folder: String) async throws -> [String: String]

  /// Position in the graph; a stage depends on earlier ones only.
  var id = 0
  /// Name of the stage: `train`.
  var stage: String
  /// Version of the stage's own behaviour.
  var version = 1
  /// What the stage is called in this run, unique in the graph.
  var label: String
  /// The variants that need it.
  var variants: [String] = []
  /// What its key is made of.
  var parts: [String: Part]
  /// Whether it needs the machine for itself.
  var measures = false
  /// Whether another machine does its work, which has a lock of its own; that machine's agent may be on this one.
  var isElsewhere = false
  /// The choices that it works with, those in their slots too.
  var slots: [FilledSlot]
  /// What it does.
  var work: Work

  /// The part that tells a rehearsal's stages from those of a real run.
  static let rehearsalPart = "rehearsal"

  /// Whether its result says only that it can be done.
  var isRehearsed: Bool { parts[Self.rehearsalPart] != nil }

  /// The name under which it is kept: what a rehearsal took says nothing of what a real stage takes.
  var keptName: String { isRehearsed ? "rehearsed \(stage)" : stage }

  var signature: Signature { Signature(stage: stage, version: version, parts: parts) }

  /// The earlier stages whose outputs it uses.
  var dependencies: [Int] {
    let stages = parts.values.compactMap { part in
      if case .output(let stage, _) = part { stage } else { nil }
    }
    return Set(stages).sorted()
  }

  /// What its choices need.
  var artifacts: [ArtifactRequirement] {
    var found: [ArtifactRequirement] = []
    for artifact in slots.flatMap(\.artifacts) where !found.contains(artifact) { found.append(artifact) }
    return found
  }

  /// The most memory that its ingredients promise to need, in bytes.
  var promisedMemory: Int? { slots.compactMap(\.card.peakMemoryBytes).max() }

  /// The identity, as far as all it is made of is known.
  func identity(_ value: (Part) -> String?) -> StageIdentity? {
    var known: [String: String] = [:]
    for (name, part) in parts {
      guard let text = value(part) else { return nil }
      known[name] = text
    }
    return StageIdentity(stage: keptName, version: version, parts: known)
  }
}

/// What a stage finds when it runs.
struct StageInputs: Sendable {
  let pantry: Pantry
  /// The records of the stages before it.
  let records: [Int: StageRecord]
  /// The digests of what was fetched.
  let artifacts: [ArtifactRequirement: Digest]
  let tell: @Sendable (RunEvent) -> Void

  func record(_ stage: Int) throws(GalleyError) -> StageRecord {
    guard let record = records[stage] else {
      throw GalleyError(.software, "can't run a stage", why: "the stage before it, number \(stage), has no record")
    }
    return record
  }

  func prepared(_ stage: Int) throws -> PreparedFile { try PreparedFile(record(stage), in: pantry) }

  /// The value of a part, if it is known by now.
  func value(_ part: StageNode.Part) -> String? {
    switch part {
    case .text(let text): text
    case .output(let stage, let name): records[stage]?.outputs[name]?.hex
    case .artifact(let artifact): digest(of: artifact)?.hex
    }
  }

  func digest(of artifact: ArtifactRequirement) -> Digest? { artifact.digest ?? artifacts[artifact] }
}
