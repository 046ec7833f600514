// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Glibc

/// The file `commit.json` of a delivery: what gets which name. From the instant it is there, the delivery is carried
/// through, by whoever opens the pantry next if need be.
struct DeliveryJournal: Codable {
  static let fileName = "commit.json"

  /// One file or folder that gets its name in the store.
  struct Move: Codable {
    /// Where it was prepared, relative to the delivery's folder.
    var staged: String
    /// Its name, relative to the pantry's folder.
    var target: String
    /// Whether it takes the place of what has this name; otherwise what is there stays.
    var replaces: Bool
    /// Which file it is, so that it is known again after its move.
    var inode: UInt64
  }

  var format = 1
  var moves: [Move]

  /// Carries all moves out; those that were carried out already are left alone.
  /// - Throws: `FileError`; everything is then as it was before.
  func apply(from folder: String, in root: String) throws(FileError) {
    for (position, move) in moves.enumerated() {
      do throws(FileError) {
        try apply(move, "\(folder)/\(move.staged)", "\(root)/\(move.target)")
      } catch {
        undo(moves[..<position], from: folder, in: root)
        throw error
      }
    }
    for parent in Set(moves.compactMap { Self.parent(of: "\(root)/\($0.target)") }) { AtomicFile.flushFolder(parent) }
  }

  private func apply(_ move: Move, _ staged: String, _ target: String) throws(FileError) {
    guard let now = FileStatus(target) else {
      if let parent = Self.parent(of: target) { try AtomicFile.createFolder(parent) }
      guard rename(staged, target) == 0 else { throw FileError(.replace, target) }
      return
    }
    guard now.inodeNumber != move.inode, move.replaces, FileStatus(staged) != nil else { return }
    try AtomicExchange.exchange(staged, target)
  }

  private func undo(_ done: ArraySlice<Move>, from folder: String, in root: String) {
    for move in done.reversed() {
      let (staged, target) = ("\(folder)/\(move.staged)", "\(root)/\(move.target)")
      guard FileStatus(target)?.inodeNumber == move.inode else { continue }
      if FileStatus(staged) != nil {
        try? AtomicExchange.exchange(staged, target)
      } else {
        _ = rename(target, staged)
      }
    }
  }

  private static func parent(of path: String) -> String? {
    path.lastIndex(of: "/").map { String(path[..<$0]) }
  }
}

/// Two names that change places in one instant, so that at none of them nothing is there.
enum AtomicExchange {
  /// `renameat2` of <stdio.h>, which is declared only for `_GNU_SOURCE`.
  private typealias Rename =
    @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
  /// RENAME_EXCHANGE of <linux/fs.h>.
  private static let exchanging: CUnsignedInt = 2

  static func exchange(_ first: String, _ second: String) throws(FileError) {
    if let call = dlsym(nil, "renameat2") {
      let renameat2 = unsafeBitCast(call, to: Rename.self)
      if renameat2(AT_FDCWD, first, AT_FDCWD, second, exchanging) == 0 { return }
      // File systems without it: some network ones.
      guard errno == EINVAL || errno == ENOSYS else { throw FileError(.replace, second) }
    }
    let aside = "\(first).aside"
    guard rename(second, aside) == 0 else { throw FileError(.replace, second) }
    guard rename(first, second) == 0 else {
      let number = errno
      _ = rename(aside, second)
      throw FileError(.replace, second, number: number)
    }
    _ = rename(aside, first)
  }
}

/// Flushing everything that was written to a disk, at once: cheaper than file by file.
enum DiskFlush {
  private typealias Flush = @convention(c) (CInt) -> CInt

  static func flush(diskOf folder: String) throws(FileError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, folder) }
    defer { close(descriptor) }
    // syncfs of <unistd.h> is declared only for _GNU_SOURCE.
    guard let call = dlsym(nil, "syncfs") else { return sync() }
    guard unsafeBitCast(call, to: Flush.self)(descriptor) == 0 else { throw FileError(.write, folder) }
  }
}
