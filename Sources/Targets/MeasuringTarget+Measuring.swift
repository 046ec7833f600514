// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

extension MeasuringTarget {
  /// Measures subjects side by side: each in a process of its own, alive together, taking turns in a seeded random
  /// order, and all of that again in fresh processes.
  ///
  /// A subject that fails, by an error or by a crash of its process, is reported and the others go on.
  /// - Returns: a result for each subject, in their order.
  /// - Throws: `GalleyError` if the plan or the data can't be used or the machine can't be reserved;
  ///   `CancellationError` if the task is cancelled, after all processes have ended.
  public func measure(
    _ subjects: [MeasurementSubject], plan: MeasurementPlan,
    onEvent: @escaping @Sendable (MeasuringEvent) -> Void = { _ in }
  ) async throws -> [SubjectResult] {
    try checkMeasurement(subjects, plan)
    let inputs = [plan.input] + subjects.compactMap(\.input)
    for case .images in inputs { try requireImages() }
    let digests = try inputDigests(inputs)
    let files =
      digests.map { NeededFile($0.key, digest: $0.value) }
      + subjects.map { NeededFile($0.model.path, digest: $0.model.digest) }
    let session = try await open(with: files, isAlone: !plan.sharesMachine) { onEvent(.waiting($0)) }
    do {
      var campaign = Campaign(session, subjects, plan, digests, onEvent)
      try await campaign.run()
      await session.end()
      return campaign.results()
    } catch {
      await session.end()
      throw error
    }
  }
}

/// The digest of each file that subjects run on, by path.
private func inputDigests(_ inputs: [MeasuredInput]) throws(GalleyError) -> [String: Digest] {
  var digests: [String: Digest] = [:]
  for input in inputs where digests[input.path] == nil {
    do throws(FileError) {
      digests[input.path] = try Digest(ofFileAt: input.path)
    } catch {
      throw GalleyError(.missingInput, "can't read the prepared data", at: input.path, why: error.reason)
    }
  }
  return digests
}

private func checkMeasurement(_ subjects: [MeasurementSubject], _ plan: MeasurementPlan) throws(GalleyError) {
  func refusal(_ why: String) -> GalleyError { GalleyError(.configuration, "can't measure", why: why) }
  guard plan.processes >= 1, plan.blocks >= 1, plan.batch >= 1 else {
    throw refusal("\(plan.processes) processes, \(plan.blocks) turns and batches of \(plan.batch) must be 1 or more")
  }
  guard Set(subjects.map(\.name)).count == subjects.count else { throw refusal("two subjects have the same name") }
}
