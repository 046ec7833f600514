// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

internal import Glibc

/// Finds the machine's sensors, and writes down what they show each time it is told to.
///
/// It reads no clock but those it is given, so that it works on recorded trees; ``ResourceSampler`` drives it.
package struct ResourceRecorder: ~Copyable {
  private let files: SystemFiles
  private let buffer: UnsafeMutableRawBufferPointer
  private let start: UInt64
  private let startTime: Double
  private var sensors: [any Sensor]
  private var headers: [SensorHeader] = []
  private var columns: [[Double]] = []
  private var times: [Double] = []
  private var row: [Double] = []
  private var absent: [AbsentSensor]

  /// Opens all sensors.
  /// - Parameters:
  ///   - start: Nanoseconds of the monotonic clock to which all times relate.
  ///   - startTime: The same moment in seconds since 1970.
  ///   - gpuLibrary: The file of NVIDIA's management library, or its name; `nil` leaves GPUs out.
  package init(_ files: SystemFiles, gpuLibrary: String?, start: UInt64, startTime: Double) {
    self.files = files
    self.start = start
    self.startTime = startTime
    buffer = .allocate(byteCount: 1 << 16, alignment: 16)
    let found = FoundSensors.all(files, gpuLibrary, buffer)
    sensors = found.sensors
    absent = found.absent
    headers = sensors.flatMap(\.headers)
    columns = headers.map { _ in [] }
  }

  deinit { buffer.deallocate() }

  /// Follows a process from now on; one that doesn't exist is reported as absent.
  package mutating func add(_ process: Int32, named name: String) {
    guard let sensor = ProcessSensor(process, named: name, in: files) else {
      let reason = "there is no process \(process)"
      absent.append(AbsentSensor(quantity: .processProcessorUse, subject: name, reason: reason))
      return
    }
    sensors.append(sensor)
    headers += sensor.headers
    columns += sensor.headers.map { _ in [Double](repeating: .nan, count: times.count) }
  }

  /// Says why a quantity isn't shown.
  mutating func lack(_ quantity: ResourceQuantity, _ reason: String) {
    absent.append(AbsentSensor(quantity: quantity, reason: reason))
  }

  /// Reads all sensors.
  /// - Parameter time: Nanoseconds of the monotonic clock, later than at the sample before.
  package mutating func sample(at time: UInt64) {
    row.removeAll(keepingCapacity: true)
    var sample = SensorSample(time: time, buffer: buffer, values: row)
    row = []
    for sensor in sensors { sensor.read(&sample) }
    row = sample.values
    guard row.count == columns.count else { return }
    times.append(Double(time &- start) * 1e-9)
    for index in columns.indices { columns[index].append(row[index]) }
  }

  /// All that was read so far. A sensor that never gave a value is absent.
  package func series(interval: Double, cost: SamplingCost) -> ResourceSeries {
    var series = ResourceSeries(
      start: start, startTime: startTime, interval: interval, times: times.map { Self.rounded($0, 1e6) }, sensors: [],
      absent: absent, cost: cost)
    for (header, column) in zip(headers, columns) {
      guard column.contains(where: { !$0.isNaN }) else {
        series.absent.append(
          AbsentSensor(quantity: header.quantity, subject: header.subject, reason: header.silence))
        continue
      }
      // More digits than a sensor has would only make files longer.
      let values = column.map { $0.isNaN ? nil : Self.rounded($0, 1e6) }
      series.sensors.append(
        SensorSeries(quantity: header.quantity, subject: header.subject, source: header.source, values: values))
    }
    return series
  }

  private static func rounded(_ value: Double, _ factor: Double) -> Double {
    abs(value) < 1e9 ? (value * factor).rounded() / factor : value
  }
}

extension FoundSensors {
  /// Everything that the machine shows, with what it lacks.
  fileprivate static func all(
    _ files: SystemFiles, _ gpuLibrary: String?, _ buffer: UnsafeMutableRawBufferPointer
  ) -> FoundSensors {
    var found = FoundSensors()
    if let processors = ProcessorSensor(in: files, buffer) {
      found.add(processors)
    } else {
      found.lack(.processorBusy, nil, "/proc/stat shows no processors")
    }
    found.findFrequencies(files)
    found.findThrottleCounts(files)
    found.findThermalZones(files)
    found.findPowercapZones(files)
    found.findHardwareMonitors(files)
    found.findPowerSupplies(files)
    found.findGPUs(gpuLibrary)
    if !found.show(.temperature), !found.lacks(.temperature) {
      found.lack(.temperature, nil, "no zone in /sys/class/thermal and no processor's sensor in /sys/class/hwmon")
    }
    if !found.show(.energy), !found.lacks(.energy) {
      found.lack(.energy, nil, "no zone in /sys/class/powercap and no energy counter in /sys/class/hwmon")
    }
    if !found.show(.power), !found.lacks(.power) {
      found.lack(.power, nil, "no power rail in /sys/class/hwmon and no battery in /sys/class/power_supply")
    }
    return found
  }

  private func lacks(_ quantity: ResourceQuantity) -> Bool { absent.contains { $0.quantity == quantity } }
}
