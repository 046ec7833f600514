// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// A file on the network by address and content, as pip writes it: `https://host/set.zip#sha256=` and 64 digits.
public struct WebReference: Sendable, Hashable {
  /// Where the file can be had, without the digest.
  public let address: String
  /// SHA-256 of its bytes.
  public let digest: Digest

  /// Why an address can't be used.
  public struct Refusal: Error, Sendable, Hashable {
    /// What is lacking, as a clause.
    public let why: String
    /// What to do about it.
    public let remedy: String
  }

  private static let mark = "#sha256="

  /// Whether a text names something on the network rather than a file here.
  public static func isAddress(_ text: String) -> Bool {
    let start = text.prefix(8).lowercased()
    return start.hasPrefix("https://") || start.hasPrefix("http://")
  }

  /// Reads an address.
  /// - Returns: `nil` if the text is none.
  /// - Throws: ``Refusal`` if nothing says which bytes are the right ones.
  public init?(_ text: String) throws(Refusal) {
    guard Self.isAddress(text) else { return nil }
    let parts = text.split(separator: "#", maxSplits: 1)
    let address = parts.first.map(String.init) ?? text
    guard parts.count == 2, let digest = Digest(hex: String(text.dropFirst(address.count + Self.mark.count))),
      text.dropFirst(address.count).hasPrefix(Self.mark)
    else {
      throw Refusal(
        why: parts.count == 2
          ? "'\(parts[1])' is not sha256= and 64 hexadecimal digits" : "nothing says which bytes are the right ones",
        remedy: "Compute the digest, curl -fsSL '\(address)' | sha256sum, and append it: "
          + "\(address)\(Self.mark)DIGEST")
    }
    self.address = address
    self.digest = digest
  }

  /// The file's name, without folders, question and digest.
  public var name: String {
    let path = address.prefix { $0 != "?" }
    let name = path.dropFirst(path.hasPrefix("https") ? 8 : 7).split(separator: "/").dropFirst().last.map(String.init)
    return name ?? "download"
  }

  /// What has to be fetched.
  public func requirement(_ role: ArtifactRequirement.Role) -> ArtifactRequirement {
    ArtifactRequirement(name: name, role: role, digest: digest, origins: [address])
  }
}
