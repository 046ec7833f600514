// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley
internal import Glibc

/// Lists and look-ups.
extension Pantry {
  /// All artifacts, sorted, with everything that is known of them.
  /// - Throws: `GalleyError` if the artifacts' folder can't be read.
  public func artifacts(sortedBy order: ArtifactOrder = .name) throws -> [Artifact] {
    order.sort(try knownArtifacts())
  }

  /// The same, with the times of last use read from the files rather than from the index.
  func artifactsByUse() throws -> [Artifact] {
    ArtifactOrder.lastUsed.sort(ArtifactTimes(root: root).complete(try knownArtifacts()))
  }

  /// One artifact with everything that is known of it; `nil` if it isn't there.
  /// - Throws: `GalleyError` if the artifacts' folder can't be read.
  public func artifact(_ digest: Digest) throws -> Artifact? {
    try artifacts(sortedBy: .digest).first { $0.digest == digest }
  }

  /// The artifact or folder with this name, or with a digest that begins with these digits.
  /// - Parameter text: at least six hexadecimal digits, or a name.
  /// - Throws: `GalleyError` if there is none, or more than one; the candidates are named.
  public func find(_ text: String) throws -> Digest {
    if let digest = Digest(hex: text), contains(digest) || containsFolder(digest) { return digest }
    var found = Set(digests(withPrefix: text))
    let named = try artifacts(sortedBy: .digest) + folders()
    found.formUnion(named.filter { $0.name == text }.map(\.digest))
    guard let only = found.first else { throw unknown(text, named) }
    guard found.count == 1 else {
      let names = Dictionary(named.map { ($0.digest, $0.name) }) { first, _ in first }
      let list = found.sorted().prefix(10).map { "\($0.short) \((names[$0] ?? nil) ?? "")" }
        .joined(separator: ", ")
      throw GalleyError(
        .usage, "can't tell which artifact is meant by '\(text)'", at: root,
        why: "\(found.count) fit: \(list)", remedy: "Give more digits.")
    }
    return only
  }

  private func digests(withPrefix text: String) -> [Digest] {
    let prefix = text.lowercased()
    guard prefix.utf8.count >= 6, prefix.utf8.count <= 64 else { return [] }
    let shard = String(prefix.prefix(2))
    guard IndexReconciliation.isShard(shard) else { return [] }
    let files = ArtifactFiles(FolderScan("\(root)/artifacts/\(shard)"), shard: shard)
    return (files.artifacts.keys + FolderShelf(root: root).folders).filter { $0.hex.hasPrefix(prefix) }
  }

  private func unknown(_ text: String, _ artifacts: [Artifact]) -> GalleyError {
    let isShort = text.utf8.count < 6 && artifacts.contains { $0.digest.hex.hasPrefix(text.lowercased()) }
    let near = artifacts.compactMap(\.name).filter { $0.lowercased().contains(text.lowercased()) }
    let hint = Set(near).sorted().prefix(3).joined(separator: ", ")
    return GalleyError(
      .missingInput, "can't find the artifact '\(text)'", at: root,
      why: isShort ? "fewer than six digits are not enough" : "no artifact has this name or these first digits",
      remedy: hint.isEmpty ? "galley pantry list shows what is there." : "Is one of these meant: \(hint)?")
  }

  /// What is known of all artifacts, in the order of their digests, from the index or, without it, from the files.
  private func knownArtifacts() throws -> [Artifact] {
    do {
      return try index.useUpToDate { try IndexListing(database: $0, root: root).read() }
    } catch {
      guard FileStatus("\(root)/artifacts") != nil else { throw error }
      notifyUnavailable(error)
      return scannedArtifacts()
    }
  }

  private func scannedArtifacts() -> [Artifact] {
    var users: [Digest: [ArtifactUser]] = [:]
    for record in scannedRecords() {
      for digest in Set(record.outputs.values) { users[digest, default: []].append(record.user) }
    }
    return ArtifactFiles.shards(of: root).flatMap { shard in
      ArtifactFiles(FolderScan("\(root)/artifacts/\(shard)"), shard: shard).artifacts
        .sorted { $0.key < $1.key }
        .map { IndexRow.reading($0.key, $0.value, in: root).artifact(users: users[$0.key] ?? []) }
    }
  }
}
