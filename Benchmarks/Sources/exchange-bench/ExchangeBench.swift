// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Offline
import Pantry
import Statistics

/// What `peer/exchange.py` times: writing a bundle of a pantry, and taking it into an empty one.
///
///     exchange-bench make FOLDER      fills FOLDER/pantry; writes a key and a trust root
///     exchange-bench export FOLDER    writes FOLDER/site.galley
///     exchange-bench import FOLDER    takes it into FOLDER/home
@main
struct ExchangeBench {
  /// Artifacts as recipes need them, and a data set of many small files.
  private static let artifacts = [440 << 20, 96 << 20, 64 << 20, 30 << 20, 20 << 20, 20 << 20, 8 << 20, 4 << 20]
  private static let images = [Int](repeating: 60_000, count: 3000)

  static func main() throws {
    let words = CommandLine.arguments.dropFirst()
    guard words.count == 2, let verb = words.first, let folder = words.last else {
      throw GalleyError(.usage, "can't measure", why: "usage: exchange-bench make|export|import FOLDER")
    }
    switch verb {
    case "make": try make(folder)
    case "export": try export(folder)
    case "import": try take(folder)
    default: throw GalleyError(.usage, "can't measure", why: "there is no verb '\(verb)'")
    }
  }

  private static func make(_ folder: String) throws {
    var generator = SplitMix64(seed: 20_261_127)
    func bytes(_ size: Int) -> Data {
      var data = Data(count: size)
      data.withUnsafeMutableBytes { bytes in
        for place in stride(from: 0, to: size / 8 * 8, by: 8) {
          bytes.storeBytes(of: generator.next(), toByteOffset: place, as: UInt64.self)
        }
      }
      return data
    }
    let pantry = try Pantry(root: folder + "/pantry")
    for (number, size) in artifacts.enumerated() {
      try pantry.store(bytes(size), note: ArtifactNote(name: "artifact-\(number)"))
    }
    for (number, size) in images.enumerated() {
      try bytes(size).write(to: makeFolder("\(folder)/images/\(number % 10)").appending(path: "\(number).jpg"))
    }
    try pantry.store(folderAt: folder + "/images", note: ArtifactNote(name: "images"))
    let key = SigningKey()
    try key.write(to: folder + "/bench.key")
    try TrustRoot(keys: [.init(name: "bench", key: key.verifyingKey)]).write(to: folder + "/root.json")
  }

  private static func makeFolder(_ path: String) throws -> URL {
    try AtomicFile.createFolder(path)
    return URL(filePath: path)
  }

  private static func export(_ folder: String) throws {
    let pantry = try Pantry(root: folder + "/pantry")
    let contents = try pantry.artifacts().map(\.digest) + pantry.folders().map(\.digest)
    let order = BundleExport.Order(name: "site", contents: contents)
    let key = try SigningKey(contentsOf: folder + "/bench.key")
    print(try BundleExport(order, from: pantry).write(to: folder + "/site.galley", keys: [key]).written.byteCount)
  }

  private static func take(_ folder: String) throws {
    let home = try Pantry(root: folder + "/home")
    let work = try BundleImport(into: home, trust: TrustRoot(contentsOf: folder + "/root.json"))
    print(try work.run(folder + "/site.galley").byteCount)
  }
}
