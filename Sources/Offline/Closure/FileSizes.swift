// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Sizes of files, without opening them.
package enum FileSizes {
  /// The size of a file in bytes; `nil` if there is none.
  package static func size(of path: String) -> Int? {
    guard let status = Self.status(path, followsLinks: true), status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Whether a path leads to a folder.
  static func isFolder(_ path: String) -> Bool {
    Self.status(path, followsLinks: true).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Bytes of all files in a folder and in those within it. Links are not followed: what they lead to is counted where
  /// it lies.
  /// - Parameter unused: Names at the top of the folder that don't count.
  static func total(of folder: String, without unused: Set<String> = []) -> Int {
    var (sum, waiting) = (0, [folder])
    while let next = waiting.popLast() {
      guard let stream = opendir(next) else { continue }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name == "." || name == ".." || (next == folder && unused.contains(name)) { continue }
        let path = "\(next)/\(name)"
        guard let status = Self.status(path, followsLinks: false) else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { waiting.append(path) }
        if status.st_mode & S_IFMT == S_IFREG { sum += Int(status.st_size) }
      }
    }
    return sum
  }

  private static func status(_ path: String, followsLinks: Bool) -> stat? {
    var status = stat()
    return (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 ? status : nil
  }
}
