// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Sandbox

/// Whose a path is that a claim's run opened.
enum ProofPlace: Hashable {
  case artifact(Digest)
  case folder(Digest)
  /// A tree's name.
  case tree(String)
  /// What the home keeps for itself: its index, its records.
  case home
  /// The run's own: its work folder, its temporary folders.
  case run
  /// The machine's own, as the fixed list has it.
  case host
  /// A folder in which nothing is but what was mounted.
  case skeleton
  case outside
}

/// Knows whose a path is.
struct ProofPlaces {
  /// The home's folder.
  let home: String
  /// The run's work folder, in the home.
  let run: String
  let host: HostFiles
  let temporary: [String]
  /// Where something was mounted.
  let targets: [String]

  /// Whose an absolute path without links is.
  func place(of path: String) -> ProofPlace {
    if let inner = Self.part(of: path, in: home) { return placeInHome(inner, path) }
    if host.contains(path) { return .host }
    if temporary.contains(where: { Self.part(of: path, in: $0) != nil }) { return .run }
    return targets.contains { Self.part(of: $0, in: path) != nil } ? .skeleton : .outside
  }

  private func placeInHome(_ inner: Substring, _ path: String) -> ProofPlace {
    if Self.part(of: path, in: run) != nil { return .run }
    let parts = inner.split(separator: "/")
    switch parts.first {
    case "artifacts" where parts.count == 3: return Digest(hex: String(parts[2])).map { .artifact($0) } ?? .home
    case "folders" where parts.count >= 2: return Digest(hex: String(parts[1])).map { .folder($0) } ?? .home
    case "programs" where parts.count >= 2: return .tree("programs")
    case "native" where parts.count >= 3, "interpreters" where parts.count >= 3: return .tree(String(parts[1]))
    default: return .home
    }
  }

  /// A path for a record: the same on every machine.
  func shown(_ path: String) -> String {
    for (name, folder) in [("$RUN", run), ("$HOME", home)] {
      if let inner = Self.part(of: path, in: folder) { return name + inner }
    }
    return path
  }

  /// What follows a folder's path, with its slash; `nil` if the path does not lie in the folder.
  private static func part(of path: String, in folder: String) -> Substring? {
    if folder == "/" { return path[...] }
    guard path.hasPrefix(folder) else { return nil }
    let rest = path.dropFirst(folder.count)
    return rest.isEmpty || rest.first == "/" ? rest : nil
  }
}
