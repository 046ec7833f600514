// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Testing

@Suite struct AtomicFileStreamTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-stream-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test(arguments: [0, 5, 200_000])
  func `a finished file has all bytes, and nothing else stays`(count: Int) throws {
    try withFolder { folder in
      let stream = try AtomicFileStream("\(folder)/a/b.txt")
      for number in 0..<count { try stream.append([UInt8(truncatingIfNeeded: number)]) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a") != ["b.txt"])
      try stream.finish()
      #expect(stream.byteCount == count)
      #expect(
        try Data(contentsOf: URL(filePath: "\(folder)/a/b.txt"))
          == Data((0..<count).map { UInt8(truncatingIfNeeded: $0) }))
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a") == ["b.txt"])
      #expect(throws: FileError.self) { try stream.finish() }
    }
  }

  @Test func `an unfinished file leaves nothing, and the earlier one as it was`() throws {
    try withFolder { folder in
      try AtomicFile.write(Data("before".utf8), to: "\(folder)/b.txt")
      do {
        let stream = try AtomicFileStream("\(folder)/b.txt")
        try stream.append("after".utf8)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["b.txt"])
      #expect(try String(contentsOfFile: "\(folder)/b.txt", encoding: .utf8) == "before")
    }
  }
}
