// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension FoundSensors {
  private static let folder = "/sys/class/hwmon"

  /// Drivers whose temperatures are a processor's. Asking a disk for its temperature costs time of the disk.
  private static let processorDrivers: Set<String> = [
    "coretemp", "k8temp", "k10temp", "zenpower", "fam15h_power", "cpu_thermal", "scpi_sensors", "scmi_sensors",
    "amdgpu",
  ]

  /// Power rails and energy counters, and the temperatures of processors (Documentation/hwmon/sysfs-interface.rst of
  /// Linux): power in microwatts, energy in microjoules, currents in milliamperes, voltages in millivolts,
  /// temperatures in thousandths of a degree.
  mutating func findHardwareMonitors(_ files: SystemFiles) {
    let zones = Set(
      sensors.flatMap(\.headers).filter { $0.quantity == .temperature }.compactMap(\.subject))
    for monitor in files.numberedEntries("hwmon", in: Self.folder) {
      let path = "\(Self.folder)/\(monitor)"
      let driver = files.text("\(path)/name") ?? monitor
      let attributes = files.entries(in: path)
      findRails(files, path, driver, attributes)
      // The kernel shows thermal zones here too, under the zone's type with low lines.
      let isZone = zones.contains { $0.replacing("-", with: "_") == driver }
      if Self.processorDrivers.contains(driver), !isZone { findTemperatures(files, path, driver, attributes) }
    }
  }

  private mutating func findRails(_ files: SystemFiles, _ path: String, _ driver: String, _ attributes: [String]) {
    for number in Self.numbers("energy", "input", attributes) {
      add(files, path, driver, "energy\(number)", "input", .energy, 1e-6, .counter(range: nil))
    }
    let powers = Self.numbers("power", "input", attributes)
    for number in powers { add(files, path, driver, "power\(number)", "input", .power, 1e-6) }
    for number in Self.numbers("power", "average", attributes) where !powers.contains(number) {
      add(files, path, driver, "power\(number)", "average", .power, 1e-6)
    }
    guard powers.isEmpty else { return }
    // Monitors like the INA3221 show a bus voltage and a current for each channel, and no power.
    let voltages = Self.numbers("in", "input", attributes)
    for number in Self.numbers("curr", "input", attributes) where voltages.contains(number) {
      let label = files.text("\(path)/in\(number)_label") ?? files.text("\(path)/curr\(number)_label")
      let subject = Self.subject(driver, label, "channel \(number)")
      guard case .success(let voltage) = files.heldNumber("\(path)/in\(number)_input"),
        case .success(let current) = files.heldNumber("\(path)/curr\(number)_input")
      else {
        lack(.power, subject, "\(path)/in\(number)_input or curr\(number)_input gives no number")
        continue
      }
      let header = SensorHeader(quantity: .power, subject: subject, source: "hwmon", silence: "the rail gave no values")
      add(ProductSensor(header, voltage, current, scale: 1e-6))
    }
  }

  private mutating func findTemperatures(
    _ files: SystemFiles, _ path: String, _ driver: String, _ attributes: [String]
  ) {
    for number in Self.numbers("temp", "input", attributes) {
      // Reading a core's own sensor interrupts the core; the package's is the hottest of them.
      if files.text("\(path)/temp\(number)_label")?.hasPrefix("Core ") == true { continue }
      add(files, path, driver, "temp\(number)", "input", .temperature, 1e-3)
    }
  }

  private mutating func add(
    _ files: SystemFiles, _ path: String, _ driver: String, _ channel: String, _ attribute: String,
    _ quantity: ResourceQuantity, _ scale: Double, _ kind: NumberSensor.Kind = .gauge
  ) {
    let subject = Self.subject(driver, files.text("\(path)/\(channel)_label"), channel)
    switch files.heldNumber("\(path)/\(channel)_\(attribute)") {
    case .success(let file):
      let header = SensorHeader(quantity: quantity, subject: subject, source: "hwmon", silence: "it gave no values")
      add(NumberSensor(header, file, scale: scale, kind: kind))
    case .failure(let failure): lack(quantity, subject, failure.reason)
    }
  }

  private static func subject(_ driver: String, _ label: String?, _ channel: String) -> String {
    "\(driver) \(label.flatMap { $0.isEmpty ? nil : $0 } ?? channel)"
  }

  /// The numbers of the attributes `<prefix><number>_<suffix>`, in ascending order.
  private static func numbers(_ prefix: String, _ suffix: String, _ attributes: [String]) -> [Int] {
    attributes.compactMap { name in
      guard name.hasPrefix(prefix), name.hasSuffix("_" + suffix) else { return nil }
      return Int(name.dropFirst(prefix.count).dropLast(suffix.count + 1))
    }.sorted()
  }
}
