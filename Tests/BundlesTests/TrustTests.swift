// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

/// Whom and what a verifier believes: keys, thresholds, sequences, times, platforms.
@Suite struct TrustTests {
  private let sample = SampleBundle()

  private func refusal(
    _ sample: SampleBundle, keys: [SigningKey]? = nil, _ change: (inout BundleVerifier) throws -> Void = { _ in }
  ) throws -> GalleyError? {
    try withFolder { folder in
      try sample.write(to: folder + "/a.galley", keys: keys)
      var verifier = try self.sample.verifier
      try change(&verifier)
      do {
        _ = try verifier.verify(folder + "/a.galley")
        return nil
      } catch let error as GalleyError { return error }
    }
  }

  private func root(_ seeds: UInt8..., threshold: Int = 1) throws -> TrustRoot {
    try TrustRoot(
      keys: seeds.map { .init(name: "key \($0)", key: SampleBundle.key($0).verifyingKey) }, threshold: threshold)
  }

  @Test func aGoodBundlePasses() throws {
    try withFolder { folder in
      let written = try sample.write(to: folder + "/a.galley")
      let verification = try sample.verifier.verify(folder + "/a.galley")
      #expect(verification.isComplete)
      #expect(verification.manifest == sample.manifest)
      #expect(verification.digest == written.digest)
      #expect(verification.signers.map(\.name) == ["office"])
      #expect(verification.claims.map(\.state) == [.proven, .closed])
      #expect(verification.byteCount == sample.contents.values.reduce(0) { $0 + $1.count })
      #expect(verification.claims[1].words == "closed")
    }
  }

