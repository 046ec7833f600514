// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Glibc
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

  @Test func aDigestIsItsThirtyTwoBytes() {
    let digest = Digest(of: "abc")
    #expect(digest.bytes.count == 32 && digest.bytes.first == 0xBA && digest.bytes.last == 0xAD)
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(Digest(bytes: digest.bytes.dropLast()) == nil)
  }

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

  @Test func aFullDiskIsSaid() {
    // /dev/full gives ENOSPC for every write.
    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data("x".utf8), to: "/dev/full") }
    #expect(error?.isFull == true)
    #expect(error?.description.contains("No space left on device") == true)
  }

  /// Replacing a device would take it from every program on the machine.
  @Test func aDeviceIsWrittenToAndNotReplaced() throws {
    try AtomicFile.write(Data("away".utf8), to: "/dev/null")
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aFileInTheWayOfAFolderIsNamed() throws {
    let path = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write(Data(), to: path)
    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data(), to: "\(path)/below") }
    #expect(error?.path.hasPrefix(path) == true)
  }
}

@Suite struct ContentDigestTests {
  @Test func aFoldersDigestIsThatOfItsFilesAndTheirNames() throws {
    let folder = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write(Data("1".utf8), to: "\(folder)/b/x")
    try AtomicFile.write(Data("2".utf8), to: "\(folder)/a")
    // What `sha256sum a b/x | sha256sum` prints.
    let lines = "\(Digest(of: "2").hex)  a\n\(Digest(of: "1").hex)  b/x\n"
    #expect(try Digest(ofContentAt: folder) == Digest(of: lines))
    #expect(try Digest(ofContentAt: "\(folder)/a") == Digest(of: "2"))
    try AtomicFile.write(Data("2".utf8), to: "\(folder)/b/y")
    #expect(try Digest(ofContentAt: folder) != Digest(of: lines))
    #expect(throws: FileError.self) { try Digest(ofContentAt: "\(folder)/none") }
  }

  @Test func foldersInsideEachOtherAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.createFolder(folder)
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/self", withDestinationPath: folder)
    #expect(throws: FileError.self) { try Digest(ofContentAt: folder) }
  }
}

@Suite struct HashedCopyTests {
  /// Lengths around those of the pieces and of the ring that holds them.
  @Test(arguments: [0, 1, 262_144, 262_145, 32 * 262_144 - 1, 33 * 262_144 + 7])
  func aCopyHasTheBytesAndTheirDigest(length: Int) throws {
    let root = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let bytes = Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) })
    try AtomicFile.write(bytes, to: "\(root)/source")
    let descriptor = open("\(root)/copy", O_RDWR | O_CREAT, 0o644)
    defer { close(descriptor) }
    var last = 0
    let copy = try HashedCopy(of: "\(root)/source", to: descriptor, named: "\(root)/copy") { last = $0 }
    #expect(copy.digest == Digest(of: bytes))
    #expect(copy.byteCount == length)
    #expect(last == length)
    #expect(try Data(contentsOf: URL(filePath: "\(root)/copy")) == bytes)
  }

  /// Large enough to be written past the system's cache, and no whole number of blocks.
  @Test func aLargeCopyHasTheBytesAndTheirDigest() throws {
    let root = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let block = Data((0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) })
    let bytes = (0..<68).reduce(into: Data()) { bytes, _ in bytes.append(block) }
    try AtomicFile.write(bytes, to: "\(root)/source")
    let descriptor = open("\(root)/copy", O_RDWR | O_CREAT, 0o644)
    defer { close(descriptor) }
    let copy = try HashedCopy(of: "\(root)/source", to: descriptor, named: "\(root)/copy")
    #expect(copy.digest == Digest(of: bytes))
    #expect(try Data(contentsOf: URL(filePath: "\(root)/copy")) == bytes)
  }

  @Test func aFullDiskIsSaid() throws {
    let source = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: source) }
    try AtomicFile.write(Data(repeating: 1, count: 20_000_000), to: source)
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let error = #expect(throws: FileError.self) { try HashedCopy(of: source, to: full, named: "full") }
    #expect(error?.isFull == true)
    #expect(throws: FileError.self) { try HashedCopy(of: "/nowhere", to: full, named: "full") }
  }
}
