// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Statistics

/// What `peer/bundles.py` times: making, writing and verifying a bundle of two gigabytes.
///
///     bundle-bench make FOLDER      writes the objects' files, a key and a trust root
///     bundle-bench write FOLDER     writes FOLDER/site.galley from them
///     bundle-bench verify FOLDER    verifies it; prints how many objects and bytes
@main
struct BundleBench {
  /// Sizes as an exported site has them: a few large libraries and models, many small files.
  private static let sizes =
    [Int](repeating: 256 << 20, count: 4) + [Int](repeating: 96 << 20, count: 8) + [Int](repeating: 1 << 20, count: 200)
    + [Int](repeating: 20_000, count: 1000)

  static func main() throws {
    let words = CommandLine.arguments.dropFirst()
    guard words.count == 2, let verb = words.first, let folder = words.last else {
      throw GalleyError(.usage, "can't measure", why: "usage: bundle-bench make|write|verify FOLDER")
    }
    switch verb {
    case "make": try make(folder)
    case "write": try write(folder)
    case "verify": try verify(folder)
    default: throw GalleyError(.usage, "can't measure", why: "there is no verb '\(verb)'")
    }
  }

  private static func make(_ folder: String) throws {
    try AtomicFile.createFolder(folder + "/objects")
    var generator = SplitMix64(seed: 20_261_126)
    var lines = ""
    for size in sizes {
      var data = Data(count: size)
      data.withUnsafeMutableBytes { bytes in
        for place in stride(from: 0, to: size / 8 * 8, by: 8) {
          bytes.storeBytes(of: generator.next(), toByteOffset: place, as: UInt64.self)
        }
      }
      let digest = Digest(of: data)
      try AtomicFile.write(data, to: "\(folder)/objects/\(digest.hex)")
      lines += "\(digest.hex) \(size)\n"
    }
    try AtomicFile.write(Data(lines.utf8), to: folder + "/objects.txt")
    let key = SigningKey()
    try key.write(to: folder + "/bench.key")
    try TrustRoot(keys: [.init(name: "bench", key: key.verifyingKey)]).write(to: folder + "/root.json")
  }

  private static func write(_ folder: String) throws {
    let list = try String(contentsOf: URL(filePath: folder + "/objects.txt"), encoding: .utf8)
    let objects = list.split(separator: "\n").compactMap { line -> BundleObject? in
      let words = line.split(separator: " ")
      guard let digest = Digest(hex: String(words[0])), let size = Int(words[1]) else { return nil }
      return BundleObject(digest: digest, size: size)
    }
    let manifest = Manifest(
      name: "bench", sequence: 1, created: BundleTime(seconds: 1_764_115_200) ?? .now,
      galley: galleyVersion.description, platforms: ["linux-x86_64"], objects: objects)
    let writer = BundleWriter(manifest: manifest, keys: [try SigningKey(contentsOf: folder + "/bench.key")]) { object in
      .file("\(folder)/objects/\(object.digest.hex)")
    }
    print(try writer.write(to: folder + "/site.galley").byteCount)
  }

  private static func verify(_ folder: String) throws {
    let verifier = BundleVerifier(trust: try TrustRoot(contentsOf: folder + "/root.json"))
    let verification = try verifier.verify(folder + "/site.galley")
    print("\(verification.manifest.objects.count) \(verification.byteCount)")
  }
}
