// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Glibc

/// The beginning of a file, kept so that an interrupted fetch goes on where it stopped. Used by the one who holds the
/// artifact's lock.
final class PartialFile {
  /// Where the beginning came from: `<key>.json` beside `<key>.part`.
  struct State: Codable, Hashable {
    /// The address for people.
    var origin: String
    /// SHA-256 of the whole address.
    var originDigest: Digest
    /// What the server named the file's state: an entity tag or a date.
    var validator: String?
    /// Size of the whole file in bytes, if known.
    var total: Int?
  }

  let path: String
  private let statePath: String
  private var descriptor: CInt = -1
  private(set) var length = 0

  /// Opens the partial file of an artifact in `folder`, empty if there is none.
  init(folder: String, key: String) throws(FileError) {
    path = "\(folder)/\(key).part"
    statePath = "\(folder)/\(key).json"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw FileError(.create, path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(.create, path, number: EINVAL)
    }
    length = status.st_size
  }

  deinit { close(descriptor) }

  /// Where the kept bytes came from, if that is known.
  var state: State? {
    guard let data = try? Data(contentsOf: URL(filePath: statePath)) else { return nil }
    return try? JSONDecoder().decode(State.self, from: data)
  }

  /// Keeps the first `offset` bytes and remembers where those that follow come from.
  func begin(at offset: Int, _ state: State) throws(FileError) {
    guard ftruncate(descriptor, offset) == 0, lseek(descriptor, offset, SEEK_SET) == offset else {
      throw FileError(.write, path)
    }
    length = offset
    if self.state == state { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    if let data = try? encoder.encode(state) { try AtomicFile.write(data, to: statePath) }
  }

  /// Adds bytes at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(.write, path)
      }
      length += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Bytes that the file's disk can still take; `nil` if the system doesn't say.
  var freeSpace: Int? { DiskSpace.free(of: descriptor).map { Int(clamping: $0) } }

  /// Forgets the kept bytes.
  func discard() {
    ftruncate(descriptor, 0)
    lseek(descriptor, 0, SEEK_SET)
    length = 0
    unlink(statePath)
  }

  /// Writes all bytes to the disk and gives the file its final name.
  func move(to destination: String) throws(FileError) {
    guard fsync(descriptor) == 0 else { throw FileError(.write, path) }
    if rename(path, destination) != 0 {
      guard errno == EXDEV else { throw FileError(.replace, destination) }
      try AtomicFile.copy(path, to: destination)
      unlink(path)
    }
    unlink(statePath)
    Self.flushFolder(of: destination)
  }

  /// Removes the file and what is beside it.
  func remove() {
    unlink(path)
    unlink(statePath)
  }

  /// Makes the new name durable; a file system that can't flush folders is no reason to fail.
  private static func flushFolder(of path: String) {
    let folder = open(FilePaths.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}

/// Parts of paths, and what lies at them.
enum FilePaths {
  /// The folder that holds a path.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Size in bytes of the regular file at a path, links followed; `nil` for anything else.
  static func size(ofFileAt path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status.st_size
  }
}
