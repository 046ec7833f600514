// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley

/// A tar archive made by hand, so that it can be wrong in any way.
struct RawArchive {
  private(set) var bytes = Data()

  /// A bundle's archive with any envelope and any objects.
  init(envelope: Data? = nil, objects: [(name: String, data: Data)] = [], isEnded: Bool = false) {
    if let envelope { append("envelope.json", envelope) }
    for object in objects { append(object.name, object.data) }
    if isEnded { end() }
  }

  /// The archive of a bundle, whose objects may be given differently.
  init(_ sample: SampleBundle, objects: [(name: String, data: Data)]? = nil) throws {
    var envelope = Envelope(type: Envelope.bundleType, payload: try sample.manifest.canonicalBytes())
    try envelope.sign(with: sample.key)
    self.init(envelope: envelope.data, objects: objects ?? Self.objects(of: sample), isEnded: true)
  }

  static func objects(of sample: SampleBundle) -> [(name: String, data: Data)] {
    sample.manifest.objects.map { (name($0.digest), sample.contents[$0.digest] ?? Data()) }
  }

  static func name(_ digest: Digest) -> String { "objects/sha256/\(digest.hex)" }

  mutating func append(_ name: String, _ data: Data, type: Character = "0", link: String = "") {
    bytes += Self.header(name, size: data.count, type: type, link: link)
    bytes += data + Data(count: (512 - data.count % 512) % 512)
  }

  mutating func appendHeader(_ name: String, size: Int) {
    if size < 1 << 33 {
      bytes += Self.header(name, size: size)
    } else {
      let digits = " size=\(size)\n"
      let record = Data("\(digits.utf8.count + 2)\(digits)".utf8)
      append("PaxHeaders/\(name.split(separator: "/").last ?? "")", record, type: "x")
      bytes += Self.header(name, size: 0)
    }
  }

  mutating func end() { bytes += Data(count: 1024) }

  /// A header as POSIX has it, with a right checksum.
  static func header(
    _ name: String, size: Int, type: Character = "0", link: String = "", mode: String = "0000644",
    owner: String = "", sizeField: String? = nil
  ) -> Data {
    var block = Data(count: 512)
    func put(_ text: String, _ place: Int) { block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    let octal = String(size, radix: 8)
    put(name, 0)
    put(mode, 100)
    put("0000000", 108)
    put("0000000", 116)
    put(sizeField ?? String(repeating: "0", count: max(0, 11 - octal.utf8.count)) + octal, 124)
    put("00000000000", 136)
    put("        ", 148)
    put(String(type), 156)
    put(link, 157)
    put("ustar", 257)
    put("00", 263)
    put(owner, 265)
    put("0000000", 329)
    put("0000000", 337)
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.utf8.count) + sum + "\0 ", 148)
    return block
  }
}
