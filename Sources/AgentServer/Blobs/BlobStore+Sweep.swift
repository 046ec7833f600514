// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import TargetProtocol
internal import Synchronization

/// What is done at the start, and what failures are called.
extension BlobStore {
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// The files in a folder with size and time of the last change in seconds.
  static func files(in folder: String) -> [(name: String, byteCount: UInt64, time: Int)] {
    var found: [(name: String, byteCount: UInt64, time: Int)] = []
    for name in names(in: folder) {
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
      guard status.st_mode & S_IFMT == S_IFREG else { continue }
      found.append((name, UInt64(max(status.st_size, 0)), status.st_mtim.tv_sec))
    }
    // The longest unused comes first; without a clock that anybody set, the names decide.
    return found.sorted { ($0.time, $0.name) < ($1.time, $1.name) }
  }

  /// Notes what is there, and deletes what nobody can use: what was being written by processes that are gone, rests that
  /// are too old, and what fits no longer.
  func sweep(restSeconds: Double) {
    Self.deleteFolder("\(folder)/new", keepsItself: true)
    for name in Self.names(in: "\(folder)/named") { unlink("\(folder)/named/\(name)") }
    let oldest = Double(time(nil)) - restSeconds
    for file in Self.files(in: "\(folder)/begun") {
      guard Self.isRest(file.name), Double(file.time) >= oldest, file.byteCount > 0 else {
        unlink(begunPath(file.name))
        continue
      }
      shelf.withLock { $0.addRest(file.name, byteCount: file.byteCount) }
    }
    for file in Self.files(in: "\(folder)/blobs") {
      guard let digest = Digest(hex: file.name), digest.hex == file.name else { continue }
      shelf.withLock { $0.add(digest, byteCount: file.byteCount) }
    }
    // The quota may be less than it was.
    guard let leaving = shelf.withLock({ $0.promise(0, to: 0, free: .max) }) else { return }
    shelf.withLock { $0.withdraw(0) }
    for name in leaving.rests { unlink(begunPath(name)) }
    for digest in leaving.blobs { delete(digest) }
  }

  /// Deletes the files of a folder and of those in it, and the folders.
  static func deleteFolder(_ path: String, keepsItself: Bool = false) {
    for name in names(in: path) where unlink("\(path)/\(name)") != 0 { deleteFolder("\(path)/\(name)") }
    if !keepsItself { rmdir(path) }
  }

  /// The digest and the owner in the name of an upload that can be taken up again.
  static func isRest(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && Digest(hex: String(parts[0])) != nil && !parts[1].isEmpty
  }

  static func noRoom(_ byteCount: UInt64) -> RequestFailure {
    RequestFailure(
      .quota, exitCode: .cantCreate, what: "can't take a blob",
      why: "\(byteCount) bytes don't fit beside what is used and on its way",
      remedy: "Wait until others have ended, free space on the device, or raise its quota (blob-quota).")
  }

  static func failure(_ error: FileError) -> RequestFailure {
    let what = "can't keep a blob"
    guard error.isFull || error.number == EFBIG else {
      return RequestFailure(.failed, exitCode: .cantCreate, what: what, why: error.reason)
    }
    return RequestFailure(
      .quota, exitCode: .cantCreate, what: what, why: "the device's disk is full",
      remedy: "Free space on the device.")
  }
}
