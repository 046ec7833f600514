// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What the file system says of a file without reading it. Links are not followed: the store makes none.
struct FileStatus: Equatable {
  let byteCount: Int
  let isRegular: Bool
  let isFolder: Bool
  /// Time of the last change of the content, in nanoseconds since 1970-01-01 00:00 UTC. An artifact's content never
  /// changes, so the store keeps there when it was last used.
  let modified: Int64
  /// Time of the last change of the content or of a folder's entries, which nobody can set, in nanoseconds.
  let changed: Int64
  private let inode: UInt64
  private let device: UInt64

  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    byteCount = Int(status.st_size)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    modified = Self.nanoseconds(status.st_mtim)
    changed = Self.nanoseconds(status.st_ctim)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
  }

  /// When the content was last changed, in seconds since 1970-01-01 00:00 UTC.
  var modifiedSeconds: Double { Double(modified) / 1e9 }

  /// A number that a file replaced by another one hardly has again.
  var stamp: Int64 { changed &* 31 &+ Int64(truncatingIfNeeded: inode) &* 131 &+ Int64(byteCount) }

  /// The number of the file on its disk.
  var inodeNumber: UInt64 { inode }

  /// Whether both are one file, whatever has been written to it.
  func isSameFile(as other: FileStatus) -> Bool { inode == other.inode && device == other.device }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// A folder read once: names with what the file system says of them.
struct FolderScan {
  var entries: [(name: String, status: FileStatus)] = []

  /// Reads a folder; `nil` if it can't be read. Files that vanish meanwhile are left out.
  init?(_ path: String) {
    guard let stream = opendir(path) else { return nil }
    defer { closedir(stream) }
    let folder = dirfd(stream)
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      var status = stat()
      guard name != ".", name != "..", fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      entries.append((name, FileStatus(status)))
    }
  }
}

/// A folder of artifacts that is open while its files are looked at, which saves the system the way to each.
struct OpenFolder: ~Copyable {
  private var name = ""
  private var descriptor: CInt = -1

  deinit { close(descriptor) }

  /// Opens the folder that an artifact belongs to, unless it is open.
  mutating func enter(_ root: String, shardOf hex: String) {
    guard name.isEmpty || !hex.utf8.starts(with: name.utf8) else { return }
    close(descriptor)
    name = String(hex.prefix(2))
    descriptor = open("\(root)/artifacts/\(name)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }

  /// Looks at a file; `nil` if it isn't there.
  func status(of name: String) -> FileStatus? {
    var status = stat()
    guard descriptor >= 0, fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return FileStatus(status)
  }
}
