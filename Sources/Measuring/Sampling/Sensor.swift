// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What one series of a sensor is.
struct SensorHeader {
  var quantity: ResourceQuantity
  var subject: String?
  var source: String
  /// Why there is no value, should none ever come.
  var silence: String
}

/// Something that is read at every sample. It is used by one thread at a time.
protocol Sensor: AnyObject {
  /// What it shows; the same at all times.
  var headers: [SensorHeader] { get }
  /// Reads, and adds as many values as there are headers, in their order; NaN where there is none.
  func read(_ sample: inout SensorSample)
}

/// One sample while it is taken.
struct SensorSample {
  /// Nanoseconds of the monotonic clock.
  var time: UInt64
  /// Room for a file's bytes.
  let buffer: UnsafeMutableRawBufferPointer
  /// What was read so far.
  var values: [Double]

  /// Adds a value, or none.
  mutating func add(_ value: Double?) { values.append(value ?? .nan) }
}

/// What looking for sensors gave.
struct FoundSensors {
  var sensors: [any Sensor] = []
  var absent: [AbsentSensor] = []

  mutating func add(_ sensor: any Sensor) { sensors.append(sensor) }

  mutating func lack(_ quantity: ResourceQuantity, _ subject: String? = nil, _ reason: String) {
    absent.append(AbsentSensor(quantity: quantity, subject: subject, reason: reason))
  }

  /// Whether a quantity is shown by one of the sensors.
  func show(_ quantity: ResourceQuantity) -> Bool {
    sensors.contains { $0.headers.contains { $0.quantity == quantity } }
  }
}
