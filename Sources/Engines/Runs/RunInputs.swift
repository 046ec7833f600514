// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import FoundationEssentials
internal import Galley

extension ReadData {
  /// Writes what the backend reads, unless it is there already: the file is named by its content.
  /// - Parameter digest: that of the contents.
  /// - Throws: `GalleyError` if it can't be written, or an item of an archive can't be read.
  func write(to file: (path: String, contents: Data), _ digest: Digest) throws(GalleyError) -> DataReference {
    do throws(FileError) {
      if !Self.holds(file.path, digest) { try AtomicFile.write(file.contents, to: file.path) }
    } catch {
      throw GalleyError(writing: error, "can't write the data down")
    }
    switch content {
    case .prepared: return .prepared(path: file.path, digest: digest)
    case .listing(_, let unpacked):
      var bytes = ItemBytes()
      for (path, source) in unpacked.sorted(by: { $0.key < $1.key }) where !FileManager.default.fileExists(atPath: path)
      {
        guard let data = try bytes.read(source) else {
          throw GalleyError(.badData, "can't unpack an item", at: self.path, why: "it has pixels and no file")
        }
        do throws(FileError) {
          try AtomicFile.write(data, to: path)
        } catch {
          throw GalleyError(writing: error, "can't unpack an item")
        }
      }
      return .listing(path: file.path, digest: digest)
    }
  }

  private static func holds(_ path: String, _ digest: Digest) -> Bool {
    (try? Digest(ofFileAt: path)) == digest
  }

  /// The ids of all items, in their order.
  var ids: [String] {
    switch content {
    case .listing(let listing, _): listing.items.map(\.id)
    case .prepared(let data): Subset.allCases.flatMap { data.subsets[$0]?.ids ?? [] }
    }
  }
}

extension VerbRequest.Work {
  /// The same with the folder in which the interrupted run's backend wrote, if a run is to go on.
  /// - Throws: `GalleyError` if there is no such run.
  func resuming(in workspace: EngineWorkspace) throws(GalleyError) -> VerbRequest.Work {
    guard case .train(var options) = self, let name = options.resume else { return self }
    if !FileManager.default.fileExists(atPath: name) {
      options.resume = "\(workspace.folder(of: try workspace.run(name).id))/outputs"
    } else if FileManager.default.fileExists(atPath: "\(name)/manifest.json") {
      options.resume = "\(name)/outputs"
    }
    return .train(options)
  }
}

extension ModelReference {
  /// SHA-256 of the model's file, or of the architecture with its options.
  func identity() throws(GalleyError) -> Digest {
    switch self {
    case .file(let file, _): return file.digest
    case .checkpoint(let path):
      do throws(FileError) {
        return try Digest(ofFileAt: path)
      } catch {
        throw GalleyError(.missingInput, "can't read the checkpoint", at: path, why: error.reason)
      }
    case .architecture(let choice):
      let options = choice.options.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }
      return Digest(of: "\(choice.name)\n" + options.joined())
    }
  }
}

extension EnginePlan {
  /// The seeds among the values, by path.
  var seeds: [String: Int] {
    var seeds: [String: Int] = [:]
    for value in values where value.path.lowercased().hasSuffix("seed") {
      if case .int(let number) = value.value { seeds[value.path] = number }
    }
    return seeds
  }
}
