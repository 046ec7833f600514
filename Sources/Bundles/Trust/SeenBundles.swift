// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// What was accepted before: of each series the latest bundle, and the latest moment.
public struct SeenBundles: Sendable, Hashable, Codable {
  /// The format that this version reads and writes.
  public static let currentFormat = "galley.seen/1"
  /// Where a pantry keeps it, relative to its folder.
  public static let fileName = "trust/seen.json"
  /// How far a clock may go back without being called set back: clocks are corrected by the network or by hand.
  public static let clockTolerance = 300

  /// The latest bundle of a series.
  public struct Bundle: Sendable, Hashable, Codable {
    /// The name of the series.
    public var name: String
    /// The number in the series.
    public var sequence: Int
    /// The digest of its manifest's bytes.
    public var digest: Digest

    /// Names a bundle.
    public init(name: String, sequence: Int, digest: Digest) {
      self.name = name
      self.sequence = sequence
      self.digest = digest
    }
  }

  /// The name and version of the format.
  public private(set) var format = Self.currentFormat
  /// The latest bundle of each series, in the order of their names.
  public private(set) var bundles: [Bundle] = []
  /// The latest moment that was ever seen.
  public private(set) var latest: BundleTime?

  /// Nothing was seen.
  public init() {}

  /// Reads what was seen; a file that doesn't exist says nothing was.
  /// - Throws: `GalleyError` if it can't be read or is damaged: an older bundle could then pass.
  public init(contentsOf path: String) throws(GalleyError) {
    let failure = "can't read which bundles were seen"
    guard let data = try LocalRecord.read(path, failure) else {
      self.init()
      return
    }
    let stored: SeenBundles = try LocalRecord.decode(data, failure, at: path)
    guard stored.format == Self.currentFormat else {
      throw GalleyError(
        .badData, failure, at: path,
        why: "its format is '\(stored.format)', and this Galley reads '\(Self.currentFormat)'")
    }
    self = stored
  }

  /// Writes what was seen.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to path: String) throws(GalleyError) {
    try LocalRecord.write(self, to: path, "can't note which bundles were seen")
  }

  /// The latest bundle of a series.
  public func bundle(named name: String) -> Bundle? { bundles.first { $0.name == name } }

  /// Checks that a bundle isn't older than one that was seen, and that the clock wasn't set back.
  /// - Parameters:
  ///   - digest: of the manifest's bytes.
  ///   - now: the present.
  ///   - place: where the bundle is.
  /// - Throws: `GalleyError`.
  public func check(
    _ manifest: Manifest, digest: Digest, now: BundleTime, at place: String
  ) throws(GalleyError) {
    try checkClock(now, at: place)
    guard let seen = bundle(named: manifest.name) else { return }
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, "can't accept the bundle", at: place, why: why, remedy: remedy)
    }
    guard manifest.sequence >= seen.sequence else {
      throw refusal(
        "it is an older one: '\(manifest.name)' has sequence \(manifest.sequence), and \(seen.sequence) was accepted here",
        "Get a bundle with sequence \(seen.sequence) or later.")
    }
    guard manifest.sequence > seen.sequence || digest == seen.digest else {
      throw refusal(
        "another bundle '\(manifest.name)' with sequence \(seen.sequence) was accepted here (manifest "
          + "\(seen.digest.short), and this one has \(digest.short))",
        "Ask who signs it why two have one number; export it again with a later --sequence.")
    }
  }

  /// Checks that the clock doesn't show less than it did.
  /// - Throws: `GalleyError` with both times.
  public func checkClock(_ now: BundleTime, at place: String) throws(GalleyError) {
    guard let latest, now < latest.adding(seconds: -Self.clockTolerance) else { return }
    throw GalleyError(
      .badData, "can't accept the bundle", at: place,
      why: "the clock was set back: it shows \(now), and \(latest) was seen before",
      remedy: "Set the clock, then try again.")
  }

  /// Notes that a bundle was accepted, and the time.
  public mutating func record(_ manifest: Manifest, digest: Digest, now: BundleTime) {
    if manifest.sequence >= bundle(named: manifest.name)?.sequence ?? 0 {
      let entry = Bundle(name: manifest.name, sequence: manifest.sequence, digest: digest)
      bundles = (bundles.filter { $0.name != manifest.name } + [entry]).sorted { $0.name < $1.name }
    }
    latest = max(latest ?? now, now)
  }
}
