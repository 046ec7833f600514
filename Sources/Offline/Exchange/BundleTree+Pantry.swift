// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import NativeLibraries
internal import Pantry

extension BundleTree {
  /// A tree of the pantry as a bundle has it.
  init(_ tree: PantryTree) {
    let entries = tree.entries.compactMap { entry -> TreeEntry? in
      if let link = entry.link { return TreeEntry(path: entry.path, content: .link(link)) }
      return entry.digest.map { TreeEntry(path: entry.path, content: .file($0, isExecutable: entry.isExecutable)) }
    }
    let record = tree.library.map {
      LibraryRecord(
        name: $0.name, version: $0.version, path: $0.path, main: $0.main, digest: Digest(hex: $0.sha256),
        licence: $0.licence, preload: $0.preload)
    }
    self.init(name: tree.name, kind: Kind(tree.kind), library: record, entries: entries)
  }

  /// A folder of the pantry as a bundle has it; its name is its digest.
  init(_ content: FolderContent) {
    self.init(
      name: content.digest.hex, kind: .folder, digest: content.digest,
      entries: content.entries.map { TreeEntry(path: $0.path, content: .file($0.digest, isExecutable: false)) })
  }

  /// The tree as the pantry has it; `nil` for a folder, which is no tree there.
  var pantryTree: PantryTree? {
    guard let kind = PantryTree.Kind(kind) else { return nil }
    let record = library.map {
      InstalledLibraries.Record(
        name: $0.name, version: $0.version, path: $0.path, main: $0.main, sha256: $0.digest?.hex ?? "",
        licence: $0.licence ?? "", preload: $0.preload)
    }
    let entries = entries.map { entry -> PantryTree.Entry in
      switch entry.content {
      case .file(let digest, let isExecutable): .init(path: entry.path, digest: digest, isExecutable: isExecutable)
      case .link(let target): .init(path: entry.path, link: target)
      }
    }
    return PantryTree(name: name, kind: kind, library: record, entries: entries)
  }
}

extension BundleTree.Kind {
  init(_ kind: PantryTree.Kind) {
    switch kind {
    case .programs: self = .programs
    case .library: self = .library
    case .report: self = .report
    case .interpreter: self = .interpreter
    }
  }
}

extension PantryTree.Kind {
  init?(_ kind: BundleTree.Kind) {
    switch kind {
    case .programs: self = .programs
    case .library: self = .library
    case .report: self = .report
    case .interpreter: self = .interpreter
    case .folder: return nil
    }
  }
}
