// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc

/// Writes a bundle's archive: equal manifests, keys and objects give equal bytes.
///
/// The archive grows in `PATH.partial` and takes its own name when it is whole and flushed. Whoever was stopped in
/// between (kill -9, a cable) writes it again: what the partial file holds is proved by its digests and kept.
public struct BundleWriter: Sendable {
  /// What was written.
  public struct Written: Sendable, Hashable {
    /// The digest of the manifest's bytes: the bundle's name.
    public var digest: Digest
    /// The archive's size in bytes.
    public var byteCount: Int
    /// Bytes of objects that an interrupted run had written already.
    public var resumedByteCount: Int
  }

  /// The manifest.
  public let manifest: Manifest
  private let keys: [SigningKey]
  private let contents: ObjectSource

  /// Prepares a bundle.
  /// - Parameters:
  ///   - manifest: names the objects.
  ///   - keys: sign it; each signature counts once.
  ///   - contents: says where the bytes of an object are.
  public init(manifest: Manifest, keys: [SigningKey], contents: @escaping ObjectSource) {
    self.manifest = manifest
    self.keys = keys
    self.contents = contents
  }

  /// The name of the file in which a bundle grows.
  public static func partialPath(_ path: String) -> String { GrowingFile.partialPath(path) }

  /// The manifest of an interrupted run for the same path; `nil` if there is none that can be gone on with.
  ///
  /// A run goes on only with the same manifest, the time of its creation included.
  public static func interrupted(at path: String) -> Manifest? {
    guard let envelope = PartialArchive.envelope(of: partialPath(path)) else { return nil }
    return try? Manifest(envelope.payload, at: path)
  }

  /// The archive's size in bytes, and thereby the room that it takes.
  /// - Throws: `GalleyError` if the manifest can't be written.
  public func plannedByteCount() throws(GalleyError) -> Int {
    let envelope = try signedEnvelope().data.count
    return manifest.objects.reduce(ArchiveHeader.length(size: envelope) + ArchiveHeader.end.count) {
      $0 + ArchiveHeader.length(size: $1.size)
    }
  }

  /// Writes the archive, or goes on with one that was interrupted.
  /// - Parameter progress: receives how far it has come.
  /// - Throws: `GalleyError` if an object isn't what the manifest says or nothing can be written: an earlier archive of
  ///   that name stays as it was.
  @discardableResult
  public func write(
    to path: String, progress: @escaping (BundleProgress) -> Void = { _ in }
  ) throws(GalleyError) -> Written {
    let envelope = try signedEnvelope()
    let partial = try PartialArchive(for: path)
    var reporting = ProgressReport(total: manifest.objects.reduce(0) { $0 + $1.size }, progress)
    let resumed: Int
    do throws(GalleyError) {
      resumed = try partial.resume(envelope, manifest.objects, &reporting)
      for object in manifest.objects[partial.objectCount...] {
        try partial.append(object, try contents(object), &reporting)
      }
      try partial.finish()
    } catch {
      // Room on the disk can be made, and the rest then goes on.
      if error.exitCode != .cantCreate { partial.abandon() }
      throw error
    }
    return Written(digest: envelope.digest, byteCount: partial.byteCount, resumedByteCount: resumed)
  }

  private func signedEnvelope() throws(GalleyError) -> Envelope {
    var envelope = Envelope(type: Envelope.bundleType, payload: try manifest.canonicalBytes())
    for key in keys { try envelope.sign(with: key) }
    guard !envelope.signatures.isEmpty else {
      throw GalleyError(
        .usage, "can't write the bundle", why: "no key signs it", remedy: "Make one with 'galley offline key new FILE'."
      )
    }
    return envelope
  }
}

/// Counts bytes and says so every few megabytes.
struct ProgressReport {
  private let total: Int
  private let report: (BundleProgress) -> Void
  private var done = 0
  private var reported = 0
  private static let step = 4 << 20

  init(total: Int, _ report: @escaping (BundleProgress) -> Void) {
    self.total = total
    self.report = report
  }

  mutating func add(_ count: Int) {
    done += count
    guard done - reported >= Self.step || done == total else { return }
    reported = done
    report(BundleProgress(bytes: done, total: total))
  }
}
