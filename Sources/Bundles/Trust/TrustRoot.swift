// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

/// The keys whose signatures count. A person pins them, by a way that no bundle takes: a root is never taken from a
/// bundle.
public struct TrustRoot: Sendable, Hashable, Codable {
  /// The format that this version reads and writes.
  public static let currentFormat = "galley.trust/1"
  /// Where a pantry keeps it, relative to its folder.
  public static let fileName = "trust/root.json"

  /// A key that counts.
  public struct Key: Sendable, Hashable, Codable {
    /// What people call it; unique in the root.
    public var name: String
    /// The key.
    public var key: VerifyingKey

    /// Names a key.
    public init(name: String, key: VerifyingKey) {
      self.name = name
      self.key = key
    }

    private enum CodingKeys: String, CodingKey { case id, name, key }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      let text = try container.decode(String.self, forKey: .key)
      guard let der = Data(base64Encoded: text), let key = VerifyingKey(der: der),
        try container.decode(Digest.self, forKey: .id) == key.id
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .key, in: container, debugDescription: "'\(name)' is no such key")
      }
      self.key = key
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(key.id, forKey: .id)
      try container.encode(name, forKey: .name)
      try container.encode(key.der.base64EncodedString(), forKey: .key)
    }
  }

  /// The name and version of the format.
  public private(set) var format = Self.currentFormat
  /// How many different keys must have signed.
  public private(set) var threshold: Int
  /// The keys, in the order of their names.
  public private(set) var keys: [Key]
  private var signedZoos: Bool?

  /// Whether zoos whose index no trusted key signed are refused.
  public var demandsSignedZoos: Bool {
    get { signedZoos ?? false }
    set { signedZoos = newValue ? true : nil }
  }

  /// A root without keys: nothing passes.
  public init() {
    threshold = 1
    keys = []
  }

  /// A root.
  /// - Throws: `GalleyError` if a key or a name stands twice, or the threshold can't be met.
  public init(keys: [Key], threshold: Int = 1) throws(GalleyError) {
    self.threshold = 1
    self.keys = []
    for key in keys { try add(key) }
    try require(threshold)
  }

  /// Reads a root; a file that doesn't exist is a root without keys.
  /// - Throws: `GalleyError` if it can't be read or is damaged.
  public init(contentsOf path: String) throws(GalleyError) {
    guard let data = try LocalRecord.read(path, "can't read the trust root") else {
      self.init()
      return
    }
    let stored: TrustRoot = try LocalRecord.decode(data, "can't read the trust root", at: path)
    guard stored.format == Self.currentFormat else {
      throw GalleyError(
        .badData, "can't read the trust root", at: path,
        why: "its format is '\(stored.format)', and this Galley reads '\(Self.currentFormat)'")
    }
    try self.init(keys: stored.keys, threshold: stored.threshold)
    demandsSignedZoos = stored.demandsSignedZoos
  }

  /// Writes the root.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to path: String) throws(GalleyError) {
    try LocalRecord.write(self, to: path, "can't write the trust root")
  }

  /// Pins a key.
  /// - Throws: `GalleyError` if the key or its name is there already.
  public mutating func add(_ key: Key) throws(GalleyError) {
    let failure = "can't trust the key '\(key.name)'"
    guard !key.name.isEmpty, key.name.utf8.count <= 200, key.name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw GalleyError(.usage, failure, why: "a name has 1 to 200 bytes and no control characters")
    }
    if let same = keys.first(where: { $0.key == key.key }) {
      throw GalleyError(.usage, failure, why: "this key is trusted already, as '\(same.name)'")
    }
    guard !keys.contains(where: { $0.name == key.name }) else {
      throw GalleyError(.usage, failure, why: "another key has this name", remedy: "Choose another name.")
    }
    keys = (keys + [key]).sorted { $0.name < $1.name }
  }

  /// Unpins a key, by its name or the beginning of its digest (8 digits or more).
  /// - Returns: the key.
  /// - Throws: `GalleyError` if there is none, several, or too few would be left for the threshold.
  @discardableResult
  public mutating func remove(_ name: String) throws(GalleyError) -> Key {
    let failure = "can't remove the key '\(name)'"
    let found = keys.filter { $0.name == name || (name.utf8.count >= 8 && $0.key.id.hex.hasPrefix(name.lowercased())) }
    guard let key = found.first, found.count == 1 else {
      let nearest = NearestName.match(name, in: keys.map(\.name)).map { "Did you mean '\($0)'?" }
      throw GalleyError(
        .missingInput, failure, why: found.isEmpty ? "no such key is trusted" : "\(found.count) keys fit",
        remedy: nearest ?? "See 'galley offline trust list'.")
    }
    guard keys.count == 1 || keys.count > threshold else {
      throw GalleyError(
        .usage, failure, why: "\(threshold) signatures are demanded, and \(keys.count - 1) keys would be left",
        remedy: "Lower the threshold first.")
    }
    keys.removeAll { $0 == key }
    if keys.isEmpty { threshold = 1 }
    return key
  }

  /// Demands a number of signatures by different keys.
  /// - Throws: `GalleyError` if there are fewer keys, or the number is below 1.
  public mutating func require(_ threshold: Int) throws(GalleyError) {
    guard threshold >= 1, threshold <= max(1, keys.count) else {
      throw GalleyError(
        .usage, "can't demand \(threshold) signatures", why: "the trust root has \(keys.count) keys",
        remedy: "Add keys first, or choose a number from 1 to \(max(1, keys.count)).")
    }
    self.threshold = threshold
  }

  /// The keys of this root that signed an envelope.
  /// - Parameters:
  ///   - what: what fails if it isn't trusted, as a clause: "can't trust the bundle".
  ///   - place: where the envelope comes from.
  /// - Throws: `GalleyError` if no key is pinned, a pinned key's signature is wrong, or fewer signed than are demanded.
  public func signers(of envelope: Envelope, _ what: String, at place: String) throws(GalleyError) -> [Key] {
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, what, at: place, why: why, remedy: remedy)
    }
    guard !keys.isEmpty else {
      throw GalleyError(
        .configuration, what, at: place, why: "no key is trusted here, so no signature counts",
        remedy: "Get the public key by a way that you trust, then 'galley offline trust add KEY.pub' or --trust FILE.")
    }
    let signed = envelope.signedBytes
    var signers: [Key] = []
    for signature in envelope.signatures {
      // What an unknown key says counts neither for nor against: others may trust it.
      guard let key = keys.first(where: { $0.key.id == signature.keyID }) else { continue }
      guard key.key.isSignature(signature.bytes, of: signed) else {
        throw refusal("the signature of '\(key.name)' is wrong: it was damaged or changed", "Get it again.")
      }
      signers.append(key)
    }
    guard signers.count >= threshold else { throw refusal(shortage(envelope, signers), advice) }
    return signers
  }

  private func shortage(_ envelope: Envelope, _ signers: [Key]) -> String {
    let unknown = envelope.signatures.map(\.keyID).filter { id in !keys.contains { $0.key.id == id } }
    if envelope.signatures.isEmpty { return "it is not signed" }
    let others = unknown.isEmpty ? "" : "; not trusted here: \(unknown.map(\.short).joined(separator: ", "))"
    if signers.isEmpty { return "no trusted key signed it\(others)" }
    return "\(signers.count) of \(threshold) demanded signatures are there: "
      + "\(signers.map(\.name).joined(separator: ", "))\(others)"
  }

  private var advice: String {
    "Trusted keys: \(keys.map { "\($0.name) (\($0.key.id.short))" }.joined(separator: ", ")). "
      + "Have one of them sign it, or pin another with 'galley offline trust add KEY.pub'."
  }
}
