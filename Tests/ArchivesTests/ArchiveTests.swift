// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import FoundationEssentials
import Testing

@Suite struct ZipTests {
  @Test func whatIsWrittenIsRead() throws {
    var writer = ZipWriter()
    let long = [UInt8](repeating: 7, count: 100_000)
    try writer.append("a/größe.txt", Array("hello".utf8))
    try writer.append("b.bin", long)
    let archive = try ZipArchive(Data(writer.finished()))
    #expect(archive.members.map(\.path) == ["a/größe.txt", "b.bin"])
    #expect(try archive.read(archive.members[0]) == Array("hello".utf8))
    #expect(try archive.read(archive.members[1]) == long)
  }

  @Test(arguments: ["../x", "/etc/passwd", "a/../../b", "a\\b"])
  func aPathThatLeadsOutsideIsRefused(path: String) throws {
    var writer = ZipWriter()
    try writer.append(path, [1])
    let archive = try ZipArchive(Data(writer.finished()))
    #expect(archive.members.isEmpty)
    #expect(archive.refused.first?.why.contains("outside") == true)
  }

  @Test func aMemberLargerThanItSaysIsRefused() throws {
    var writer = ZipWriter()
    try writer.append("a", [UInt8](repeating: 0, count: 1 << 22))
    var bytes = writer.finished()
    // The uncompressed size in the central directory, 24 bytes from its start.
    let directory = bytes.count - 22 - 47
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [1, 0, 0, 0])
    let archive = try ZipArchive(Data(bytes))
    let error = #expect(throws: ArchiveProblem.self) { try archive.read(archive.members[0]) }
    #expect(error?.why.contains("more than 1 bytes") == true)
  }

  @Test func aMemberThatClaimsTooMuchIsRefused() throws {
    var writer = ZipWriter()
    try writer.append("a", [UInt8](repeating: 0, count: 1000))
    var bytes = writer.finished()
    let directory = bytes.count - 22 - 47
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [0, 0, 0, 0x40])
    let archive = try ZipArchive(Data(bytes))
    #expect(archive.members.isEmpty)
    #expect(archive.refused.first?.why.contains("no Deflate") == true)
  }

  @Test func damagedArchivesAreReadOrRefused() throws {
    var writer = ZipWriter()
    try writer.append("a", Array("hello hello hello hello".utf8))
    try writer.append("b/c", [1, 2, 3])
    let original = writer.finished()
    var generator = Damage(5)
    for round in 0..<3000 {
      var bytes = original
      for _ in 0...round % 4 {
        bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
      }
      if round % 5 == 0 { bytes.removeLast(Int(generator.next() % UInt64(bytes.count))) }
      guard let archive = try? ZipArchive(Data(bytes)) else { continue }
      for member in archive.members { _ = try? archive.read(member) }
    }
  }
}

/// A small generator for damage; the room has no use for a better one.
struct Damage {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 24
  }
}

@Suite struct TarTests {
  /// A ustar header and its content.
  static func member(_ path: String, _ content: String, kind: Character = "0") -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    put(path, 0)
    let octal = String(content.utf8.count, radix: 8)
    put(String(repeating: "0", count: 11 - octal.count) + octal, 124)
    put("        ", 148)
    put(String(kind), 156)
    put("ustar\u{0}00", 257)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", 148)
    return header + Array(content.utf8) + [UInt8](repeating: 0, count: (512 - content.utf8.count % 512) % 512)
  }

  static let end = [UInt8](repeating: 0, count: 1024)

  @Test func readsFilesAndRefusesLinks() throws {
    let bytes =
      Self.member("a/b.txt", "hello") + Self.member("link", "", kind: "2") + Self.member("d/", "", kind: "5")
      + Self.member("../out", "x") + Self.member("././@LongLink", "long/name.txt\u{0}", kind: "L")
      + Self.member("short", "yes") + Self.member("p", "19 path=pax/ü.txt\n", kind: "x") + Self.member("q", "pax")
      + Self.end
    let archive = try TarArchive(Data(bytes))
    #expect(archive.members.map(\.path) == ["a/b.txt", "long/name.txt", "pax/ü.txt"])
    #expect(
      try archive.members.map { String(decoding: try archive.read($0), as: UTF8.self) } == ["hello", "yes", "pax"])
    #expect(archive.refused.map(\.member) == ["link", "../out"])
  }

  @Test func damagedArchivesAreReadOrRefused() throws {
    let original =
      Self.member("a", "hello") + Self.member("p", "19 path=pax/ü.txt\n", kind: "x") + Self.member("q", "x")
    var generator = Damage(7)
    for round in 0..<2000 {
      var bytes = original
      bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
      if round % 3 == 0 { bytes.removeLast(Int(generator.next() % UInt64(bytes.count))) }
      guard let archive = try? TarArchive(Data(bytes)) else { continue }
      for member in archive.members { _ = try? archive.read(member) }
    }
  }
}

@Suite struct CompressionTests {
  @Test(arguments: [Compression.Wrapping.raw, .zlib, .gzip])
  func whatIsDeflatedIsInflated(wrapping: Compression.Wrapping) throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let packed = try #require(Compression.deflate(bytes, wrapping: wrapping))
    #expect(try packed.withUnsafeBytes { try Compression.inflate($0, wrapping: wrapping, limit: 300_000) } == bytes)
    #expect(throws: ArchiveProblem.self) {
      try packed.withUnsafeBytes { try Compression.inflate($0, wrapping: wrapping, limit: 299_999) }
    }
    #expect(throws: ArchiveProblem.self) {
      try packed.dropLast(20).withUnsafeBytes { try Compression.inflate($0, wrapping: wrapping, limit: 300_000) }
    }
  }

  @Test func theChecksumIsTheStandardOne() {
    // The check value of CRC-32/ISO-HDLC.
    #expect(Array("123456789".utf8).withUnsafeBytes { Compression.crc32($0) } == 0xCBF4_3926)
  }
}
