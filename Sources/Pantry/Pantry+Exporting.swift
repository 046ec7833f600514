// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Carrying artifacts from one pantry to another in an ordinary folder: `index.json` and one file or folder `HEX` for
/// each.
extension Pantry {
  /// Copies artifacts to a folder, each checked while it is copied. What the folder has already stays and is checked.
  /// - Parameters:
  ///   - digests: what to copy.
  ///   - folder: is created if it isn't there.
  /// - Throws: `GalleyError` if an artifact is missing or damaged, or the folder can't be written.
  public func export(_ digests: [Digest], to folder: String) throws {
    let wanted = Set(digests)
    let known = (try artifacts(sortedBy: .digest) + folders()).filter { wanted.contains($0.digest) }
    if let absent = wanted.subtracting(known.map(\.digest)).min() { throw missing(absent) }
    try explaining(Self.exporting) { () throws(FileError) in try AtomicFile.createFolder(folder) }
    let path = "\(folder)/\(ExportedPantry.fileName)"
    var index = FileStatus(path) == nil ? ExportedPantry() : try ExportedPantry.read(path)
    for artifact in known {
      let lease = try lease(artifact.digest)
      if artifact.fileCount != nil {
        try withExtendedLifetime(lease) { try copyFolder(artifact.digest, to: "\(folder)/\(artifact.digest.hex)") }
        index.add(artifact)
        continue
      }
      try withExtendedLifetime(lease) { try copy(artifact.digest, to: "\(folder)/\(artifact.digest.hex)") }
      touch(artifact.digest)
      index.add(artifact)
    }
    let data = try CheckedDocument.encode(index)
    try explaining(Self.exporting) { () throws(FileError) in try AtomicFile.write(data, to: path) }
  }

  /// Takes artifacts over from a folder that `export` wrote; each must have the digest that is its name.
  /// - Returns: what the folder holds, all of which is now in the pantry.
  /// - Throws: `GalleyError` if the folder's index is damaged or a file is missing or changed; what came before it is
  ///   kept.
  @discardableResult
  public func `import`(from folder: String) throws -> [Digest] {
    let index = try ExportedPantry.read("\(folder)/\(ExportedPantry.fileName)")
    for entry in index.artifacts {
      let note = ArtifactNote(
        name: entry.name, role: entry.role.flatMap { .init(rawValue: $0) }, origin: entry.origin, licence: entry.licence
      )
      let source = "\(folder)/\(entry.digest.hex)"
      if entry.files == nil {
        try store(fileAt: source, note: note, expecting: entry.digest)
      } else {
        try store(folderAt: source, note: note, expecting: entry.digest)
      }
    }
    return index.artifacts.map(\.digest)
  }

  private static let exporting = "can't export from the pantry"

  private func copyFolder(_ digest: Digest, to target: String) throws {
    let source = folderPath(of: digest)
    let content = try explaining(Self.exporting) { () throws(FileError) in
      let content = try FolderContent(of: source)
      for entry in content.entries {
        let file = "\(target)/\(entry.path)"
        if (try? Digest(ofFileAt: file)) == entry.digest { continue }
        try CheckedCopy.make(of: "\(source)/\(entry.path)", at: file, mode: 0o644)
      }
      return content
    }
    guard content.digest != digest else { return }
    throw GalleyError(
      .badData, Self.exporting, at: source, why: "its content no longer has the digest in its name",
      remedy: "galley pantry verify shows all that is damaged, and how to repair it.")
  }

  private func copy(_ digest: Digest, to target: String) throws {
    if (try? Digest(ofFileAt: target)) == digest { return }
    let temporary = "\(target).part"
    let found = try explaining(Self.exporting) { () throws(FileError) in
      unlink(temporary)
      let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw FileError(.create, temporary) }
      defer { close(descriptor) }
      do throws(FileError) {
        let copy = try HashedCopy(of: path(of: digest), to: descriptor, named: temporary)
        guard fsync(descriptor) == 0 else { throw FileError(.write, temporary) }
        guard copy.digest == digest else { return false }
        guard rename(temporary, target) == 0 else { throw FileError(.replace, target) }
        return true
      } catch {
        unlink(temporary)
        throw error
      }
    }
    guard !found else { return }
    unlink(temporary)
    throw GalleyError(
      .badData, Self.exporting, at: path(of: digest), why: "its bytes no longer have the digest in its name",
      remedy: "galley pantry verify shows all that is damaged, and how to repair it.")
  }
}

/// The file `index.json` of an exported folder.
struct ExportedPantry: Codable {
  static let fileName = "index.json"

  struct Entry: Codable {
    var digest: Digest
    var bytes: Int
    var name: String?
    var role: String?
    var origin: String?
    var licence: String?
    /// How many files it has, if it is a folder.
    var files: Int?
  }

  /// Version of this file's form.
  var format = 1
  var artifacts: [Entry] = []

  mutating func add(_ artifact: Artifact) {
    artifacts.removeAll { $0.digest == artifact.digest }
    artifacts.append(
      Entry(
        digest: artifact.digest, bytes: artifact.byteCount, name: artifact.name, role: artifact.role?.rawValue,
        origin: artifact.origin, licence: artifact.licence, files: artifact.fileCount))
  }

  static func read(_ path: String) throws(GalleyError) -> ExportedPantry {
    let what = "can't read the index of an exported folder"
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, what, at: path, why: "there is no such file",
        remedy: "Name a folder that galley pantry export wrote.")
    }
    guard let index = CheckedDocument.decode(ExportedPantry.self, from: bytes) else {
      throw GalleyError(
        .badData, what, at: path, why: "its bytes are not what galley pantry export wrote",
        remedy: "Copy the folder again.")
    }
    guard index.format == 1 else {
      throw GalleyError(
        .badData, what, at: path, why: "a newer Galley made it: its format is \(index.format)",
        remedy: "Install that version.")
    }
    return index
  }
}
