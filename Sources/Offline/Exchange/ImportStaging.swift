// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Dispatch
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization

/// The files that a bundle's objects become, written where a delivery wants them. What an interrupted import wrote
/// is proved by its digest and kept.
struct ImportStaging {
  /// A file that is to hold an object's bytes.
  private struct Target: Sendable {
    var path: String
    var mode: UInt32
    /// Whether it may be a second name of another file of the same object and mode.
    var isSharing: Bool
  }

  private struct Work: Sendable {
    var digest: Digest
    var offset: Int?
    var size: Int
    var targets: [Target]
  }

  private let reader: BundleReader
  private let presupposed: PresupposedObjects
  private var targets: [Digest: [Target]] = [:]
  private var links: [(path: String, target: String)] = []

  init(_ reader: BundleReader, _ presupposed: PresupposedObjects) {
    self.reader = reader
    self.presupposed = presupposed
  }

  /// Wants an object in a file of its own.
  mutating func add(_ digest: Digest, at path: String) {
    targets[digest, default: []].append(Target(path: path, mode: 0o444, isSharing: false))
  }

  /// Wants the files and links of a tree in a folder.
  mutating func add(_ tree: BundleTree, at folder: String) {
    for entry in tree.entries {
      let path = "\(folder)/\(entry.path)"
      switch entry.content {
      case .link(let target): links.append((path, target))
      case .file(let digest, let isExecutable):
        targets[digest, default: []].append(
          Target(path: path, mode: isExecutable ? 0o555 : 0o444, isSharing: tree.kind != .folder))
      }
    }
  }

  /// Bytes that are yet to be written, at most.
  var byteCount: Int {
    targets.reduce(0) { sum, wanted in
      let size = reader.entry(wanted.key)?.object.size ?? 0
      let files = Set(wanted.value.filter(\.isSharing).map(\.mode)).count + wanted.value.count { !$0.isSharing }
      return sum + size * files
    }
  }

  /// Writes everything; objects in the order in which they lie in the archive, on as many threads as read well.
  /// - Parameter progress: receives bytes that are done, on any thread.
  /// - Returns: bytes that were there already.
  /// - Throws: `GalleyError`; what was written stays.
  func run(progress: @escaping @Sendable (BundleProgress) -> Void) throws(GalleyError) -> Int {
    let work = targets.map { digest, targets in
      let entry = reader.entry(digest)
      return Work(digest: digest, offset: entry?.offset, size: entry?.object.size ?? 0, targets: targets)
    }
    .sorted { ($0.offset ?? Int.max, $0.digest.hex) < ($1.offset ?? Int.max, $1.digest.hex) }
    let state = State(total: work.reduce(0) { $0 + $1.size }, progress)
    let threads = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount, work.count))
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while let position = state.next(work.count) {
        do throws(GalleyError) {
          state.add(work[position].size, resumed: try write(work[position]))
        } catch {
          state.fail(error)
        }
      }
    }
    if let failure = state.failure { throw failure }
    for link in links { try make(link.target, at: link.path) }
    return state.resumed
  }

  /// Writes an object into all its files.
  /// - Returns: whether the first was there already.
  private func write(_ work: Work) throws(GalleyError) -> Bool {
    var isResumed = false
    var first: [UInt32: String] = [:]
    for (position, target) in work.targets.enumerated() {
      if isThere(work, target) {
        isResumed = isResumed || position == 0
      } else if let sibling = first[target.mode], target.isSharing {
        try link(sibling, to: target.path)
      } else {
        try write(work, to: target)
      }
      if target.isSharing { first[target.mode] = target.path }
    }
    return isResumed
  }

  private func isThere(_ work: Work, _ target: Target) -> Bool {
    var status = stat()
    guard lstat(target.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return (try? Digest(ofFileAt: target.path)) == work.digest
  }

  private func write(_ work: Work, to target: Target) throws(GalleyError) {
    guard work.offset != nil else { return try presupposed.copy(work.digest, to: target.path, mode: target.mode) }
    try explaining { () throws(FileError) in try AtomicFile.createFolder(Self.folder(of: target.path)) }
    let temporary = "\(target.path).part"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw GalleyError(writing: FileError(.create, temporary), BundleImport.what) }
    defer { close(descriptor) }
    do throws(GalleyError) {
      // All is flushed at once, before the delivery is carried through.
      try reader.extract(work.digest, to: descriptor, named: target.path)
      try explaining { () throws(FileError) in
        guard fchmod(descriptor, mode_t(target.mode)) == 0, rename(temporary, target.path) == 0 else {
          throw FileError(.replace, target.path)
        }
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private func link(_ source: String, to path: String) throws(GalleyError) {
    try explaining { () throws(FileError) in
      try AtomicFile.createFolder(Self.folder(of: path))
      unlink(path)
      guard Glibc.link(source, path) == 0 else {
        guard [EPERM, ENOTSUP, EMLINK, ENOSYS].contains(errno) else { throw FileError(.create, path) }
        var status = stat()
        guard stat(source, &status) == 0 else { throw FileError(.read, source) }
        try CheckedCopy.make(of: source, at: path, mode: UInt32(status.st_mode) & 0o777)
        return
      }
    }
  }

  private func make(_ target: String, at path: String) throws(GalleyError) {
    try explaining { () throws(FileError) in
      try AtomicFile.createFolder(Self.folder(of: path))
      unlink(path)
      guard symlink(target, path) == 0 else { throw FileError(.create, path) }
    }
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  private func explaining(_ body: () throws(FileError) -> Void) throws(GalleyError) {
    do {
      try body()
    } catch {
      throw GalleyError(writing: error, BundleImport.what)
    }
  }

  /// What the threads share.
  private final class State: Sendable {
    private struct Counts {
      var next = 0
      var done = 0
      var resumed = 0
      var failure: GalleyError?
    }

    private let counts = Mutex(Counts())
    private let total: Int
    private let progress: @Sendable (BundleProgress) -> Void

    init(total: Int, _ progress: @escaping @Sendable (BundleProgress) -> Void) {
      self.total = total
      self.progress = progress
    }

    func next(_ count: Int) -> Int? {
      counts.withLock { counts in
        guard counts.failure == nil, counts.next < count else { return nil }
        defer { counts.next += 1 }
        return counts.next
      }
    }

    func add(_ count: Int, resumed: Bool) {
      let done = counts.withLock { counts in
        counts.done += count
        if resumed { counts.resumed += count }
        return counts.done
      }
      progress(BundleProgress(bytes: done, total: total))
    }

    func fail(_ error: GalleyError) { counts.withLock { $0.failure = $0.failure ?? error } }

    var failure: GalleyError? { counts.withLock { $0.failure } }
    var resumed: Int { counts.withLock { $0.resumed } }
  }
}
