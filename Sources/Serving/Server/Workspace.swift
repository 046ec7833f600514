// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
internal import Glibc

/// The folder of a server's temporary files, in the store's, and the room that is left on its disk.
///
/// Each server has one of its own, and keeps it locked (flock(2)) for as long as its process lives. What a killed server
/// left is known by that: its lock is free. It is removed when the next one starts.
final class Workspace: Sendable {
  let path: String
  private let store: String
  private let reserve: Int
  private let descriptor: CInt

  private static let prefix = ".serving-"

  /// - Parameters:
  ///   - store: The store's folder.
  ///   - reserve: Bytes that stay free on its disk.
  /// - Throws: `GalleyError` if no folder can be made there.
  init(in store: String, reserve: Int) throws(GalleyError) {
    (self.store, self.reserve) = (store, reserve)
    Self.sweep(store)
    (path, descriptor) = try Self.make(store)
  }

  deinit {
    remove()
    close(descriptor)
  }

  /// Removes the folder with all that is in it.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Makes sure that bytes can be written.
  /// - Throws: `GalleyError` if the disk has no room for them.
  func require(_ count: Int, _ what: String) throws(GalleyError) {
    guard let free = DiskSpace.free(at: store) else { return }
    let room = Int(clamping: free) - reserve
    guard count <= room else {
      throw GalleyError(
        .cantCreate, what, at: store,
        why: "\(count) bytes are needed, and \(max(0, room)) are free beside \(reserve) that stay so",
        remedy: "Make room on the disk.")
    }
  }

  private static func make(_ store: String) throws(GalleyError) -> (String, CInt) {
    for _ in 0..<16 {
      var template = Array("\(store)/\(prefix)XXXXXX".utf8CString)
      guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.map { mkdtemp($0) != nil } ?? false }) else {
        break
      }
      let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
      // Another server that starts may take it for a dead one's before it is locked; it is gone then.
      if let descriptor = lock(path, orWithoutLocks: true) { return (path, descriptor) }
    }
    throw GalleyError(
      .cantCreate, "can't serve", at: store, why: "no folder can be made there: \(String(cString: strerror(errno)))",
      remedy: "Look whether the folder exists and can be written.")
  }

  /// Removes the folders of servers that are dead.
  private static func sweep(_ store: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: store)) ?? [] where name.hasPrefix(prefix) {
      let path = "\(store)/\(name)"
      guard let descriptor = lock(path, orWithoutLocks: false) else { continue }
      try? FileManager.default.removeItem(atPath: path)
      close(descriptor)
    }
  }

  /// Opens and locks a folder; `nil` if another process has locked it, or it is no longer there.
  /// - Parameter orWithoutLocks: Whether it is opened on a disk that knows no locks, too.
  private static func lock(_ path: String, orWithoutLocks: Bool) -> CInt? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let isLocked =
      switch AdvisoryLock.attempt(.exclusive, of: descriptor) {
      case .taken: true
      case .held: false
      case .impossible: orWithoutLocks
      }
    guard isLocked, FileFacts.leads(path, to: descriptor) else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}

/// A folder of the workspace that is removed with this value.
final class TemporaryFolder: Sendable {
  let path: String

  init(in workspace: Workspace) throws(GalleyError) {
    path = "\(workspace.path)/\(RandomID.make())"
    guard mkdir(path, 0o700) == 0 else {
      throw GalleyError(.cantCreate, "can't answer the request", why: String(cString: strerror(errno)))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
