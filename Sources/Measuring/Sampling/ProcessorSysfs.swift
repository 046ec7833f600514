// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension FoundSensors {
  private static let folder = "/sys/devices/system/cpu"

  /// The frequency of each processor: `scaling_cur_freq` in kilohertz (Documentation/admin-guide/pm/cpufreq.rst of
  /// Linux).
  mutating func findFrequencies(_ files: SystemFiles) {
    for processor in files.numberedEntries("cpu", in: Self.folder) {
      guard files.exists("\(Self.folder)/\(processor)/cpufreq") else { continue }
      switch files.heldNumber("\(Self.folder)/\(processor)/cpufreq/scaling_cur_freq") {
      case .success(let file):
        let header = SensorHeader(
          quantity: .processorFrequency, subject: processor, source: "cpufreq", silence: "the kernel gave no frequency")
        add(NumberSensor(header, file, scale: 1000))
      case .failure(let failure): lack(.processorFrequency, processor, failure.reason)
      }
    }
    if !show(.processorFrequency), !absent.contains(where: { $0.quantity == .processorFrequency }) {
      lack(.processorFrequency, nil, "no folder cpufreq in \(Self.folder)/cpu*: the kernel or hypervisor shows none")
    }
  }

  /// How often processors were slowed down because they were hot, on Intel's processors: `core_throttle_count` and
  /// `package_throttle_count` (drivers/platform of Linux, ABI/testing/sysfs-devices-system-cpu).
  mutating func findThrottleCounts(_ files: SystemFiles) {
    for processor in files.numberedEntries("cpu", in: Self.folder) {
      for kind in ["core", "package"] {
        let path = "\(Self.folder)/\(processor)/thermal_throttle/\(kind)_throttle_count"
        // All processors of a package show the package's count; that of cpu0 is enough for one package.
        guard kind == "core" || processor == "cpu0", case .success(let file) = files.heldNumber(path) else { continue }
        let header = SensorHeader(
          quantity: .throttleCount, subject: "\(processor) \(kind)", source: "cpu", silence: "the kernel gave no count")
        add(NumberSensor(header, file, scale: 1, kind: .counter(range: nil)))
      }
    }
    if !show(.throttleCount) {
      lack(.throttleCount, nil, "no file thermal_throttle/core_throttle_count in \(Self.folder)/cpu*")
    }
  }
}