  @Test func unknownKeysAndMissingThresholdsAreRefused() throws {
    #expect(try refusal(sample) { $0.trust = TrustRoot() }?.exitCode == .configuration)
    let unknown = try #require(try refusal(sample, keys: [SampleBundle.key(8)]))
    #expect(unknown.exitCode == .badData)
    #expect(unknown.why.contains("no trusted key signed it; not trusted here: "))
    #expect(unknown.why.contains(SampleBundle.key(8).verifyingKey.id.short))
    #expect(unknown.remedy?.contains("office") == true)
    let few = try #require(try refusal(sample) { $0.trust = try root(7, 8, threshold: 2) })
    #expect(few.why.contains("1 of 2 demanded signatures"))
    let keys = [SampleBundle.key(7), SampleBundle.key(8), SampleBundle.key(9)]
    #expect(try refusal(sample, keys: keys) { $0.trust = try root(7, 8, threshold: 2) } == nil)
    #expect(
      try refusal(sample, keys: keys) { $0.trust = try root(7, 8, 10, threshold: 3) }?.why.contains("2 of 3") == true)
    // One key that signed twice is one key; a reader refuses such an envelope at once.
    #expect(try refusal(sample, keys: [keys[0], keys[0]]) { $0.trust = try root(7, 8, threshold: 2) } != nil)
  }

  @Test func anyWrongSignatureOfATrustedKeyIsRefused() throws {
    var envelope = Envelope(type: Envelope.bundleType, payload: Data("x".utf8))
    try envelope.sign(with: SampleBundle.key(7))
    let good = try #require(envelope.signatures.first)
    let wrong = Envelope.Signature(keyID: SampleBundle.key(8).verifyingKey.id, bytes: good.bytes)
    let both = Envelope(type: envelope.payloadType, payload: envelope.payload, signatures: [good, wrong])
    let trust = try root(7, 8)
    #expect(try trust.signers(of: envelope, "can't", at: "x").map(\.name) == ["key 7"])
    #expect(throws: GalleyError.self) { try trust.signers(of: both, "can't", at: "x") }
    #expect(try root(7).signers(of: both, "can't", at: "x").map(\.name) == ["key 7"])
  }

  @Test func olderAndOtherBundlesOfASeriesAreRefused() throws {
    let digest = Digest(of: try sample.manifest.canonicalBytes())
    func seen(_ sequence: Int, _ digest: Digest, _ name: String = "site") -> SeenBundles {
      var seen = SeenBundles()
      let manifest = sample.changed { ($0.name, $0.sequence) = (name, sequence) }.manifest
      seen.record(manifest, digest: digest, now: SampleBundle.created)
      return seen
    }
    #expect(try refusal(sample) { $0.seen = seen(3, digest) } == nil)
    #expect(try refusal(sample) { $0.seen = seen(2, Digest(of: "other")) } == nil)
    #expect(try refusal(sample) { $0.seen = seen(9, Digest(of: "other"), "elsewhere") } == nil)
    let older = try #require(try refusal(sample) { $0.seen = seen(4, Digest(of: "later")) })
    #expect(older.why.contains("it is an older one: 'site' has sequence 3, and 4 was accepted here"))
    let other = try #require(try refusal(sample) { $0.seen = seen(3, Digest(of: "other")) })
    #expect(other.why.contains("another bundle 'site' with sequence 3 was accepted here"))
  }

  @Test func timesAreKept() throws {
    let created = SampleBundle.created
    #expect(try refusal(sample) { $0.now = created } == nil)
    let early = try #require(try refusal(sample) { $0.now = created.adding(seconds: -400) })
    #expect(early.why.contains("it was made at 2025-11-26T00:00:00Z, and the clock shows 2025-11-25T23:53:20Z"))
    let later = sample.changed { $0.validFrom = created.adding(seconds: 7200) }
    #expect(try refusal(later)?.why.contains("not valid before 2025-11-26T02:00:00Z") == true)
    #expect(try refusal(sample) { $0.now = created.adding(seconds: 86_400 * 365) } == nil)
    let expired = try #require(try refusal(sample) { $0.now = created.adding(seconds: 86_400 * 365 + 1) })
    #expect(expired.why.contains("it expired: it is valid until 2026-11-26T00:00:00Z"))
    #expect(try refusal(sample.changed { ($0.validFrom, $0.validUntil) = (nil, nil) }) { $0.now = .now } == nil)
  }

  @Test func aClockThatWasSetBackIsNoticed() throws {
    var seen = SeenBundles()
    seen.record(sample.manifest, digest: Digest(of: try sample.manifest.canonicalBytes()), now: SampleBundle.now)
    let back = try #require(
      try refusal(sample) { ($0.seen, $0.now) = (seen, SampleBundle.now.adding(seconds: -301)) })
    #expect(
      back.why == "the clock was set back: it shows 2025-11-26T00:54:59Z, and 2025-11-26T01:00:00Z was seen before")
    #expect(try refusal(sample) { ($0.seen, $0.now) = (seen, SampleBundle.now.adding(seconds: -300)) } == nil)
    seen.record(sample.manifest, digest: Digest(of: "x"), now: SampleBundle.created)
    #expect(seen.latest == SampleBundle.now)
  }

  @Test func anotherPlatformIsRefused() throws {
    let error = try #require(try refusal(sample) { $0.platform = "linux-aarch64" })
    #expect(error.why == "it is for linux-x86_64, and this machine is linux-aarch64")
    #expect(try refusal(sample) { $0.platform = nil } == nil)
  }

  @Test func rootsAreKeptInAFile() throws {
    try withFolder { folder in
      let path = folder + "/" + TrustRoot.fileName
      #expect(try TrustRoot(contentsOf: path) == TrustRoot())
      var root = try root(1, 2, 3, threshold: 2)
      root.demandsSignedZoos = true
      try root.write(to: path)
      #expect(try TrustRoot(contentsOf: path) == root)
      root.demandsSignedZoos = false
      let removed = try root.remove("key 2")
      #expect(removed.key == SampleBundle.key(2).verifyingKey)
      #expect(throws: GalleyError.self) { try root.remove("key 1") }
      try root.require(1)
      try root.remove(String(SampleBundle.key(1).verifyingKey.id.hex.prefix(8)))
      #expect(root.keys.map(\.name) == ["key 3"])
      try root.remove("key 3")
      #expect(root == TrustRoot())
      #expect(throws: GalleyError.self) { try root.remove("key 3") }
      #expect(throws: GalleyError.self) { try root.require(0) }
      #expect(throws: GalleyError.self) { try root.require(2) }
      try root.add(.init(name: "x", key: SampleBundle.key(1).verifyingKey))
      #expect(throws: GalleyError.self) { try root.add(.init(name: "y", key: SampleBundle.key(1).verifyingKey)) }
      #expect(throws: GalleyError.self) { try root.add(.init(name: "x", key: SampleBundle.key(2).verifyingKey)) }
      #expect(throws: GalleyError.self) { try root.add(.init(name: "a\nb", key: SampleBundle.key(2).verifyingKey)) }
    }
  }

  @Test func damagedRecordsAreNotStartedAnew() throws {
    try withFolder { folder in
      let path = folder + "/x.json"
      let key = SampleBundle.key(1).verifyingKey
      let der = key.der.base64EncodedString()
      let other = SampleBundle.key(2).verifyingKey.id.hex
      for text in [
        "", "{}", "[]", #"{"format":"galley.trust/2","keys":[],"threshold":1}"#,
        #"{"format":"galley.trust/1","keys":[],"threshold":0}"#,
        #"{"format":"galley.trust/1","keys":[],"threshold":2}"#,
        #"{"format":"galley.trust/1","keys":[{"id":"\#(other)","key":"\#(der)","name":"x"}],"threshold":1}"#,
        #"{"format":"galley.trust/1","keys":[{"id":"\#(key.id)","key":"AAAA","name":"x"}],"threshold":1}"#,
      ] {
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(throws: GalleyError.self, "\(text)") { try TrustRoot(contentsOf: path) }
        #expect(throws: GalleyError.self, "\(text)") { try SeenBundles(contentsOf: path) }
      }
      #expect(throws: GalleyError.self) { try TrustRoot(contentsOf: folder) }
    }
  }

  @Test func whatWasSeenIsKeptInAFile() throws {
    try withFolder { folder in
      let path = folder + "/" + SeenBundles.fileName
      var seen = try SeenBundles(contentsOf: path)
      #expect(seen == SeenBundles())
      seen.record(sample.manifest, digest: Digest(of: "3"), now: SampleBundle.now)
      try seen.write(to: path)
      #expect(try SeenBundles(contentsOf: path) == seen)
      seen.record(sample.changed { $0.sequence = 2 }.manifest, digest: Digest(of: "2"), now: SampleBundle.now)
      #expect(seen.bundle(named: "site")?.sequence == 3)
      seen.record(sample.changed { $0.sequence = 4 }.manifest, digest: Digest(of: "4"), now: SampleBundle.now)
      #expect(seen.bundles == [.init(name: "site", sequence: 4, digest: Digest(of: "4"))])
    }
  }
}
