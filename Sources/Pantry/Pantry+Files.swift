// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

extension Pantry {
  /// Replaces a small file of the store.
  func write(_ data: Data, to path: String, _ what: String) throws {
    try explaining(what) { () throws(FileError) in
      let file = try WorkFile(in: root)
      try file.write(data)
      try file.finish(mode: 0o644)
      try file.replace(path)
      AtomicFile.flushFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }
  }

  /// Removes a file of the store, if it is there.
  func remove(_ path: String, _ what: String) throws(GalleyError) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw GalleyError(writing: FileError(.replace, path), what)
  }

  func explaining<Result>(_ what: String, _ body: () throws(FileError) -> Result) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch {
      throw GalleyError(writing: error, what)
    }
  }

  func notifyUnavailable(_ error: any Error) {
    notify(.indexUnavailable(reason: (error as? GalleyError)?.why ?? "\(error)"))
  }

  /// Moves a file of the store to `damaged/`, under a name that is free there.
  /// - Returns: where it is now.
  @discardableResult
  func quarantine(_ path: String) throws(GalleyError) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? "file"
    let aside = "\(root)/damaged/\(name)-\(UUID().uuidString.prefix(8))"
    return try explaining("can't move a damaged file aside") { () throws(FileError) in
      try AtomicFile.createFolder("\(root)/damaged")
      guard rename(path, aside) == 0 || errno == ENOENT else { throw FileError(.replace, aside) }
      return aside
    }
  }
}
