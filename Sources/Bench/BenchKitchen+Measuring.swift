// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import Statistics
internal import Synchronization
internal import Targets

extension BenchKitchen {
  /// Most combinations that are alive together; more are measured in groups, one after the other.
  private static let mostTogether = 24

  /// Measures the combinations side by side.
  mutating func measure(_ cases: [BenchCase]) async throws -> [BenchRow] {
    let ready = cases.filter { conversion(of: $0) != nil }
    bench.tell(.started("measure \(ready.count) combinations"))
    var rows: [BenchRow] = []
    for start in stride(from: 0, to: ready.count, by: Self.mostTogether) {
      let group = Array(ready[start..<min(start + Self.mostTogether, ready.count)])
      rows += try await measure(group: group, done: start, of: ready.count)
    }
    if ready.count > Self.mostTogether {
      notes.append(
        "\(ready.count) combinations were measured in groups of \(Self.mostTogether); figures of one group took turns.")
    }
    return rows
  }

  private mutating func measure(group: [BenchCase], done: Int, of total: Int) async throws -> [BenchRow] {
    guard let first = group.first else { return [] }
    let subjects = try group.map { try subject($0) }
    let plan = MeasurementPlan(
      input: try input(first), batch: 1, processes: request.processes, blocks: request.blocks,
      block: BlockRule(minimumRepetitions: 20, minimumSeconds: request.blockSeconds), seed: request.seed,
      maximumWarmUp: request.maximumWarmUp, throughputSeconds: request.throughputSeconds)
    let tell = bench.tell
    let sampled = Mutex<ResourceSeries?>(nil)
    let results = try await bench.measuring.measure(subjects, plan: plan) { event in
      switch event {
      case .waiting(let holder): tell(.warning("Waiting for \(holder)."))
      case .progress(let completed, let all, let message):
        tell(
          .progress(
            completed: done * all / max(group.count, 1) + completed, total: total * all / max(group.count, 1),
            message: message))
      case .failed(let subject, let error): tell(.warning("\(subject): \(error)"))
      case .sampled(let series): sampled.withLock { $0 = series }
      case .log: break
      }
    }
    let rows = zip(group, results).map { row($0, $1) }
    try keep(rows, results, sampled.withLock { $0 })
    return rows
  }

  /// Writes everything that was measured of a group into one file.
  private mutating func keep(_ rows: [BenchRow], _ results: [SubjectResult], _ resources: ResourceSeries?) throws {
    var entries: [MeasurementEntry] = []
    var failures: [MeasurementFailure] = []
    for (row, result) in zip(rows, results) {
      switch result.outcome {
      case .success(let measured):
        guard let measurement = row.measurement else { continue }
        entries.append(
          MeasurementEntry(
            name: row.combination.name, measurement: measurement, durations: measured.durations,
            predictions: measured.predictions))
      case .failure(let error):
        failures.append(MeasurementFailure(name: row.combination.name, reason: error.description))
      }
    }
    let name = measurementFiles.isEmpty ? "measurements.json" : "measurements-\(measurementFiles.count + 1).json"
    let file = MeasurementFile(
      provenance: provenance(rows), measurements: entries, failures: failures, resources: resources)
    try file.write(to: "\(bench.folder)/\(name)")
    measurementFiles.append(name)
  }

  private func provenance(_ rows: [BenchRow]) -> MeasurementProvenance {
    let models = request.models.map { UsedFile(role: "model", name: $0.name, digest: $0.file.digest) }
    let runtimes = Set(
      rows.compactMap(\.measurement?.runtime).map { [$0.name, $0.version, $0.libraryDigest?.hex ?? ""] })
    return MeasurementProvenance(
      time: Bench.now(), galleyVersion: galleyVersion.description,
      command: bench.command.split(separator: " ").map(String.init), seed: request.seed, files: models,
      libraries: runtimes.sorted { $0[0] < $1[0] }.map {
        UsedLibrary(name: $0[0], version: $0[1], digest: Digest(hex: $0[2]))
      })
  }

  private func subject(_ combination: BenchCase) throws -> MeasurementSubject {
    guard let converted = conversion(of: combination) else {
      throw GalleyError(.software, "can't measure \(combination.name)", why: "there is no file")
    }
    var preprocessing: Preprocessing?
    if case .items(_, _, _, let said) = try model(combination.model).data { preprocessing = said }
    return MeasurementSubject(
      name: combination.name, model: converted.file, precision: converted.precision,
      runtime: try offer(combination.runtime).choice(threads: combination.threads), preprocessing: preprocessing,
      input: try input(combination), batch: combination.batch, threads: combination.threads)
  }

  private func input(_ combination: BenchCase) throws -> MeasuredInput {
    if case .items(let path, let judged, _, _) = try model(combination.model).data {
      if let images = try model(combination.model).images { return .images(path: images, subset: judged) }
      return .items(path: path, subset: judged)
    }
    guard let samples = samples[combination.model] else {
      throw GalleyError(.software, "can't measure \(combination.model)", why: "there are no samples")
    }
    return .samples(path: samples)
  }

  private func row(_ combination: BenchCase, _ result: SubjectResult) -> BenchRow {
    var row = BenchRow(combination: combination)
    row.conversion = conversion(of: combination)?.notes ?? []
    row.model = conversion(of: combination)?.file.path
    row.input = result.subject.input?.path
    row.preprocessing = result.subject.preprocessing
    switch difference(of: combination) {
    case .success(let difference)?: row.difference = difference
    case .failure(let error)?: row.differenceNote = error.why
    case nil: break
    }
    switch result.outcome {
    case .success(let measured):
      row.measurement = completed(measured, row.difference, combination)
      row.throughput = throughput(measured)
    case .failure(let error): row.failure = error.description
    }
    return row
  }

  /// The measurement with what the bench knows besides: throughput, and the difference from the original.
  private func completed(
    _ measured: MeasuredSubject, _ difference: BenchDifference?, _ combination: BenchCase
  ) -> Measurement {
    var measurement = measured.measurement
    if !measured.throughput.isEmpty { measurement.throughput = measured.throughput }
    if let difference, let original = try? model(combination.model) {
      measurement.difference = ModelDifference(
        reference: original.file.digest, itemCount: difference.samples,
        inputs: original.data == nil ? "drawn" : "items", outputs: difference.outputs)
    }
    return measurement
  }

  private func throughput(_ measured: MeasuredSubject) -> BenchThroughput? {
    let rates = measured.throughput.map(\.samplesPerSecond)
    guard let median = Percentile.median(rates), let first = measured.throughput.first else { return nil }
    return BenchThroughput(samplesPerSecond: median, processes: rates, sessions: first.sessions)
  }
}
