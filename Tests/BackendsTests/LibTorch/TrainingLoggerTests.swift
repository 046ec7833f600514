// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Foundation
import Galley
import Testing

/// The figures of a training in all forms of logs, whole and resumed.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct TrainingLoggerTests {
  private static func options(_ options: inout TrainOptions) {
    (options.epochs, options.batchSize) = (3, 32)
    options.loggers = [.csv, .tensorBoard, .jsonLines]
  }

  /// A line of `metrics.jsonl`.
  private struct Line: Decodable {
    var epoch: Int?
    var step: Int
    var values: [String: Double]
  }

  private typealias Points = [String: [Int: Double]]

  private func jsonLines(_ folder: String) throws -> (steps: [Int], points: Points) {
    let lines = try String(contentsOfFile: "\(folder)/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    var points: Points = [:]
    for line in lines {
      for (name, value) in line.values { points[name, default: [:]][line.step] = value }
    }
    return (lines.map(\.step), points)
  }

  private func expectFigures(_ folder: String, _ outcome: TrainingOutcome) throws {
    let (steps, points) = try jsonLines(folder)
    #expect(steps == steps.sorted())
    #expect(points["train/loss"]?.keys.sorted() == Array(1...outcome.steps))
    #expect(points["train/learning-rate"]?.keys.sorted() == Array(1...outcome.steps))
    for report in outcome.epochs {
      #expect(points["train/mean-loss"]?[report.step] == report.trainingLoss)
      #expect(points["validation/loss"]?[report.step] == report.validationLoss)
      #expect(points["validation/accuracy"]?[report.step] == report.metrics["accuracy"])
    }
    // TensorBoard's numbers are float32.
    let rounded = points.mapValues { $0.mapValues { Double(Float($0)) } }
    #expect(try EventFiles.read(folder) == rounded)
  }

  @Test func everyFormSaysTheSame() throws {
    let folder = try TemporaryFolder()
    let path = try folder.folder("run")
    try expectFigures(path, Trainings.train(in: TrainingFolder(path), Self.options))
  }

  @Test(arguments: [9, 18])
  func aResumedRunHasTheLogsOfAWholeOne(step: Int) throws {
    let folder = try TemporaryFolder()
    let whole = try folder.folder("whole")
    _ = try Trainings.train(in: TrainingFolder(whole), Self.options)
    var steps = 0
    let callbacks = TrainingCallbacks(
      onStep: {
        steps = $0.step
        return .proceed
      }, isCancelled: { steps == step })
    let cut = try folder.folder("cut")
    #expect(throws: GalleyError.self) {
      try Trainings.train(in: TrainingFolder(cut), callbacks: callbacks, Self.options)
    }
    // In a folder of its own, and in the same.
    for path in [try folder.folder("resumed"), cut] {
      let resumed = try Trainings.train(in: TrainingFolder(path, resume: cut), Self.options)
      try expectFigures(path, resumed)
      #expect(try jsonLines(path).points == jsonLines(whole).points)
    }
  }
}

/// Reads TensorBoard's event files as far as scalars need it: records of a length, its checksum, a message, its checksum.
private enum EventFiles {
  struct Damage: Error {}

  /// The values by tag and step; what comes after a restart replaces what was logged at its step or later.
  static func read(_ folder: String) throws -> [String: [Int: Double]] {
    var points: [String: [Int: Double]] = [:]
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".tfevents.") }
    for name in names.sorted() {
      var bytes = ArraySlice([UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))))
      while !bytes.isEmpty {
        let length = Int(try number(bytes.prefix(8), 8))
        guard bytes.count >= length + 16 else { throw Damage() }
        try add(fields(bytes.dropFirst(12).prefix(length)), to: &points)
        bytes = bytes.dropFirst(length + 16)
      }
    }
    return points
  }

  private static func add(_ event: [Field], to points: inout [String: [Int: Double]]) throws {
    let step = event.first { $0.number == 2 }.map { Int($0.value) } ?? 0
    // A session's start makes void what follows it.
    if event.contains(where: { $0.number == 7 }) {
      points = points.mapValues { $0.filter { $0.key < step } }
    }
    for summary in event where summary.number == 5 {
      for entry in try fields(summary.bytes) where entry.number == 1 {
        let parts = try fields(entry.bytes)
        guard let tag = parts.first(where: { $0.number == 1 }), let value = parts.first(where: { $0.number == 2 })
        else {
          throw Damage()
        }
        points[String(decoding: tag.bytes, as: UTF8.self), default: [:]][step] = Double(
          Float(bitPattern: UInt32(truncatingIfNeeded: value.value)))
      }
    }
  }

  /// A field of a protobuf message.
  private struct Field {
    var number: Int
    var value: UInt64 = 0
    var bytes: ArraySlice<UInt8> = []
  }

  private static func fields(_ message: ArraySlice<UInt8>) throws -> [Field] {
    var (rest, fields) = (message, [Field]())
    func varint() throws -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      throw Damage()
    }
    while !rest.isEmpty {
      let key = try varint()
      var field = Field(number: Int(key >> 3))
      switch key & 7 {
      case 0: field.value = try varint()
      case 1, 5:
        let width = key & 7 == 1 ? 8 : 4
        field.value = try number(rest.prefix(width), width)
        rest = rest.dropFirst(width)
      case 2:
        let length = Int(try varint())
        guard length <= rest.count else { throw Damage() }
        field.bytes = rest.prefix(length)
        rest = rest.dropFirst(length)
      default: throw Damage()
      }
      fields.append(field)
    }
    return fields
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ width: Int) throws -> UInt64 {
    guard bytes.count == width else { throw Damage() }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
