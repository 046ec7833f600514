// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Galley
internal import Glibc

/// A bundle's archive, open for reading: where everything is, and the envelope. Nothing is believed yet; see
/// ``BundleVerifier``.
///
/// Opening reads the headers once and refuses an archive that isn't exactly as ``BundleWriter`` writes it. Objects are
/// read at their places, by any number of threads.
public final class BundleReader: Sendable {
  /// An object in the archive.
  public struct Entry: Sendable, Hashable {
    /// What it is said to be.
    public let object: BundleObject
    /// Where its bytes begin.
    public let offset: Int
  }

  /// The archive.
  public let path: String
  /// Its size in bytes.
  public let byteCount: Int
  /// The signed manifest; no signature has been checked.
  public let envelope: Envelope
  /// The objects, in the order of their digests.
  public let entries: [Entry]

  let descriptor: CInt
  private let limits: BundleLimits

  /// Opens an archive.
  /// - Throws: `GalleyError` with the place of the first fault.
  public init(_ path: String, limits: BundleLimits = BundleLimits()) throws(GalleyError) {
    let (descriptor, byteCount) = try Self.open(path)
    do throws(GalleyError) {
      let scan = try ArchiveScan(descriptor, path, byteCount, limits)
      let data = try scan.envelopeData()
      envelope = try Envelope(data, at: "\(path): \(ArchiveHeader.envelopeName)", limits: limits)
      entries = try scan.objects()
    } catch {
      close(descriptor)
      throw error
    }
    guard envelope.payloadType == Envelope.bundleType else {
      close(descriptor)
      throw GalleyError(
        .badData, "can't read the bundle", at: path,
        why: "its envelope holds '\(envelope.payloadType)', not '\(Envelope.bundleType)'")
    }
    self.path = path
    self.byteCount = byteCount
    self.descriptor = descriptor
    self.limits = limits
  }

  deinit { close(descriptor) }

  /// What the envelope's payload says. Whoever acts on it checks the signatures first.
  /// - Throws: `GalleyError` if it isn't a canonical manifest.
  public func manifest() throws(GalleyError) -> Manifest {
    try Manifest(envelope.payload, at: path, limits: limits)
  }

  /// Where an object is; `nil` if the archive doesn't have it.
  public func entry(_ digest: Digest) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].object.digest < digest { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].object.digest == digest ? entries[low] : nil
  }

  /// The bytes of a small object, proved by its digest.
  /// - Parameter limit: the most bytes.
  /// - Throws: `GalleyError` if it isn't there, is larger, or is damaged.
  public func data(of digest: Digest, atMost limit: Int = 64 << 20) throws(GalleyError) -> Data {
    let entry = try present(digest)
    guard entry.object.size <= limit else {
      throw refusal("the object \(digest.short) has \(entry.object.size) bytes, and \(limit) are the most here")
    }
    var data = Data()
    try read(digest) { bytes throws(GalleyError) in data.append(contentsOf: bytes) }
    return data
  }

  /// Gives the bytes of an object, piece by piece, and proves it at the end: what was given must not be used before.
  /// - Throws: `GalleyError` if it isn't there or is damaged, and what `body` throws.
  public func read(
    _ digest: Digest, _ body: (UnsafeRawBufferPointer) throws(GalleyError) -> Void
  ) throws(GalleyError) {
    let entry = try present(digest)
    let found = try ArchiveBytes(descriptor, path).digest(entry.offset, entry.object.size, body)
    guard found == digest else { throw damaged(digest, found) }
  }

  /// Writes the bytes of an object into a file that is open for writing, at its present position.
  /// - Parameter name: the file's name, for errors.
  /// - Throws: `GalleyError` if it isn't there, is damaged, or can't be written; the file then holds a part.
  public func extract(_ digest: Digest, to destination: CInt, named name: String) throws(GalleyError) {
    try read(digest) { bytes throws(GalleyError) in
      do throws(FileError) {
        try AtomicFile.append(bytes, to: destination, named: name)
      } catch {
        throw GalleyError(writing: error, "can't unpack the bundle")
      }
    }
  }

  func damaged(_ digest: Digest, _ found: Digest) -> GalleyError {
    refusal("the object \(digest) is damaged: its bytes have the digest \(found)", "Get the bundle again.")
  }

  private func present(_ digest: Digest) throws(GalleyError) -> Entry {
    guard let entry = entry(digest) else { throw refusal("the object \(digest) is not in it") }
    return entry
  }

  private func refusal(_ why: String, _ remedy: String? = nil) -> GalleyError {
    GalleyError(.badData, "can't read the bundle", at: path, why: why, remedy: remedy)
  }

  private static func open(_ path: String) throws(GalleyError) -> (CInt, Int) {
    func refusal(_ code: ExitCode, _ why: String) -> GalleyError {
      GalleyError(
        code, "can't read the bundle", at: path, why: why,
        remedy: "Give the file that galley offline export writes, and look whether its medium is there.")
    }
    // A pipe without a writer would hold up the opening.
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw refusal(.missingInput, FileError(.read, path).reason) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw refusal(.badData, "it is no regular file")
    }
    return (descriptor, Int(status.st_size))
  }
}
