// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// What lies in one folder of artifacts, `artifacts/ab`.
struct ArtifactFiles {
  private(set) var artifacts: [Digest: FileStatus] = [:]
  /// The files `HEX.json`, by the artifact they are for.
  private(set) var sidecars: [Digest: FileStatus] = [:]
  /// Names of all else.
  private(set) var strays: [String] = []

  init(_ scan: FolderScan?, shard: String) {
    for (name, status) in scan?.entries ?? [] {
      let isSidecar = name.hasSuffix(".json")
      let hex = isSidecar ? String(name.dropLast(5)) : name
      guard status.isRegular, let digest = Digest(hex: hex), digest.hex == hex, hex.hasPrefix(shard) else {
        strays.append(name)
        continue
      }
      if isSidecar { sidecars[digest] = status } else { artifacts[digest] = status }
    }
  }

  /// The folders of a store, by their two digits, in order.
  static func shards(of root: String) -> [String] {
    let entries = FolderScan("\(root)/artifacts")?.entries ?? []
    return entries.filter { $0.status.isFolder && IndexReconciliation.isShard($0.name) }.map(\.name).sorted()
  }
}

extension IndexRow {
  /// Reads what an artifact's sidecar says. One without, from an older Galley or of a process killed at that instant,
  /// gets one now: the time of its addition would be lost when it is next used.
  static func reading(_ digest: Digest, _ file: FileStatus, in root: String) -> IndexRow {
    let path = ArtifactSidecar.path(of: digest, in: root)
    if FileStatus(path) == nil {
      let sidecar = ArtifactSidecar(digest, added: file.modifiedSeconds)
      _ = try? sidecar.write(in: root, replacing: false)
    }
    // The stamp first: if the file is replaced in between, it is read again next time.
    let stamp = FileStatus(path)?.stamp ?? 0
    return IndexRow(digest, file: file, sidecar: ArtifactSidecar.read(digest, in: root), stamp: stamp)
  }

  /// Whether two rows say the same, but for what each use and each copy changes.
  func isSame(as other: IndexRow) -> Bool {
    var copy = other
    copy.lastUsed = lastUsed
    return copy == self
  }
}

extension ArtifactSidecar {
  static func path(of digest: Digest, in root: String) -> String {
    "\(root)/artifacts/\(digest.hex.prefix(2))/\(digest.hex).json"
  }

  /// Reads a sidecar; `nil` if there is none, or it was changed, or it belongs to other bytes.
  static func read(_ digest: Digest, in root: String) -> ArtifactSidecar? {
    let sidecar = CheckedDocument.decode(ArtifactSidecar.self, at: path(of: digest, in: root))
    return sidecar.flatMap { $0.digest == digest ? $0 : nil }
  }

  /// Writes a sidecar.
  /// - Returns: its stamp; `nil` if there was one already and it isn't to be replaced.
  @discardableResult
  func write(in root: String, replacing: Bool) throws -> Int64? {
    let path = Self.path(of: digest, in: root)
    let file = try WorkFile(in: root)
    try file.write(try CheckedDocument.encode(self))
    try file.finish(mode: 0o644)
    if replacing {
      try file.replace(path)
    } else if try !file.place(at: path) {
      return nil
    }
    return FileStatus(path)?.stamp
  }
}
