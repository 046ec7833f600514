// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Platform
import Synchronization
import Testing

@Suite struct ResumedRunTests {
  @Test func aCancelledRunSwapsNothingAndGoesOnWhereItStood() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(40)
    let model = try home.model()
    let (calls, reached) = AsyncStream.makeStream(of: Int.self)
    let slow = ScriptedAdapter(batchSize: 4, pause: .milliseconds(20)) { reached.yield($0) }
    let settings = AdapterSettings(run: "night")
    let task = Task {
      try await AdaptedModel("net", in: home.store, adapter: slow, settings: settings).predictDataset()
    }
    for await call in calls where call == 4 { break }
    task.cancel()
    let error = await refusal { try await task.value }
    #expect(error?.exitCode == .interrupted && error?.place == "run night")
    #expect(try ids.allSatisfy { try home.labels($0, model).isEmpty })
    let staged = try #require(try home.store.writeBacks().first).items
    #expect(staged >= 8 && staged < 40)

    let second = ScriptedAdapter(batchSize: 4)
    let report = try await AdaptedModel("net", in: home.store, adapter: second, settings: settings).predictDataset()
    #expect(second.calls.joined().count == 40 - staged, "what was staged isn't predicted again")
    #expect(report.counts.ok == 40)
    #expect(report.results.enumerated().allSatisfy { $1.value?.map(\.label) == ["\($0)"] })
    #expect(report.swap?.items == 40)

    let third = ScriptedAdapter()
    let again = try await AdaptedModel("net", in: home.store, adapter: third, settings: settings).predictDataset()
    #expect(third.calls.isEmpty && again.swap?.wasDone == true)
    #expect(again.results.allSatisfy { $0.skipped == "the run 'night' was swapped in already" })
  }

  @Test func anotherVersionCannotGoOnWithARun() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(4)
    try home.model()
    let settings = AdapterSettings(run: "one")
    _ = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter(), settings: settings).predictItems(ids)
    var change = ModelChange()
    change.configuration = JSONObject(["a": 1])
    try home.store.updateModel("net", change)
    let error = await refusal {
      try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter(), settings: settings).predictItems(ids)
    }
    #expect(error?.exitCode == .usage && error?.place == "run one")
  }

  /// A process that predicts is killed with SIGKILL at moments of its own: whoever looks sees all of one round or all of
  /// the other, and the next process goes on with what was staged.
  @Test func aKilledRunLeavesTheFormerPredictions() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(60)
    let model = try home.model()
    var generator = SystemRandomNumberGenerator()
    var finished = 0
    var sawStaged = false
    for _ in 0..<12 {
      let seconds = Double.random(in: 0...0.25, using: &generator)
      let said = try await killed(after: seconds, home)
      finished = max(finished, said.filter { $0.hasPrefix("swapped") }.compactMap { Int($0.dropFirst(8)) }.last ?? 0)
      sawStaged = sawStaged || said.contains { $0.hasPrefix("resumed") && !$0.hasSuffix(" 0") }
      let store = try PlatformStore.open(home.store.place)
      let labels = try ids.map { try store.predictions(ofItem: $0, model: model.id).map(\.label) }
      let rounds = Set(labels.joined())
      #expect(rounds.count <= 1 && labels.allSatisfy { $0.count == (rounds.isEmpty ? 0 : 1) }, "\(rounds)")
      #expect((Int(rounds.first ?? "0") ?? 0) >= finished)
      #expect(try ids.allSatisfy { try store.annotations(ofItem: $0).isEmpty })
      #expect(try store.check().isEmpty)
    }
    #expect(sawStaged && finished > 0)
  }

  /// Runs the fixture, kills it, and gives what it had said.
  private func killed(after seconds: Double, _ home: TemporaryStore) async throws -> [String] {
    let file = home.folder + "/said-\(UUID().uuidString)"
    try Data().write(to: URL(filePath: file))
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "adapter-fixture")
    process.arguments = [home.folder, "net", "1000"]
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: file))
    try process.run()
    func said() throws -> [String] {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    while process.isRunning, try said().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
    try await Task.sleep(for: .seconds(seconds))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let lines = try said()
    #expect(!lines.contains { $0.hasPrefix("error") }, "\(lines)")
    return lines
  }
}
