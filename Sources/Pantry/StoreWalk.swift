// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Everything that lies in a store's folders, sorted into what belongs there and what doesn't.
struct StoreWalk {
  private(set) var artifacts: [Digest: FileStatus] = [:]
  private(set) var sidecars: [(key: Digest, value: FileStatus)] = []
  private(set) var strays: [PantryFault] = []

  init(root: String) {
    for (name, status) in FolderScan("\(root)/artifacts")?.entries ?? [] {
      guard status.isFolder, IndexReconciliation.isShard(name) else {
        addStray("artifacts/\(name)")
        continue
      }
      let files = ArtifactFiles(FolderScan("\(root)/artifacts/\(name)"), shard: name)
      artifacts.merge(files.artifacts) { first, _ in first }
      sidecars += files.sidecars.map { ($0.key, $0.value) }
      for stray in files.strays { addStray("artifacts/\(name)/\(stray)") }
    }
    for (name, status) in FolderScan("\(root)/stages")?.entries ?? [] {
      let isRecord = name.hasSuffix(".json") && Digest(hex: String(name.dropLast(5))) != nil
      if !status.isRegular || !isRecord { addStray("stages/\(name)") }
    }
    for (name, status) in FolderScan("\(root)/runs")?.entries ?? [] where !status.isRegular || !name.hasSuffix(".json")
    {
      addStray("runs/\(name)")
    }
  }

  private mutating func addStray(_ path: String) {
    strays.append(PantryFault(kind: .stray, path: path, detail: "Galley didn't put it there"))
  }
}
