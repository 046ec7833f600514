// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

/// The folder of an engine: `data/` with what backends read, `runs/` with a folder for each run, and `latest`, a link to
/// the last run that succeeded, for people; nothing here reads it.
public struct EngineWorkspace: Sendable, Hashable {
  /// The folder, absolute.
  public let path: String

  /// Names a workspace; its folder is made when something is written.
  public init(_ path: String) {
    self.path = URL(filePath: path).standardizedFileURL.path(percentEncoded: false).droppingLastSlash
  }

  /// All runs, the latest first. One that was running when its process died is noted as failed.
  public func runs() -> [RunManifest] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/runs")) ?? []
    return names.compactMap { read($0) }.sorted { ($0.started, $0.id) > ($1.started, $1.id) }
  }

  /// The folder of a run.
  public func folder(of id: String) -> String { "\(path)/runs/\(id)" }

  /// The run of an id, of the beginning of one, or in a folder.
  /// - Throws: `GalleyError` if there is none, or several.
  public func run(_ name: String) throws(GalleyError) -> RunManifest {
    if name.contains("/"), let manifest = try? Self.manifest(in: name) { return manifest.settled }
    let runs = runs()
    if let run = runs.first(where: { $0.id == name }) { return run }
    let found = name.isEmpty ? [] : runs.filter { $0.id.hasPrefix(name) }
    if let run = found.first, found.count == 1 { return run }
    throw GalleyError(
      found.isEmpty ? .missingInput : .usage, "can't find the run '\(name)'", at: path,
      why: found.isEmpty ? "there is no such run" : "\(found.count) runs begin so",
      remedy: runs.isEmpty
        ? "There are no runs here; name the workspace with --workspace."
        : "The latest are \(runs.prefix(5).map(\.id).joined(separator: ", ")).")
  }

  /// The options with which a run was started.
  /// - Throws: `GalleyError` if they can't be read.
  public func request(of run: RunManifest) throws(GalleyError) -> RunRequest {
    try Self.request(in: folder(of: run.id))
  }

  /// The folder of a run and the options with which it was started.
  /// - Parameter name: its id, the beginning of one, or its folder, which may be another workspace's.
  /// - Throws: `GalleyError` if there is none, or its options can't be read.
  public func request(ofRun name: String) throws(GalleyError) -> (folder: String, request: RunRequest) {
    let other = URL(filePath: name).standardizedFileURL.path(percentEncoded: false).droppingLastSlash
    let isFolder = FileManager.default.fileExists(atPath: "\(other)/options.json")
    let folder = isFolder ? other : self.folder(of: try run(name).id)
    return (folder, try Self.request(in: folder))
  }

  private static func request(in folder: String) throws(GalleyError) -> RunRequest {
    let path = "\(folder)/options.json"
    do {
      return try JSONDecoder().decode(RunRequest.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw GalleyError(
        .badData, "can't read the run's options", at: path, why: "the file is missing or damaged",
        remedy: "Start a new run.")
    }
  }

  private func read(_ id: String) -> RunManifest? {
    guard let manifest = try? Self.manifest(in: folder(of: id)) else { return nil }
    let settled = manifest.settled
    // Whoever reads a dead run first notes it; that this may fail, on a medium that can't be written, changes nothing.
    if settled != manifest { try? settled.write(in: folder(of: id)) }
    return settled
  }

  private static func manifest(in folder: String) throws -> RunManifest {
    try JSONDecoder().decode(RunManifest.self, from: Data(contentsOf: URL(filePath: "\(folder)/manifest.json")))
  }
}

/// With what a run was started: `options.json` in its folder.
public struct RunRequest: Sendable, Hashable, Codable {
  /// The model as it was named.
  public var model: ModelSource
  /// The data as it was named; `nil` for predictions.
  public var data: DataSource?
  /// The backend that was named.
  public var backend: String?
  /// The verb and its options.
  public var work: EngineWork
}

extension RunManifest {
  /// Writes the manifest of a run.
  func write(in folder: String) throws(GalleyError) { _ = try RunFolder.write(self, "\(folder)/manifest.json") }
}

extension String {
  fileprivate var droppingLastSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
