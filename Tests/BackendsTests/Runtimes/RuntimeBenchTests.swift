// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import Statistics
import Targets
import Testing
import WorkerProtocol

@Suite("A runtime as a backend measures", .enabled(if: RuntimeBackendConformanceTests.kinds.contains(.onnxRuntime)))
struct RuntimeBenchTests {
  private static let agent =
    WorkerProcess.ownExecutable().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/galley-agent"

  @Test(arguments: [1, 3])
  func `it measures in child processes on real items`(batch: Int) async throws {
    let data = try BackendData()
    let target = LocalTarget(
      executable: Self.agent, arguments: [], lockPath: "\(data.folder)/lock", takesRuntime: true)
    let (file, card) = try ColourModel.make(in: data.folder)
    var options = BenchOptions()
    (options.batchSize, options.threads, options.processes, options.blocks) = (batch, 1, 3, 2)
    var request = try data.request(.bench(options), data.listing)
    request.model = .file(file, card)
    let result = try await RuntimeBackend(.onnxRuntime, target: target).run(request, events: EventSink { _ in })
    #expect(Set(result.files.keys) == ["measurement", "samples"])
    let measured = try MeasurementFile(contentsOf: try #require(result.files["measurement"]).path)
    let measurement = try #require(measured.measurements.first).measurement
    #expect(measurement.model.digest == file.digest && measurement.model.precision == "float32")
    #expect(measurement.conditions.batch == batch && measurement.conditions.processes == 3)
    #expect(measurement.runtime.name == "onnxruntime")
    #expect(result.figures["latency.median"] == measurement.latency.summary.median)
    #expect(measured.provenance.files.first?.digest == data.listing.digest)
  }
}
