// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Workers

/// Registers the workers that a bundle brings, in the same step in which its content gets its names.
struct WorkerImport {
  private static let most = 16 << 20

  private let pantry: Pantry
  private let manifest: Manifest

  init(_ manifest: Manifest, into pantry: Pantry) {
    self.manifest = manifest
    self.pantry = pantry
  }

  /// Adds the entries of the register to a delivery.
  /// - Returns: The names of the workers that have new ones.
  /// - Throws: `GalleyError`: `badData` if the bundle doesn't hold what an entry names, `configuration` if another worker
  ///   is in the way.
  func add(to delivery: PantryDelivery) throws -> [String] {
    let register = WorkerRegister(home: WorkerHome(root: pantry.root))
    var names: Set<String> = []
    var registered: [String] = []
    for artifact in manifest.artifacts
    where artifact.role == ArtifactRequirement.Role.toolchain.rawValue
      && artifact.name.map(CarriedWorker.isDocument) == true
    {
      let worker = try CarriedWorker(try document(artifact.digest, delivery), at: artifact.name ?? artifact.digest.hex)
      guard names.insert(worker.name).inserted else { throw refusal(worker, "it is there twice") }
      guard manifest.trees.contains(where: { $0.digest == worker.folder }) || pantry.containsFolder(worker.folder)
      else {
        throw refusal(worker, "its folder (\(worker.folder.short)) isn't in the bundle")
      }
      let isThere = manifest.trees.contains { $0.kind == .interpreter && $0.name == worker.interpreter }
      guard isThere || pantry.tree(worker.interpreter)?.kind == .interpreter else {
        throw refusal(worker, "its interpreter (\(worker.interpreter)) isn't in the bundle")
      }
      guard let entry = try register.entry(of: worker) else { continue }
      try delivery.add(document: entry.data, at: entry.path)
      registered.append(worker.name)
    }
    return registered
  }

  private func document(_ digest: Digest, _ delivery: PantryDelivery) throws -> Data {
    let path = delivery.place(forArtifact: digest) ?? pantry.path(of: digest)
    guard let size = FileSizes.size(of: path), size <= Self.most else {
      throw GalleyError(
        .badData, BundleImport.what, at: digest.hex, why: "what it says of a worker is missing or too long",
        remedy: "Whoever made the bundle must export it again.")
    }
    return try Data(contentsOf: URL(filePath: path))
  }

  private func refusal(_ worker: CarriedWorker, _ why: String) -> GalleyError {
    GalleyError(
      .badData, BundleImport.what, at: "the worker \(worker.name)", why: why,
      remedy: "Whoever made the bundle must export it again.")
  }
}
