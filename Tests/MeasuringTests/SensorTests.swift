// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Measuring
import Testing

@Suite("Sensors of an Intel server")
struct IntelSensorTests {
  let tree: RecordedTree

  init() throws { tree = try RecordedTree("intel") }

  @Test func `show processors' use as a share of each`() throws {
    let series = try tree.record(at: [0, 0.5]) { index, _ in
      if index == 1 {
        try tree.replace("/proc/stat", "cpu1 100 0 0 900", "cpu1 130 5 0 915")
        try tree.replace("/proc/stat", "0 0 0 0 0 0\ncpu0", "0 0 0 25 0 0\ncpu0")
      }
    }
    #expect(series.times == [0, 0.5])
    #expect(series.values(.processorBusy, "cpu0") == [nil, 0])
    #expect(series.values(.processorBusy, "cpu1") == [nil, 0.7])
    #expect(series.values(.processorStolen, nil) == [nil, 0.5])
  }

  @Test func `show frequencies, temperatures by zone, and throttling since the start`() throws {
    let series = try tree.record(at: [0, 1]) { index, _ in
      if index == 1 {
        try tree.set("/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "1500000\n")
        try tree.set("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "8\n")
        try tree.set("/sys/class/thermal/thermal_zone0/temp", "-5500\n")
        try tree.set("/sys/class/thermal/cooling_device0/cur_state", "3\n")
      }
    }
    #expect(series.values(.processorFrequency, "cpu1") == [3.1e9, 1.5e9])
    #expect(series.values(.throttleCount, "cpu0 core") == [0, 3])
    #expect(series.values(.throttleCount, "cpu0 package") == [0, 0])
    #expect(series.values(.temperature, "x86_pkg_temp") == [62, -5.5])
    #expect(series.values(.temperature, "coretemp Package id 0") == [61, 61])
    // Neither a core's own sensor nor a disk's is asked.
    #expect(
      series.subjects(.temperature) == ["x86_pkg_temp", "acpitz", "acpitz (thermal_zone2)", "coretemp Package id 0"])
    #expect(series.values(.throttleState, "Processor (cooling_device0)") == [0, 3])
    #expect(series.sensors(.throttleState).count == 1)
  }

  @Test func `show energy beyond the end of a counter's range`() throws {
    let zone = "/sys/class/powercap/intel-rapl:0/energy_uj"
    let series = try tree.record(at: [0, 1, 2, 3]) { index, _ in
      if index == 1 { try tree.set(zone, "65532600000\n") }
      if index == 2 { try tree.set(zone, "89390\n") }
      if index == 3 { try tree.set(zone, "100089390\n") }
    }
    // The range is 65,532,610,987 µJ: 0.6 J to 65,532.6 J, then 10,987 µJ to its end and 89,390 µJ behind it.
    #expect(series.values(.energy, "package-0") == [0, 0.6, 0.700377, 100.700377])
    #expect(series.subjects(.energy) == ["package-0", "package-0/core", "package-0/dram"])
    let summary = series.summary(inferences: 50)
    #expect(summary.energy.sources == ["powercap package-0", "powercap package-0/dram"])
    #expect(summary.energy.joules.map { abs($0 - 100.700377) < 1e-6 } == true)
    #expect(summary.energy.perInference.map { abs($0 - 2.01400754) < 1e-6 } == true && summary.energy.reason == nil)
  }

  @Test func `name the energy counter that can't be read`() throws {
    // A folder in its place fails for root too.
    let path = tree.root.path + "/sys/class/powercap/intel-rapl:0/energy_uj"
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let series = try tree.record(at: [0, 1])
    #expect(series.reason(.energy, "package-0")?.contains("intel-rapl:0/energy_uj") == true)
    #expect(series.reason(.energy, "package-0")?.contains("only root") == true)
    #expect(series.values(.energy, "package-0") == nil)
  }

  @Test func `show a process's time, memory and its end`() throws {
    let series = try tree.record(at: [0, 1, 2], processes: [(4242, "model")]) { index, _ in
      if index == 1 { try tree.replace("/proc/4242/stat", " 150 50 ", " 230 70 ") }
      if index == 2 { try tree.set("/proc/4242/stat", "") }
    }
    #expect(series.values(.processProcessorUse, "model") == [nil, 1, nil])
    #expect(series.values(.processResident, "model") == [104_857_600.0, 104_857_600.0, nil])
    #expect(series.values(.processPeakResident, "model") == [122_880_000.0, 122_880_000.0, nil])
  }

  @Test func `follow a process that is added later, and report one that isn't there`() throws {
    let series = try tree.record(at: [0, 1, 2]) { index, recorder in
      if index == 1 { recorder.add(77, named: "late") }
      if index == 2 { recorder.add(5, named: "missing") }
    }
    #expect(series.values(.processResident, "late") == [nil, 409_600.0, 409_600.0])
    #expect(series.reason(.processProcessorUse, "missing") == "there is no process 5")
    #expect(series.sensors.allSatisfy { $0.values.count == 3 })
  }
}

@Suite("The energy meter")
struct EnergyMeterTests {
  @Test func `adds up packages and memory, beyond the end of a counter's range`() throws {
    let tree = try RecordedTree("intel")
    let meter = EnergyMeter(tree.files)
    #expect(meter.sources == ["powercap package-0", "powercap package-0/dram"] && meter.reason == nil)
    #expect(meter.joules() == 0)
    try tree.set("/sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n")
    try tree.set("/sys/class/powercap/intel-rapl:0:2/energy_uj", "5500000\n")
    #expect(meter.joules().map { abs($0 - (0.610987 + 1 + 0.5)) < 1e-9 } == true)
  }

