// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What was found out of a bundle whose signatures, times and bytes are in order.
public struct Verification: Sendable, Hashable {
  /// Its manifest.
  public var manifest: Manifest
  /// The digest of the manifest's bytes: the bundle's name.
  public var digest: Digest
  /// The trusted keys that signed it.
  public var signers: [TrustRoot.Key]
  /// What becomes of each claim, in the order of their names.
  public var claims: [ClaimVerdict]
  /// Objects that trees, artifacts or claims name, and that are neither in the archive nor in the base.
  public var missing: [Digest]
  /// Objects that the base must supply, in the order of their digests.
  public var presupposed: [Digest]
  /// Bytes whose digests were computed.
  public var byteCount: Int

  /// Whether nothing is missing and every claim holds.
  public var isComplete: Bool { missing.isEmpty && claims.allSatisfy(\.holds) }
}

/// What becomes of a claim.
public struct ClaimVerdict: Sendable, Hashable {
  /// The claim.
  public var claim: Claim
  /// The objects that it needs and that aren't there.
  public var missing: [Digest]
  /// Whether it is for this platform.
  public var fitsPlatform: Bool

  /// Creates a verdict.
  public init(claim: Claim, missing: [Digest], fitsPlatform: Bool) {
    self.claim = claim
    self.missing = missing
    self.fitsPlatform = fitsPlatform
  }

  /// What it may be called here: as the manifest has it, but incomplete where an object is missing, and at most closed
  /// where its proof ran on another platform.
  public var state: ClaimState {
    if !missing.isEmpty { return .incomplete }
    return claim.state == .proven && !fitsPlatform ? .closed : claim.state
  }

  /// Whether the claim holds: proven or closed, and all that it needs is there.
  public var holds: Bool { state == .proven || state == .closed }

  /// The verdict for people: "proven", "incomplete: missing …".
  public var words: String {
    let standIn = claim.standIn.map {
      " with stand-in data; needs at run time: \($0.format), \($0.labels.count) labels "
        + "(\($0.labels.joined(separator: ", "))), at least \($0.minimumCount) items"
    }
    let parts = missing.isEmpty ? claim.missing : missing.map { "the object \($0.hex)" } + claim.missing
    let what = parts.isEmpty ? "" : ": missing \(parts.joined(separator: ", "))"
    return state.rawValue + (state == .proven ? standIn ?? "" : "") + what
  }
}
