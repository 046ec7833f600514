// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// A requirement that was checked: what the bytes must be, and a name under which they can be kept meanwhile.
struct Wanted: Sendable {
  let requirement: ArtifactRequirement
  /// Names the partial file and the lock: the digest, or a digest of what else identifies the bytes.
  let key: String
  /// More bytes than this are refused.
  let maximumBytes: Int

  /// The fewest digits by which bytes can be told apart: PyTorch's hub writes eight into a file's name.
  static let fewestDigits = 8

  /// - Throws: `GalleyError`: `configuration` if the bytes could not be checked, or may not be as large as they must be.
  init(_ requirement: ArtifactRequirement, _ policy: FetchPolicy) throws(GalleyError) {
    let name = requirement.name
    func refuse(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.configuration, "can't fetch '\(name)'", why: why, remedy: remedy)
    }
    let isPlain = !name.isEmpty && name != "." && name != ".." && !name.contains { $0 == "/" || $0 == "\0" }
    guard isPlain, name.utf8.count <= 255 else {
      throw refuse("its name is not a plain file name", "A name holds no folder: weights.pth")
    }
    if requirement.digest == nil {
      let digits = requirement.digestPrefix ?? ""
      let isHexadecimal = digits.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
      guard digits.utf8.count >= Self.fewestDigits, digits.utf8.count <= 64, isHexadecimal else {
        throw refuse(
          "nothing says which bytes are the right ones",
          "Give its SHA-256, or at least the first \(Self.fewestDigits) digits of it in lower case.")
      }
    }
    if let byteCount = requirement.byteCount {
      guard byteCount >= 0 else { throw refuse("its size is negative", "Correct its byteCount.") }
      guard byteCount <= policy.maximumBytes else {
        throw refuse(
          "it has \(byteCount) bytes, and the limit is \(policy.maximumBytes)", "Raise the limit if that is intended.")
      }
    }
    self.requirement = requirement
    maximumBytes = requirement.byteCount ?? policy.maximumBytes
    key = requirement.digest?.hex ?? Digest(of: "\(name)\n\(requirement.digestPrefix ?? "")").hex
  }

  /// Why a file of this size can't be the one, or nothing.
  func fault(ofSize size: Int) -> FetchFault? {
    if let needed = requirement.byteCount {
      return size == needed ? nil : .wrongBytes("it has \(size) bytes, and \(needed) are needed")
    }
    return size <= maximumBytes ? nil : .refused("it has \(size) bytes, and the limit is \(maximumBytes)")
  }

  /// Why bytes with this digest are not the ones, or nothing.
  func fault(ofDigest found: Digest) -> FetchFault? {
    if requirement.accepts(found) { return nil }
    let needed = requirement.digest?.short ?? requirement.digestPrefix ?? ""
    return .wrongBytes("the bytes have the SHA-256 \(found.short)…, and \(needed)… is needed")
  }
}
