// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import GRDB
public import Galley

extension PlatformStore {
  /// Keeps one file of a model, in the place of the one that had its path. Other bytes make a new version.
  /// - Parameters:
  ///   - path: The path in the model, like `weights/best.pth`.
  ///   - file: Where the bytes are now; they are copied.
  /// - Throws: `GalleyError` if there is no such model, the path is none that a file can have, or it can't be read.
  @discardableResult
  public func setArtifact(
    _ path: String, ofModel name: String, from file: String
  ) throws(GalleyError) -> PlatformModel {
    let path = String(try ItemPath.normal(path).dropFirst())
    let kept: (digest: Digest, byteCount: Int)
    do throws(FileError) {
      kept = try files.keep(fileAt: file)
    } catch {
      throw GalleyError(writing: error, "can't keep the model's artifact")
    }
    return try changeArtifacts(ofModel: name) { artifacts in
      artifacts.removeAll { $0.path == path }
      // A file and a folder can't have the same path.
      if let other = artifacts.first(where: { $0.path.hasPrefix(path + "/") || path.hasPrefix($0.path + "/") }) {
        throw GalleyError(
          .usage, "can't keep the model's artifact", at: path, why: "'\(other.path)' makes one of them a folder",
          remedy: "Choose another path.")
      }
      artifacts.append(ModelArtifact(path: path, digest: kept.digest.hex, byteCount: kept.byteCount))
    }
  }

  /// Removes one file of a model, which makes a new version.
  /// - Throws: `GalleyError` if there is no such model or file, or the path is none that a file can have.
  @discardableResult
  public func removeArtifact(_ path: String, ofModel name: String) throws(GalleyError) -> PlatformModel {
    let path = String(try ItemPath.normal(path).dropFirst())
    return try changeArtifacts(ofModel: name) { artifacts in
      let before = artifacts.count
      artifacts.removeAll { $0.path == path }
      guard artifacts.count < before else {
        throw GalleyError(.missingInput, "can't find the model's artifact", at: path, why: "the model has none there")
      }
    }
  }

  /// Where an artifact's bytes lie; the file must not be changed.
  public func path(of artifact: ModelArtifact) -> String { files.path(of: artifact.digest) }

  private func changeArtifacts(
    ofModel name: String, _ change: (inout [ModelArtifact]) throws -> Void
  ) throws(GalleyError) -> PlatformModel {
    try write("can't keep the model's artifacts") { database in
      let number = try Self.require(name, in: .model, database)
      let former = try Self.model(number, database).artifacts
      var artifacts = former
      try change(&artifacts)
      artifacts.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
      if artifacts != former { try Self.replaceArtifacts(former, with: artifacts, ofModel: number, database) }
      return try Self.model(number, database)
    }
  }

  /// Puts files in the place of those that a model has; first files don't make another version.
  /// - Parameter isCounted: Whether something that changes with them has made a new version already.
  static func replaceArtifacts(
    _ former: [ModelArtifact], with artifacts: [ModelArtifact], ofModel number: Int64, isCounted: Bool = false,
    _ database: Database
  ) throws {
    try database.execute(sql: "DELETE FROM model_artifact WHERE model = ?", arguments: [number])
    for artifact in artifacts {
      try database.execute(
        sql: "INSERT INTO model_artifact (model, path, digest, size_bytes) VALUES (?, ?, ?, ?)",
        arguments: [number, artifact.path, artifact.digest, artifact.byteCount])
    }
    try database.execute(
      sql: "UPDATE model SET version = version + ?, updated_unix_s = ? WHERE number = ?",
      arguments: [former.isEmpty || isCounted ? 0 : 1, now, number])
  }
}
