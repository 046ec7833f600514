// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Testing

@Suite struct PantryFolderTests {
  /// A folder with files of several sizes, in folders, with a link.
  private func makeFolder(_ path: String, seed: UInt64 = 1) throws {
    var dice = Dice(seed)
    for (name, size) in [("a/1.png", 10), ("a/2.png", 70_000), ("b/deep/3.png", 0), (".hidden", 3), ("é x", 100)] {
      try AtomicFile.write(dice.bytes(size), to: "\(path)/\(name)")
    }
    try FileManager.default.createSymbolicLink(atPath: "\(path)/link.png", withDestinationPath: "a/1.png")
  }

  @Test func aFolderIsKeptUnderTheDigestOfItsContent() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      try makeFolder("\(folder)/data")
      let note = ArtifactNote(name: "data", role: .data, origin: "https://me@example.org/x?token=1", licence: "CC0-1.0")
      let digest = try pantry.store(folderAt: "\(folder)/data", note: note)
      #expect(digest == (try Digest(ofContentAt: "\(folder)/data")))
      #expect(digest == (try Digest(ofContentAt: pantry.folderPath(of: digest))))
      #expect(pantry.verifyFolder(digest))
      #expect(pantry.path(ofContent: digest) == pantry.folderPath(of: digest))
      let listed = try #require(pantry.folders().first)
      #expect(listed.fileCount == 6 && listed.byteCount == 70_123 && listed.name == "data")
      #expect(listed.origin == "https://example.org/x" && listed.licence == "CC0-1.0")
      #expect(try pantry.find("data") == digest)
      #expect(try pantry.find(String(digest.hex.prefix(8))) == digest)
      // Again: nothing changes.
      #expect(try pantry.store(folderAt: "\(folder)/data") == digest)
      #expect(pantry.folders().count == 1)
      #expect(try pantry.check().isSound)
      #expect(try pantry.check().artifacts == 1)
    }
  }

  @Test func sha256sumSaysTheSame() async throws {
    try await withFolder { folder in
      try makeFolder("\(folder)/data")
      let script =
        "cd '\(folder)/data' && find -L . -type f | sed 's|^./||' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"
      let program = try FixtureProcess(["/bin/sh", "-c", script])
      try await program.finish()
      #expect(program.output.prefix(64) == (try Digest(ofContentAt: "\(folder)/data").hex))
    }
  }

  @Test func whatIsNoFolderOfFilesIsRefused() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      let before = try contents(pantry.root)
      try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: true)
      try makeFolder("\(folder)/pipe")
      mkfifo("\(folder)/pipe/b/pipe", 0o644)
      try makeFolder("\(folder)/loop")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/loop/b/loop", withDestinationPath: "..")
      try makeFolder("\(folder)/lines")
      try AtomicFile.write(Data("x".utf8), to: "\(folder)/lines/two\nlines")
      for name in ["empty", "pipe", "loop", "lines", "absent"] {
        let error = #expect(throws: GalleyError.self) { try pantry.store(folderAt: "\(folder)/\(name)") }
        #expect(error?.exitCode == .badData || error?.exitCode == .missingInput)
      }
      try makeFolder("\(folder)/data")
      let error = #expect(throws: GalleyError.self) {
        try pantry.store(folderAt: "\(folder)/data", expecting: Digest(of: "another"))
      }
      #expect(error?.exitCode == .badData)
      #expect(try contents(pantry.root) == before)
    }
  }

  @Test func aChangedFolderIsFoundAndMovedAside() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      try makeFolder("\(folder)/data")
      let digest = try pantry.store(folderAt: "\(folder)/data")
      try flip("\(pantry.folderPath(of: digest))/a/1.png", at: 0, bit: 1)
      let check = try pantry.check()
      #expect(check.faults.map(\.kind) == [.changed])
      try pantry.repair(check)
      #expect(!pantry.containsFolder(digest))
      #expect(try pantry.check().isSound)
      #expect(try pantry.store(folderAt: "\(folder)/data") == digest)
      try flip("\(pantry.root)/folders/\(digest.hex).json", at: 30, bit: 1)
      #expect(try pantry.check().faults.map(\.kind) == [.changedNote])
    }
  }

  @Test func roomIsMadeOfFoldersToo() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      try makeFolder("\(folder)/one", seed: 1)
      try makeFolder("\(folder)/two", seed: 2)
      let first = try pantry.store(folderAt: "\(folder)/one")
      try await Task.sleep(for: .milliseconds(20))
      let artifact = try pantry.store(Data(count: 50_000))
      try await Task.sleep(for: .milliseconds(20))
      let second = try pantry.store(folderAt: "\(folder)/two")
      try pantry.pin(first)
      let result = try pantry.collect(limit: 75_000)
      #expect(result.kept.contains { $0.artifact.digest == first && $0.reason == .pinned })
      #expect(Set(result.removed.map(\.digest)) == [artifact, second])
      try pantry.unpin(first)
      #expect(try pantry.store(folderAt: "\(folder)/two") == second)
      let lease = try pantry.lease(second)
      #expect(try pantry.collect(limit: 0).removed.map(\.digest) == [first])
      withExtendedLifetime(lease) {}
      #expect(pantry.containsFolder(second))
    }
  }

  @Test func foldersTravelInAnExportedPantry() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      try makeFolder("\(folder)/data")
      let digest = try pantry.store(folderAt: "\(folder)/data", note: ArtifactNote(name: "data"))
      let artifact = try pantry.store(Data("bytes".utf8))
      try pantry.export([digest, artifact], to: "\(folder)/stick")
      let other = try Pantry(root: "\(folder)/other")
      #expect(Set(try other.import(from: "\(folder)/stick")) == [digest, artifact])
      #expect(other.verifyFolder(digest) && other.folders().first?.name == "data")
    }
  }

  @Test func anInterruptedCopyIsContinued() async throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      try await withFolder { folder in
        var dice = Dice(seed)
        for number in 0..<40 { try AtomicFile.write(dice.bytes(300_000), to: "\(folder)/data/\(number % 5)/\(number)") }
        let expected = try Digest(ofContentAt: "\(folder)/data")
        let fixture = try FixtureProcess.start("\(folder)/pantry", "folder", "\(folder)/data")
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...120, using: &dice)))
        kill(fixture.number, SIGKILL)
        try await fixture.wait()
        let pantry = try Pantry(root: "\(folder)/pantry")
        #expect(!pantry.containsFolder(expected) || pantry.verifyFolder(expected))
        #expect(try pantry.check().isSound)
        #expect(try pantry.store(folderAt: "\(folder)/data") == expected)
        #expect(try contents("\(pantry.root)/folders").filter { $0.hasSuffix(".part") }.isEmpty)
      }
    }
  }
}

/// Every path below a folder.
func contents(_ folder: String) throws -> [String] {
  (try FileManager.default.subpathsOfDirectory(atPath: folder)).sorted()
}
