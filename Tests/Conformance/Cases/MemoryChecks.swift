// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley

/// Memory: what is run or opened again and again must not add up.
///
/// Resident memory is read at the ends of ten equal stretches. Other work of the process may move it, so the median of
/// the stretches' growths counts: a leak grows in every stretch.
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
    for _ in 0..<stretch { try body() }
    var growths: [Int] = []
    for _ in 0..<10 {
      let before = try Self.residentBytes()
      for _ in 0..<stretch { try body() }
      growths.append(try Self.residentBytes() - before)
    }
    let median = growths.sorted()[4]
    try require(median <= bytesEach * stretch + 1 << 16, "memory grows \(what) by \(growths) bytes per tenth")
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { throw ConformanceFailure("/proc/self/statm is empty") }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
