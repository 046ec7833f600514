// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Measuring
import Testing

/// A stand-in for NVIDIA's management library, which needs a GPU: it has the functions of the reference with fixed
/// answers.
private enum StandIn {
  static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Builds the library; `defines` change what it does.
  static func build(_ folder: URL, _ defines: [String] = []) throws -> String {
    let library = folder.appending(path: "libnvidia-ml.so.1").path
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/nvml_stand_in.c").path
    let process = Process()
    process.executableURL = URL(filePath: try #require(compiler))
    process.arguments = ["-shared", "-fPIC", "-o", library, source] + defines.map { "-D" + $0 }
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return library
  }
}

@Suite("GPUs", .enabled(if: StandIn.compiler != nil, "there is no C compiler to build the stand-in with"))
struct GPUTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "galley-nvml-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  @Test func `show use, memory, power, energy, temperature and clock`() throws {
    let series = try RecordedTree("arm").record(at: [0, 1], gpuLibrary: StandIn.build(folder))
    #expect(series.values(.gpuUtilization, "gpu0") == [0.37, 0.37])
    #expect(series.values(.gpuMemory, "gpu0") == [3e9, 3e9])
    #expect(series.values(.power, "gpu0", "nvml") == [71.5, 71.5])
    #expect(series.values(.temperature, "gpu0") == [44, 44])
    #expect(series.values(.gpuFrequency, "gpu0") == [1.98e9, 1.98e9])
    // It counts 500 mJ more at each question; one is asked when it is found, one to see whether it answers.
    #expect(series.values(.energy, "gpu0") == [1, 1.5])
    // The second GPU's driver doesn't count energy.
    #expect(series.reason(.energy, "gpu1") == "nvmlDeviceGetTotalEnergyConsumption: Not Supported")
    #expect(series.subjects(.gpuUtilization) == ["gpu0", "gpu1"])
  }

  @Test func `are named in the environment`() throws {
    let record = EnvironmentReader(EnvironmentTests.tree("arm"), gpuLibrary: try StandIn.build(folder))
      .record(galleyVersion: "1")
    let gpu = GPURecord(name: "Example GPU 0", identifier: "GPU-0", memoryBytes: 8_000_000_000, driver: "555.1")
    #expect(record.gpus?.first == gpu && record.gpus?.count == 2)
    #expect(EnvironmentReader(EnvironmentTests.tree("arm"), gpuLibrary: nil).record(galleyVersion: "1").gpus == nil)
  }

  @Test func `are absent with the library's words without a driver, and with the linker's without a library`() throws {
    let tree = try RecordedTree("arm")
    let without = try tree.record(at: [0], gpuLibrary: StandIn.build(folder, ["NO_DRIVER"]))
    #expect(without.reason(.gpuUtilization)?.hasSuffix("nvmlInit_v2: Driver Not Loaded") == true)
    let missing = try tree.record(at: [0], gpuLibrary: folder.path + "/none.so")
    #expect(missing.reason(.gpuUtilization)?.contains("none.so") == true)
    let other = try tree.record(at: [0], gpuLibrary: "libc.so.6")
    #expect(other.reason(.gpuUtilization) == "libc.so.6 has no nvmlInit_v2: it is another library")
  }
}
