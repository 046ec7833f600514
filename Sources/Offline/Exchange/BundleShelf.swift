// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
internal import Files
internal import FoundationEssentials
public import Galley
public import Pantry

/// The manifests of bundles that a pantry took in or gave out, with their signatures: the latest of each series, and all
/// that later bundles may build upon.
public struct BundleShelf: Sendable {
  /// Which bundles.
  public enum Kind: String, Sendable {
    /// Those that were imported.
    case imported = "bundles"
    /// Those that were exported from here.
    case exported = "exports"
  }

  private static let history = "history"

  private let root: String
  private let kind: Kind

  /// The shelf of a pantry.
  public init(_ pantry: Pantry, _ kind: Kind) {
    root = pantry.root
    self.kind = kind
  }

  /// The latest bundle of a series; `nil` if there is none.
  /// - Throws: `GalleyError` if what was kept of it is damaged.
  public func latest(_ name: String) throws(GalleyError) -> Envelope? {
    try read("\(root)/\(kind.rawValue)/\(Self.fileName(name)).json")
  }

  /// The latest bundle of every series, in the order of their names.
  /// - Throws: `GalleyError` if what was kept of one is damaged.
  public func all() throws(GalleyError) -> [Envelope] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind.rawValue)")) ?? []
    var found: [Envelope] = []
    for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
      if let envelope = try read("\(root)/\(kind.rawValue)/\(name)") { found.append(envelope) }
    }
    return found
  }

  /// A bundle that another one builds upon; `nil` if it was never here.
  /// - Throws: `GalleyError` if what was kept of it is damaged.
  public func envelope(_ base: Manifest.Base) throws(GalleyError) -> Envelope? {
    try read("\(root)/\(kind.rawValue)/\(Self.history)/\(base.digest.hex).json")
  }

  /// The documents that keep a bundle, by their paths in the pantry.
  func documents(of envelope: Envelope, named name: String) -> [(path: String, data: Data)] {
    [
      ("\(kind.rawValue)/\(Self.history)/\(envelope.digest.hex).json", envelope.data),
      ("\(kind.rawValue)/\(Self.fileName(name)).json", envelope.data),
    ]
  }

  private func read(_ path: String) throws(GalleyError) -> Envelope? {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return try Envelope(data, at: path)
  }

  /// A file name for any name of a series: what isn't a letter, a digit or one of `-_.` becomes `%XX`, as in URLs.
  static func fileName(_ name: String) -> String {
    let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)
    var text = ""
    for (position, byte) in name.utf8.enumerated() {
      if safe.contains(byte), position > 0 || byte != UInt8(ascii: ".") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    // Longer names than a file system takes become the digest of themselves.
    return text.utf8.count <= 200 ? text : "%" + Digest(of: name).hex
  }
}
