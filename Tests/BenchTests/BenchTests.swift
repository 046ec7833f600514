// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bench
import Foundation
import Galley
import ModelFiles
import ModelOptimizers
import ONNX
import Reports
import Runtimes
import Targets
import Tensors
import Testing

private let programs: URL = {
  let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return URL(filePath: executable).deletingLastPathComponent()
}()

private let canMeasure: Bool = {
  guard case .available = ONNXRuntime.availability() else { return false }
  return FileManager.default.isExecutableFile(atPath: programs.appending(path: "galley-agent").path)
}()

@Suite("A bench", .serialized, .enabled(if: canMeasure, "a runtime or galley-agent is missing: run make setup"))
struct BenchTests {
  let folder: String
  let target: LocalTarget

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    target = LocalTarget(
      executable: programs.appending(path: "galley-agent").path, arguments: [], lockPath: folder + "/lock",
      takesRuntime: true)
  }

  private var fixtures: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "RuntimesTests/Fixtures")
  }

  private var network: String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ONNXTests/Fixtures/plain.onnx").path
  }

  private func bench(_ precisions: [Precision: any ModelOptimizer] = [.int8: Int8Quantizer()]) -> Bench {
    Bench(target: target, optimizers: precisions, folder: folder, command: "galley bench")
  }

  private func request(_ paths: [String], _ meaning: BenchMeaning = BenchMeaning()) throws -> BenchRequest {
    var request = BenchRequest(
      models: try BenchPreparation(meaning: meaning, folder: folder, seed: 1).models(paths),
      runtimes: [RuntimeOffer(ONNXRuntime.self), RuntimeOffer(OpenVINORuntime.self)],
      precisions: [.original, .int8])
    request.processes = 1
    request.blocks = 2
    request.blockSeconds = 0.001
    request.throughputSeconds = 0.02
    request.maximumWarmUp = 0.1
    request.comparedSamples = 3
    return request
  }

  @Test func aFileWithoutDataIsMeasuredComparedAndNotJudged() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try await bench().run(try request([network]))
    let measured = result.rows.filter { $0.measurement != nil }
    #expect(measured.count >= 2, "\(result.rows.compactMap(\.failure))")
    let original = try #require(measured.first { $0.combination.precision == .original })
    #expect(original.difference == nil && original.differenceNote == nil)
    let int8 = try #require(measured.first { $0.combination.precision == .int8 })
    #expect((int8.difference?.worst ?? 0) > 0 && (int8.difference?.worstOfRange ?? 1) < 0.5)
    #expect(int8.measurement?.quality == nil)
    #expect((int8.throughput?.samplesPerSecond ?? 0) > 0)
    #expect(result.notes.contains { $0.contains("calibrated on drawn inputs") })
    #expect(result.table.contains("not judged"))
    let file = try MeasurementFile(contentsOf: "\(folder)/\(try #require(result.measurementFiles.first))")
    #expect(file.measurements.count == measured.count)
    #expect(file.measurements.allSatisfy { !$0.durations.isEmpty })
    #expect((file.resources?.times.count ?? 0) > 0)
    let report = result.report()
    #expect(report.variants.count == measured.count && report.bench?.rows.count == measured.count)
  }

  @Test func aBrokenModelIsARowAndTheOthersGoOn() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // A model that can be read but that no runtime accepts: a tensor that a node takes is given by none.
    var broken = try Model(contentsOf: URL(filePath: network))
    broken.metadata["note"] = "broken"
    let path = folder + "/broken.onnx"
    var bytes = try broken.serialized()
    let range = try #require(bytes.range(of: Data("Conv".utf8)))
    bytes.replaceSubrange(range, with: Data("Cnov".utf8))
    try bytes.write(to: URL(filePath: path))
    var request = try request([network, path])
    request.precisions = [.original]
    request.runtimes = [RuntimeOffer(ONNXRuntime.self)]
    let result = try await bench().run(request)
    #expect(result.rows.count == 2)
    #expect(result.rows.first { $0.combination.model == "plain" }?.measurement != nil)
    let failed = try #require(result.rows.first { $0.combination.model == "broken" })
    #expect(failed.failure?.contains("ONNX Runtime says") == true)
    #expect(result.exitCode == .partial)
  }

  @Test func twoFilesAreComparedLayerByLayer() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let comparison = ModelComparison(
      target: target, runtimes: [RuntimeOffer(ONNXRuntime.self)], dimensions: [:], samples: 2, seed: 3, tolerance: 1e-6)
    let same = try await comparison.run(network, network)
    #expect(same.firstDifference == nil && same.layers.count > 1)
    let result = try await bench().run(try request([network]))
    let quantized = try #require(result.rows.first { $0.combination.precision == .int8 }?.model)
    let parted = try await comparison.run(network, quantized)
    #expect(parted.firstDifference != nil)
    #expect(parted.table.contains("They part at"))
  }

  @Test func labelledItemsAreJudgedOnlyIfTheModelSaysWhatItExpects() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = folder + "/data.safetensors"
    let input = try #require(try ModelDescription(of: network).inputs.first?.tensor)
    let size = input.shape.dropFirst().map { $0 ?? 1 }
    let count = 12
    let pixels = (0..<count * size.reduce(1, *)).map { UInt8(($0 * 37) % 256) }
    let items = try LabeledItems(
      ids: (0..<count).map { "item \($0)" },
      inputs: Tensor(pixels, shape: [count, size[1], size[2], size[0]]), classes: (0..<count).map { $0 % 2 },
      labels: ["a", "b"])
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(scale: 1 / 255)).write(to: data)
    let models = try BenchPreparation(meaning: BenchMeaning(data: data), folder: folder, seed: 1).models([network])
    guard case .samples? = models.first?.data else {
      Issue.record("items were judged although the classes are unknown")
      return
    }
    #expect(models.first?.notes.contains { $0.contains("not measured") && $0.contains("classes") } == true)
  }
}
