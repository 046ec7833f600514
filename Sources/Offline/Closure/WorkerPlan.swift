// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Workers
internal import Files
internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
public import Pantry

/// What a registered worker consists of, or why it can't be carried.
struct WorkerPlan: Sendable {
  /// What is carried of it.
  struct Load: Sendable {
    var parts: WorkerParts
    /// What its folder will hold.
    var folder: FolderContent
    var python: StagedTree
    /// Libraries that its packages expect of the system; `nil` if they need none, or nobody knows before they are here.
    var packages: StagedTree?

    /// All trees.
    var trees: [StagedTree] { [python] + (packages.map { [$0] } ?? []) }
  }

  let worker: RegisteredWorker
  let load: Result<Load, GalleyError>

  /// The worker's name in a list of what is needed.
  var itemName: String { "the worker \(worker.name)" }
}

extension ClosureSources {
  /// The same sources with what registered workers consist of: their files are read, and their interpreters are asked
  /// what they are made of. Nothing of a worker is run.
  ///
  /// Without this a worker is one thing of unknown content, which no bundle has.
  /// - Parameter family: The recipes that are asked about: workers that they don't name aren't looked at, since that takes
  ///   seconds for each; `nil` to look at all.
  public func including(
    _ workers: [RegisteredWorker], for family: RecipeFamily? = nil, in pantry: Pantry
  ) async -> ClosureSources {
    let programs = family?.programs
    let workers = workers.filter { programs?.contains($0.digest) ?? true }
    guard !workers.isEmpty else { return self }
    var sources = self
    let planning = WorkerPlanning(pantry, facts.digests)
    for worker in workers { sources.workers.append(await planning.plan(worker)) }
    planning.digests.save()
    return sources
  }
}

/// Finds out what workers consist of; an interpreter that several use is gathered once.
final class WorkerPlanning {
  let digests: DigestCache
  private let pantry: Pantry
  private var interpreters: [WorkerParts.Interpreter: StagedTree] = [:]

  /// Prepares.
  /// - Parameter digests: Digests that were computed before.
  init(_ pantry: Pantry, _ digests: DigestCache? = nil) {
    self.pantry = pantry
    self.digests = digests ?? DigestCache(pantry)
  }

  func plan(_ worker: RegisteredWorker) async -> WorkerPlan {
    do {
      let parts = try await WorkerParts.of(worker, in: pantry, variables: ProcessInfo.processInfo.environment)
      return WorkerPlan(worker: worker, load: .success(try await load(parts)))
    } catch let error as GalleyError {
      return WorkerPlan(worker: worker, load: .failure(error))
    } catch {
      let why = "\(error)"
      return WorkerPlan(worker: worker, load: .failure(.init(.software, "can't carry the worker", why: why)))
    }
  }

  /// What is carried of a worker.
  /// - Throws: `GalleyError` if something of it can't be read.
  func load(_ parts: WorkerParts) async throws -> WorkerPlan.Load {
    let loader = try DynamicLoader()
    let python = try await interpreter(parts.interpreter, loader)
    var load = WorkerPlan.Load(parts: parts, folder: try folder(of: parts), python: python)
    if let environment = parts.environment, let lock = parts.lock {
      let staging = PackagesStaging(
        environment: environment, name: CarriedPython.packagesTree(lock), pantry: pantry)
      load.packages = try await staging.tree(loader, digests, beside: python)
    }
    return load
  }

  private func interpreter(
    _ interpreter: WorkerParts.Interpreter, _ loader: DynamicLoader
  ) async throws -> StagedTree {
    if let known = interpreters[interpreter] { return known }
    // What the wheels' standard and their installer take for granted on every machine; this program has them.
    let common = try await loader.libraries(of: NativeLibraryLocator.runningExecutable)
      .filter { ["libgcc_s.so.1", "libstdc++.so.6"].contains($0.name) }
    let staged = try await PythonStaging(interpreter: interpreter, pantry: pantry).tree(
      loader, digests, common: Dictionary(common.map { ($0.name, $0.path) }) { first, _ in first })
    interpreters[interpreter] = staged
    return staged
  }

  private func folder(of parts: WorkerParts) throws -> FolderContent {
    var entries: [FolderContent.Entry] = []
    for (path, file) in parts.files {
      do throws(FileError) {
        let digest = try digests.digest(ofFileAt: file)
        entries.append(.init(path: path, digest: digest, byteCount: FileSizes.size(of: file) ?? 0))
      } catch {
        throw GalleyError(.missingInput, "can't carry the worker", at: error.path, why: error.reason)
      }
    }
    return FolderContent(entries: entries)
  }
}
