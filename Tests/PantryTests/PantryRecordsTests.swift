// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Pantry
import Testing

@Suite struct PantryRecordsTests {
  private func record(_ number: Int, stage: String = "train", _ outputs: [String: Digest] = [:]) -> StageRecord {
    StageRecord(
      key: Digest(of: "\(stage) \(number)"), stage: stage, outputs: outputs, seconds: Double(number) + 0.1,
      finished: Double(number), parts: ["options": "epochs=\(number)"], label: "train (int8)",
      peakMemoryBytes: 1 << 33)
  }

  @Test func earlierRecordsComeLatestFirst() async throws {
    try await withPantry { pantry in
      for number in [3, 1, 2] { try pantry.keep(record(number)) }
      try pantry.keep(record(9, stage: "export"))
      #expect(pantry.records(ofStage: "train") == [record(3), record(2), record(1)])
      #expect(pantry.records(ofStage: "train", limit: 1) == [record(3)])
      #expect(pantry.records(ofStage: "none").isEmpty)
      try pantry.removeRecord(for: record(3).key)
      #expect(pantry.records(ofStage: "train") == [record(2), record(1)])
      #expect(pantry.record(for: record(2).key) == record(2))
    }
  }

  @Test func aRecordOfAnOlderGalleyIsRead() async throws {
    try await withPantry { pantry in
      let key = Digest(of: "key")
      let text = #"{"finished":2,"key":"\#(key.hex)","outputs":{},"seconds":1.5,"stage":"train"}"#
      try AtomicFile.write(Data(text.utf8), to: "\(pantry.root)/stages/\(key.hex).json")
      let old = StageRecord(key: key, stage: "train", outputs: [:], seconds: 1.5, finished: 2)
      #expect(pantry.record(for: key) == old)
      #expect(pantry.records(ofStage: "train") == [old])
      #expect(try pantry.check().isSound)
    }
  }

  @Test func runsAreListedShownAndRemoved() async throws {
    struct Document: Codable, Equatable {
      struct Recipe: Codable, Equatable { var name: String }
      var recipe: Recipe
      var startedAt: Double
    }
    try await withPantry { pantry in
      let document = Document(recipe: .init(name: "digits"), startedAt: 20)
      try pantry.keep(run: document, id: "b")
      try pantry.keep(run: Document(recipe: .init(name: "old"), startedAt: 10), id: "c")
      try pantry.keep(run: ["anything"], id: "a")
      let entries = pantry.runEntries()
      #expect(entries.prefix(2).map(\.id) == ["c", "b"])
      #expect(entries.prefix(2).map(\.recipe) == ["old", "digits"])
      #expect(entries.prefix(2).map(\.started) == [10, 20])
      #expect(entries.last?.id == "a")
      #expect(entries.allSatisfy { $0.byteCount > 0 })
      #expect(try JSONDecoder().decode(Document.self, from: pantry.run("b")) == document)
      #expect(try JSONDecoder().decode([String].self, from: pantry.run("a")) == ["anything"])
      try pantry.removeRun("c")
      #expect(pantry.runEntries().map(\.id) == ["b", "a"])
      #expect(pantry.runs() == ["a", "b"])
      #expect(throws: GalleyError.self) { try pantry.removeRun("c") }
    }
  }

  @Test(arguments: ["", "..", "../stages/x", "a/b", ".hidden", "a\0b", String(repeating: "x", count: 300)])
  func whatCantBeARunsIdIsRefused(id: String) async throws {
    try await withPantry { pantry in
      for action in [{ _ = try pantry.run(id) }, { try pantry.removeRun(id) }, { try pantry.keep(run: [1], id: id) }] {
        #expect(throws: GalleyError.self) { try action() }
      }
    }
  }

  @Test func aChangedRunIsAnError() async throws {
    try await withPantry { pantry in
      try pantry.keep(run: ["title": "digits"], id: "a")
      try flip("\(pantry.root)/runs/a.json", at: 90, bit: 0)
      let error = #expect(throws: GalleyError.self) { try pantry.run("a") }
      #expect(error?.exitCode == .badData)
    }
  }
}

@Suite struct PantryExportingTests {
  @Test func anExportedFolderIsImportedElsewhere() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/one")
      var dice = Dice(2)
      let note = ArtifactNote(name: "weights", role: .weights, origin: "https://example.org/w", licence: "MIT")
      let first = try pantry.store(dice.bytes(400_000), note: note)
      let second = try pantry.store(dice.bytes(10))
      try pantry.export([first], to: "\(folder)/out")
      try pantry.export([first, second], to: "\(folder)/out")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/out").sorted()
          == [first.hex, second.hex, "index.json"].sorted())
      let other = try Pantry(root: "\(folder)/two")
      #expect(try Set(other.import(from: "\(folder)/out")) == [first, second])
      let artifact = try #require(try other.artifact(first))
      #expect(artifact.name == "weights")
      #expect(artifact.role == .weights)
      #expect(artifact.licence == "MIT")
      #expect(try other.check().isSound)
    }
  }

  @Test func whatIsNotAsItWasIsNotCarried() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/one")
      let digest = try pantry.store(Data("rice".utf8))
      #expect(throws: GalleyError.self) { try pantry.export([Digest(of: "none")], to: "\(folder)/out") }
      try pantry.export([digest], to: "\(folder)/out")
      let other = try Pantry(root: "\(folder)/two")
      try overwrite("\(folder)/out/\(digest.hex)", with: Data("rich".utf8))
      #expect(throws: GalleyError.self) { try other.import(from: "\(folder)/out") }
      try flip("\(folder)/out/index.json", at: 100, bit: 2)
      let error = #expect(throws: GalleyError.self) { try other.import(from: "\(folder)/out") }
      #expect(error?.place == "\(folder)/out/index.json")
      #expect(throws: GalleyError.self) { try other.import(from: "\(folder)/nowhere") }
      #expect(try other.artifacts().isEmpty)
      try flip(pantry.path(of: digest), at: 0, bit: 0)
      #expect(throws: GalleyError.self) { try pantry.export([digest], to: "\(folder)/fresh") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fresh") == [])
    }
  }
}
