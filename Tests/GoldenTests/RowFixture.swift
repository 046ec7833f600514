// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Golden
import Statistics

/// Rows with made-up figures, and a folder for each test.
enum RowFixture {
  static func row(
    _ name: String, median: Double = 20e-6, accuracy: Double? = 0.98, task: String = "image-classification",
    target: String = "local", data: String = "data", processor: String = "processor"
  ) throws -> GoldenRow {
    try GoldenRow(
      recipeDigest: Digest(of: name), recipe: #"{"architecture":{"width":8},"name":"\#(name)"}"#, variant: name,
      task: task, target: target,
      measurement: measurement(name, median: median, accuracy: accuracy, data: data, processor: processor),
      metadata: ["note": "ünïcode <b>"])
  }

  static func measurement(
    _ name: String, median: Double = 20e-6, accuracy: Double? = 0.98, data: String = "data",
    processor: String = "processor"
  ) -> Galley.Measurement {
    Galley.Measurement(
      model: MeasuredModel(digest: Digest(of: name), format: .onnx, byteCount: 1234, precision: "int8"),
      runtime: RuntimeRecord(name: "onnxruntime", version: "1.31.1", libraryDigest: nil, configuration: [:]),
      conditions: MeasurementConditions(
        batch: 1, threads: 1, seed: 1, processes: 3, blocks: 10, inferencesPerBlock: 20, warmUp: [20, 20, 20],
        interleavedWith: [], dataDigest: Digest(of: data), subset: .test),
      environment: EnvironmentRecord(
        time: 1_795_246_500, host: "host", architecture: "x86_64", processor: processor, extensions: [],
        processorCount: 2, memoryBytes: 1 << 30, kernel: "Linux", system: "Debian", governor: nil, loadBefore: 0,
        loadAfter: 0, clock: "CLOCK_MONOTONIC", galleyVersion: "0.1.0"),
      latency: Timing(
        summary: summary(median), processMedians: [median, median, median], sigma: 0,
        medianInterval: Interval(lower: median * 0.9, upper: median * 1.1, level: 0.95, method: "t")),
      phases: PhaseTimings(
        load: summary(1e-3), firstInference: summary(1e-4), preprocessing: summary(1e-6),
        postprocessing: summary(1e-7), endToEnd: summary(median)),
      resources: ResourceUse(peakResidentBytes: [1 << 20], baselineResidentBytes: [1 << 19], processorUse: summary(1)),
      verdict: MeasurementVerdict(isClean: true, marks: []), quality: accuracy.map(quality))
  }

  static func quality(_ accuracy: Double) -> ClassificationQuality {
    ClassificationQuality(
      itemCount: 360, accuracy: accuracy,
      accuracyInterval: Interval(lower: accuracy - 0.01, upper: accuracy + 0.01, level: 0.95, method: "wilson"),
      classes: [ClassQuality(label: "0", support: 360, precision: accuracy, recall: accuracy, f1: accuracy)],
      confusion: [[360]])
  }

  static func summary(_ value: Double) -> Summary {
    Summary(
      count: 600, minimum: value, maximum: value, mean: value, standardDeviation: 0, medianAbsoluteDeviation: 0,
      median: value, p90: value, p95: value, p99: value)
  }

  /// Runs a body with a folder that is removed afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "golden-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path())
  }
}
