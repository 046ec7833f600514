// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Synchronization

/// What is known of files and libraries, each looked at once: reading a data set's digest means reading the data set.
final class FileFacts: Sendable {
  private struct Known {
    var files: [String: ClosureItem] = [:]
    var libraries: [String: ClosureItem] = [:]
  }

  private let shelf: LibraryShelf
  private let known = Mutex(Known())

  init(_ shelf: LibraryShelf) { self.shelf = shelf }

  func library(_ name: String) -> ClosureItem {
    if let item = known.withLock({ $0.libraries[name] }) { return item }
    let item = shelf.item(name)
    known.withLock { $0.libraries[name] = item }
    return item
  }

  /// A file or folder of the user's.
  func file(at path: String, role: ArtifactRequirement.Role) -> ClosureItem {
    if let item = known.withLock({ $0.files[path] }) { return item }
    let item = Self.look(at: path, role)
    known.withLock { $0.files[path] = item }
    return item
  }

  private static func look(at path: String, _ role: ArtifactRequirement.Role) -> ClosureItem {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let isFolder = FileSizes.isFolder(path)
    var item = ClosureItem(kind: isFolder ? .folder : .file, role: role, name: name)
    item.origins = ["file://\(path)"]
    if let about = description(of: path) {
      item.licence = stated(about.licence)
      item.provenance = stated(about.source) ?? stated(about.citation)
    }
    // What can't be read is as good as absent; a run would say why.
    guard let digest = try? Digest(ofContentAt: path) else { return item }
    item.digest = digest
    item.byteCount = isFolder ? FileSizes.total(of: path) : FileSizes.size(of: path)
    item.path = path
    return item
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
