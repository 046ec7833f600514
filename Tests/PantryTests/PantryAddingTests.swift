// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Testing

@Suite struct PantryAddingTests {
  /// The lengths lie around the length of the pieces that are hashed beside the copying.
  @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 9_000_001])
  func theDigestIsThatOfSha256sum(length: Int) async throws {
    try await withFolder { folder in
      var dice = Dice(UInt64(length))
      let source = "\(folder)/source"
      try AtomicFile.write(dice.bytes(length), to: source)
      let pantry = try Pantry(root: "\(folder)/pantry")
      let digest = try pantry.store(fileAt: source)
      let peer = try FixtureProcess(["/usr/bin/sha256sum", source, pantry.path(of: digest)])
      #expect(try await peer.finish() == 0)
      #expect(peer.lines.map { String($0.prefix(64)) } == [digest.hex, digest.hex])
      #expect(try pantry.store(try Data(contentsOf: URL(filePath: source))) == digest)
      #expect(try pantry.artifacts().map(\.byteCount) == [length])
      #expect(access(pantry.path(of: digest), W_OK) != 0 || getuid() == 0)
    }
  }

  @Test func aFileWithAnotherDigestThanExpectedIsRefused() async throws {
    try await withPantry { pantry in
      let source = "\(pantry.root)/source"
      try AtomicFile.write(Data("rice".utf8), to: source)
      let error = #expect(throws: GalleyError.self) {
        try pantry.store(fileAt: source, expecting: Digest(of: "rye"))
      }
      #expect(error?.exitCode == .badData)
      #expect(try pantry.artifacts().isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/work") == [])
    }
  }

  @Test(arguments: ["/nowhere", "/tmp"])
  func whatIsNoFileIsSaid(path: String) async throws {
    try await withPantry { pantry in
      let error = #expect(throws: GalleyError.self) { try pantry.store(fileAt: path) }
      #expect(error?.exitCode == .missingInput)
      #expect(error?.place == path)
    }
  }

  @Test func addingAgainHealsAChangedArtifact() async throws {
    try await withPantry { pantry in
      var dice = Dice(1)
      let bytes = dice.bytes(1_500_000)
      let source = "\(pantry.root)/source"
      try AtomicFile.write(bytes, to: source)
      let digest = try pantry.store(fileAt: source)
      try flip(pantry.path(of: digest), at: 700_000, bit: 3)
      #expect(try pantry.store(fileAt: source) == digest)
      #expect(try pantry.data(of: digest) == bytes)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/damaged").count == 2)
    }
  }

  @Test func aFileFromAWorkFolderIsMovedIn() async throws {
    try await withPantry { pantry in
      let digest = try await pantry.withWorkFolder { folder in
        let file = "\(folder)/download"
        try AtomicFile.write(Data("rice".utf8), to: file)
        #expect(throws: GalleyError.self) { try pantry.adopt(fileAt: file, expecting: Digest(of: "rye")) }
        #expect(FileManager.default.fileExists(atPath: file))
        let digest = try pantry.adopt(fileAt: file, note: ArtifactNote(name: "rice"), expecting: Digest(of: "rice"))
        #expect(!FileManager.default.fileExists(atPath: file))
        return digest
      }
      #expect(try pantry.data(of: digest) == Data("rice".utf8))
      #expect(try pantry.artifacts().map(\.name) == ["rice"])
    }
  }

  @Test(arguments: [
    ("https://user:secret@example.org/a/b.pth?token=1#x", "https://example.org/a/b.pth"),
    ("https://example.org", "https://example.org"), ("file:///data/a@b", "file:///data/a@b"),
    ("https://u@v@example.org:8080/x", "https://example.org:8080/x"), ("drawn by hand", "drawn by hand"),
    ("://@", "://"), ("https://?", "https://"),
  ])
  func anOriginIsKeptWithoutCredentials(origin: String, kept: String) async throws {
    #expect(ArtifactNote.withoutCredentials(origin) == kept)
    try await withPantry { pantry in
      try pantry.store(Data("rice".utf8), note: ArtifactNote(origin: origin))
      #expect(try pantry.artifacts().first?.origin == kept)
    }
  }

  @Test func aNoteAddsWhatIsNotKnownAndCorrectsOnlyWhenAsked() async throws {
    try await withPantry { pantry in
      let bytes = Data("rice".utf8)
      let digest = try pantry.store(bytes, note: ArtifactNote(name: "first"))
      try pantry.store(bytes, note: ArtifactNote(name: "second", role: .weights))
      #expect(try pantry.artifact(digest)?.name == "first")
      #expect(try pantry.artifact(digest)?.role == .weights)
      try pantry.note(digest, ArtifactNote(name: "third", licence: "MIT"))
      let artifact = try pantry.artifact(digest)
      #expect(artifact?.name == "third")
      #expect(artifact?.role == .weights)
      #expect(artifact?.licence == "MIT")
      #expect(throws: GalleyError.self) { try pantry.note(Digest(of: "none"), ArtifactNote(name: "x")) }
    }
  }

  @Test func processesThatStoreTheSameFileKeepOneCopy() async throws {
    try await withFolder { folder in
      var dice = Dice(5)
      let source = "\(folder)/source"
      try AtomicFile.write(dice.bytes(24_000_000), to: source)
      let processes = try (0..<4).map { _ in try FixtureProcess.start("\(folder)/pantry", "store", source) }
      for process in processes { #expect(try await process.finish() == 0, "\(process.output)") }
      #expect(Set(processes.compactMap(\.lines.last)).count == 1)
      let pantry = try Pantry(root: "\(folder)/pantry")
      #expect(try pantry.artifacts().count == 1)
      #expect(try pantry.check().isSound)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/work") == [])
      #expect(!FileManager.default.fileExists(atPath: "\(pantry.root)/damaged"))
    }
  }
}
