// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension FoundSensors {
  private static let folder = "/sys/class/thermal"

  /// Thermal zones, in thousandths of a degree, and the cooling devices that slow processors down
  /// (Documentation/driver-api/thermal/sysfs-api.rst of Linux).
  mutating func findThermalZones(_ files: SystemFiles) {
    var names: [String: Int] = [:]
    for zone in files.numberedEntries("thermal_zone", in: Self.folder) {
      let name = files.text("\(Self.folder)/\(zone)/type") ?? zone
      names[name, default: 0] += 1
      // Several zones of one type are told apart by their number.
      let subject = names[name] == 1 ? name : "\(name) (\(zone))"
      switch files.heldNumber("\(Self.folder)/\(zone)/temp") {
      case .success(let file):
        let header = SensorHeader(
          quantity: .temperature, subject: subject, source: "thermal", silence: "the zone gave no temperature")
        add(NumberSensor(header, file, scale: 1e-3))
      case .failure(let failure): lack(.temperature, subject, failure.reason)
      }
    }
    for device in files.numberedEntries("cooling_device", in: Self.folder) {
      let name = files.text("\(Self.folder)/\(device)/type") ?? ""
      guard Self.slowsProcessors(name), case .success(let file) = files.heldNumber("\(Self.folder)/\(device)/cur_state")
      else { continue }
      let header = SensorHeader(
        quantity: .throttleState, subject: "\(name) (\(device))", source: "thermal", silence: "the device gave no state"
      )
      add(NumberSensor(header, file, scale: 1))
    }
  }

  /// Whether a cooling device of this type lowers a processor's frequency; others are fans.
  private static func slowsProcessors(_ type: String) -> Bool {
    let type = type.lowercased()
    return type == "processor" || type.hasPrefix("cpufreq") || type.hasPrefix("thermal-cpufreq")
      || type.hasPrefix("devfreq")
  }
}
