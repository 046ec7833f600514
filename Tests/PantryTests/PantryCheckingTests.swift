// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Synchronization
import Testing

@Suite struct PantryCheckingTests {
  private func fill(_ pantry: Pantry) throws -> [Digest] {
    var dice = Dice(4)
    let digests = try [1, 100, 300_000, 5000].map { length in
      try pantry.store(dice.bytes(length), note: ArtifactNote(name: "of \(length)", origin: "https://example.org/x"))
    }
    try pantry.keep(
      StageRecord(
        key: Digest(of: "key"), stage: "train", outputs: ["a": digests[3]], seconds: 1.25, finished: 2,
        parts: ["tools": "torch 2.13"], label: "train (float32)", peakMemoryBytes: 7))
    try pantry.keep(run: ["title": "a run"], id: "first")
    return digests
  }

  private func files(_ pantry: Pantry) throws -> [String] {
    let folders = ["artifacts", "stages", "runs"]
    let below = try folders.flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: "\(pantry.root)/\(folder)").map { "\(folder)/\($0)" }
    }
    return below.filter { $0.split(separator: "/").last.map { $0.utf8.count > 2 } == true }.sorted()
  }

  /// 150 bytes of all files: of artifacts, notes, records and runs.
  @Test func everyFlippedByteIsFound() async throws {
    try await withPantry { pantry in
      _ = try fill(pantry)
      let files = try files(pantry)
      #expect(files.count == 10)
      var dice = Dice(123)
      for round in 0..<150 {
        let file = files[round % files.count]
        let path = "\(pantry.root)/\(file)"
        let size = try Data(contentsOf: URL(filePath: path)).count
        let (position, bit) = (Int.random(in: 0..<size, using: &dice), Int.random(in: 0..<8, using: &dice))
        try flip(path, at: position, bit: bit)
        let check = try pantry.check()
        #expect(check.faults.map(\.path) == [file], "\(file) at \(position), bit \(bit)")
        try flip(path, at: position, bit: bit)
      }
      #expect(try pantry.check().isSound)
    }
  }

  @Test func whatIsWrongIsNamedAndRepaired() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry)
      _ = try pantry.artifacts()
      let place = { (digest: Digest) in "artifacts/\(digest.hex.prefix(2))/\(digest.hex)" }
      try flip(pantry.path(of: digests[2]), at: 150_000, bit: 0)
      try overwrite(pantry.path(of: digests[1]), with: Data(repeating: 0, count: 50))
      unlink(pantry.path(of: digests[3]))
      try AtomicFile.write(Data("x".utf8), to: "\(pantry.root)/artifacts/00/stranger")
      try AtomicFile.write(Data("x".utf8), to: "\(pantry.root)/runs/notes.txt")
      let check = try pantry.check()
      let found = Dictionary(uniqueKeysWithValues: check.faults.map { ($0.path, $0.kind) })
      #expect(
        found == [
          place(digests[2]): .changed, place(digests[1]): .resized, place(digests[3]): .missing,
          "artifacts/00/stranger": .stray, "runs/notes.txt": .stray,
        ])
      let repairs = try pantry.repair(check)
      #expect(repairs.count == 5)
      for repair in repairs {
        let moved = try #require(repair.movedTo)
        #expect(FileManager.default.fileExists(atPath: "\(pantry.root)/\(moved)"))
      }
      #expect(try pantry.check().isSound)
      #expect(try pantry.artifacts().map(\.digest) == [digests[0]])
      #expect(pantry.records(ofStage: "train").isEmpty)
    }
  }

  @Test func aDamagedIndexIsNamedAndRepaired() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry)
      try overwrite("\(pantry.root)/index.sqlite", with: Data("not a database, not at all".utf8))
      let again = try Pantry(root: pantry.root)
      let check = try again.check()
      #expect(check.faults.map(\.kind) == [.index])
      try again.repair(check)
      #expect(try again.check().isSound)
      #expect(try again.artifacts().count == digests.count)
    }
  }

  @Test func aRepairLeavesWhatIsInOrderAgain() async throws {
    try await withPantry { pantry in
      let digest = try fill(pantry)[2]
      try flip(pantry.path(of: digest), at: 5, bit: 1)
      let check = try pantry.check()
      try flip(pantry.path(of: digest), at: 5, bit: 1)
      #expect(try pantry.repair(check).map(\.movedTo) == [nil])
      #expect(pantry.verify(digest))
    }
  }

  @Test func theCheckSaysHowFarItIs() async throws {
    try await withPantry { pantry in
      _ = try fill(pantry)
      let seen = Mutex<[PantryProgress]>([])
      let check = try pantry.check { progress in seen.withLock { $0.append(progress) } }
      #expect(check.artifacts == 4)
      #expect(check.bytes == 305_101)
      let progress = seen.withLock { $0 }
      #expect(progress.map(\.files) == [1, 2, 3, 4])
      #expect(progress.last?.bytes == 305_101)
      #expect(progress.last?.totalBytes == 305_101)
    }
  }

  @Test func anEmptyStoreIsSound() async throws {
    try await withPantry { pantry in
      let check = try pantry.check()
      #expect(check.isSound)
    }
  }
}
