// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Where on this machine an artifact's bytes may lie already. What is found are only candidates: a name proves nothing.
struct LocalSearch: Sendable {
  let requirement: ArtifactRequirement
  let caches: [CacheFolder]

  /// Paths of files to be checked, most likely first, each once.
  var candidates: [String] {
    var seen: Set<String> = []
    return caches.flatMap(candidates(in:)).filter { path in
      guard seen.insert(path).inserted, let size = FilePaths.size(ofFileAt: path) else { return false }
      return requirement.byteCount.map { $0 == size } ?? true
    }
  }

  private func candidates(in cache: CacheFolder) -> [String] {
    switch cache {
    case .huggingFace(let path): huggingFaceCandidates(path)
    case .torchHub(let path), .folder(let path): fileNames.map { "\(path)/\($0)" }
    }
  }

  /// The artifact's name and the last words of its addresses.
  private var fileNames: [String] {
    let named = requirement.origins.compactMap { (try? Origin($0)).flatMap(Self.fileName) }
    return ([requirement.name] + named).filter(Self.isPlain)
  }

  private static func fileName(of origin: Origin) -> String? {
    switch origin {
    case .web(let address): address.pathWords.last
    case .file: nil
    }
  }

  /// The layout that huggingface_hub documents: `models--ORG--NAME/blobs/DIGEST`, where a large file's digest is its
  /// SHA-256, and `snapshots/REVISION/FILE`, a link to it.
  private func huggingFaceCandidates(_ cache: String) -> [String] {
    var found = requirement.origins.compactMap { (try? Origin($0)).flatMap(HubFile.init) }.flatMap { file in
      names(in: "\(cache)/\(file.repository)/snapshots").map {
        "\(cache)/\(file.repository)/snapshots/\($0)/\(file.path)"
      }
    }
    if let digest = requirement.digest {
      let repositories = names(in: cache).filter { $0.hasPrefix("models--") || $0.hasPrefix("datasets--") }
      found += repositories.map { "\(cache)/\($0)/blobs/\(digest.hex)" }
    }
    return found
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains { $0 == "/" || $0 == "\0" }
  }

  /// A file of a repository on huggingface.co: `/ORG/NAME/resolve/REVISION/FILE`, with `/datasets` before it for data.
  private struct HubFile {
    let repository: String
    let path: String

    init?(_ origin: Origin) {
      guard case .web(let address) = origin, address.host == "huggingface.co" else { return nil }
      var words = address.pathWords
      let isData = words.first == "datasets"
      if isData { words.removeFirst() }
      guard let resolve = words.firstIndex(of: "resolve"), (1...2).contains(resolve), words.count > resolve + 2 else {
        return nil
      }
      // The revision may hold a slash: refs/pr/1. Which snapshot it means is not asked, because the digest decides.
      guard (words[..<resolve] + words[(resolve + 2)...]).allSatisfy(LocalSearch.isPlain) else { return nil }
      repository = ([isData ? "datasets" : "models"] + words[..<resolve]).joined(separator: "--")
      path = words[(resolve + 2)...].joined(separator: "/")
    }
  }
}
