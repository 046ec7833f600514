// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Files
import Foundation
import Galley
import Measuring
import Pantry
import Statistics

/// The pantry against the commands that do the same by hand, and against a clock.
struct PantryComparison {
  /// An empty folder on the disk that is measured, with room for three files.
  var folder: String
  /// Size of the file that is added, in bytes.
  var byteCount = 1 << 30
  /// Pairs that are kept; the first two rounds are thrown away.
  var rounds = 9
  /// How many artifacts are listed.
  var artifactCount = 10_000

  /// Adding a file, against `openssl dgst -sha256 F`, `cp F G` and `sync G` one after the other.
  func adding() throws -> Finding {
    let source = "\(folder)/source"
    defer { try? FileManager.default.removeItem(atPath: source) }
    try writeRandom(to: source)
    var generator = SeededGenerator(seed: 11)
    var pairs: [(galley: Double, peer: Double)] = []
    for round in 0..<rounds + 2 {
      var pair = (galley: 0.0, peer: 0.0)
      for isGalley in generator.shuffled([true, false]) {
        // What one side has left unwritten must not be written in the other's time.
        sync()
        if isGalley { pair.galley = try addOnce(source) } else { pair.peer = try byHand(source) }
      }
      if round >= 2 { pairs.append(pair) }
    }
    return Finding("adding \(byteCount >> 20) MiB to the pantry", unit: "s", pairs: pairs, bound: 1.15)
  }

  /// Listing all artifacts, in a process of its own each time, with everything that is known of them.
  /// - Parameter program: this program; it must give `answer` its arguments.
  func listing(program: String) throws -> Finding {
    let root = "\(folder)/listed"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try fill(try Pantry(root: root))
    // A folder's time counts as settled when it is two seconds old; from then on the index need not read it again.
    Thread.sleep(forTimeInterval: 2.5)
    var pairs: [(galley: Double, peer: Double)] = []
    for round in 0..<32 {
      let child = try ChildProgram(program, ["pantry-list", root])
      guard let line = child.line(), let seconds = Double(line) else { throw Failure("the list failed") }
      child.finish()
      if round >= 2 { pairs.append((seconds * 1000, 1)) }
    }
    return Finding("listing \(artifactCount) artifacts", unit: "ms", pairs: pairs, bound: 50, kind: .absolute)
  }

  /// Does a child's part, if these are the arguments of one: opens the pantry, lists it, and prints the seconds.
  static func answer(_ arguments: [String]) throws -> Bool {
    guard arguments.count == 3, arguments[1] == "pantry-list" else { return false }
    let start = MonotonicClock.nanoseconds
    let pantry = try Pantry(root: arguments[2])
    let artifacts = try pantry.artifacts()
    let seconds = Double(MonotonicClock.nanoseconds &- start) * 1e-9
    guard !artifacts.isEmpty, pantry.contains(artifacts[0].digest) else { throw Failure("the pantry is empty") }
    print(seconds)
    return true
  }

  private func addOnce(_ source: String) throws -> Double {
    let root = "\(folder)/pantry"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let pantry = try Pantry(root: root)
    let start = MonotonicClock.nanoseconds
    try pantry.store(fileAt: source)
    return Double(MonotonicClock.nanoseconds &- start) * 1e-9
  }

  private func byHand(_ source: String) throws -> Double {
    let target = "\(folder)/copy"
    defer { try? FileManager.default.removeItem(atPath: target) }
    let start = MonotonicClock.nanoseconds
    for words in [["openssl", "dgst", "-sha256", source], ["cp", source, target], ["sync", target]] {
      try ChildProgram("/usr/bin/env", words).finish()
    }
    return Double(MonotonicClock.nanoseconds &- start) * 1e-9
  }

  private func writeRandom(to path: String) throws {
    var generator = SeededGenerator(seed: 3)
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    guard let file = FileHandle(forWritingAtPath: path) else { throw Failure("can't write \(path)") }
    let piece = 1 << 20
    for _ in 0..<byteCount / piece {
      let words = (0..<piece / 8).map { _ in generator.next() }
      try file.write(contentsOf: words.withUnsafeBytes { Data($0) })
    }
    try file.close()
  }

  /// Small artifacts with full notes; half of them belong to stages.
  private func fill(_ pantry: Pantry) throws {
    for position in 0..<artifactCount {
      let note = ArtifactNote(
        name: "model-\(position * 7919 % artifactCount).onnx", role: .model,
        origin: "https://example.org/models/\(position).onnx", licence: "Apache-2.0")
      let digest = try pantry.store(Data("\(position)".utf8), note: note)
      guard position % 4 == 0 else { continue }
      let record = StageRecord(
        key: Digest(of: "stage \(position)"), stage: "train", outputs: ["model": digest], seconds: 1,
        finished: Double(position), parts: ["options": "epochs=\(position)"])
      try pantry.keep(record)
    }
    _ = try pantry.artifacts()
  }
}