  @Test func `takes the platform's zone alone where there is one`() throws {
    let tree = try RecordedTree("amd")
    try tree.set("/sys/class/powercap/intel-rapl:0/name", "psys\n")
    #expect(EnergyMeter(tree.files).sources == ["powercap psys"])
  }

  @Test func `says why there is no energy to read`() throws {
    let meter = try EnergyMeter(RecordedTree("laptop").files)
    #expect(meter.joules() == nil && meter.sources.isEmpty && meter.reason == "no zone in /sys/class/powercap")
  }
}

@Suite("Sensors of other machines")
struct OtherSensorTests {
  @Test func `of AMD: packages, the graphics unit's power, an energy counter`() throws {
    let series = try RecordedTree("amd").record(at: [0, 1])
    #expect(series.subjects(.energy) == ["package-0", "package-0/core", "amd_energy Esocket0"])
    #expect(series.values(.power, "amdgpu slowPPT") == [21, 21])
    #expect(series.subjects(.temperature) == ["k10temp Tctl", "amdgpu edge"])
    #expect(series.summary().energy.sources == ["powercap package-0"])
    #expect(series.reason(.throttleCount) != nil)
  }

  @Test func `of a Raspberry Pi: one zone once, a slowed processor, no power`() throws {
    let series = try RecordedTree("raspberry-pi").record(at: [0, 1])
    #expect(series.subjects(.temperature) == ["cpu-thermal"])
    #expect(series.values(.throttleState, "cpufreq-cpu0 (cooling_device0)") == [2, 2])
    #expect(series.values(.processorFrequency, "cpu3") == [1.5e9, 1.5e9])
    #expect(series.sensors(.power).isEmpty && series.sensors(.energy).isEmpty)
    let energy = series.summary(inferences: 10).energy
    #expect(energy.joules == nil && energy.perInference == nil)
    #expect(energy.reason?.contains("/sys/class/powercap") == true)
    #expect(energy.reason?.contains("/sys/class/power_supply") == true)
    #expect(
      series.disturbances().contains(
        "The processor was slowed down by cpufreq-cpu0 (cooling_device0) because it was hot."))
  }

  @Test func `of a Jetson: rails as voltage times current, a zone that is off`() throws {
    let tree = try RecordedTree("jetson")
    let series = try tree.record(at: [0, 1, 3]) { index, _ in
      if index == 2 { try tree.set("/sys/class/hwmon/hwmon3/curr1_input", "940\n") }
    }
    #expect(series.values(.power, "ina3221 VDD_IN") == [8.3952, 8.3952, 17.9352])
    #expect(series.subjects(.power) == ["ina3221 VDD_IN", "ina3221 VDD_CPU_GPU_CV", "ina3221 VDD_SOC"])
    #expect(series.reason(.temperature, "gpu-thermal")?.contains("gives no number") == true)
    // One second at the first power, then two on the line between both.
    let summary = series.summary(inferences: 2)
    #expect(summary.energy.joules.map { abs($0 - (8.3952 + 8.3952 + 17.9352)) < 1e-9 } == true)
    #expect(summary.energy.sources == ["hwmon ina3221 VDD_IN"])
  }

  @Test func `of a laptop: the battery that discharges, not the one that is charged, nor a mouse's`() throws {
    let series = try RecordedTree("laptop").record(at: [0, 1])
    #expect(series.values(.power, "BAT0") == [9.12, 9.12])
    #expect(series.subjects(.power) == ["BAT0"])
    #expect(series.reason(.power, "BAT1")?.contains("not discharging") == true)
    #expect(series.reason(.power, "hidpp_battery_0") == nil)
    #expect(series.summary(inferences: 3).energy.perInference.map { abs($0 - 3.04) < 1e-9 } == true)
  }

  @Test func `are absent with reasons where there is nothing`() throws {
    let series = try RecordedTree("arm").record(at: [0, 1])
    #expect(series.sensors.isEmpty)
    let quantities: [ResourceQuantity] = [
      .processorBusy, .processorFrequency, .throttleCount, .temperature, .energy, .power, .gpuUtilization,
    ]
    #expect(quantities.allSatisfy { series.reason($0) != nil })
  }
}

@Suite("Sensors survive")
struct DamagedSensorTests {
  @Test func `files that hold something else than they should`() throws {
    let tree = try RecordedTree("intel")
    let texts = [
      "", "\n", "-", "9223372036854775807\n", "-9223372036854775808\n", "99999999999999999999", "cpu", "cpu0", "cpu0 1",
      "4242 (a", "4242 (a) S", "VmHWM:", "\u{0}\u{0}", "cpu0 9223372036854775807 9223372036854775807\n",
    ]
    let paths = [
      "/proc/stat", "/proc/4242/stat", "/proc/4242/status", "/sys/class/powercap/intel-rapl:0/energy_uj",
      "/sys/class/thermal/thermal_zone0/temp", "/sys/class/thermal/cooling_device0/cur_state",
    ]
    let series = try tree.record(at: (0...texts.count).map(Double.init), processes: [(4242, "model")]) { index, _ in
      guard index > 0 else { return }
      for path in paths { try tree.set(path, texts[index - 1]) }
    }
    #expect(series.sensors.allSatisfy { $0.values.count == texts.count + 1 })
    #expect(series.sensors.allSatisfy { $0.values.allSatisfy { $0?.isFinite ?? true } })
    for text in texts {
      for path in paths { try tree.set(path, text) }
      _ = try tree.record(at: [0, 1], processes: [(4242, "model")]).summary()
      _ = MachineState(tree.files)
    }
  }
}
