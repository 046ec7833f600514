// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Statistics
import Testing

/// Bundles that were damaged or changed on their way.
@Suite struct RefusalTests {
  private let sample = SampleBundle()

  /// Why a bundle of these bytes is refused; `nil` if it isn't.
  private func refusal(_ bytes: Data, in folder: String) throws -> GalleyError? {
    let path = folder + "/changed.galley"
    try bytes.write(to: URL(filePath: path))
    do {
      _ = try sample.verifier.verify(path)
      return nil
    } catch let error as GalleyError {
      return error
    }
  }

  private func expect(_ words: String, _ bytes: Data, in folder: String) throws {
    let error = try #require(try refusal(bytes, in: folder), "it passed; \(words) was expected")
    #expect(error.exitCode == .badData)
    #expect(error.description.contains(words), "\(error)")
  }

  @Test func theArchiveMadeByHandIsTheSame() throws {
    let written = try withFolder { folder in try sample.bytes(in: folder) }
    #expect(try RawArchive(sample).bytes == written)
  }

  /// Every byte of two headers, of paddings and of the end; some of other headers, of the envelope and of each object.
  @Test func everyClassOfBytesIsGuarded() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      let reader = try BundleReader(folder + "/good.galley")
      var guarded = Set(0..<512)
      let envelopeLength = reader.envelope.data.count
      guarded.formUnion(stride(from: 512, to: 512 + envelopeLength, by: 7))
      guarded.formUnion(512 + envelopeLength..<(512 + envelopeLength + 511) / 512 * 512)
      for entry in reader.entries {
        let (start, end) = (entry.offset, entry.offset + entry.object.size)
        guarded.formUnion(stride(from: start - 512, to: start, by: entry == reader.entries.first ? 1 : 11))
        guarded.formUnion(stride(from: start, to: end, by: 101))
        if end > start { guarded.formUnion([start, end - 1]) }
        guarded.formUnion(end..<(end + 511) / 512 * 512)
      }
      guarded.formUnion(good.count - 1024..<good.count)
      var passed: [Int] = []
      for place in guarded.sorted() {
        var bytes = good
        bytes[place] ^= 1 << UInt8(place % 8)
        if try refusal(bytes, in: folder) == nil { passed.append(place) }
      }
      #expect(passed == [])
      #expect(guarded.count > 3000)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      for length in stride(from: 0, to: good.count, by: 256).flatMap({ [$0, $0 + 1] }) + [good.count - 1] {
        #expect(try refusal(good.prefix(length), in: folder)?.exitCode == .badData, "\(length)")
      }
    }
  }

  /// A thousand changes of many kinds; each is refused.
  @Test func aThousandMutatedBundlesAreRefused() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      var mutation = Mutation(good, seed: 20_261_126)
      for number in 0..<1000 {
        let (kind, bytes) = mutation.next()
        let error = try refusal(bytes, in: folder)
        #expect(error?.exitCode == .badData, "mutation \(number), \(kind): \(error.map { "\($0)" } ?? "it passed")")
      }
    }
  }

  @Test func nothingFollowsTheEnd() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      try expect("1 bytes follow", good + Data([0]), in: folder)
      try expect("512 bytes follow", good + Data(count: 512), in: folder)
      try expect("bytes follow", good + good, in: folder)
      try expect("cut within its end", good.dropLast(512), in: folder)
    }
  }

  /// Links, devices and folders in the archive; other names, owners, modes, order; things twice.
  @Test func onlyTheMembersOfABundleAreAllowed() throws {
    try withFolder { folder in
      let objects = RawArchive.objects(of: sample)
      func with(_ member: Data, after count: Int = 1) throws -> Data {
        let end = try RawArchive(sample).bytes.count - 1024
        var place = try RawArchive(sample, objects: Array(objects.prefix(count))).bytes.count - 1024
        if count == objects.count { place = end }
        var bytes = try RawArchive(sample).bytes
        bytes.insert(contentsOf: member, at: place)
        return bytes
      }
      let name = RawArchive.name(Digest(of: "none"))
      let strange = "is not one of a bundle"
      for type in ["1", "2"] as [Character] {
        try expect(strange, with(RawArchive.header(name, size: 0, type: type, link: "/etc/passwd")), in: folder)
      }
      for type in ["3", "4", "5", "6", "7", "L", "K", "g", "S", "\0"] as [Character] {
        let error = try #require(try refusal(with(RawArchive.header(name, size: 0, type: type)), in: folder))
        #expect(error.why.contains("no regular file") || error.why.contains(strange), "\(type): \(error)")
      }
      for path in ["../x", "/etc/passwd", "objects/../../x", "x", "objects/sha256/", "envelope.json", name + "0"] {
        try expect("has no place in a bundle", with(RawArchive.header(path, size: 0)), in: folder)
      }
      try expect(
        "has no place", with(RawArchive.header("objects/sha256/" + name.suffix(64).uppercased(), size: 0)), in: folder)
      try expect(strange, with(RawArchive.header(name, size: 0, mode: "0000755")), in: folder)
      try expect(strange, with(RawArchive.header(name, size: 0, owner: "root")), in: folder)
      try expect("stands twice", with(RawArchive(objects: [objects[2]]).bytes, after: 3), in: folder)
      try expect("not in order", with(RawArchive(objects: [objects[0]]).bytes, after: 3), in: folder)
    }
  }

  @Test func sizesThatLieAreRefused() throws {
    try withFolder { folder in
      let good = try RawArchive(sample).bytes
      let name = RawArchive.name(Digest(of: "none"))
      func with(_ header: Data) -> Data { good.dropLast(1024) + header + Data(count: 1024) }
      try expect("is cut", with(RawArchive.header(name, size: (1 << 33) - 1)), in: folder)
      try expect("is cut", with(RawArchive.header(name, size: 1025)), in: folder)
      for field in ["-0000000001", "77777777777\u{37}", "80000000000", "           ", "\u{7F}1234567890"] {
        try expect("is not one of a bundle", with(RawArchive.header(name, size: 0, sizeField: field)), in: folder)
      }
      // Pax headers with other records, other sizes, or for what needs none.
      for record in [
        "22 size=10000000000\n", "20 size=100000000000\n", "12 size=512\n", "14 path=../x\n\n", "",
        "22 size=9999999999999\n",
        "22 size=99999999999999999999999999\n", "22 size=-8589934592\n", String(repeating: "x", count: 63),
      ] {
        var raw = RawArchive()
        raw.append("PaxHeaders/" + name.suffix(64), Data(record.utf8), type: "x")
        raw.append(name, Data())
        let error = try #require(try refusal(with(raw.bytes), in: folder))
        #expect(error.why.contains("extended header") || error.why.contains("is cut"), "\(error)")
      }
    }
  }

  /// The signed manifest and the archive must name the same objects.
  @Test func archiveAndManifestMustAgree() throws {
    try withFolder { folder in
      let objects = RawArchive.objects(of: sample)
      for index in objects.indices {
        var fewer = objects
        fewer.remove(at: index)
        try expect("in the manifest and not in the archive", RawArchive(sample, objects: fewer).bytes, in: folder)
        var other = objects
        other[index].data += Data([1])
        try expect("and the manifest says", RawArchive(sample, objects: other).bytes, in: folder)
      }
      let extra = (name: RawArchive.name(Digest(of: "extra")), data: Data("extra".utf8))
      let more = (objects + [extra]).sorted { $0.name < $1.name }
      try expect("in the archive and not in the manifest", RawArchive(sample, objects: more).bytes, in: folder)
      let last = (name: "objects/sha256/" + String(repeating: "f", count: 64), data: Data())
      try expect("in the archive and not", RawArchive(sample, objects: objects + [last]).bytes, in: folder)
    }
  }

  @Test func otherEnvelopesAreRefused() throws {
    try withFolder { folder in
      func archive(_ envelope: String) -> Data {
        RawArchive(envelope: Data(envelope.utf8), objects: RawArchive.objects(of: sample), isEnded: true).bytes
      }
      var envelope = Envelope(type: Envelope.bundleType, payload: try sample.manifest.canonicalBytes())
      try envelope.sign(with: sample.key)
      let good = String(decoding: envelope.data, as: UTF8.self)
      try expect("canonical form", archive(good + " "), in: folder)
      try expect("follows the end", archive(good + "x"), in: folder)
      try expect("is unknown", archive(good.replacing("payloadType", with: "payloadTypf")), in: folder)
      try expect("'signatures' is missing", archive(#"{"payload":"","payloadType":""}"#), in: folder)
      try expect("no base64", archive(good.replacing(#""payload":""#, with: #""payload":"*"#)), in: folder)
      try expect("64 bytes", archive(good.replacing(#""sig":""#, with: #""sig":"AAAA"#)), in: folder)
      try expect("doesn't begin", archive(""), in: folder)
      var zoo = Envelope(type: Envelope.zooType, payload: try sample.manifest.canonicalBytes())
      try zoo.sign(with: sample.key)
      try expect("its envelope holds", archive(String(decoding: zoo.data, as: UTF8.self)), in: folder)
      // The right signature of the same payload under another type doesn't count.
      let swapped = String(decoding: zoo.data, as: UTF8.self).replacing(Envelope.zooType, with: Envelope.bundleType)
      try expect("signature of 'office' is wrong", archive(swapped), in: folder)
      var plain = Envelope(type: Envelope.bundleType, payload: Data("{}".utf8))
      try plain.sign(with: sample.key)
      try expect("is missing", archive(String(decoding: plain.data, as: UTF8.self)), in: folder)
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    try withFolder { folder in
      #expect(#expect(throws: GalleyError.self) { try BundleReader(folder) }?.exitCode == .badData)
      #expect(#expect(throws: GalleyError.self) { try BundleReader("/dev/zero") }?.exitCode == .badData)
      #expect(#expect(throws: GalleyError.self) { try BundleReader(folder + "/none") }?.exitCode == .missingInput)
      mkfifo(folder + "/pipe", 0o600)
      #expect(#expect(throws: GalleyError.self) { try BundleReader(folder + "/pipe") }?.exitCode == .badData)
    }
  }

  /// A file that shrinks while it is read: a medium that was pulled out.
  @Test func aFileThatEndsEarlyIsAnError() throws {
    try withFolder { folder in
      try sample.write(to: folder + "/a.galley")
      let reader = try BundleReader(folder + "/a.galley")
      truncate(folder + "/a.galley", off_t(reader.byteCount / 2))
      let error = #expect(throws: GalleyError.self) { try sample.verifier.verify(reader) }
      #expect(error?.why.contains("it ends at byte") == true)
    }
  }
}
