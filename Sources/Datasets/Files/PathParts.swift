// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The parts of a path with `/` between folders.
struct PathParts {
  /// Everything before the last slash; empty if there is none.
  let folder: String
  /// The last part.
  let name: String

  init(_ path: some StringProtocol) {
    if let slash = path.lastIndex(of: "/") {
      folder = String(path[..<slash])
      name = String(path[path.index(after: slash)...])
    } else {
      folder = ""
      name = String(path)
    }
  }

  /// The name without its ending.
  var stem: String { name.lastIndex(of: ".").map { $0 > name.startIndex ? String(name[..<$0]) : name } ?? name }

  /// The path without the ending of the name.
  var pathStem: String { folder.isEmpty ? stem : "\(folder)/\(stem)" }

  /// The ending of the name, in lower case and without the dot.
  var ending: String {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
