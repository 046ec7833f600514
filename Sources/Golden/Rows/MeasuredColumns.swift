// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Statistics

/// What a measurement says, by column.
struct MeasuredColumns {
  private let measurement: Measurement

  init(_ measurement: Measurement) { self.measurement = measurement }

  /// The values that there are.
  var values: [String: GoldenValue] {
    [subject, conditions, quality, latency, phases, throughput, cost, machine].reduce(into: [:]) { all, part in
      for case (let name, let value?) in part { all[name] = value }
    }
  }

  private var subject: [String: GoldenValue?] {
    let runtime = measurement.runtime
    return [
      "hardware": .text(hardware), "runtime": .text(runtime.name), "runtime_version": .text(runtime.version),
      "library_digest": text(runtime.libraryDigest?.hex), "precision": .text(measurement.model.precision),
      "model_digest": .text(measurement.model.digest.hex), "model_size_bytes": .integer(measurement.model.byteCount),
    ]
  }

  /// The GPU where the runtime says that it used one, else the processor.
  private var hardware: String {
    let words = measurement.runtime.configuration.values.map { $0.lowercased() }
    let usesGPU = words.contains { $0.contains("cuda") || $0.contains("tensorrt") || $0 == "gpu" }
    if usesGPU, let gpu = measurement.environment.gpus?.first { return "cuda:\(gpu.name)" }
    return measurement.environment.processor
  }

  private var conditions: [String: GoldenValue?] {
    let conditions = measurement.conditions
    return [
      "batch": .integer(conditions.batch), "threads": .integer(conditions.threads),
      "processes": .integer(conditions.processes), "inferences": .integer(measurement.latency.summary.count),
      "warm_up": .integer(conditions.warmUp.reduce(0) { $0.addingReportingOverflow($1).partialValue }),
      "is_clean": .integer(measurement.verdict.isClean ? 1 : 0), "seed": .text("\(conditions.seed)"),
      "data_digest": .text(conditions.dataDigest.hex), "subset": text(conditions.subset?.rawValue),
    ]
  }

  private var quality: [String: GoldenValue?] {
    guard let quality = measurement.quality else { return [:] }
    return [
      "accuracy": .real(quality.accuracy), "accuracy_lower": .real(quality.accuracyInterval.lower),
      "accuracy_upper": .real(quality.accuracyInterval.upper), "item_count": .integer(quality.itemCount),
      "accuracy_metric": .text("accuracy"),
    ]
  }

  private var latency: [String: GoldenValue?] {
    let (timing, summary) = (measurement.latency, measurement.latency.summary)
    return [
      "latency_s": .real(summary.median), "latency_lower_s": .real(timing.medianInterval.lower),
      "latency_upper_s": .real(timing.medianInterval.upper), "latency_sigma_s": .real(timing.sigma),
      "latency_mean_s": .real(summary.mean), "latency_deviation_s": .real(summary.standardDeviation),
      "latency_mad_s": .real(summary.medianAbsoluteDeviation), "latency_minimum_s": .real(summary.minimum),
      "latency_p90_s": .real(summary.p90), "latency_p95_s": .real(summary.p95), "latency_p99_s": .real(summary.p99),
      "latency_maximum_s": .real(summary.maximum),
    ]
  }

  private var phases: [String: GoldenValue?] {
    let phases = measurement.phases
    return [
      "load_s": .real(phases.load.median), "first_inference_s": .real(phases.firstInference.median),
      "preprocessing_s": real(phases.preprocessing?.median), "postprocessing_s": real(phases.postprocessing?.median),
      "end_to_end_s": real(phases.endToEnd?.median),
    ]
  }

  /// Of the combinations of batch and sessions the fastest; records of the same combination are of several processes.
  private var throughput: [String: GoldenValue?] {
    let groups = Dictionary(grouping: measurement.throughput ?? []) { [$0.batch, $0.sessions, $0.threads] }
    let best = groups.values.map { group in group.map(\.samplesPerSecond) }
      .compactMap { rates in Percentile.median(rates).map { (rates, $0) } }.max { $0.1 < $1.1 }
    guard let (rates, median) = best, median > 0 else { return [:] }
    let interval = Interval.betweenProcesses(rates)
    return [
      "throughput_per_s": .real(median), "throughput_lower_per_s": real(interval?.lower),
      "throughput_upper_per_s": real(interval?.upper),
    ]
  }

  private var cost: [String: GoldenValue?] {
    let resources = measurement.resources
    return [
      "peak_resident_bytes": .integer(resources.peakResidentBytes.max() ?? 0),
      "baseline_resident_bytes": resources.baselineResidentBytes.max().map(GoldenValue.integer),
      "processor_use_cores": .real(resources.processorUse.median),
      "energy_j": positive(measurement.resourceSummary?.energy.perInference), "power_w": positive(power),
      "gpu_memory_bytes": maximum(.gpuMemory).map { .integer(Int($0)) },
      "processor_frequency_hz": positive(mean(.processorFrequency)),
    ]
  }

  private var power: Double? {
    guard let summary = measurement.resourceSummary, let joules = summary.energy.joules, summary.to > summary.from
    else { return nil }
    return joules / (summary.to - summary.from)
  }

  private func mean(_ quantity: ResourceQuantity) -> Double? {
    let means = measurement.resourceSummary?.figures.filter { $0.quantity == quantity }.compactMap(\.mean) ?? []
    return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
  }

  private func maximum(_ quantity: ResourceQuantity) -> Double? {
    measurement.resourceSummary?.figures.filter { $0.quantity == quantity }.compactMap(\.maximum)
      .filter { $0.isFinite && $0 >= 0 && $0 < 9e15 }.max()
  }

  private var machine: [String: GoldenValue?] {
    let machine = measurement.environment
    return [
      "measured_at_unix_s": .real(machine.time), "galley_version": .text(machine.galleyVersion),
      "host": .text(machine.host), "processor": .text(machine.processor),
      "processor_architecture": .text(machine.architecture), "system": .text(machine.system),
      "kernel": .text(machine.kernel), "governor": text(machine.governor), "gpu": text(machine.gpus?.first?.name),
      "gpu_driver": text(machine.gpus?.first?.driver), "load_average": .real(machine.loadBefore),
      "processors": .integer(machine.processorCount), "memory_total_bytes": .integer(machine.memoryBytes),
    ]
  }

  private func text(_ value: String?) -> GoldenValue? { value.map(GoldenValue.text) }

  private func real(_ value: Double?) -> GoldenValue? { value.map(GoldenValue.real) }

  /// What a sensor that isn't there shows as nothing was not measured.
  private func positive(_ value: Double?) -> GoldenValue? {
    value.flatMap { $0.isFinite && $0 > 0 ? .real($0) : nil }
  }
}
