// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Measuring
import Statistics

/// Measurement files with made-up figures that agree with each other.
enum MeasurementSample {
  /// Lists of durations with every length of varint.
  static let durations: [[UInt64]] = [
    [0, 127, 128, 20_000, 300], [90_000, 1 << 40, UInt64.max >> 12, 5, 6], [1, 2, 3, 4, 5],
  ]

  private static let environment =
    EnvironmentReader(EnvironmentTests.tree("intel"), gpuLibrary: nil).record(galleyVersion: "0.1.0")
  private static let whole = Result { try makeFull() }

  static func measurement() throws -> Galley.Measurement {
    let all = durations.flatMap { $0 }.map { Double($0) * 1e-9 }
    let medians = durations.compactMap { Percentile.median($0.map { Double($0) * 1e-9 }) }
    let summary = try require(Summary(all))
    let one = try require(Summary([0.001, 0.002, 0.003]))
    return Galley.Measurement(
      model: MeasuredModel(digest: Digest(of: "model"), format: .onnx, byteCount: 1234, precision: "int8"),
      runtime: RuntimeRecord(
        name: "onnxruntime", version: "1.31.1", libraryDigest: Digest(of: "library"), configuration: ["threads": "1"]),
      conditions: MeasurementConditions(
        batch: 1, threads: 1, seed: .max, processes: 3, blocks: 1, inferencesPerBlock: 5, warmUp: [9, 9, 9],
        interleavedWith: [Digest(of: "other")], dataDigest: Digest(of: "data"), subset: .test),
      environment: environment,
      latency: Timing(
        summary: summary, processMedians: medians, sigma: Moments.meanAndDeviation(medians).deviation,
        medianInterval: try require(Interval.betweenProcesses(medians))),
      phases: PhaseTimings(load: one, firstInference: one),
      resources: ResourceUse(peakResidentBytes: [9, 9, 9], baselineResidentBytes: [1, 1, 1], processorUse: one),
      verdict: MeasurementVerdict(isClean: false, marks: ["Quality was not measured: the labels aren't known."]),
      quality: nil)
  }

  /// Only what must be there.
  static func small() throws -> MeasurementFile {
    MeasurementFile(
      provenance: MeasurementProvenance(time: 1.5e9, galleyVersion: "0.1.0", command: ["galley", "bench", "a b.onnx"]),
      measurements: [
        MeasurementEntry(name: "a", measurement: try measurement(), durations: durations.map { DurationList($0) })
      ])
  }

  /// Everything that there can be.
  static func full() throws -> MeasurementFile { try whole.get() }

  private static func makeFull() throws -> MeasurementFile {
    var file = try small()
    let series = try RecordedTree("intel").record(at: [0, 0.5, 1], processes: [(4242, "a")])
    var measurement = try measurement()
    let one = try require(Summary([0.001, 0.002, 0.003]))
    measurement.phases = PhaseTimings(
      load: one, firstInference: one, preprocessing: one, postprocessing: one, endToEnd: one)
    measurement.quality = ClassificationQuality(
      itemCount: 3, accuracy: 2.0 / 3, accuracyInterval: try require(Interval.wilson(successes: 2, of: 3)),
      classes: [
        ClassQuality(label: "cat", support: 2, precision: 1, recall: 0.5, f1: 2.0 / 3),
        ClassQuality(label: "dog", support: 1, precision: 0.5, recall: 1, f1: nil),
      ], confusion: [[1, 1], [0, 1]])
    measurement.stream = SingleStreamScenario().record(durations.flatMap { $0 }, 9000)
    var tally = WindowedRates(windowSeconds: 0.1)
    for window in 0..<10 { tally.add(5 + window % 2, at: Double(window) * 0.1) }
    measurement.throughput = [
      OfflineScenario(batch: 4).record(tally, samples: 55, seconds: 1, sessions: 2, threads: 2)
    ]
    measurement.resourceSummary = series.summary(from: 0.1, to: 0.9, inferences: 15)
    measurement.difference = ModelDifference(
      reference: Digest(of: "reference"), itemCount: 3, inputs: "test",
      outputs: [OutputDifference(name: "y", maximum: 0.5, mean: 0.1, referenceMean: 2)], agreement: 1,
      accuracyDifference: -0.25, pValue: 0.5)
    measurement.environment.otherPrograms = [ProgramUse(name: "sshd", share: 0.01)]
    measurement.environment.gpus = [GPURecord(name: "Example GPU")]
    file.measurements.append(
      MeasurementEntry(
        name: "b", measurement: measurement, durations: durations.map { DurationList($0) },
        predictions: Predictions(ids: ["x", "ü", "z"], truth: [0, 0, 1], answers: [0, 1, 1]),
        span: MeasuredSpan(from: 0.1, to: 0.9)))
    file.failures = [MeasurementFailure(name: "c in openvino", reason: "the library was not found")]
    file.resources = series
    file.provenance.seed = 7
    file.provenance.recipe = Digest(of: "recipe")
    file.provenance.files = [UsedFile(role: "data", name: "data.csv", digest: Digest(of: "data"))]
    file.provenance.libraries = [UsedLibrary(name: "onnxruntime", version: "1.31.1", digest: Digest(of: "library"))]
    return file
  }

  private struct Missing: Error {}

  private static func require<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
  }
}
