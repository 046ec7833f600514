// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// What lies in a folder or an archive.
struct FileListing {
  var root: String
  var focus: String?
  var storage: FileTree.Storage
  var byteCounts: [String: Int] = [:]
  var members: [String: ArchiveMember] = [:]
  var refused: [DatasetFinding] = []

  /// Lists the files at a path.
  init(_ path: String) throws(GalleyError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw GalleyError(
        .missingInput, "can't read the data set", at: path, why: FileError(.read, path).reason,
        remedy: "Name the data set's folder, or its zip or tar archive.")
    }
    root = path
    storage = .folder
    if status.st_mode & S_IFMT == S_IFDIR {
      while root.utf8.count > 1, root.hasSuffix("/") { root.removeLast() }
      try list(root, under: "", depthLeft: 32)
    } else if [".csv", ".npz", ".json", ".yaml", ".yml", ".xml", ".data"].contains(where: path.hasSuffix) {
      // A file that describes a data set lies in the folder of the data set.
      let name = path.split(separator: "/").last.map(String.init) ?? path
      focus = name
      root = path == name ? "." : String(path.dropLast(name.count + 1))
      if root.isEmpty { root = "/" }
      try list(root, under: "", depthLeft: 32)
    } else {
      try openArchive(path)
    }
  }

  /// What systems leave behind, and hidden files.
  private static func isIgnored(_ name: some StringProtocol) -> Bool {
    name.hasPrefix(".") || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini"
  }

  private mutating func list(_ root: String, under prefix: String, depthLeft: Int) throws(GalleyError) {
    let folder = prefix.isEmpty ? root : "\(root)/\(prefix)"
    guard depthLeft > 0 else {
      throw GalleyError(.badData, "can't read the data set", at: folder, why: "folders lie more than 32 deep")
    }
    guard let handle = opendir(folder) else {
      refused.append(
        DatasetFinding(
          .error, .unreadableFile, at: prefix, "the folder can't be read: \(FileError(.read, folder).reason)"))
      return
    }
    defer { closedir(handle) }
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !Self.isIgnored(name) else { continue }
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      var status = stat()
      guard stat("\(root)/\(path)", &status) == 0 else {
        refused.append(DatasetFinding(.error, .missingFile, at: path, "the link leads nowhere"))
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try list(root, under: path, depthLeft: depthLeft - 1)
      case S_IFREG: byteCounts[path] = Int(status.st_size)
      default: refused.append(DatasetFinding(.warning, .unreadableFile, at: path, "it is neither a file nor a folder"))
      }
    }
  }

  private mutating func openArchive(_ path: String) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(.missingInput, "can't read the data set", at: path, why: FileError(.read, path).reason)
    }
    do throws(ArchiveProblem) {
      if data.starts(with: [0x50, 0x4B]) {
        let archive = try ZipArchive(data)
        take(archive.members, archive.refused)
        storage = .zip(archive)
      } else {
        let isCompressed = data.starts(with: [0x1F, 0x8B])
        let archive = try TarArchive(isCompressed ? try UnpackedFile.unpacking(data) : data)
        take(archive.members, archive.refused)
        storage = .tar(archive)
      }
    } catch {
      throw GalleyError(
        .badData, "can't read the data set", at: path, why: error.description,
        remedy: "A data set is a folder, a zip archive, or a tar archive, which may be compressed by gzip.")
    }
  }

  private mutating func take(_ listed: [ArchiveMember], _ problems: [ArchiveProblem]) {
    for member in listed where !member.path.split(separator: "/").contains(where: Self.isIgnored) {
      byteCounts[member.path] = member.byteCount
      members[member.path] = member
    }
    refused += problems.map {
      DatasetFinding(.warning, .unreadableFile, at: $0.member ?? "", "the archive's member was left out: \($0.why)")
    }
  }
}
