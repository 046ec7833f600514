// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

extension ScriptMetadata {
  /// The files that the block says belong to the program beside the modules that it imports: `files` under
  /// `[tool.galley]`, each a path relative to the program's folder; of a folder all that lies in it.
  /// - Throws: `GalleyError`: `badData` if it is no list of such paths, `missingInput` if one isn't there.
  func carriedFiles(of program: WorkerProgram, in folder: String) throws(GalleyError) -> [String] {
    guard let document = try? TOMLDocument(text).values["tool"]?["galley"]?["files"] else { return [] }
    guard case .list(let values) = document else { throw Self.refusal(program, "'files' is no list of paths") }
    var files: [String] = []
    for value in values {
      guard let path = value.text, Self.isInner(path) else {
        throw Self.refusal(program, "'files' names \(value), which is no path below the program's folder")
      }
      files += try Self.files(at: path, in: folder, program)
    }
    return files
  }

  private static func isInner(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/")
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }

  private static func files(
    at path: String, in folder: String, _ program: WorkerProgram
  ) throws(GalleyError) -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder) else {
      throw GalleyError(
        .missingInput, WorkerParts.what, at: "\(folder)/\(path)", why: "its block names this file, and it isn't there",
        remedy: "Put it there, or take it out of 'files'.")
    }
    guard isFolder else { return [path] }
    do throws(FileError) {
      return try FolderContent.paths(in: "\(folder)/\(path)").map { "\(path)/\($0)" }
    } catch {
      throw GalleyError(.missingInput, WorkerParts.what, at: error.path, why: error.reason)
    }
  }

  private static func refusal(_ program: WorkerProgram, _ why: String) -> GalleyError {
    GalleyError(
      .badData, WorkerParts.what, at: program.path, why: why,
      remedy: "Write it as '# [tool.galley]' and '# files = [\"labels.txt\"]' in the block '# /// script'.")
  }
}
