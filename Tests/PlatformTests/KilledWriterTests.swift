// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Testing

@Suite struct KilledWriterTests {
  private static var fixture: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "platform-fixture")
  }

  /// Twenty processes, each killed at a moment of its own: whoever looks sees the whole of one round, never less than
  /// what was announced, and the next process goes on with what was staged.
  @Test func aKilledWriteBackLeavesTheFormerSetOrTheNewOne() throws {
    let home = try TemporaryStore()
    let items = try home.items(200)
    var generator = SeededDelays(seed: 11)
    var sawStaged = false
    for kill in 0..<20 {
      let lines = try runAndKill(["write-back", "things", "1000"], in: home, after: generator.next())
      #expect(!lines.contains { $0.hasPrefix("error") }, "\(lines)")
      sawStaged = sawStaged || lines.contains { $0.hasPrefix("begun") && !$0.contains("with 0 staged") }
      let announced = lines.filter { $0.hasPrefix("swapped") }.compactMap { Int($0.dropFirst(8)) }.last ?? 0
      let store = try PlatformStore.open(home.place)
      let found = try items.map { try store.predictions(ofItem: $0, model: "m").map(\.label) }
      let rounds = Set(found.joined())
      #expect(rounds.count <= 1, "kill \(kill): \(rounds)")
      #expect(found.allSatisfy { $0.count == (rounds.isEmpty ? 0 : 3) }, "kill \(kill)")
      #expect(Int(rounds.first ?? "0") ?? 0 >= announced, "kill \(kill): \(rounds) after \(announced)")
      #expect(try store.check().isEmpty)
    }
    #expect(sawStaged)
  }

  @Test func aKilledTrainingIsFailedWhenTheStoreIsOpened() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    let lines = try runAndKill(["train", "m"], in: home, after: 0.3, waitFor: "training")
    #expect(lines == ["training"])
    #expect(try PlatformStore.open(home.place).repairs.map(\.name) == ["m"])
    #expect(try home.store.model("m").status == .failed)
  }

  /// Runs the fixture, kills it, and gives what it had said.
  private func runAndKill(
    _ arguments: [String], in home: TemporaryStore, after seconds: Double, waitFor word: String = ""
  ) throws -> [String] {
    let file = home.folder + "/said-\(UUID().uuidString)"
    try Data().write(to: URL(filePath: file))
    let process = Process()
    process.executableURL = Self.fixture
    process.arguments = [home.folder] + arguments
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: file))
    try process.run()
    func said() throws -> [String] {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    while process.isRunning, try said().first?.hasPrefix(word.isEmpty ? "begun" : word) != true { usleep(2000) }
    Thread.sleep(forTimeInterval: seconds)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return try said()
  }
}

/// Seconds from 0 to a quarter (xorshift64, Marsaglia 2003).
private struct SeededDelays {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) / 0x1p53 / 4
  }
}
