// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CRuntimes
import Foundation
import Galley
import Runtimes
import Tensors
import Testing

@Suite("OpenVINO's options", .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)))
struct OpenVINOOptionsTests {
  private func configuration(_ options: OpenVINORuntime.Options) throws -> [String: String] {
    try OpenVINORuntime(options).compile(OpenVINOFixture.model("dense.onnx")).configuration
  }

  @Test func `are float32 on one thread if nothing is said, and the model says so`() throws {
    let used = try configuration(.init())
    #expect(used["precision"] == "float32")
    #expect(used["threads"] == "1" && used["streams"] == "1" && used["optimalRequests"] == "1")
    #expect(used["hint"] == "LATENCY" && used["pinning"] == "false" && used["profiling"] == "false")
    #expect(used["device"] == "CPU" && used["devices"] == "CPU")
    #expect(used["deviceName"]?.isEmpty == false)
    #expect(used["build"]?.hasPrefix("2026.") == true)
  }

  @Test func `have the card's defaults`() throws {
    let defaults = OpenVINORuntime.card.options.reduce(into: [String: ConfigurationValue]()) {
      $0[$1.name] = $1.defaultValue
    }
    let options = try JSONDecoder().decode(OpenVINORuntime.Options.self, from: JSONEncoder().encode(defaults))
    #expect(options == OpenVINORuntime.Options())
  }

  @Test(arguments: OpenVINORuntime.PerformanceHint.allCases) func `hint`(hint: OpenVINORuntime.PerformanceHint) throws {
    let used = try configuration(.init(hint: hint, threads: 0))
    if hint != .none { #expect(used["hint"] == hint.rawValue.uppercased()) }
    #expect(Int(used["threads"] ?? "") ?? 0 >= 1)
  }

  @Test(arguments: OpenVINORuntime.Precision.allCases)
  func `precision is what was asked for, or refused`(precision: OpenVINORuntime.Precision) throws {
    do {
      let used = try configuration(.init(precision: precision))
      #expect(precision == .automatic || used["precision"] == precision.rawValue)
    } catch let error as GalleyError {
      #expect(error.exitCode == .configuration && precision != .float32)
      #expect(error.why.hasPrefix("precision \(precision.rawValue) was asked for, and OpenVINO uses "))
    }
  }

  @Test func `profiling, pinning and requests reach the library`() throws {
    let used = try configuration(.init(hint: .throughput, requests: 3, pinning: true, profiling: true))
    #expect(used["requests"] == "3" && used["profiling"] == "true")
    #expect(used["pinning"] != nil)
  }

  @Test func `streams: as many sessions are preferred`() throws {
    guard ProcessInfo.processInfo.activeProcessorCount >= 2 else { return }
    let model = try OpenVINORuntime(.init(hint: .throughput, streams: 2, threads: 2)).compile(
      OpenVINOFixture.model("dense.onnx"))
    #expect(model.configuration["streams"] == "2")
    #expect(model.preferredSessions == 2)
  }

  @Test func `the cache folder keeps the compiled model, which gives the same`() throws {
    try withTemporaryFolder { folder in
      let runtime = try OpenVINORuntime(.init(cacheFolder: folder + "/cache"))
      let values = try (0..<2).map { _ in
        try runtime.compile(OpenVINOFixture.model("dense.onnx")).run([.tensor(Tensor(zeros: .float32, shape: [1, 4]))])
      }
      #expect(values[0] == values[1])
      let kept = try FileManager.default.contentsOfDirectory(atPath: folder + "/cache")
      #expect(!kept.isEmpty)
    }
  }

  @Test func `the library, its version and its devices have names`() throws {
    let record = try OpenVINORuntime.record()
    #expect(record.name == "openvino")
    #expect(record.libraryDigest != nil)
    #expect(record.version.split(separator: ".").count == 3)
    #expect(try OpenVINORuntime.devices().contains("CPU"))
  }
}

@Suite("OpenVINO's functions") struct OpenVINOTableTests {
  @Test func `fill the table, each under its own name`() {
    let count = galley_ov_function_count()
    #expect(count * MemoryLayout<UnsafeRawPointer>.size == MemoryLayout<OvApi>.size)
    let names = (0..<count).compactMap { galley_ov_function_name($0).map { String(cString: $0) } }
    #expect(Set(names).count == count && names.allSatisfy { $0.hasPrefix("ov_") })
    #expect(galley_ov_function_name(count) == nil)
  }
}
