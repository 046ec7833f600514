// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Small files of `/proc` and `/sys`, below a root folder, so that recorded trees can be read too.
public struct SystemFiles: Sendable, Hashable {
  /// The folder that stands for `/`.
  public let root: String

  /// Reads below `root`.
  public init(root: String = "") { self.root = root.hasSuffix("/") ? String(root.dropLast()) : root }

  /// The text of the file at an absolute path, without white space at its ends; `nil` if it can't be read.
  func text(_ path: String) -> String? {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 1)
    defer { piece.deallocate() }
    while true {
      let count = read(descriptor, piece.baseAddress, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return count == 0 ? Self.trimmed(bytes) : nil }
      bytes.append(contentsOf: piece[..<count])
    }
  }

  /// The whole number in the file.
  func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

  /// The value after `key` and a separator in a file of such lines; the first one if there are several.
  func value(_ key: String, separator: Character = ":", in path: String) -> String? {
    text(path).flatMap { Self.value(key, separator: separator, in: $0) }
  }

  static func value(_ key: String, separator: Character = ":", in text: String) -> String? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, trim(parts[0]) == key { return trim(parts[1]) }
    }
    return nil
  }

  /// Whether there is something at an absolute path.
  func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// The names in a folder, in the order of their letters; none if it can't be read.
  func entries(in folder: String) -> [String] {
    guard let stream = opendir(root + folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The names in a folder that start with `prefix` and go on with a number, in the order of the numbers.
  func numberedEntries(_ prefix: String, in folder: String) -> [String] {
    entries(in: folder).compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.sorted()
      .map { "\(prefix)\($0)" }
  }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    // Device tree texts end with a zero byte.
    trim(Substring(decoding: bytes.filter { $0 != 0 }, as: UTF8.self))
  }

  private static func trim(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
