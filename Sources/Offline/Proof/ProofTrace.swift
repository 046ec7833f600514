// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Pantry
internal import Sandbox
internal import Workers

/// What a claim's run opened, by whose it is.
struct ProofTrace {
  private(set) var artifacts: Set<Digest> = []
  private(set) var folders: [Digest: Int] = [:]
  private(set) var trees: [String: Int] = [:]
  private(set) var host: Set<String> = []
  private(set) var outside: Set<String> = []
  private(set) var absent: Set<String> = []

  init(_ record: SandboxRecord, _ places: ProofPlaces) {
    for entry in record.opened + record.executed {
      guard entry.existed else {
        // What is made anew, and the home's own records, are no content that could be missing.
        let isMade = entry.isWritten || [.home, .run].contains(places.place(of: entry.path))
        if !isMade { absent.insert(places.shown(entry.path)) }
        continue
      }
      let path = entry.resolved ?? entry.path
      switch places.place(of: path) {
      case .artifact(let digest): artifacts.insert(digest)
      case .folder(let digest): folders[digest, default: 0] += 1
      case .tree(let name): trees[name, default: 0] += 1
      case .host: host.insert(places.host.entry(of: path) ?? path)
      case .outside: outside.insert(path)
      case .home, .run, .skeleton: break
      }
    }
  }
}

/// What of a home was used, held against what the claim declares.
struct ProofComparison {
  private(set) var used: [ProofRecord.Content] = []
  private(set) var unused: [ProofRecord.Content] = []
  private(set) var undeclared: [ProofRecord.Content] = []

  /// - Parameter before: the artifacts that the home held before the run; later ones the run made itself.
  init(_ claim: KeptClaim, _ trace: ProofTrace, before: [Digest: String?]) {
    let declared = Set(claim.artifacts)
    for digest in declared.union(trace.artifacts).union([claim.document]).sorted() {
      guard let name = before[digest] else { continue }
      // What registers a worker was used by the import.
      let isUsed =
        trace.artifacts.contains(digest) || digest == claim.document || name.map(CarriedWorker.isDocument) == true
      let content = ProofRecord.Content(kind: .artifact, name: name, digest: digest, files: isUsed ? 1 : 0)
      sort(content, isDeclared: declared.contains(digest) || digest == claim.document)
    }
    for digest in Set(claim.folders).union(trace.folders.keys).sorted() {
      let content = ProofRecord.Content(kind: .folder, name: nil, digest: digest, files: trace.folders[digest] ?? 0)
      sort(content, isDeclared: claim.folders.contains(digest))
    }
    let named = Dictionary(claim.trees.map { ($0.name, $0.digest) }) { first, _ in first }
    for name in Set(named.keys).union(trace.trees.keys).sorted() {
      let content = ProofRecord.Content(kind: .tree, name: name, digest: named[name], files: trace.trees[name] ?? 0)
      sort(content, isDeclared: named[name] != nil)
    }
  }

  private mutating func sort(_ content: ProofRecord.Content, isDeclared: Bool) {
    if content.files > 0 { used.append(content) }
    if content.files == 0, isDeclared { unused.append(content) }
    if content.files > 0, !isDeclared { undeclared.append(content) }
  }
}
