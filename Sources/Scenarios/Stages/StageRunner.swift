// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Targets
internal import WorkerProtocol

/// Runs stages that have not run yet.
struct StageRunner: Sendable {
  /// A stage of this run.
  struct Use: Sendable {
    var label: String
    var record: StageRecord
    var wasReused: Bool
  }

  let pantry: Pantry
  /// The file that reserves the machine.
  let lockPath: String
  let tell: @Sendable (RunEvent) -> Void

  /// What became of a stage whose inputs are there; it runs if the pantry has no record of it.
  ///
  /// The stage gets an empty folder and gives the files to keep, by name. They enter the pantry first and the record
  /// last, so a kill at any instant leaves either a finished stage or none. A stage that computes waits until nobody
  /// measures on this machine; one that measures takes the machine itself.
  func run(_ node: StageNode, _ inputs: StageInputs) async throws -> Use {
    try Task.checkCancellation()
    guard let identity = node.identity(inputs.value) else {
      throw GalleyError(.software, "can't run '\(node.label)'", why: "something that it depends on is not there")
    }
    let key = try identity.key()
    if let record = pantry.record(for: key) { return reuse(record, node) }
    tell(.started(stage: node.label))
    let lock = node.measures || node.isElsewhere ? nil : try await shareMachine()
    defer { withExtendedLifetime(lock) {} }
    let (start, meter) = (ContinuousClock.now, WorkerMemoryMeter())
    let outputs = try await pantry.withWorkFolder { folder in
      let files = try await WorkerMemoryMeter.$current.withValue(meter) {
        try await node.work(inputs, node.label, folder)
      }
      return try keep(files, of: identity.stage)
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    let record = StageRecord(
      key: key, stage: identity.stage, outputs: outputs, seconds: elapsed, finished: Date().timeIntervalSince1970,
      parts: identity.parts, label: node.label, peakMemoryBytes: meter.peakBytes)
    try pantry.keep(record)
    tell(.finished(stage: node.label, seconds: elapsed))
    return Use(label: node.label, record: record, wasReused: false)
  }

  /// Keeps a stage's files under names that say what they are: `train checkpoint`.
  private func keep(_ files: [String: String], of stage: String) throws -> [String: Digest] {
    var digests: [String: Digest] = [:]
    for (name, path) in files {
      digests[name] = try pantry.store(fileAt: path, note: ArtifactNote(name: "\(stage) \(name)"))
    }
    return digests
  }

  /// Takes an earlier run's result.
  func reuse(_ record: StageRecord, _ node: StageNode) -> Use {
    tell(.reused(stage: node.label, seconds: record.seconds))
    return Use(label: node.label, record: record, wasReused: true)
  }

  private func shareMachine() async throws -> MachineLock {
    try await MachineLock.acquire(for: .shared, path: lockPath) { [tell] holder in
      tell(.warning("Waiting for \(holder), which measures on this machine."))
    }
  }
}

extension StageRecord {
  /// The artifact called `name`.
  func output(_ name: String) throws(GalleyError) -> Digest {
    guard let digest = outputs[name] else {
      throw GalleyError(
        .software, "can't use the stage '\(stage)'", why: "its record has no output '\(name)'",
        remedy: "Remove stages/\(key.hex).json from the pantry and run again.")
    }
    return digest
  }
}
