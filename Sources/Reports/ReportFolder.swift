// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Glibc

/// The folder of a report.
struct ReportFolder {
  /// Where it lies.
  let path: String

  /// Puts the files in place of an earlier report.
  func replace(with files: [ReportFile]) throws(FileError) {
    guard try holdsNothingElse() else { return try replaceEach(files) }
    let stage = try makeStage()
    do throws(FileError) {
      for file in files { try AtomicFile.write(file.data, to: "\(stage)/\(file.name)") }
      try exchange(stage)
    } catch {
      Self.remove(stage)
      throw error
    }
  }

  /// True if the folder is missing or holds nothing but a report.
  private func holdsNothingElse() throws(FileError) -> Bool {
    guard let names = try Self.names(in: path) else { return true }
    guard names.allSatisfy({ ["report.html", "report.md", "report.json", "figures"].contains($0) }) else {
      return false
    }
    let pictures = try Self.names(in: path + "/figures") ?? []
    return pictures.allSatisfy { $0.hasSuffix(".svg") }
  }

  /// Replaces the files one by one; the page comes last, so that it never names a file that isn't there.
  private func replaceEach(_ files: [ReportFile]) throws(FileError) {
    for file in files.reversed() { try AtomicFile.write(file.data, to: "\(path)/\(file.name)") }
  }

  /// A folder beside the report's, on the same file system.
  private func makeStage() throws(FileError) -> String {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let parent = trimmed.lastIndex(of: "/").map { String(trimmed[...$0]) } ?? "./"
    try AtomicFile.createFolder(parent)
    var template = Array("\(parent).galley-report-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw FileError(.create, path) }
    chmod(made, 0o755)
    return made
  }

  /// Puts the stage in the folder's place in one step, and removes what was there.
  private func exchange(_ stage: String) throws(FileError) {
    if rename(stage, path) == 0 { return }
    guard errno == ENOTEMPTY || errno == EEXIST else { throw FileError(.replace, path) }
    if !Self.swap(stage, path) {
      guard errno == EINVAL || errno == ENOSYS else { throw FileError(.replace, path) }
      // A file system that can't exchange two folders: the old one steps aside first.
      let aside = stage + "-old"
      guard rename(path, aside) == 0 else { throw FileError(.replace, path) }
      guard rename(stage, path) == 0 else {
        let number = errno
        rename(aside, path)
        throw FileError(.replace, path, number: number)
      }
      Self.remove(aside)
      return
    }
    Self.remove(stage)
  }

  /// Exchanges two folders in one step (Linux's `renameat2` with `RENAME_EXCHANGE`, which Swift's Glibc module doesn't
  /// declare); false with the reason in `errno` if that can't be done.
  private static func swap(_ first: String, _ second: String) -> Bool {
    typealias Rename = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
    guard let symbol = dlsym(nil, "renameat2") else {
      errno = ENOSYS
      return false
    }
    // The symbol has this type in <stdio.h>; a C function can only be taken from its address so.
    return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, first, AT_FDCWD, second, 2) == 0
  }

  /// Names in a folder, or `nil` if there is none.
  private static func names(in path: String) throws(FileError) -> [String]? {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return nil }
      throw FileError(.read, path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a folder of ours: its files, and those of the folder within.
  private static func remove(_ path: String) {
    for name in (try? names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 {
      for inner in (try? names(in: "\(path)/\(name)")) ?? [] { unlink("\(path)/\(name)/\(inner)") }
      rmdir("\(path)/\(name)")
    }
    rmdir(path)
  }
}
