// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Digests of files by path, size, time of change and inode, so that hundreds of megabytes of libraries are hashed once.
///
/// It is `digests.json` in the pantry; without it, or if it was changed, all is hashed again.
public final class DigestCache: Sendable {
  fileprivate struct Known: Codable, Equatable {
    var bytes: Int
    var modified: Int64
    var inode: UInt64
    var device: UInt64
    var digest: Digest
  }

  private struct Document: Codable {
    var format = 1
    var files: [String: Known] = [:]
  }

  private struct State {
    var files: [String: Known]
    var isChanged = false
  }

  private static let fileName = "digests.json"
  /// More are not kept; which go is of no importance.
  private static let capacity = 100_000

  /// Where it is kept; `nil` for one that is forgotten.
  private let root: String?
  private let state: Mutex<State>

  /// The digests that a pantry keeps.
  public init(_ pantry: Pantry) {
    root = pantry.root
    let document = CheckedDocument.decode(Document.self, at: "\(pantry.root)/\(Self.fileName)")
    state = Mutex(State(files: document?.format == 1 ? document?.files ?? [:] : [:]))
  }

  /// Knows nothing at first and is kept nowhere.
  public init() {
    root = nil
    state = Mutex(State(files: [:]))
  }

  /// The digest of a file's bytes, from the cache if the file is as it was.
  /// - Throws: `FileError` if the file can't be read.
  public func digest(ofFileAt path: String) throws(FileError) -> Digest {
    let before = try Self.look(at: path)
    if let known = state.withLock({ $0.files[path] }), known.isOf(before) { return known.digest }
    let digest = try Digest(ofFileAt: path)
    let after = try Self.look(at: path)
    // A file that was changed within the clock's tick may change again without any sign of it.
    let age = Date().timeIntervalSince1970 - Double(after.modified) / 1e9
    if before.modified == after.modified, age > 2 {
      let known = Known(
        bytes: after.bytes, modified: after.modified, inode: after.inode, device: after.device, digest: digest)
      state.withLock { state in
        state.files[path] = known
        state.isChanged = true
      }
    }
    return digest
  }

  /// Keeps what was learned. A failure costs only time, so it is none.
  public func save() {
    let files = state.withLock { state -> [String: Known]? in
      guard state.isChanged else { return nil }
      state.isChanged = false
      return state.files
    }
    guard var files, let root else { return }
    if files.count > Self.capacity / 2 { files = files.filter { access($0.key, F_OK) == 0 } }
    while files.count > Self.capacity, let any = files.keys.first { files[any] = nil }
    guard let data = try? CheckedDocument.encode(Document(files: files)) else { return }
    try? AtomicFile.write(data, to: "\(root)/\(Self.fileName)")
  }

  private typealias Look = (bytes: Int, modified: Int64, inode: UInt64, device: UInt64)

  private static func look(at path: String) throws(FileError) -> Look {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(.read, path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(.read, path, number: EINVAL) }
    let modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    return (Int(status.st_size), modified, UInt64(status.st_ino), UInt64(status.st_dev))
  }
}

extension DigestCache.Known {
  fileprivate func isOf(_ look: (bytes: Int, modified: Int64, inode: UInt64, device: UInt64)) -> Bool {
    bytes == look.bytes && modified == look.modified && inode == look.inode && device == look.device
  }
}
