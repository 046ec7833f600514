// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import NativeLibraries
import Offline
import Pantry
import PeerSupport
import Recipes
import Workers

/// An office with workers, and a site with an empty home.
struct WorkerBench {
  let folder: String
  let office: Pantry
  let site: Pantry

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appending(path: "carried-\(UUID().uuidString)")
      .resolvingSymlinksInPath().path
    office = try Pantry(root: "\(folder)/office")
    site = try Pantry(root: "\(folder)/site")
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, _ name: String) throws {
    let url = URL(filePath: "\(folder)/files/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Registers a file in the office.
  func register(_ name: String, python: String? = nil) async throws -> RegisteredWorker {
    let program = try WorkerProgram(argument: "\(folder)/files/\(name)")
    return try await WorkerRegister(home: WorkerHome(root: office.root)).add(program, python: python)
  }

  /// What the office has, with what its workers consist of.
  func sources(
    _ workers: [RegisteredWorker], _ holdings: (any Holdings)? = nil, for family: RecipeFamily? = nil
  ) async -> ClosureSources {
    let locator = NativeLibraryLocator(
      environment: ["GALLEY_NATIVE": "\(folder)/native", "GALLEY_HOME": office.root],
      executable: "\(folder)/bin/galley")
    let sources = ClosureSources(
      holdings: holdings ?? MachineHoldings(office), locator: locator, program: "\(folder)/bin/galley")
    return await sources.including(workers, for: family, in: office)
  }

  /// The closure of a recipe whose data set is a worker's.
  func closure(_ data: [String], _ workers: [RegisteredWorker], _ sources: ClosureSources) throws -> Closure {
    Closure(try family(data, workers), sources)
  }

  /// Recipes whose data sets are workers'.
  func family(_ data: [String], _ workers: [RegisteredWorker]) throws -> RecipeFamily {
    let cards = try ClosureFixture.catalogue().cards.filter { $0.taxonomy != "data.classification.stripes" }
    let catalogue = try CardCatalogue(cards + workers.flatMap(\.cards))
    let variants = data.map { "  - {name: \($0), set: {data: \($0)}}\n" }.joined()
    let text = """
      recipe: carried
      task: classification
      data: \(data.first ?? "")
      model: {architecture: {use: small-convnet, width: 16}}
      variants:
      \(variants)
      """
    let draft = try RecipeDraft(text: text, path: "carried.yaml", folder: folder, catalogue: catalogue)
    return try RecipeFamily(of: draft)
  }

  /// Brings workers from the office to the site in a bundle.
  func carry(_ kept: [KeptWorker], artifacts: [Digest] = []) throws -> BundleImport.Outcome {
    let document = try office.store(Data("recipe".utf8))
    let claim = KeptClaim(
      recipe: "carried", recipeDigest: document, document: document, task: .bench, platform: Platform.current,
      artifacts: kept.map(\.record) + artifacts, folders: kept.map(\.folder), trees: Array(Set(kept.flatMap(\.trees))))
    let key = SigningKey()
    let order = BundleExport.Order(name: "site", claims: [claim])
    _ = try BundleExport(order, from: office).write(to: "\(folder)/site.galley", keys: [key])
    let trust = try TrustRoot(keys: [.init(name: "office", key: key.verifyingKey)])
    return try BundleImport(into: site, trust: trust).run("\(folder)/site.galley")
  }

  /// Runs a program to its end.
  static func run(_ program: String, _ arguments: [String]) throws {
    let process = try Process.run(URL(filePath: program), arguments: arguments)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw GalleyError(.software, "can't run a test's program", at: program, why: "\(process.terminationStatus)")
    }
  }

  /// What the only data set of a worker says at the site.
  func labels(of name: String) async throws -> [String] {
    let worker = try WorkerRegister(home: WorkerHome(root: site.root)).read(name)
    guard let card = worker.cards(.data).first else { return [] }
    return try await WorkerDataset(.init(offer: worker.offer(card, [:]))).items(relativeTo: "/").labels
  }

  /// A data set whose labels tell where it runs: the interpreter, what a module beside the file says, and which native
  /// code is mapped.
  static func source(_ name: String, _ lines: String = "", said: String = "helper.WORD") -> String {
    """
    import ctypes, hashlib, lzma, sqlite3, ssl, sys, zlib
    import galley, helper
    \(lines)

    class \(name.capitalized)(galley.Dataset):
        "Where it runs."
        taxonomy = "data.classification.\(name)"

        def items(self):
            with open("/proc/self/maps") as file:
                maps = {line.split()[-1] for line in file if ".so" in line}
            return galley.LabeledItems(
                ["a", "b", "c"], galley.Tensor(bytes(12), "uint8", (3, 2, 2, 1)), [0, 1, 2],
                [sys.executable, str(\(said)), " ".join(sorted(maps))])
    """
  }
}
