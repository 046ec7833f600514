// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import GRDB
public import Galley

extension PlatformStore {
  /// Keeps the files below a folder, or one file, as a model's artifacts, in the place of those it had. All of them are
  /// there afterwards, or none: the model then has its former ones. Other bytes make a new version, and so does another
  /// configuration; both together make one.
  /// - Parameter change: What else of the model changes with them, in the same transaction.
  /// - Throws: `GalleyError` if there is no such model, nothing in the folder, a file can't be read, or a value of the
  ///   change can't be used.
  @discardableResult
  public func setArtifacts(
    ofModel name: String, from source: String, _ change: ModelChange = ModelChange()
  ) throws(GalleyError) -> PlatformModel {
    try change.check()
    let paths = try Self.files(at: source)
    var artifacts: [ModelArtifact] = []
    do throws(FileError) {
      for (path, file) in paths {
        let (digest, byteCount) = try files.keep(fileAt: file)
        artifacts.append(ModelArtifact(path: path, digest: digest.hex, byteCount: byteCount))
      }
    } catch {
      throw error.operation == .read
        ? GalleyError(.missingInput, "can't keep the model's artifacts", at: error.path, why: error.reason)
        : GalleyError(writing: error, "can't keep the model's artifacts")
    }
    return try write("can't keep the model's artifacts") { database in
      let number = try Self.require(name, in: .model, database)
      let former = try Self.model(number, database).artifacts
      if change != ModelChange() { try Self.update(number, change, database) }
      guard former != artifacts else { return try Self.model(number, database) }
      try Self.replaceArtifacts(
        former, with: artifacts, ofModel: number, isCounted: change.configuration != nil, database)
      return try Self.model(number, database)
    }
  }

  /// Writes a model's artifacts into a folder, where nothing else is afterwards: files of another version are removed.
  /// - Returns: the folder.
  /// - Throws: `GalleyError` if a file is missing, damaged or can't be written.
  @discardableResult
  public func writeArtifacts(of model: PlatformModel, to folder: String? = nil) throws(GalleyError) -> String {
    let folder = folder ?? place.artifacts(ofModel: model.id)
    let what = "can't write the model's artifacts"
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
      for artifact in model.artifacts {
        let target = "\(folder)/\(artifact.path)"
        if (try? Digest(ofFileAt: target))?.hex == artifact.digest { continue }
        try AtomicFile.copy(files.path(of: artifact.digest), to: target)
        guard try Digest(ofFileAt: target).hex == artifact.digest else {
          throw FileError(.read, files.path(of: artifact.digest), number: EIO)
        }
      }
    } catch {
      throw error.operation == .read
        ? GalleyError(.badData, what, at: error.path, why: "the file is missing from the store, or damaged")
        : GalleyError(writing: error, what)
    }
    let known = Set(model.artifacts.map(\.path))
    for (path, file) in (try? Self.files(at: folder)) ?? [] where !known.contains(path) {
      try? FileManager.default.removeItem(atPath: file)
    }
    return folder
  }

  /// The files below a folder with their paths in it, in order; of a file, itself.
  private static func files(at source: String) throws(GalleyError) -> [(path: String, file: String)] {
    func refuse(_ why: String) -> GalleyError {
      GalleyError(
        .missingInput, "can't keep the model's artifacts", at: source, why: why,
        remedy: "Name a file, or a folder with files.")
    }
    var isFolder = false
    var status = stat()
    guard stat(source, &status) == 0 else { throw refuse("there is no such file or folder") }
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    guard isFolder else { return [(ItemPath.name(of: source), source)] }
    var found: [(String, String)] = []
    let walk = FileManager.default.enumerator(atPath: source)
    while let path = walk?.nextObject() as? String {
      guard stat("\(source)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      found.append((path, "\(source)/\(path)"))
    }
    guard !found.isEmpty else { throw refuse("the folder has no files") }
    return found.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }
}
