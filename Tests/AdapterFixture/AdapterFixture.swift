// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Galley
import Glibc
import Platform

/// A process that predicts, for tests that kill it.
///
///     adapter-fixture HOME MODEL ROUNDS   predicts the model's data set in runs 1, 2 …, each item labelled with the run;
///                                         says "resumed N M" (run, items staged by a former process) and "swapped N"
@main
struct AdapterFixture {
  /// Answers everything with one label, slowly.
  struct Rounds: ModelAdapter {
    let round: Int
    let card = AdapterCard(name: "rounds", outputType: .class, batchSize: 5)

    func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }

    func predict(_ batch: AdapterBatch) async throws -> [AdapterPrediction] {
      try await Task.sleep(for: .milliseconds(2))
      return batch.items.map { _ in .label("\(round)") }
    }
  }

  static func main() async {
    do {
      try await run()
    } catch {
      say("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run() async throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count == 3, let rounds = Int(words[2]) else { exit(64) }
    let store = try PlatformStore.open(PlatformPlace(home: words[0], environment: [:]))
    let done = try store.writeBacks().compactMap { $0.swapped == nil ? nil : Int($0.run) }.max() ?? 0
    for round in (done + 1)...(done + rounds) {
      let staged = try store.writeBacks().first { $0.run == "\(round)" }?.items ?? 0
      say("resumed \(round) \(staged)")
      let settings = AdapterSettings(run: "\(round)")
      let model = AdaptedModel(words[1], in: store, adapter: Rounds(round: round), settings: settings)
      _ = try await model.predictDataset()
      say("swapped \(round)")
    }
  }

  /// Writes a line at once: a test waits for it.
  private static func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(1, bytes, bytes.count)
  }
}
