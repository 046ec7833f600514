// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// The file beside a folder, `folders/HEX.json`: what an artifact's sidecar says, and how much the folder holds.
struct FolderSidecar: Codable, Equatable {
  var about: ArtifactSidecar
  var bytes: Int
  var files: Int

  static func path(of digest: Digest, in root: String) -> String { "\(root)/folders/\(digest.hex).json" }

  /// Reads a sidecar; `nil` if there is none, or it was changed, or it belongs to another folder.
  static func read(_ digest: Digest, in root: String) -> FolderSidecar? {
    let sidecar = CheckedDocument.decode(FolderSidecar.self, at: path(of: digest, in: root))
    return sidecar.flatMap { $0.about.digest == digest ? $0 : nil }
  }

  /// Reads a sidecar; one that is missing, of a process killed at that instant, is made up from the files.
  static func reading(_ digest: Digest, in root: String) -> FolderSidecar {
    if let sidecar = read(digest, in: root) { return sidecar }
    let folder = "\(root)/folders/\(digest.hex)"
    let paths = (try? FolderContent.paths(in: folder)) ?? []
    let sizes = paths.map { FileStatus("\(folder)/\($0)")?.byteCount ?? 0 }
    let added = FileStatus(folder)?.modifiedSeconds ?? 0
    let sidecar = FolderSidecar(
      about: ArtifactSidecar(digest, added: added), bytes: sizes.reduce(0, +), files: paths.count)
    if FileStatus(path(of: digest, in: root)) == nil { try? sidecar.write(in: root) }
    return sidecar
  }

  func write(in root: String) throws {
    let file = try WorkFile(in: root)
    try file.write(try CheckedDocument.encode(self))
    try file.finish(mode: 0o644)
    try file.replace(Self.path(of: about.digest, in: root))
    AtomicFile.flushFolder("\(root)/folders")
  }
}

/// The names in `folders/`, sorted into what belongs there and what doesn't.
struct FolderShelf {
  private(set) var folders: [Digest] = []
  private(set) var sidecars: [Digest] = []
  /// Folders that somebody is storing, or began to store.
  private(set) var unfinished: [String] = []
  private(set) var strays: [String] = []

  init(root: String) {
    for (name, status) in FolderScan("\(root)/folders")?.entries ?? [] {
      let stem = name.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
      let digest = Digest(hex: stem).flatMap { $0.hex == stem ? $0 : nil }
      switch (digest, name.dropFirst(stem.utf8.count), status.isFolder) {
      case (let digest?, "", true): folders.append(digest)
      case (let digest?, ".json", false) where status.isRegular: sidecars.append(digest)
      case (_?, Pantry.unfinishedSuffix[...], true): unfinished.append("\(root)/folders/\(name)")
      default: strays.append(name)
      }
    }
    folders.sort()
  }
}
