// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Testing

private func record(_ pantry: Pantry, outputs: [String: Digest]) -> StageRecord {
  StageRecord(key: Digest(of: "key"), stage: "train", outputs: outputs, seconds: 1.5, finished: 2)
}

@Suite struct PantryTests {
  @Test func keepsBytesUnderTheirDigest() async throws {
    try await withPantry { pantry in
      let digest = try pantry.store(Data("rice".utf8))
      #expect(try pantry.data(of: digest) == Data("rice".utf8))
      #expect(try pantry.store(Data("rice".utf8)) == digest)
    }
  }

  @Test func keepsACopyOfAFile() async throws {
    try await withPantry { pantry in
      let source = "\(pantry.root)/source"
      try AtomicFile.write(Data(repeating: 7, count: 3_000_000), to: source)
      let digest = try pantry.store(fileAt: source)
      try FileManager.default.removeItem(atPath: source)
      #expect(try pantry.data(of: digest).count == 3_000_000)
    }
  }

  @Test func aFlippedByteIsFoundAndTheStageRunsAgain() async throws {
    try await withPantry { pantry in
      let digest = try pantry.store(Data("rice".utf8))
      try pantry.keep(record(pantry, outputs: ["weights": digest]))
      #expect(pantry.record(for: Digest(of: "key"))?.outputs["weights"] == digest)
      try overwrite(pantry.path(of: digest), with: Data("rich".utf8))
      #expect(pantry.record(for: Digest(of: "key")) == nil)
      #expect(!pantry.contains(digest))
    }
  }

  @Test func readingAFlippedByteIsAnError() async throws {
    try await withPantry { pantry in
      let digest = try pantry.store(Data("rice".utf8))
      try overwrite(pantry.path(of: digest), with: Data("rich".utf8))
      let error = #expect(throws: GalleyError.self) { try pantry.data(of: digest) }
      #expect(error?.exitCode == .badData)
    }
  }

  @Test(arguments: ["", "{", "{\"key\":1}", "null"])
  func aBrokenRecordCountsAsNone(text: String) async throws {
    try await withPantry { pantry in
      let key = Digest(of: "key")
      try AtomicFile.write(Data(text.utf8), to: "\(pantry.root)/stages/\(key.hex).json")
      #expect(pantry.record(for: key) == nil)
    }
  }

  @Test func workOfADeadProcessIsRemovedAndOfALivingOneKept() async throws {
    try await withPantry { pantry in
      // Process numbers end at 2^22 on Linux, so this one is dead.
      try AtomicFile.createFolder("\(pantry.root)/work/99999999-dead")
      try AtomicFile.createFolder("\(pantry.root)/work/\(getpid())-alive")
      _ = try Pantry(root: pantry.root)
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/work")
      #expect(left == ["\(getpid())-alive"])
    }
  }

  @Test func aWorkFolderIsRemovedEvenAfterAnError() async throws {
    try await withPantry { pantry in
      try? await pantry.withWorkFolder { folder in
        try AtomicFile.write(Data("half".utf8), to: "\(folder)/half")
        throw CancellationError()
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/work")
      #expect(left.isEmpty)
    }
  }

  @Test func aFolderThatCantBeMadeIsNamed() {
    let error = #expect(throws: GalleyError.self) { try Pantry(root: "/dev/null/pantry") }
    #expect(error?.exitCode == .cantCreate)
    #expect(error?.place?.hasPrefix("/dev/null") == true)
  }

  @Test func manyWritersKeepOneArtifact() async throws {
    try await withPantry { pantry in
      let bytes = Data(repeating: 42, count: 200_000)
      try await withThrowingTaskGroup(of: Digest.self) { group in
        for _ in 0..<16 { group.addTask { try pantry.store(bytes) } }
        for try await digest in group { #expect(digest == Digest(of: bytes)) }
      }
      #expect(try pantry.data(of: Digest(of: bytes)) == bytes)
    }
  }

  @Test(arguments: [
    (["GALLEY_HOME": "/a", "XDG_DATA_HOME": "/b", "HOME": "/c"], "/a"),
    (["XDG_DATA_HOME": "/b", "HOME": "/c"], "/b/galley"),
    (["XDG_DATA_HOME": "relative", "HOME": "/c"], "/c/.local/share/galley"),
  ])
  func liesWhereTheEnvironmentSays(environment: [String: String], root: String) {
    #expect(Pantry.defaultRoot(environment: environment) == root)
  }
}
