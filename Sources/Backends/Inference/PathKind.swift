// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc

/// What lies at a path, as far as it matters for finding items.
enum PathKind {
  case folder, archive, listing, file, missing

  init(_ path: String) {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      self = .missing
      return
    }
    if isFolder {
      self = .folder
    } else if ["zip", "tar", "tgz", "gz"].contains(Self.suffix(of: path)) {
      self = .archive
    } else if Self.suffix(of: path) == "json" {
      self = .listing
    } else {
      self = .file
    }
  }

  /// What stands behind the last dot of the last name, in lower case; empty if there is none.
  static func suffix(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}

/// Patterns for paths, as POSIX's `glob` understands them.
enum PathPattern {
  static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

  /// The paths that a pattern stands for, sorted byte by byte.
  static func matches(of pattern: String) -> [String] {
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { return [] }
    let paths = (0..<Int(result.gl_pathc)).compactMap { index in
      result.gl_pathv[index].map { String(cString: $0) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
