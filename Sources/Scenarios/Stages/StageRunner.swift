// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Targets

/// Runs stages that have not run yet, and remembers what this run used.
actor StageRunner {
  /// A stage of this run.
  struct Use: Sendable {
    var label: String
    var record: StageRecord
    var wasReused: Bool
  }

  private let pantry: Pantry
  private let tell: @Sendable (RunEvent) -> Void
  private(set) var uses: [Use] = []

  init(pantry: Pantry, tell: @escaping @Sendable (RunEvent) -> Void) {
    self.pantry = pantry
    self.tell = tell
  }

  /// The record of the stage with this identity; the stage runs if the pantry has none.
  ///
  /// `work` gets an empty folder and gives the files to keep, by name. They enter the pantry first and the record
  /// last, so a kill at any instant leaves either a finished stage or none. A stage that computes waits until nobody
  /// measures on this machine; one that measures takes the machine itself.
  func run(
    _ identity: StageIdentity, label: String, measures: Bool = false,
    _ work: @Sendable (_ folder: String) async throws -> [String: String]
  ) async throws -> StageRecord {
    try Task.checkCancellation()
    let key = try identity.key()
    if let use = uses.first(where: { $0.record.key == key }) { return use.record }
    if let record = pantry.record(for: key) {
      tell(.reused(stage: label, seconds: record.seconds))
      uses.append(Use(label: label, record: record, wasReused: true))
      return record
    }
    tell(.started(stage: label))
    let lock = measures ? nil : try await shareMachine()
    defer { withExtendedLifetime(lock) {} }
    let start = ContinuousClock.now
    let outputs = try await pantry.withWorkFolder { folder in
      try await work(folder).mapValues { try pantry.store(fileAt: $0) }
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    let record = StageRecord(
      key: key, stage: identity.stage, outputs: outputs, seconds: elapsed, finished: Date().timeIntervalSince1970)
    try pantry.keep(record)
    tell(.finished(stage: label, seconds: elapsed))
    uses.append(Use(label: label, record: record, wasReused: false))
    return record
  }
}

extension StageRunner {
  private func shareMachine() async throws -> MachineLock {
    try await MachineLock.acquire(for: .shared) { [tell] holder in
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
