// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Pantry

/// What of a pantry goes into a bundle, and the file that holds each object.
struct ExportContents {
  private(set) var artifacts: [Digest: BundleArtifact] = [:]
  private(set) var trees: [String: BundleTree] = [:]
  private(set) var objects: [Digest: BundleObject] = [:]
  private(set) var files: [Digest: String] = [:]

  private let pantry: Pantry
  private let digests: DigestCache
  private let known: [Digest: Artifact]
  /// Held until the bundle is written, so that nothing is removed to make room meanwhile.
  private var leases: [ArtifactLease] = []

  init(_ pantry: Pantry, _ digests: DigestCache) throws {
    self.pantry = pantry
    self.digests = digests
    known = Dictionary(try pantry.artifacts(sortedBy: .digest).map { ($0.digest, $0) }) { first, _ in first }
  }

  /// Takes an artifact or a folder.
  /// - Throws: `GalleyError` if it isn't there.
  mutating func add(_ digest: Digest) throws {
    if !pantry.contains(digest), pantry.containsFolder(digest) { return try add(folder: digest) }
    guard artifacts[digest] == nil else { return }
    leases.append(try pantry.lease(digest))
    let note = known[digest]
    artifacts[digest] = BundleArtifact(
      digest: digest, name: note?.name, role: note?.role?.rawValue, origin: note?.origin, licence: note?.licence)
    try add(digest, pantry.path(of: digest))
  }

  /// Takes a folder.
  /// - Throws: `GalleyError` if it isn't there or was changed.
  mutating func add(folder digest: Digest) throws {
    guard trees[digest.hex] == nil else { return }
    leases.append(try pantry.lease(digest))
    let folder = pantry.folderPath(of: digest)
    let content: FolderContent
    do throws(FileError) {
      content = try digests.content(of: folder)
    } catch {
      throw GalleyError(.missingInput, BundleExport.what, at: error.path, why: error.reason)
    }
    guard content.digest == digest else {
      throw GalleyError(
        .badData, BundleExport.what, at: folder, why: "its content no longer has the digest in its name",
        remedy: "galley pantry verify shows all that is damaged, and how to repair it.")
    }
    trees[digest.hex] = BundleTree(content)
    for entry in content.entries { try add(entry.digest, "\(folder)/\(entry.path)") }
  }

  /// Takes a tree.
  /// - Throws: `GalleyError` if it isn't there or was changed.
  mutating func add(tree name: String) throws {
    guard trees[name] == nil else { return }
    guard let tree = pantry.tree(name) else {
      throw GalleyError(
        .missingInput, BundleExport.what, at: "\(pantry.root)/trees", why: "the pantry has no tree '\(name)'",
        remedy: "Run galley offline setup first.")
    }
    if let fault = pantry.faults(of: tree, using: digests).first {
      throw GalleyError(
        .badData, BundleExport.what, at: "\(pantry.root)/\(fault.path)", why: fault.detail,
        remedy: "Run galley offline setup again, which repairs it.")
    }
    trees[name] = BundleTree(tree)
    for entry in tree.entries {
      if let digest = entry.digest { try add(digest, "\(pantry.path(of: tree))/\(entry.path)") }
    }
  }

  private mutating func add(_ digest: Digest, _ file: String) throws(GalleyError) {
    guard objects[digest] == nil else { return }
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw GalleyError(.missingInput, BundleExport.what, at: file, why: FileError(.read, file).reason)
    }
    objects[digest] = BundleObject(digest: digest, size: Int(status.st_size))
    files[digest] = file
  }
}

extension DigestCache {
  /// What a folder holds, hashed on as far as it isn't known.
  func content(of folder: String) throws(FileError) -> FolderContent {
    var entries: [FolderContent.Entry] = []
    for path in try FolderContent.paths(in: folder) {
      let file = "\(folder)/\(path)"
      let digest = try digest(ofFileAt: file)
      var status = stat()
      guard stat(file, &status) == 0 else { throw FileError(.read, file) }
      entries.append(.init(path: path, digest: digest, byteCount: Int(status.st_size)))
    }
    return FolderContent(entries: entries)
  }
}
