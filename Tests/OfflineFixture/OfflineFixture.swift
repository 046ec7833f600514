// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Foundation
import Galley
import Images
import NativeLibraries
import Offline
import Pantry

/// A process that carries bundles to and fro, for tests that need several of them, or one to kill. Under the name
/// `galley` it stands in for the program that is installed.
///
///     offline-fixture --version
///     offline-fixture doctor --json
///     offline-fixture decode FILE…                 decodes images; prints their sizes, then the files of this process
///     offline-fixture export PANTRY FILE KEY NAME  exports all claims, artifacts and folders
///     offline-fixture import PANTRY FILE KEY.pub
@main
struct OfflineFixture {
  static func main() async {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      say("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run(_ words: [String]) throws {
    switch (words.first, words.dropFirst().map { $0 }) {
    case ("--version", _): say(galleyVersion.description)
    case ("doctor", _): say(#"{"findings":[{"subject":"Galley","health":"good"}]}"#)
    case ("decode", let files): try decode(files)
    case ("export", let rest) where rest.count == 4:
      let pantry = try Pantry(root: rest[0])
      let order = BundleExport.Order(
        name: rest[3], claims: try ClaimStore(pantry).all(),
        contents: try pantry.artifacts().map(\.digest) + pantry.folders().map(\.digest),
        trees: pantry.trees().map(\.name))
      say("begin")
      let outcome = try BundleExport(order, from: pantry).write(to: rest[1], keys: [SigningKey(contentsOf: rest[2])])
      say("\(outcome.manifest.sequence) \(outcome.written.digest) \(outcome.written.resumedByteCount)")
    case ("import", let rest) where rest.count == 3:
      let pantry = try Pantry(root: rest[0])
      let trust = try TrustRoot(keys: [.init(name: "test", key: VerifyingKey(contentsOf: rest[2]))])
      say("begin")
      let outcome = try BundleImport(into: pantry, trust: trust).run(rest[1])
      say("\(outcome.addedContents.count) \(outcome.addedTrees.count) \(outcome.resumedByteCount)")
    default: exit(64)
    }
  }

  private static func decode(_ files: [String]) throws {
    for file in files {
      let image = try Image(decoding: [UInt8](Data(contentsOf: URL(filePath: file))))
      say("\(image.width)x\(image.height)")
    }
    // To its end: what the kernel makes up comes in pieces.
    let data = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/maps")).readToEnd()
    let maps = String(decoding: data ?? Data(), as: UTF8.self)
    let paths = maps.split(separator: "\n").compactMap { line in line.firstIndex(of: "/").map { String(line[$0...]) } }
    for path in Set(paths).sorted() { say(path) }
  }

  /// Writes a line at once: a test waits for it.
  private static func say(_ text: some CustomStringConvertible) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
  }
}
