// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley

/// Memory: what is run or opened again and again must not add up.
///
/// Resident memory is read at the ends of ten equal stretches. Other work of the process moves it too, so the third
/// smallest growth counts, and it is measured again if it is too large: a leak grows in almost every stretch, each time.
struct MemoryChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func running() throws {
    let model = try subject.compile(.affine)
    let session = try model.makeSession(inputShapes: [[1, 4]])
    let runs = max(subject.subject.runs, 1000)
    try grows("in \(runs) inferences", repetitions: runs, bytesEach: 8) { try session.run() }
    let value = try ModelValue.floats([1, 2, 3, 4], [1, 4])
    try grows("in \(runs / 10) inferences over values", repetitions: runs / 10, bytesEach: 64) {
      _ = try model.run([value])
    }
  }

  func opening() throws {
    let model = try subject.compile(.pair)
    try grows("in 2,000 sessions", repetitions: 2000, bytesEach: 256) {
      try model.makeSession(inputShapes: [[2, 3], [2, 3]]).run()
    }
    let file = try subject.file(.pair)
    try grows("in 200 models", repetitions: 200, bytesEach: 16384) {
      _ = try subject.runtime.compile(file).makeSession(inputShapes: [[2, 3], [2, 3]])
    }
  }

  /// Fails if memory grows by more than `bytesEach` in each repetition, with 64 KiB left for the allocator's steps.
  private func grows(_ what: String, repetitions: Int, bytesEach: Int, _ body: () throws -> Void) throws {
    let stretch = max(repetitions / 10, 1)
    let limit = bytesEach * stretch + 1 << 16
    var growths: [Int] = []
    for attempt in 0..<Self.attempts {
      Threads.sleep(milliseconds: attempt * attempt * 20)
      growths = try (0..<10).map { _ in try growth(stretch, body) }
      if growths.sorted()[2] <= limit { return }
    }
    throw ConformanceFailure("memory grows \(what) by \(growths) bytes per tenth, where \(limit) are allowed")
  }

  private static let attempts = 8

  private func growth(_ repetitions: Int, _ body: () throws -> Void) throws -> Int {
    let before = try Self.residentBytes()
    for _ in 0..<repetitions { try body() }
    return try Self.residentBytes() - before
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { throw ConformanceFailure("/proc/self/statm is empty") }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
