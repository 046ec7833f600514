// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

/// Bundles split for small media.
@Suite struct PartTests {
  private let sample = SampleBundle()

  private func withParts(_ size: Int, _ body: (String, BundleParts, Data) throws -> Void) throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      let parts = try BundleParts.split(folder + "/good.galley", partSize: size, into: folder + "/parts")
      try body(folder, parts, good)
    }
  }

  @Test(arguments: [1000, 512, 10_000_000, 26_000]) func partsAreJoined(size: Int) throws {
    try withParts(size) { folder, parts, good in
      #expect(parts.byteCount == good.count)
      #expect(parts.parts.dropLast().allSatisfy { $0.size == size })
      let list = try BundleParts(contentsOf: folder + "/parts/good.galley.parts.json")
      #expect(list == parts)
      try list.join(from: [folder + "/none", folder + "/parts"], to: folder + "/joined")
      #expect(FileManager.default.contentsEqual(atPath: folder + "/joined", andPath: folder + "/good.galley"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/parts").sorted()
      #expect(names == parts.parts.map(\.name) + ["good.galley.parts.json"])
      let joined = try Outcome.of("sh", ["-c", "cat parts/good.galley.[0-9]* | cmp - good.galley"], in: folder)
      #expect(joined.status == 0, "\(joined.output)")
    }
  }

  @Test func oneMediumAfterTheOtherIsPutIn() throws {
    try withParts(5000) { folder, parts, _ in
      let shelf = folder + "/shelf"
      try FileManager.default.moveItem(atPath: folder + "/parts", toPath: shelf)
      for (number, part) in parts.parts.enumerated() {
        let error = #expect(throws: GalleyError.self) {
          try parts.join(from: [folder + "/drive"], to: folder + "/joined")
        }
        #expect(error?.exitCode == .tryAgain)
        #expect(error?.place == part.name)
        #expect(error?.why.contains("\(number) of \(parts.parts.count) parts are joined") == true)
        #expect(!FileManager.default.fileExists(atPath: folder + "/joined"))
        try? FileManager.default.removeItem(atPath: folder + "/drive")
        try FileManager.default.createDirectory(atPath: folder + "/drive", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(shelf)/\(part.name)", toPath: "\(folder)/drive/\(part.name)")
      }
      try parts.join(from: [folder + "/drive"], to: folder + "/joined")
      #expect(FileManager.default.contentsEqual(atPath: folder + "/joined", andPath: folder + "/good.galley"))
    }
  }

  @Test func damagedPartsAreNamed() throws {
    try withParts(5000) { folder, parts, _ in
      let path = URL(filePath: "\(folder)/parts/\(parts.parts[1].name)")
      let whole = try Data(contentsOf: path)
      var bytes = whole
      bytes[77] ^= 1
      for damaged in [bytes, whole.dropLast(), Data()] {
        try damaged.write(to: path)
        let error = #expect(throws: GalleyError.self) {
          try parts.join(from: [folder + "/parts"], to: folder + "/joined")
        }
        #expect(error?.exitCode == .badData)
        #expect(error?.place?.hasSuffix(parts.parts[1].name) == true)
      }
      try whole.write(to: path)
      try parts.join(from: [folder + "/parts"], to: folder + "/joined")
      #expect(try sample.verifier.verify(folder + "/joined").isComplete)
      var other = parts
      other.digest = Digest(of: "other")
      #expect(throws: GalleyError.self) { try other.join(from: [folder + "/parts"], to: folder + "/other") }
      #expect(!FileManager.default.fileExists(atPath: folder + "/other.partial"))
    }
  }

  @Test func strangeListsAreRefused() throws {
    try withParts(5000) { folder, _, _ in
      let path = folder + "/parts/good.galley.parts.json"
      let good = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      for (old, new) in [
        (#""name":"good.galley.001""#, #""name":"../good.galley.001""#), (#""name":"good.galley.001""#, #""name":"""#),
        (#""size":5000"#, #""size":-5000"#), (#""size":5000"#, #""size":5000000000000000"#), ("parts/1", "parts/2"),
        (#"{"format""#, #"{ "format""#), (#""size""#, #""sise""#),
      ] {
        #expect(good.contains(old))
        try Data(good.replacing(old, with: new, maxReplacements: 1).utf8).write(to: URL(filePath: path))
        #expect(throws: GalleyError.self, "\(new)") { try BundleParts(contentsOf: path) }
      }
      #expect(throws: GalleyError.self) { try BundleParts(contentsOf: folder + "/none") }
      for size in [0, -1, 1] {
        #expect(throws: GalleyError.self) {
          try BundleParts.split(folder + "/good.galley", partSize: size, into: folder)
        }
      }
    }
  }
}
