// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Measuring

/// The folder of one run while it is worked on.
struct RunFolder: Sendable {
  let workspace: EngineWorkspace
  let id: String

  var path: String { workspace.folder(of: id) }
  /// Where the backend writes.
  var outputs: String { "\(path)/outputs" }

  /// Makes a folder of a new name.
  /// - Throws: `GalleyError` if that can't be done.
  init(_ workspace: EngineWorkspace, _ verb: EngineVerb, startedAt: Double) throws(GalleyError) {
    self.workspace = workspace
    let moment = Date(timeIntervalSince1970: startedAt).formatted(
      .iso8601.dateTimeSeparator(.standard).timeSeparator(.omitted).dateSeparator(.omitted))
    let runs = "\(workspace.path)/runs"
    do throws(FileError) {
      try AtomicFile.createFolder(runs)
      id = try Self.unused({ "\(moment)-\(verb.rawValue)-\($0)" }, in: { "\(runs)/\($0)" })
      try AtomicFile.createFolder("\(runs)/\(id)/outputs")
    } catch {
      throw GalleyError(
        writing: error, "can't make the run's folder")
    }
  }

  /// Makes the first folder that isn't there; whoever makes one owns it, also beside other processes.
  private static func unused(
    _ name: (String) -> String, in folder: (String) -> String
  ) throws(FileError) -> String {
    for _ in 0..<1000 {
      let number = UInt32.random(in: 0...0xFF_FFFF)
      let digits = String(number, radix: 16)
      let id = name(String(repeating: "0", count: 6 - digits.count) + digits)
      if mkdir(folder(id), 0o777) == 0 { return id }
      guard errno == EEXIST else { throw FileError(.create, folder(id)) }
    }
    throw FileError(.create, folder(name("")), number: EEXIST)
  }

  /// Writes a document as JSON.
  /// - Returns: its digest.
  static func write(_ document: some Encodable, _ path: String) throws(GalleyError) -> Digest {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      let data = try encoder.encode(document)
      try AtomicFile.write(data, to: path)
      return Digest(of: data)
    } catch let error as FileError {
      throw GalleyError(writing: error, "can't write the run's documents")
    } catch {
      throw GalleyError(.software, "can't write the run's documents", at: path, why: "\(error)")
    }
  }

  /// Lets `latest` point at this run, replacing an earlier link at once.
  func becomeLatest() throws(GalleyError) {
    let link = "\(workspace.path)/latest"
    let temporary = "\(workspace.path)/.latest-\(id)"
    guard symlink("runs/\(id)", temporary) == 0, rename(temporary, link) == 0 else {
      let error = FileError(.create, link)
      unlink(temporary)
      throw GalleyError(writing: error, "can't note the latest run")
    }
  }

  /// Files of a result with paths relative to the run's folder.
  func relative(_ files: [String: VerbResult.ProducedFile]) -> [String: VerbResult.ProducedFile] {
    files.mapValues { file in
      var file = file
      if file.path.hasPrefix(path + "/") { file.path = String(file.path.dropFirst(path.count + 1)) }
      return file
    }
  }
}
