// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Foundation
import Testing

@Suite struct ZipStreamTests {
  /// An archive of files, each in pieces of some bytes.
  private func archive(_ files: [(String, [UInt8])], piece: Int = 1000, announced: Int? = nil) throws -> Data {
    let stream = ZipStream()
    var result = Data()
    for (path, content) in files {
      try stream.begin(path, byteCount: announced ?? content.count)
      for start in stride(from: 0, to: content.count, by: piece) {
        try content[start..<min(start + piece, content.count)].withUnsafeBytes { try stream.append($0) }
        result += stream.take()
      }
      try stream.end()
    }
    try stream.finish()
    return result + stream.take()
  }

  private static var noise: [UInt8] {
    var generator = Damage(3)
    return (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  private static let files: [(String, [UInt8])] = [
    ("a/größe.txt", Array("hello".utf8)), ("empty", []), ("long", [UInt8](repeating: 7, count: 1_000_000)),
    ("noise.jpg", noise),
  ]

  @Test(arguments: [nil, 0xFF00_0000, 5 << 30]) func whatIsWrittenIsRead(announced: Int?) throws {
    let data = try archive(Self.files, announced: announced)
    let archive = try ZipArchive(data)
    #expect(archive.members.map(\.path) == Self.files.map(\.0))
    for (member, file) in zip(archive.members, Self.files) { #expect(try archive.read(member) == file.1) }
    #expect(data.count < 320_000)
    #expect(try data == self.archive(Self.files, piece: 1000, announced: announced))
  }

  @Test func filesWithoutAnEndAreRefused() throws {
    let stream = ZipStream()
    #expect(throws: ArchiveProblem.self) { try stream.end() }
    #expect(throws: ArchiveProblem.self) { try [1].withUnsafeBytes { try stream.append($0) } }
    try stream.begin("a", byteCount: 1)
    #expect(throws: ArchiveProblem.self) { try stream.begin("b", byteCount: 1) }
    #expect(throws: ArchiveProblem.self) { try stream.finish() }
  }

  /// unzip (Info-ZIP) and Python read and prove it, with the fields of zip64 and without.
  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unzip")), arguments: [nil, 5 << 30])
  func othersReadItToo(announced: Int?) throws {
    try prove(archive(Self.files, announced: announced), files: 4)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unzip")))
  func moreFilesThan16BitsCount() throws {
    try prove(archive((0..<70_000).map { ("\($0)", [UInt8(truncatingIfNeeded: $0)]) }), files: 70_000)
  }

  private func prove(_ data: Data, files: Int) throws {
    #expect(try ZipArchive(data).members.count == files)
    let file = FileManager.default.temporaryDirectory.appending(path: "zip-\(UUID().uuidString).zip")
    try data.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.testzip())"
    var peers = [("/usr/bin/unzip", ["-tqq", file.path], "")]
    if FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") {
      peers.append(("/usr/bin/python3", ["-c", script, file.path], "\(files) None\n"))
    }
    for (program, arguments, expected) in peers {
      let process = Process()
      process.executableURL = URL(filePath: program)
      process.arguments = arguments
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(program): \(words)")
      #expect(words == expected, "\(program)")
    }
  }
}
