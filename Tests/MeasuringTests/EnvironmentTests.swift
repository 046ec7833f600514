// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Glibc
import Measuring
import Testing

@Suite("The environment")
struct EnvironmentTests {
  static func tree(_ name: String, in file: String = #filePath) -> SystemFiles {
    SystemFiles(root: URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path)
  }

  @Test func `is read from an x86-64 computer's files`() {
    let record = EnvironmentReader(Self.tree("x86")).record(galleyVersion: "1.2.3")
    #expect(record.host == "bench" && record.architecture == "x86_64" && record.kernel == "Linux 6.1.0")
    #expect(record.processor == "Example CPU @ 3.00GHz")
    #expect(record.extensions == ["avx", "avx2", "avx512_vnni", "fma", "sse4_2"])
    #expect(record.processorCount == 5)
    #expect(record.memoryBytes == 16_384_000 * 1024)
    #expect(record.system == "Example Linux 12" && record.governor == "performance")
    #expect(record.loadBefore == 0.52 && record.clock == "CLOCK_MONOTONIC (tsc)" && record.galleyVersion == "1.2.3")
  }

  @Test func `is read from an arm64 board's files, as far as they go`() {
    let record = EnvironmentReader(Self.tree("arm")).record(galleyVersion: "1")
    #expect(record.architecture == "aarch64" && record.processor == "Example Board Rev 1.0")
    #expect(record.extensions == ["asimd", "asimddp", "i8mm"])
    #expect(record.processorCount == 2)
    #expect(record.governor == nil && record.memoryBytes == 0 && record.kernel == "unknown")
    #expect(record.clock == "CLOCK_MONOTONIC")
  }

  @Test func `is that of this machine otherwise`() {
    let record = EnvironmentReader().record(galleyVersion: "1")
    #expect(record.processorCount >= 1 && record.memoryBytes > 0 && record.kernel.hasPrefix("Linux "))
    #expect(record.time > 1_700_000_000)
  }

  @Test(arguments: [("0", 1), ("0-3", 4), ("0-3,8", 5), ("1,3,5-6", 4), ("", 1), ("x", 1), ("3-1", 1)])
  func `counts the processors that this process may use`(list: String, count: Int) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appending(path: "proc/self")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try "Cpus_allowed_list:\t\(list)\n".write(
      toFile: folder.appending(path: "status").path, atomically: true, encoding: .utf8)
    let record = EnvironmentReader(SystemFiles(root: root.path)).record(galleyVersion: "1")
    #expect(record.processorCount == count)
  }
}

@Suite("The machine's state")
struct MachineStateTests {
  @Test func `is read from the kernel's files`() {
    let state = MachineState(EnvironmentTests.tree("x86"))
    // 1000 + 200 + 300 + 50 + 60 ticks of a hundredth of a second.
    #expect(abs(state.busySeconds - 16.1) < 1e-9 && abs(state.stolenSeconds - 0.7) < 1e-9)
    let times = ProcessorTimes(EnvironmentTests.tree("x86"))
    #expect(times?.busySeconds == state.busySeconds && times?.stolenSeconds == state.stolenSeconds)
    #expect((times?.totalSeconds ?? 0) > state.busySeconds + state.stolenSeconds)
    #expect(ProcessorTimes(EnvironmentTests.tree("arm")) == nil)
    #expect(state.throttleCount == 7 && state.frequency == 2.5e9 && state.load == 0.52)
    let poor = MachineState(EnvironmentTests.tree("arm"))
    #expect(poor.throttleCount == nil && poor.frequency == nil && poor.busySeconds == 0)
  }

  @Test func `of a process by its number is what the process knows of itself`() throws {
    let resident = try #require(ProcessResources.residentBytes(of: getpid()))
    let own = ProcessResources.current()
    #expect(resident > 1 << 20 && Double(abs(resident - own.residentBytes)) < 0.5 * Double(own.residentBytes))
    // Other threads go on meanwhile.
    let before = ProcessResources.processorSeconds()
    let seconds = try #require(ProcessResources.processorSeconds(of: getpid()))
    #expect(seconds > before - 5 && seconds < ProcessResources.processorSeconds() + 5)
    #expect(ProcessResources.residentBytes(of: 1 << 30) == nil)
    #expect(ProcessResources.processorSeconds(of: 1 << 30) == nil)
  }

  @Test func `tells what disturbed a measurement`() {
    let before = MachineState(EnvironmentTests.tree("x86"))
    var after = before
    after.time = before.time + 10_000_000_000
    after.busySeconds += 10
    #expect(after.disturbances(since: before, ownSeconds: 9.5).isEmpty)
    #expect(
      after.disturbances(since: before, ownSeconds: 5)
        == ["Other programs used 50 % of a processor while it was measured."])
    after.stolenSeconds += 2
    after.throttleCount = 9
    after.frequency = 2e9
    #expect(
      after.disturbances(since: before, ownSeconds: 10) == [
        "The hypervisor took 20 % of a processor while it was measured.",
        "The processor was throttled 2 times because it was hot.",
        "The clock frequency fell by 20 % during the measurement.",
      ])
    #expect(before.disturbances(since: after, ownSeconds: 0).isEmpty)
  }

  @Test func `and the process's own use are readable here`() {
    let used = ProcessResources.current()
    #expect(used.residentBytes > 0 && used.peakResidentBytes >= used.residentBytes && used.processorSeconds > 0)
    let recorded = ProcessResources.current(EnvironmentTests.tree("x86"))
    #expect(recorded.residentBytes == 40_000 * 1024 && recorded.peakResidentBytes == 45_000 * 1024)
  }
}
