// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import Foundation
internal import Reports

/// What a bundle says of itself, as programs and people read it.
struct BundleDocument: Encodable {
  struct Base: Encodable {
    var name: String
    var sequence: Int
    var digest: Digest
  }

  var name: String
  var sequence: Int
  var digest: Digest
  var created: BundleTime
  var validFrom: BundleTime?
  var validUntil: BundleTime?
  var galley: String
  var platforms: [String]
  var claims: Int
  var artifacts: Int
  var trees: Int
  var objects: Int
  var bytes: Int
  var base: Base?

  init(_ manifest: Manifest, digest: Digest) {
    (name, sequence, self.digest, created) = (manifest.name, manifest.sequence, digest, manifest.created)
    (validFrom, validUntil, galley) = (manifest.validFrom, manifest.validUntil, manifest.galley)
    platforms = manifest.platforms
    (claims, artifacts, trees) = (manifest.claims.count, manifest.artifacts.count, manifest.trees.count)
    objects = manifest.objects.count
    bytes = manifest.objects.reduce(0) { $0 + $1.size }
    base = manifest.base.map { Base(name: $0.name, sequence: $0.sequence, digest: $0.digest) }
  }

  init(_ envelope: Envelope, at place: String) throws {
    self.init(try Manifest(envelope.payload, at: place), digest: envelope.digest)
  }

  /// One line for people.
  var headline: String {
    "\(name) \(sequence) (\(digest.short)), made \(created)"
      + (validUntil.map { ", valid until \($0)" } ?? "")
      + ": \(objects) objects, \(ByteCount(bytes)), for \(platforms.joined(separator: ", "))"
      + (base.map { "; builds upon \($0.name) \($0.sequence)" } ?? "")
  }
}

/// What became of a claim.
struct ClaimDocument: Encodable {
  var id: String
  var recipe: String
  var task: String
  var platform: String
  var state: String
  var words: String
  var missing: [Digest]

  init(_ verdict: ClaimVerdict) {
    (id, recipe, task) = (verdict.claim.id, verdict.claim.recipe.name, verdict.claim.task)
    (platform, state, words, missing) = (verdict.claim.platform, verdict.state.rawValue, verdict.words, verdict.missing)
  }

  init(_ claim: Claim) {
    self.init(ClaimVerdict(claim: claim, missing: [], fitsPlatform: true))
  }

  static func table(_ claims: [ClaimDocument]) -> String {
    TextTable(
      columns: [.init("claim"), .init("recipe"), .init("task"), .init("platform"), .init("state")],
      rows: claims.map { [$0.id, $0.recipe, $0.task, $0.platform, $0.words] }
    ).render()
  }
}

/// What was found out of a bundle.
struct VerificationDocument: Encodable {
  struct Signer: Encodable {
    var name: String
    var id: Digest
  }

  var bundle: BundleDocument
  var signers: [Signer]
  var claims: [ClaimDocument]
  var missing: [Digest]
  var isComplete: Bool

  init(_ verification: Verification) {
    bundle = BundleDocument(verification.manifest, digest: verification.digest)
    signers = verification.signers.map { Signer(name: $0.name, id: $0.key.id) }
    claims = verification.claims.map { ClaimDocument($0) }
    missing = verification.missing
    isComplete = verification.isComplete
  }

  var text: String {
    var lines = [bundle.headline]
    lines.append("signed by \(signers.map { "\($0.name) (\($0.id.short))" }.joined(separator: ", "))")
    if !claims.isEmpty { lines.append(ClaimDocument.table(claims)) }
    for digest in missing { lines.append("missing: the object \(digest)") }
    return lines.joined(separator: "\n")
  }
}
