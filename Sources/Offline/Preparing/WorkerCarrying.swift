// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
internal import FoundationEssentials
internal import Galley
package import Pantry
internal import Recipes
internal import Workers

/// A worker as the pantry has it, ready for bundles.
package struct KeptWorker: Sendable {
  /// The artifact that says how it is registered.
  package var record: Digest
  /// The folder of its files.
  package var folder: Digest
  /// The trees that it runs on.
  package var trees: [KeptClaim.Tree]
}

/// Brings workers into the pantry, once their wheels are there: files, interpreters, and the libraries that packages
/// expect of the system.
package struct WorkerCarrying {
  private let pantry: Pantry
  private let licences: LicenceRules

  /// Prepares.
  /// - Parameter licences: Which licences wheels may have.
  package init(_ pantry: Pantry, _ licences: LicenceRules) { (self.pantry, self.licences) = (pantry, licences) }

  /// Puts workers into the pantry.
  /// - Parameters:
  ///   - sources: What the workers consist of.
  ///   - names: The names of their items in a closure.
  /// - Returns: What is there of each, by the name of its item in a closure.
  /// - Throws: `GalleyError`: `configuration` if one can't be carried or a licence is refused, which may be known only
  ///   now that the wheels are here.
  package func keep(_ names: Set<String>, of sources: ClosureSources) async throws -> [String: KeptWorker] {
    let planning = WorkerPlanning(pantry)
    var loads: [(plan: WorkerPlan, load: WorkerPlan.Load)] = []
    for plan in sources.workers where names.contains(plan.itemName) {
      loads.append((plan, try await complete(plan, planning)))
    }
    var trees: [StagedTree] = []
    for tree in loads.flatMap(\.load.trees) where !trees.contains(where: { $0.tree.name == tree.tree.name }) {
      trees.append(tree)
    }
    // Before delivering, which adds to the same file.
    planning.digests.save()
    if !trees.isEmpty { _ = try StagedTree.deliver(trees, into: pantry, id: "workers") }
    var kept: [String: KeptWorker] = [:]
    for (plan, load) in loads { kept[plan.itemName] = try await keep(load) }
    return kept
  }

  /// A worker with the environment that its lock asks for, which tells what its packages expect of the system.
  private func complete(_ plan: WorkerPlan, _ planning: WorkerPlanning) async throws -> WorkerPlan.Load {
    let load = try plan.load.get()
    guard !load.parts.wheels.isEmpty else { return load }
    for wheel in load.parts.wheels { try note(wheel, of: plan.worker) }
    // Its environment was here when it was looked at: what it imports and needs is known.
    if load.parts.environment != nil { return load }
    let pantry = pantry
    let maker = EnvironmentMaker(
      pantry: pantry, variables: ProcessInfo.processInfo.environment, isOffline: true
    ) { try Self.held($0, pantry) }
    _ = try await maker.sync(plan.worker.source.program, python: load.parts.interpreter.executable)
    // Once more, now that everything is here: what it imports may come from elsewhere than its lock.
    let parts = try await WorkerParts.of(
      plan.worker, in: pantry, variables: ProcessInfo.processInfo.environment)
    return try await planning.load(parts)
  }

  private static func held(_ requirement: ArtifactRequirement, _ pantry: Pantry) throws(GalleyError) -> Digest {
    if let digest = requirement.digest, pantry.contains(digest) { return digest }
    throw GalleyError(.missingInput, "can't carry the worker", at: requirement.name, why: "it is not in the pantry")
  }

  /// Keeps what a wheel states of its licence, which nobody knew before it was here.
  private func note(_ wheel: ArtifactRequirement, of worker: RegisteredWorker) throws {
    guard let digest = wheel.digest, pantry.contains(digest) else { return }
    let path = pantry.path(of: digest)
    let licence = WheelLicence.stated(in: path)
    if case .refused(let reason) = licences.verdict(licence) {
      throw GalleyError(
        .configuration, Preparation.what, at: "licences",
        why: "\(wheel.name): \(reason); needed by the worker \(worker.name)",
        remedy: "Choose what does without, or change --refuse-licence and --allow-licence.")
    }
    guard licence != nil else { return }
    _ = try pantry.store(
      fileAt: path,
      note: ArtifactNote(name: wheel.name, role: wheel.role, origin: wheel.origins.first, licence: licence),
      expecting: digest)
  }

  private func keep(_ load: WorkerPlan.Load) async throws -> KeptWorker {
    let parts = load.parts
    let folder = try await pantry.withWorkFolder { work in
      let source = "\(work)/worker"
      for (path, file) in parts.files {
        do throws(FileError) {
          try AtomicFile.copy(file, to: "\(source)/\(path)")
        } catch {
          throw GalleyError(writing: error, "can't carry the worker")
        }
      }
      return try pantry.store(
        folderAt: source, note: ArtifactNote(name: parts.worker.name, role: .toolchain), expecting: load.folder.digest)
    }
    let carried = CarriedWorker(
      parts.worker, folder: folder, programName: parts.programName, interpreter: load.python.tree.name)
    let record = try pantry.store(
      carried.document(), note: ArtifactNote(name: carried.documentName, role: .toolchain))
    return KeptWorker(
      record: record, folder: folder,
      trees: load.trees.map { KeptClaim.Tree(name: $0.tree.name, digest: $0.tree.digest) })
  }
}
