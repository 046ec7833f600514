// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension FoundSensors {
  private static let folder = "/sys/class/power_supply"

  /// Batteries, whose discharge is what the whole machine takes (Documentation/power/power_supply_class.rst of Linux):
  /// `power_now` in microwatts, or `voltage_now` in microvolts times `current_now` in microamperes.
  mutating func findPowerSupplies(_ files: SystemFiles) {
    for supply in files.entries(in: Self.folder) {
      let path = "\(Self.folder)/\(supply)"
      // A supply of scope "Device" is that of a mouse or a keyboard.
      guard files.text("\(path)/type") == "Battery", files.text("\(path)/scope") != "Device" else { continue }
      guard let source = PowerSource(files, path) else {
        lack(.power, supply, "\(path) has neither power_now nor voltage_now and current_now with a number")
        continue
      }
      add(BatterySensor(supply, HeldFile("\(path)/status", in: files), source))
    }
  }
}

/// Where a battery's power comes from.
enum PowerSource {
  case power(HeldFile)
  case product(HeldFile, HeldFile)

  init?(_ files: SystemFiles, _ path: String) {
    if case .success(let power) = files.heldNumber("\(path)/power_now") {
      self = .power(power)
    } else if case .success(let voltage) = files.heldNumber("\(path)/voltage_now"),
      case .success(let current) = files.heldNumber("\(path)/current_now")
    {
      self = .product(voltage, current)
    } else {
      return nil
    }
  }

  /// Watts; some drivers give a discharge a negative sign.
  func watts(_ buffer: UnsafeMutableRawBufferPointer) -> Double? {
    switch self {
    case .power(let file): return file.number(buffer).map { abs(Double($0)) * 1e-6 }
    case .product(let voltage, let current):
      guard let volts = voltage.number(buffer), let amperes = current.number(buffer) else { return nil }
      return abs(Double(volts) * Double(amperes)) * 1e-12
    }
  }
}

/// A battery's power while it discharges; while it is charged, what it takes says nothing of the machine.
final class BatterySensor: Sensor {
  let headers: [SensorHeader]
  private let status: HeldFile?
  private let source: PowerSource

  init(_ name: String, _ status: HeldFile?, _ source: PowerSource) {
    let silence = "the battery was not discharging, so its power is not the machine's"
    headers = [SensorHeader(quantity: .power, subject: name, source: "power_supply", silence: silence)]
    self.status = status
    self.source = source
  }

  func read(_ sample: inout SensorSample) {
    sample.add(isDischarging(sample.buffer) ? source.watts(sample.buffer) : nil)
  }

  private func isDischarging(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let bytes = status?.read(buffer) else { return false }
    var scanner = NumberScanner(bytes)
    return scanner.take("Discharging")
  }
}
