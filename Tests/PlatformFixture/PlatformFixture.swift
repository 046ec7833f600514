// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import Glibc
import Platform

/// A process that writes predictions back, for tests that kill it.
///
///     platform-fixture HOME write-back DATASET ROUNDS   for each round, stages and swaps in three predictions for each
///                                                       item, labelled with the round; says "staged N" and "swapped N"
///     platform-fixture HOME train MODEL                 brings a model into training and waits
@main
struct PlatformFixture {
  static func main() {
    do {
      try run()
    } catch {
      say("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count >= 3 else { exit(64) }
    let store = try PlatformStore.open(PlatformPlace(home: words[0], environment: [:]))
    switch words[1] {
    case "write-back": try writeBack(to: words[2], of: store, rounds: Int(words.last ?? "") ?? 1)
    case "train":
      try store.setStatus(.training, ofModel: words[2], owner: .current)
      say("training")
      while true { pause() }
    default: exit(64)
    }
  }

  private static func writeBack(to dataset: String, of store: PlatformStore, rounds: Int) throws {
    let items = try store.allItems(Filters(.items), in: dataset).map(\.id)
    let done = try store.writeBacks().compactMap { $0.swapped == nil ? nil : Int($0.modelVersion) }.max() ?? 0
    for round in (done + 1)...(done + rounds) {
      let origin = ModelOrigin(id: "m", version: "\(round)", name: "killed", run: "round \(round)")
      let back = try store.beginWriteBack(of: origin, to: dataset)
      let staged = try back.stagedItems()
      let left = items.filter { !staged.contains($0) }
      say("begun \(round) with \(staged.count) staged")
      for start in stride(from: 0, to: left.count, by: 20) {
        var drafts: [String: [AnnotationDraft]] = [:]
        for item in left[start..<min(start + 20, left.count)] {
          drafts[item] = (0..<3).map { _ in
            AnnotationDraft(itemID: item, label: "\(round)", geometry: .whole, origin: .model(origin), confidence: 0.5)
          }
        }
        try back.stage(drafts)
      }
      say("staged \(round)")
      try back.swap()
      say("swapped \(round)")
    }
  }

  /// Writes a line at once: a test waits for it.
  private static func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(1, bytes, bytes.count)
  }
}
