// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import TargetInstalling
import Testing
import TransportSupport

private let readelf = "/usr/bin/readelf"

/// What ELF files say, held against binutils.
struct ProgramFactsTests {
  private static let files = [
    "/proc/self/exe", "/bin/sh", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6",
  ]
  .filter { FileManager.default.isReadableFile(atPath: $0) }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: readelf), "no readelf"), arguments: files)
  func agreesWithBinutils(file: String) async throws {
    let facts = try #require(ProgramFacts(ofFileAt: file))
    let path = URL(filePath: file).resolvingSymlinksInPath().path(percentEncoded: false)
    let dynamic = try await say(readelf, ["-W", "-d", path]).text
    let needed = dynamic.split(separator: "\n").filter { $0.contains("(NEEDED)") }.compactMap {
      $0.split(separator: "[").last?.split(separator: "]").first.map(String.init)
    }
    #expect(facts.libraries == needed)
    let versions = try await say(readelf, ["-W", "-V", path]).text.split(separator: "\n")
      .drop { !$0.contains(".gnu.version_r") }
      .compactMap { line in line.firstRange(of: "Name: GLIBC_").map { line[$0.upperBound...].prefix { $0 != " " } } }
      .compactMap { LibraryVersion($0) }
    #expect(facts.library == versions.max())
  }

  @Test func damagedFilesAreNoReasonToCrash() throws {
    let sound = try Data(contentsOf: URL(filePath: "/bin/sh"))
    #expect(ProgramFacts(sound) != nil && ProgramFacts(Data()) == nil && ProgramFacts(Data("#!/bin/sh".utf8)) == nil)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      var bytes = sound
      // The headers, and what the loader reads, lie at the beginning mostly.
      for _ in 0..<Int.random(in: 1...20, using: &generator) {
        let place = Int.random(in: 4..<min(bytes.count, 8192), using: &generator)
        bytes[place] = [0, 0xFF, 0x7F, .random(in: 0...255)].randomElement(using: &generator) ?? 0
      }
      _ = ProgramFacts(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
    }
  }

  @Test func versionsAreNumbers() throws {
    #expect(try #require(LibraryVersion("2.4")) < #require(LibraryVersion("2.34")))
    #expect(try #require(LibraryVersion("2.2.5")) < #require(LibraryVersion("2.3")))
    for text in ["", "PRIVATE", "2.", "a.b"] { #expect(LibraryVersion(text) == nil) }
  }
}
