// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

@Suite struct ArchiveTests {
  private let sample = SampleBundle()

  @Test func twoWritesAreTheSameBytes() throws {
    try withFolder { folder in
      let first = try sample.write(to: folder + "/a.galley")
      let second = try sample.write(to: folder + "/b.galley", keys: [sample.key, sample.key])
      #expect(first == second)
      let bytes = try Data(contentsOf: URL(filePath: folder + "/a.galley"))
      #expect(try Data(contentsOf: URL(filePath: folder + "/b.galley")) == bytes)
      #expect(first.byteCount == bytes.count)
      let writer = BundleWriter(manifest: sample.manifest, keys: [sample.key], contents: sample.source)
      #expect(try writer.plannedByteCount() == bytes.count)
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/a.galley")[.posixPermissions] as? Int
      #expect(mode == 0o644)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.galley", "b.galley"])
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    try withFolder { folder in
      try sample.write(to: folder + "/a.galley")
      let reader = try BundleReader(folder + "/a.galley")
      #expect(try reader.manifest() == sample.manifest)
      #expect(reader.entries.map(\.object) == sample.manifest.objects)
      for (digest, data) in sample.contents { #expect(try reader.data(of: digest) == data) }
      #expect(throws: GalleyError.self) { try reader.data(of: Digest(of: "none")) }
      #expect(throws: GalleyError.self) { try reader.data(of: SampleBundle.digest("weights"), atMost: 4095) }
      let copy = folder + "/weights"
      let descriptor = open(copy, O_CREAT | O_WRONLY, 0o600)
      try reader.extract(SampleBundle.digest("weights"), to: descriptor, named: copy)
      close(descriptor)
      #expect(try Digest(ofFileAt: copy) == SampleBundle.digest("weights"))
    }
  }

  /// GNU tar lists and unpacks the archive, and makes the same one of what it unpacked.
  @Test(.enabled(if: Outcome.has("tar"))) func tarUnpacksItAndPacksTheSame() throws {
    try withFolder { folder in
      let bytes = try sample.bytes(in: folder)
      let list = try Outcome.of("tar", ["-tvf", "good.galley"], in: folder)
      #expect(list.status == 0)
      let lines = list.output.split(separator: "\n")
      #expect(lines.count == sample.contents.count + 1)
      #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r-- 0/0 ") && $0.contains(" 1970-01-01 ") })
      #expect(try Outcome.of("tar", ["-xf", "good.galley"], in: folder).output == "")
      for (digest, data) in sample.contents {
        #expect(try Data(contentsOf: URL(filePath: "\(folder)/objects/sha256/\(digest.hex)")) == data)
      }
      let names = ["envelope.json"] + sample.manifest.objects.map { "objects/sha256/\($0.digest.hex)" }
      let packing = try Outcome.of(
        "tar",
        ["--format=ustar", "-b2", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=0644", "-cf", "t"]
          + names, in: folder)
      #expect(packing.status == 0, "\(packing.output)")
      let theirs = try Data(contentsOf: URL(filePath: folder + "/t"))
      // Tar fills up to whole records with zeros.
      #expect(theirs.prefix(bytes.count) == bytes)
      #expect(theirs.dropFirst(bytes.count).allSatisfy { $0 == 0 })
    }
  }

  @Test(.enabled(if: Outcome.has("python3"))) func pythonUnpacksIt() throws {
    try withFolder { folder in
      try sample.write(to: folder + "/a.galley")
      let script = """
        import hashlib, tarfile
        with tarfile.open("a.galley") as archive:
            members = archive.getmembers()
            assert members[0].name == "envelope.json"
            for member in members[1:]:
                assert member.isreg() and member.mode == 0o644 and member.uid == member.gid == member.mtime == 0
                assert member.uname == member.gname == ""
                data = archive.extractfile(member).read()
                assert member.name == "objects/sha256/" + hashlib.sha256(data).hexdigest()
            print(len(members))
        """
      let outcome = try Outcome.of("python3", ["-c", script], in: folder)
      #expect(outcome.output == "\(sample.contents.count + 1)\n")
    }
  }

  /// Eleven octal digits hold sizes below 8 GiB; what is larger takes a pax header. The file has a hole: no disk is
  /// filled.
  @Test(arguments: [(1 << 33) - 1, 1 << 33, 10_000_000_000])
  func largeObjectsAreListedByOthers(size: Int) throws {
    try withFolder { folder in
      let path = folder + "/large.galley"
      var manifest = sample.manifest
      (manifest.claims, manifest.trees, manifest.artifacts) = ([], [], [])
      manifest.objects = [BundleObject(digest: Digest(of: "large"), size: size)]
      try Self.writeSparse(manifest, key: sample.key, to: path)
      let reader = try BundleReader(path)
      #expect(reader.entries.map(\.object) == manifest.objects)
      #expect(reader.byteCount % 512 == 0)
      let list = try Outcome.of("tar", ["-tvf", path], in: folder)
      #expect(list.output.contains(" \(size) "), "\(list.output)")
      let script = "import tarfile; print([m.size for m in tarfile.open('large.galley')][1])"
      #expect(try Outcome.of("python3", ["-c", script], in: folder).output == "\(size)\n")
    }
  }

  /// An archive as the writer makes it, but for the object's content, which is a hole.
  private static func writeSparse(_ manifest: Manifest, key: SigningKey, to path: String) throws {
    let small = manifest.objects.map { BundleObject(digest: $0.digest, size: 0) }
    var envelope = Envelope(type: Envelope.bundleType, payload: try manifest.canonicalBytes())
    try envelope.sign(with: key)
    let object = try #require(manifest.objects.first)
    var head = RawArchive()
    head.append("envelope.json", envelope.data)
    head.appendHeader("objects/sha256/\(object.digest.hex)", size: object.size)
    #expect(small.count == 1)
    try head.bytes.write(to: URL(filePath: path))
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    let end = head.bytes.count + (object.size + 511) / 512 * 512 + 1024
    try handle.truncate(atOffset: UInt64(end))
    try handle.close()
  }

  @Test func filesAndSlicesAreCopied() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      let reader = try BundleReader(folder + "/good.galley")
      let large = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) })
      try large.write(to: URL(filePath: folder + "/large"))
      let other = sample.changed {
        $0.objects = ($0.objects + [BundleObject(digest: Digest(of: large), size: large.count)])
          .sorted { $0.digest < $1.digest }
      }
      let source: ObjectSource = { object throws(GalleyError) in
        guard let entry = reader.entry(object.digest) else { return .file(folder + "/large") }
        return .slice(folder + "/good.galley", offset: entry.offset)
      }
      var last: BundleProgress?
      try BundleWriter(manifest: other.manifest, keys: [sample.key], contents: source)
        .write(to: folder + "/b.galley") { last = $0 }
      let verification = try sample.verifier.verify(folder + "/b.galley")
      #expect(verification.isComplete)
      #expect(last?.bytes == last?.total && last?.total == verification.byteCount)
      // The same objects by another way are the same archive.
      try BundleWriter(manifest: sample.manifest, keys: [sample.key], contents: source).write(to: folder + "/c.galley")
      #expect(try Data(contentsOf: URL(filePath: folder + "/c.galley")) == good)
    }
  }

  @Test func anObjectThatIsNotWhatItsNameSaysIsRefused() throws {
    try withFolder { folder in
      let weights = SampleBundle.digest("weights")
      try Data(repeating: 0, count: 4096).write(to: URL(filePath: folder + "/zeros"))
      try Data(repeating: 0, count: 4095).write(to: URL(filePath: folder + "/short"))
      try Data("an earlier one".utf8).write(to: URL(filePath: folder + "/a.galley"))
      let contents: [(ObjectContent, ExitCode)] = [
        (.data(Data(repeating: 0, count: 4096)), .badData), (.data(Data()), .badData),
        (.file(folder + "/zeros"), .badData), (.file(folder + "/short"), .badData),
        (.file(folder + "/none"), .missingInput), (.slice(folder + "/zeros", offset: 1), .badData),
        (.slice(folder + "/zeros", offset: .max), .badData), (.slice(folder + "/zeros", offset: -1), .badData),
      ]
      for (content, code) in contents {
        let source: ObjectSource = { [sample] object throws(GalleyError) in
          object.digest == weights ? content : try sample.source(object)
        }
        let writer = BundleWriter(manifest: sample.manifest, keys: [sample.key], contents: source)
        let error = #expect(throws: GalleyError.self) { try writer.write(to: folder + "/a.galley") }
        #expect(error?.exitCode == code)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["a.galley", "short", "zeros"])
      }
      #expect(try String(contentsOf: URL(filePath: folder + "/a.galley"), encoding: .utf8) == "an earlier one")
      #expect(throws: GalleyError.self) { try sample.write(to: folder + "/a.galley", keys: []) }
      let error = #expect(throws: GalleyError.self) { try sample.write(to: folder + "/zeros/a.galley") }
      #expect(error?.exitCode == .cantCreate)
    }
  }
}
