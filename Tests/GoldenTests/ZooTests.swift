// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Golden
import Testing

@Suite struct ZooTests {
  @Test func anIndexNamesEachVolumeByDigest() throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.sqlite").insert([try RowFixture.row("a")])
      try GoldenVolume.open(folder + "/b.golden").insert([try RowFixture.row("b"), try RowFixture.row("c")])
      let zoo = try GoldenZoo(ofFolder: folder)
      let path = try zoo.write(to: folder)
      let read = try GoldenZoo(Data(contentsOf: URL(filePath: path)), from: path)
      #expect(read == zoo)
      #expect(read.volumes.map(\.name) == ["a", "b"])
      #expect(read.volumes.map(\.rows) == [1, 2])
      #expect(read.volumes.first?.digest == (try Digest(ofFileAt: folder + "/a.sqlite")))
      #expect(read.volumes.first?.tasks == ["image-classification"])
      #expect(try read.volume("b").file == "b.golden")
      #expect(#expect(throws: GalleyError.self) { try read.volume("aa") }?.remedy == "Did you mean 'a'?")
    }
  }

  @Test func aDamagedVolumeGetsNoIndex() throws {
    try RowFixture.withFolder { folder in
      try Data("no volume".utf8).write(to: URL(filePath: folder + "/a.sqlite"))
      #expect(#expect(throws: GalleyError.self) { try GoldenZoo(ofFolder: folder) }?.exitCode == .badData)
      #expect(
        #expect(throws: GalleyError.self) { try GoldenZoo(ofFolder: folder + "/none") }?.exitCode == .missingInput)
    }
  }

  @Test(arguments: ["../x.sqlite", "/etc/passwd", "https://x/y.sqlite", "a//b", ""])
  func anIndexNamesNoFileOutsideItsZoo(file: String) throws {
    let zoo = GoldenZoo(volumes: [
      .init(name: "a", file: file, digest: Digest(of: "a"), byteCount: 1, rows: 1, tasks: [], hardware: [], data: [])
    ])
    let data = try JSONEncoder().encode(zoo)
    #expect(#expect(throws: GalleyError.self) { try GoldenZoo(data, from: "zoo") }?.exitCode == .badData)
  }

  @Test(arguments: ["", "[]", "{}", #"{"schema": "galley.zoo/2", "volumes": []}"#])
  func whatIsNoIndexIsRefused(text: String) {
    #expect(#expect(throws: GalleyError.self) { try GoldenZoo(Data(text.utf8), from: "zoo") }?.exitCode == .badData)
  }

  // MARK: - Signatures

  private func withIndex(_ keys: [SigningKey], _ body: (String, Data) throws -> Void) throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.sqlite").insert([try RowFixture.row("a")])
      let path = try GoldenZoo(ofFolder: folder).write(to: folder, signedBy: keys)
      try body(path, Data(contentsOf: URL(filePath: path)))
    }
  }

  private func refusal(_ data: Data, _ trust: TrustRoot, demanded: Bool = false) -> GalleyError? {
    #expect(throws: GalleyError.self) {
      try GoldenZoo.reading(data, from: "zoo", trust: trust, signatureIsDemanded: demanded)
    }
  }

  @Test func aSignedIndexIsReadWhereItsKeyIsTrusted() throws {
    let (ours, other) = (SigningKey(), SigningKey())
    let trust = try TrustRoot(keys: [.init(name: "office", key: ours.verifyingKey)])
    try withIndex([ours]) { path, data in
      let (zoo, signature) = try GoldenZoo.reading(data, from: path, trust: trust, signatureIsDemanded: true)
      #expect(zoo.volumes.map(\.name) == ["a"])
      #expect(signature == .trusted(["office"]))
      let (same, unchecked) = try GoldenZoo.reading(data, from: path, trust: TrustRoot())
      #expect(same == zoo)
      #expect(unchecked == .unchecked([ours.verifyingKey.id.short]))
      #expect(refusal(data, TrustRoot(), demanded: true)?.why.contains("no key is trusted here") == true)
      let strange = try TrustRoot(keys: [.init(name: "else", key: other.verifyingKey)])
      #expect(refusal(data, strange)?.why.contains("no trusted key signed it") == true)
      // An older reader, which knows no signatures, doesn't take the envelope for an index.
      #expect(throws: GalleyError.self) { try GoldenZoo(data, from: path) }
    }
  }

  @Test func anIndexWithoutASignatureIsReadUnlessOneIsDemanded() throws {
    var trust = try TrustRoot(keys: [.init(name: "office", key: SigningKey().verifyingKey)])
    try withIndex([]) { path, data in
      let (zoo, signature) = try GoldenZoo.reading(data, from: path, trust: trust)
      #expect(zoo.volumes.count == 1)
      #expect(signature == .none)
      #expect(refusal(data, trust, demanded: true)?.why == "its index is not signed, and a signature is demanded")
      trust.demandsSignedZoos = true
      #expect(refusal(data, trust)?.exitCode == .badData)
    }
  }

  @Test func aChangedSignedIndexIsRefused() throws {
    let key = SigningKey()
    let trust = try TrustRoot(keys: [.init(name: "office", key: key.verifyingKey)])
    try withIndex([key]) { _, data in
      for place in stride(from: 12, to: data.count, by: 3) {
        var bytes = data
        bytes[place] ^= 1
        #expect(throws: GalleyError.self, "byte \(place)") {
          try GoldenZoo.reading(bytes, from: "zoo", trust: trust)
        }
      }
      // What was signed as something else is no index.
      var envelope = Envelope(type: Envelope.bundleType, payload: try Envelope(data, at: "zoo").payload)
      try envelope.sign(with: key)
      #expect(refusal(envelope.data, trust)?.why.contains("what is signed is") == true)
    }
  }
}
