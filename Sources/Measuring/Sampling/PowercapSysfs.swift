// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension FoundSensors {
  private static let folder = "/sys/class/powercap"

  /// Energy counters of packages, cores, graphics and memory: RAPL of Intel and AMD, in microjoules, which start again
  /// at `max_energy_range_uj` (Documentation/power/powercap/powercap.rst of Linux).
  mutating func findPowercapZones(_ files: SystemFiles) {
    let zones = files.entries(in: Self.folder).filter { files.exists("\(Self.folder)/\($0)/energy_uj") }
    for zone in zones {
      // The same counter by another way.
      let twin = zone.replacing("intel-rapl-mmio", with: "intel-rapl")
      guard twin == zone || !zones.contains(twin) else { continue }
      let subject = Self.name(zone, files)
      switch files.heldNumber("\(Self.folder)/\(zone)/energy_uj") {
      case .success(let file):
        let range = files.number("\(Self.folder)/\(zone)/max_energy_range_uj")
        let header = SensorHeader(
          quantity: .energy, subject: subject, source: "powercap", silence: "the zone gave no energy")
        add(NumberSensor(header, file, scale: 1e-6, kind: .counter(range: range)))
      case .failure(let failure):
        lack(.energy, subject, failure.reason + "; since Linux 5.10 only root may read it")
      }
    }
  }

  /// A zone's name behind that of the zone it is part of: `package-0/dram`.
  private static func name(_ zone: String, _ files: SystemFiles) -> String {
    let parts = zone.split(separator: ":")
    let own = files.text("\(folder)/\(zone)/name") ?? zone
    guard parts.count > 2 else { return own }
    let parent = parts.dropLast().joined(separator: ":")
    return (files.text("\(folder)/\(parent)/name") ?? parent) + "/" + own
  }
}
