// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

/// What becomes of claims when objects are missing, elsewhere, or in another bundle.
@Suite struct ClaimTests {
  private let sample = SampleBundle()

  /// A bundle signed anew without one object: exactly the claims that need it fail, and say which object it is.
  @Test(arguments: SampleBundle.texts.keys.sorted())
  func removingAnObjectFailsTheClaimsThatNeedIt(name: String) throws {
    try withFolder { folder in
      let digest = SampleBundle.digest(name)
      let poorer = sample.changed { $0.objects.removeAll { $0.digest == digest } }
      try poorer.write(to: folder + "/a.galley")
      let verification = try sample.verifier.verify(folder + "/a.galley")
      #expect(verification.missing == [digest])
      #expect(!verification.isComplete)
      let failed = Set(verification.claims.filter { !$0.holds }.map(\.claim.id))
      #expect(failed == Set(SampleBundle.needed.filter { $0.value.contains(name) }.keys))
      for verdict in verification.claims where !verdict.holds {
        #expect(verdict.missing == [digest])
        #expect(verdict.state == .incomplete)
        #expect(verdict.words == "incomplete: missing the object \(digest.hex)")
      }
    }
  }

  @Test func aProofCountsOnlyOnItsPlatform() throws {
    try withFolder { folder in
      let two = sample.changed { $0.platforms = ["linux-aarch64", "linux-x86_64"] }
      try two.write(to: folder + "/a.galley")
      var verifier = try sample.verifier
      verifier.platform = "linux-aarch64"
      #expect(try verifier.verify(folder + "/a.galley").claims.map(\.state) == [.closed, .closed])
    }
  }

  @Test func whatIsIncompleteOrStaleDoesNotHold() throws {
    try withFolder { folder in
      let other = sample.changed {
        ($0.claims[0].state, $0.claims[0].missing) = (.incomplete, ["weights of resnet-18 (44 MB)"])
        ($0.claims[1].state, $0.claims[1].missing) = (.stale, [])
      }
      try other.write(to: folder + "/a.galley")
      let verification = try sample.verifier.verify(folder + "/a.galley")
      #expect(verification.claims.map(\.holds) == [false, false])
      #expect(verification.claims.map(\.words) == ["incomplete: missing weights of resnet-18 (44 MB)", "stale"])
    }
  }

