// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import Measuring
internal import ModelFiles
internal import Statistics
internal import Synchronization
internal import Targets
internal import Tensors

/// Measures a model in a runtime, in child processes on real items, and writes `measurement.json`.
struct RuntimeBench {
  private let runtime: IngredientChoice
  private let file: ModelFile
  private let target: LocalTarget
  /// Items that are measured on, at most.
  private static let most = 64

  /// - Parameter runtime: The runtime with complete options.
  init(_ runtime: IngredientChoice, _ file: ModelFile, target: LocalTarget) {
    self.runtime = runtime
    self.file = file
    self.target = target
  }

  func run(_ options: BenchOptions, _ request: VerbRequest, _ events: EventSink) async throws -> VerbResult {
    let threads = options.threads ?? ProcessorCount.online
    let description = try ModelDescription(of: file.path)
    let samples = try await writeSamples(request, description)
    let subject = MeasurementSubject(
      name: runtime.name, model: file, precision: description.precisionName, runtime: runtime, threads: threads)
    let plan = MeasurementPlan(
      input: .samples(path: samples), batch: options.batchSize, processes: options.processes, blocks: options.blocks,
      threads: threads)
    let isStarted = Atomic(false)
    let sampled = Mutex<ResourceSeries?>(nil)
    let results = try await target.measure([subject], plan: plan) { event in
      switch event {
      case .waiting(let holder): events.send(.warning("Waiting for \(holder)."))
      case .progress(_, let total, _):
        if !isStarted.exchange(true, ordering: .relaxed) { events.send(.started(.bench, total: total, unit: "steps")) }
      case .sampled(let series): sampled.withLock { $0 = series }
      case .failed, .log: break
      }
    }
    guard let measured = try results.first?.outcome.get() else {
      throw GalleyError(.software, "can't measure the model", at: file.path, why: "there is no result")
    }
    return try write(measured, sampled.withLock { $0 }, samples, request, events)
  }

  /// Prepared inputs of the first items, each as a batch of one.
  private func writeSamples(_ request: VerbRequest, _ description: ModelDescription) async throws -> String {
    let path = "\(request.folder)/samples.safetensors"
    let items = try InferenceItems(request.data, .any, labels: request.labels, task: request.task)
    guard let input = description.inputs.first?.tensor else {
      throw GalleyError(.badData, "can't measure the model", at: file.path, why: "its input is no tensor of numbers")
    }
    let shape = try items.inputShape(request.preprocessing)
    let single = input.shape.dropFirst().enumerated().map {
      $1 ?? (shape?.indices.contains($0) == true ? shape?[$0] : nil)
    }
    guard !single.contains(nil) else {
      throw GalleyError(
        .badData, "can't measure the model", at: file.path, why: "its input leaves its size open, and so do the items")
    }
    let loader = try InputLoader(items, request.preprocessing, inputShape: single.compactMap { $0 })
    return try await BlockingWork.run { stop in
      var rows: [Float] = []
      var count = 0
      var fault: ItemFault?
      for index in 0..<items.count where count < Self.most {
        guard !stop.isAsked else { throw CancellationError() }
        do throws(ItemFault) {
          rows += try loader.load(index)
          count += 1
        } catch {
          fault = fault ?? error
        }
      }
      guard count > 0 else {
        throw GalleyError(
          .badData, "can't measure the model", at: request.data.path,
          why: "no item can be loaded: \(fault?.reason ?? "")")
      }
      let full = [count, 1] + single.compactMap { $0 }
      let values =
        input.elementType == .uint8
        ? try Tensor(rows.map { UInt8(max(0, min(255, $0.rounded()))) }, shape: full) : try Tensor(rows, shape: full)
      try SampleFile([SampleFile.Input(name: input.name, values: values)]).write(to: path)
      return path
    }
  }

  private func write(
    _ measured: MeasuredSubject, _ resources: ResourceSeries?, _ samples: String, _ request: VerbRequest,
    _ events: EventSink
  ) throws -> VerbResult {
    let (measurement, path) = (measured.measurement, "\(request.folder)/measurement.json")
    let library = measurement.runtime
    try MeasurementFile(
      provenance: MeasurementProvenance(
        time: Double(Glibc.time(nil)), galleyVersion: galleyVersion.description, command: CommandLine.arguments,
        seed: measurement.conditions.seed,
        files: [UsedFile(role: "data", name: request.data.path, digest: request.data.digest)],
        libraries: [UsedLibrary(name: library.name, version: library.version, digest: library.libraryDigest)]),
      measurements: [
        MeasurementEntry(name: runtime.name, measurement: measurement, durations: measured.durations)
      ], resources: resources
    ).write(to: path)
    let figures = [
      "latency.median": measurement.latency.summary.median, "latency.p90": measurement.latency.summary.p90,
      "latency.mean": measurement.latency.summary.mean,
    ]
    for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
      events.send(.metric(name: name, value: value, step: nil))
    }
    return VerbResult(
      status: .succeeded, files: ["measurement": try .init(writtenAt: path), "samples": try .init(writtenAt: samples)],
      figures: figures,
      tools: [library.name: library.version])
  }
}

extension ModelDescription {
  /// The precision of most weights, for the record.
  fileprivate var precisionName: String {
    quantization != nil ? "int8" : parameters.max { $0.byteCount < $1.byteCount }?.elementType ?? "float32"
  }
}
