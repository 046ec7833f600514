// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization

/// Reads the energy counters of processors and memory at moments of the caller's choice: at the begin and the end of a
/// turn that is too short for a series of samples.
///
/// The counters advance about once in a millisecond, and start again after some minutes of full load: a meter should be
/// read at least once in a minute.
public final class EnergyMeter: Sendable {
  /// The counters that are added up; none if there is no energy to read.
  public let sources: [String]
  /// Why there is no energy to read; `nil` if there is.
  public let reason: String?
  private let state: Mutex<EnergyCounters>

  /// Opens the counters.
  public init(_ files: SystemFiles = SystemFiles()) {
    var found = FoundSensors()
    found.findPowercapZones(files)
    let subjects = found.sensors.compactMap { $0.headers.first?.subject }
    let chosen = PowercapChoice(subjects)
    var counters = EnergyCounters()
    counters.sensors = found.sensors.filter { $0.headers.first?.subject.map(chosen.holds) ?? false }
    sources = subjects.filter(chosen.holds).map { "powercap \($0)" }
    let failures = found.absent.compactMap { sensor in sensor.subject.map { "\($0): \(sensor.reason)" } }
    let why = failures.isEmpty ? "no zone in /sys/class/powercap" : failures.joined(separator: "; ")
    reason = counters.sensors.isEmpty ? why : nil
    state = Mutex(counters)
    _ = joules()
  }

  /// Energy since the meter was made, in joules; `nil` if a counter can't be read.
  public func joules() -> Double? {
    state.withLock { $0.joules() }
  }
}

/// Which zones together are a machine's processors and memory.
struct PowercapChoice {
  private let hasPlatform: Bool

  init(_ subjects: [String]) { hasPlatform = subjects.contains("psys") }

  /// RAPL's platform zone holds all others; a package holds its cores and graphics, and not always its memory.
  func holds(_ subject: String) -> Bool {
    hasPlatform ? subject == "psys" : !subject.contains("/") || subject.hasSuffix("/dram")
  }
}

private struct EnergyCounters {
  var sensors: [any Sensor] = []

  mutating func joules() -> Double? {
    guard !sensors.isEmpty else { return nil }
    let sum = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      var sample = SensorSample(time: 0, buffer: buffer, values: [])
      for sensor in sensors { sensor.read(&sample) }
      return sample.values.reduce(0, +)
    }
    return sum.isNaN ? nil : sum
  }
}
