// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Measuring
import Testing

@Suite("The environment names")
struct MachineTests {
  private func record(_ name: String) -> EnvironmentRecord {
    EnvironmentReader(EnvironmentTests.tree(name), gpuLibrary: nil).record(galleyVersion: "1")
  }

  @Test func `cores, caches, frequencies and the board`() throws {
    let hardware = try #require(record("intel").hardware)
    #expect(hardware.vendor == "Example Systems" && hardware.product == "Rack 1" && hardware.board == "Board A")
    #expect(hardware.hypervisor == nil && hardware.boost == true && hardware.simultaneousThreads == true)
    #expect(hardware.physicalCores == 2 && hardware.threads == 4)
    #expect(
      hardware.caches == [
        CacheRecord(level: 1, kind: "Data", bytes: 48 << 10, count: 2, sharedBy: 2),
        CacheRecord(level: 1, kind: "Instruction", bytes: 32 << 10, count: 2, sharedBy: 2),
        CacheRecord(level: 2, kind: "Unified", bytes: 2 << 20, count: 2, sharedBy: 2),
        CacheRecord(level: 3, kind: "Unified", bytes: 36 << 20, count: 1, sharedBy: 4),
      ])
    // Processors that are treated alike are listed together; the fourth has another governor.
    #expect(hardware.frequencies.map(\.processors) == [[0, 1, 2], [3]])
    #expect(hardware.frequencies.map(\.governor) == ["powersave", "performance"])
    let first = try #require(hardware.frequencies.first)
    #expect(first.driver == "intel_pstate" && first.energyPreference == "balance_performance")
    #expect(first.maximum == 4.2e9 && first.hardwareMaximum == 4.5e9 && first.minimum == 8e8)
    let board = try #require(record("raspberry-pi").hardware)
    #expect(board.product == "Raspberry Pi 5 Model B Rev 1.0" && board.vendor == nil && board.physicalCores == 4)
    #expect(board.frequencies.map(\.processors) == [[0, 1, 2, 3]] && board.boost == nil)
    #expect(record("amd").hardware?.boost == true)
    #expect(record("laptop").hardware?.hypervisor == "QEMU")
    #expect(record("arm").hardware?.caches == [] && record("arm").hardware?.threads == nil)
  }

  @Test func `settings of the kernel`() throws {
    let settings = try #require(record("intel").settings)
    #expect(settings.bootID == "01234567-89ab-cdef-0123-456789abcdef" && settings.transparentHugePages == "madvise")
    #expect(settings.addressRandomization == 2 && settings.perfEventParanoid == -1)
    #expect(settings.swapBytes == 2_048_000_000 && settings.swapUsedBytes == 512_000_000)
    #expect(settings.isolatedProcessors == nil && settings.pageBytes == nil && settings.cLibrary == nil)
    let here = try #require(EnvironmentReader(gpuLibrary: nil).record(galleyVersion: "1").settings)
    #expect((here.pageBytes ?? 0) >= 4096 && here.cLibrary?.hasPrefix("glibc ") == true && here.bootID != nil)
  }

  @Test func `the smallest limit of all control groups above`() throws {
    let second = try #require(record("intel").limits)
    #expect(second.processors == 1.5 && second.memoryBytes == 4_294_967_296 && second.container == nil)
    let first = try #require(record("laptop").limits)
    #expect(first.processors == 0.5 && first.memoryBytes == 1_073_741_824 && first.container == "docker")
    let none = try #require(record("arm").limits)
    #expect(none == ContainerLimits())
  }

  @Test func `nothing new in records of earlier versions, which still read`() throws {
    let old = """
      {"time": 1, "host": "h", "architecture": "x86_64", "processor": "p", "extensions": [], "processorCount": 2,
       "memoryBytes": 3, "kernel": "k", "system": "s", "loadBefore": 0, "loadAfter": 0, "clock": "c",
       "galleyVersion": "0.1.0"}
      """
    let record = try JSONDecoder().decode(EnvironmentRecord.self, from: Data(old.utf8))
    #expect(record.hardware == nil && record.settings == nil && record.otherPrograms == nil && record.governor == nil)
    let new = EnvironmentReader(EnvironmentTests.tree("intel"), gpuLibrary: nil).record(galleyVersion: "1")
    #expect(try JSONDecoder().decode(EnvironmentRecord.self, from: JSONEncoder().encode(new)) == new)
  }
}

@Suite("Disturbances between two states")
struct MachineDisturbanceTests {
  private func later(_ state: MachineState, seconds: Double) -> MachineState {
    var state = state
    state.time += UInt64(seconds * 1e9)
    return state
  }

  @Test func `say something of any numbers that another machine gives`() {
    var before = MachineState(EnvironmentTests.tree("intel"))
    (before.frequency, before.throttleCount, before.swappedPages) = (.greatestFiniteMagnitude, .min, .min)
    var after = later(before, seconds: 10)
    (after.frequency, after.throttleCount, after.swappedPages) = (-.infinity, .max, .max)
    #expect(after.disturbances(since: before, ownSeconds: 10, own: 500).contains { $0.contains("? %") })
    after.frequency = -.greatestFiniteMagnitude
    #expect(!after.disturbances(since: before, ownSeconds: 10, own: 500).isEmpty)
  }

  @Test func `name the other programs that used most, and not what the measurement started`() {
    var before = MachineState(EnvironmentTests.tree("intel"))
    #expect(before.programs.map(\.name) == ["backup", "a (model) 1"])
    before.programs += [
      ProgramTime(process: 1, parent: 0, name: "init", started: 0, seconds: 9),
      ProgramTime(process: 500, parent: 1, name: "galley", started: 9, seconds: 1),
      ProgramTime(process: 501, parent: 500, name: "measure", started: 10, seconds: 1),
    ]
    var after = later(before, seconds: 10)
    after.busySeconds += 17
    for index in after.programs.indices {
      switch after.programs[index].name {
      case "backup": after.programs[index].seconds += 5
      case "a (model) 1": after.programs[index].seconds += 0.1
      case "measure": after.programs[index].seconds += 10
      default: break
      }
    }
    // Another process has taken a number that was free again.
    after.programs[1] = ProgramTime(process: 4242, parent: 1, name: "cc1", started: 999, seconds: 2)
    #expect(
      after.otherPrograms(since: before, own: 500) == [
        ProgramUse(name: "backup", share: 0.5), ProgramUse(name: "cc1", share: 0.2),
      ])
    #expect(
      after.disturbances(since: before, ownSeconds: 10, own: 500) == [
        "Other programs used 70 % of a processor while it was measured: backup (50 %), cc1 (20 %)."
      ])
    #expect(before.otherPrograms(since: after).isEmpty)
  }

  @Test func `are swapping and waiting for memory`() {
    let before = MachineState(EnvironmentTests.tree("intel"))
    #expect(before.swappedPages == 30 && before.memoryStallSeconds == 2.5)
    var after = later(before, seconds: 10)
    after.swappedPages = 42
    after.memoryStallSeconds = 3
    #expect(
      after.disturbances(since: before, ownSeconds: 0) == [
        "12 pages were swapped while it was measured.", "Programs waited for memory in 5 % of the time.",
      ])
  }

  @Test func `are seen on this machine`() {
    let now = MachineState()
    #expect(now.programs.contains { $0.process == getpid() && $0.seconds > 0 })
    #expect(!now.otherPrograms(since: MachineState()).contains { $0.share < 0 })
  }
}
