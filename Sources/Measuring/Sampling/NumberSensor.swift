// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// A file that holds one number.
final class NumberSensor: Sensor {
  /// How the number becomes a value.
  enum Kind {
    /// What is now, times a scale.
    case gauge
    /// The increase since the first sample, times a scale. A counter that starts again is followed; with a range, it
    /// starts again behind it.
    case counter(range: Int?)
  }

  let headers: [SensorHeader]
  private let file: HeldFile
  private let scale: Double
  private let kind: Kind
  private var last: Int?
  private var increase = 0

  init(_ header: SensorHeader, _ file: HeldFile, scale: Double, kind: Kind = .gauge) {
    headers = [header]
    self.file = file
    self.scale = scale
    self.kind = kind
  }

  func read(_ sample: inout SensorSample) {
    guard let number = file.number(sample.buffer) else { return sample.add(nil) }
    switch kind {
    case .gauge: sample.add(Double(number) * scale)
    case .counter(let range):
      count(number, range)
      sample.add(Double(increase) * scale)
    }
  }

  private func count(_ number: Int, _ range: Int?) {
    defer { last = number }
    guard let last else { return }
    // A counter counts through its range's end: 0 follows it.
    let step = number >= last ? number &- last : range.map { max($0 &- last, 0) &+ number } ?? number
    increase = increase.addingReportingOverflow(step).partialValue
  }
}

/// Two files whose product is a power: a voltage and a current.
final class ProductSensor: Sensor {
  let headers: [SensorHeader]
  private let first: HeldFile
  private let second: HeldFile
  private let scale: Double

  init(_ header: SensorHeader, _ first: HeldFile, _ second: HeldFile, scale: Double) {
    headers = [header]
    self.first = first
    self.second = second
    self.scale = scale
  }

  func read(_ sample: inout SensorSample) {
    guard let a = first.number(sample.buffer), let b = second.number(sample.buffer) else { return sample.add(nil) }
    sample.add(Double(a) * Double(b) * scale)
  }
}

extension SystemFiles {
  /// Opens a file for repeated reading, and checks that it holds a number now.
  func heldNumber(_ path: String) -> Result<HeldFile, UnreadableFile> {
    guard let file = HeldFile(path, in: self) else {
      return .failure(UnreadableFile(reason: "\(path): \(String(cString: strerror(errno)))"))
    }
    let holds = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { file.number($0) != nil }
    guard holds else { return .failure(UnreadableFile(reason: "\(path): the kernel gives no number")) }
    return .success(file)
  }
}

/// Why a file can't be used.
struct UnreadableFile: Error {
  var reason: String
}
