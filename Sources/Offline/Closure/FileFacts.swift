// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Synchronization

/// What is known of files and libraries, each looked at once: reading a data set's digest means reading the data set.
final class FileFacts: Sendable {
  private struct Known {
    var files: [String: ClosureItem] = [:]
    var libraries: [String: ClosureItem] = [:]
  }

  private let shelf: LibraryShelf
  let digests: DigestCache?
  private let known = Mutex(Known())

  /// Facts from a shelf of libraries, and digests from a cache of those that were computed before.
  init(_ shelf: LibraryShelf, _ digests: DigestCache?) {
    self.shelf = shelf
    self.digests = digests
  }

  /// Keeps what was found out about a library in another way.
  func learn(_ item: ClosureItem) {
    if let name = item.library { known.withLock { $0.libraries[name] = item } }
  }

  func library(_ name: String) -> ClosureItem {
    if let item = known.withLock({ $0.libraries[name] }) { return item }
    let item = shelf.item(name)
    known.withLock { $0.libraries[name] = item }
    return item
  }

  /// A file or folder of the user's.
  func file(at path: String, role: ArtifactRequirement.Role) -> ClosureItem {
    if let item = known.withLock({ $0.files[path] }) { return item }
    let item = look(at: path, role)
    known.withLock { $0.files[path] = item }
    return item
  }

  private func look(at path: String, _ role: ArtifactRequirement.Role) -> ClosureItem {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let isFolder = FileSizes.isFolder(path)
    var item = ClosureItem(kind: isFolder ? .folder : .file, role: role, name: name)
    item.origins = ["file://\(path)"]
    if let about = Self.description(of: path) {
      item.licence = Self.stated(about.licence)
      item.provenance = Self.stated(about.source) ?? Self.stated(about.citation)
    }
    // What can't be read is as good as absent; a run would say why.
    if isFolder, let content = folder(at: path) {
      (item.digest, item.byteCount, item.path) = (content.digest, content.byteCount, path)
    } else if !isFolder, let digest = digest(of: path) {
      (item.digest, item.byteCount, item.path) = (digest, FileSizes.size(of: path), path)
    }
    return item
  }

  private func folder(at path: String) -> FolderContent? {
    guard digests != nil else { return try? FolderContent(of: path) }
    guard let names = try? FolderContent.paths(in: path) else { return nil }
    var entries: [FolderContent.Entry] = []
    for name in names {
      let file = "\(path)/\(name)"
      guard let size = FileSizes.size(of: file), let digest = digest(of: file) else { return nil }
      entries.append(.init(path: name, digest: digest, byteCount: size))
    }
    return FolderContent(entries: entries)
  }

  /// SHA-256 of a file; `nil` if it can't be read.
  func digest(of path: String) -> Digest? {
    digests.map { try? $0.digest(ofFileAt: path) } ?? (try? Digest(ofFileAt: path))
  }

  /// What the file `….about.json` beside a data set's file says of it.
  private static func description(of path: String) -> DataDescription? {
    let url = URL(filePath: path)
    let stem = url.pathExtension.isEmpty ? path : String(path.dropLast(url.pathExtension.count + 1))
    return (try? Data(contentsOf: URL(filePath: "\(stem).about.json"))).flatMap {
      try? JSONDecoder().decode(DataDescription.self, from: $0)
    }
  }

  private static func stated(_ text: String) -> String? { text.isEmpty || text == "not stated" ? nil : text }
}