  @Test func standInDataIsSaid() throws {
    var claim = sample.manifest.claims[1]
    (claim.state, claim.proof) = (.proven, SampleBundle.digest("proof a"))
    let verdict = ClaimVerdict(claim: claim, missing: [], fitsPlatform: true)
    #expect(
      verdict.words
        == "proven with stand-in data; needs at run time: image-folder, 2 labels (x, y), at least 2 items")
  }

  // MARK: - Bundles that build upon others

  /// A later bundle of the series with one more object, as a delta.
  private func delta() throws -> (SampleBundle, Data, Digest) {
    let more = Data("more".utf8)
    let base = Digest(of: try sample.manifest.canonicalBytes())
    let later = sample.changed {
      $0.sequence = 4
      $0.objects = ($0.objects + [BundleObject(digest: Digest(of: more), size: 4)]).sorted { $0.digest < $1.digest }
      $0.claims[0].needs = ($0.claims[0].needs + [Digest(of: more)]).sorted()
    }
    return (later.changed { $0 = $0.delta(from: sample.manifest, digest: base) }, more, base)
  }

  @Test func aDeltaNeedsItsBase() throws {
    try withFolder { folder in
      try sample.write(to: folder + "/base.galley")
      let (delta, more, base) = try delta()
      #expect(delta.manifest.objects == [BundleObject(digest: Digest(of: more), size: 4)])
      let writer = BundleWriter(manifest: delta.manifest, keys: [sample.key]) { _ throws(GalleyError) in .data(more) }
      try writer.write(to: folder + "/delta.galley")
      var verifier = try sample.verifier
      let absent = #expect(throws: GalleyError.self) { try verifier.verify(folder + "/delta.galley") }
      #expect(absent?.why == "it builds upon 'site' with sequence 3, which is not here")

      let envelope = try BundleReader(folder + "/base.galley").envelope
      verifier.base = { asked in asked.digest == base ? envelope : nil }
      let verification = try verifier.verify(folder + "/delta.galley")
      #expect(verification.isComplete)
      #expect(verification.presupposed == sample.manifest.objects.map(\.digest))

      // Another bundle in place of the base; the base signed by somebody else.
      var other = Envelope(
        type: Envelope.bundleType, payload: try sample.changed { $0.host = [] }.manifest.canonicalBytes())
      try other.sign(with: sample.key)
      verifier.base = { [other] _ in other }
      #expect(
        #expect(throws: GalleyError.self) { try verifier.verify(folder + "/delta.galley") }?
          .why.contains("and the one given as 'site' is") == true)
      var strange = Envelope(type: Envelope.bundleType, payload: envelope.payload)
      try strange.sign(with: SampleBundle.key(9))
      verifier.base = { [strange] _ in strange }
      #expect(
        #expect(throws: GalleyError.self) { try verifier.verify(folder + "/delta.galley") }?
          .why.contains("no trusted key") == true)
    }
  }

  @Test func chainsOfBasesAreFollowedAndBounded() throws {
    try withFolder { folder in
      let (delta, more, base) = try delta()
      let first = try envelope(sample.manifest)
      let second = try envelope(delta.manifest)
      let third = sample.changed {
        $0.sequence = 5
        $0 = $0.delta(
          from: delta.manifest, digest: second.digest, presupposed: Set(sample.manifest.objects.map(\.digest)))
      }
      #expect(third.manifest.objects.isEmpty)
      try third.write(to: folder + "/c.galley")
      var verifier = try sample.verifier
      verifier.base = { asked in asked.digest == base ? first : second }
      #expect(try verifier.verify(folder + "/c.galley").isComplete)
      verifier.limits.bases = 1
      #expect(
        #expect(throws: GalleyError.self) { try verifier.verify(folder + "/c.galley") }?
          .why.contains("more than 1 bundles") == true)
      #expect(more.count == 4)
    }
  }

  private func envelope(_ manifest: Manifest) throws -> Envelope {
    var envelope = Envelope(type: Envelope.bundleType, payload: try manifest.canonicalBytes())
    try envelope.sign(with: sample.key)
    return envelope
  }

  @Test func differencesAreNamed() throws {
    let old = sample.manifest
    #expect(BundleDifference(from: old, to: old).isEmpty)
    let new = sample.changed {
      $0.objects.removeAll { $0.digest == SampleBundle.digest("image") }
      $0.objects.append(BundleObject(digest: Digest(of: "new"), size: 3))
      $0.trees[1].entries.remove(at: 1)
      $0.trees[0].name = "programs"
      $0.claims[0].state = .closed
      $0.artifacts[0].licence = "MIT"
    }.manifest
    let difference = BundleDifference(from: old, to: new)
    #expect(difference.objects.added == [BundleObject(digest: Digest(of: "new"), size: 3)])
    #expect(difference.objects.removed.map(\.digest) == [SampleBundle.digest("image")])
    #expect((difference.addedByteCount, difference.removedByteCount) == (3, 505))
    #expect(difference.sharedByteCount == old.objects.reduce(0) { $0 + $1.size } - 505)
    #expect(difference.trees.added.map(\.name) == ["programs"])
    #expect(difference.trees.removed.map(\.name) == ["galley"])
    #expect(difference.trees.changed.map(\.new.name) == ["photos"])
    #expect(difference.trees.changed.first.map { BundleDifference.entries($0).removed.count } == 1)
    #expect(difference.claims.changed.map(\.old.id) == ["a"])
    #expect(difference.artifacts.changed.count == 1)
  }
}
