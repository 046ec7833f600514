// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Testing

@Suite struct DigestTests {
  // FIPS 180-4's examples, as published in NIST's "SHA256.pdf".
  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ])
  func agreesWithTheStandard(text: String, hex: String) { #expect(Digest(of: text).hex == hex) }

  @Test func aFilesDigestIsThatOfItsBytes() throws {
    let path = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0) })
    try AtomicFile.write(bytes, to: path)
    #expect(try Digest(ofFileAt: path) == Digest(of: bytes))
  }

  @Test(arguments: ["", "ab", String(repeating: "g", count: 64), String(repeating: "é", count: 64)])
  func refusesOtherText(text: String) { #expect(Digest(hex: text) == nil) }

  @Test func aMissingFileIsSaid() {
    let error = #expect(throws: FileError.self) { try Digest(ofFileAt: "/nowhere") }
    #expect(error?.isMissing == true)
  }
}

@Suite struct AtomicFileTests {
  @Test func replacesWholeFilesAndMakesFolders() throws {
    let root = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try AtomicFile.write(Data("one".utf8), to: "\(root)/a/b/c")
    try AtomicFile.write(Data("two".utf8), to: "\(root)/a/b/c")
    #expect(try Data(contentsOf: URL(filePath: "\(root)/a/b/c")) == Data("two".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/a/b") == ["c"])
  }

  @Test func aFailedCopyLeavesNothing() throws {
    let root = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try AtomicFile.createFolder(root)
    #expect(throws: FileError.self) { try AtomicFile.copy("/nowhere", to: "\(root)/copy") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [])
  }

  @Test func aFullDiskIsSaidAndLeavesNothing() {
    // /dev/full gives ENOSPC for every write; a file can't be renamed there, so only the reason is checked.
    let error = FileError(.write, "/x", number: 28)
    #expect(error.isFull)
    #expect(error.description.contains("No space left on device"))
  }

  @Test func aFileInTheWayOfAFolderIsNamed() throws {
    let path = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write(Data(), to: path)
    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: "\(path)/below") }
    #expect(error?.path.hasPrefix(path) == true)
  }
}
