// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import NativeLibraries
import Offline
import Pantry
import Recipes
import Sandbox
import Testing

/// The real program, proven in a home that holds nothing but what was put there.
@Suite(
  .serialized,
  .enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct ProofTests {
  private static let digits = Program.root + "Examples/digits/data/digits.csv"

  /// A home with this machine's programs and libraries, and a claim on a recipe over the digits.
  private func prepared(_ program: Program, _ task: ClaimedTask) async throws -> (home: Pantry, claim: KeptClaim) {
    let home = try Pantry(root: "\(program.folder)/home")
    let staging = try await MachineStaging.gather(for: home, executable: Program.executable)
    _ = try await OfflineSetup(staging, into: home).run()
    let data = try home.store(Data(contentsOf: URL(filePath: Self.digits)), note: ArtifactNote(name: "digits.csv"))
    let recipe = try String(contentsOfFile: program.writeRecipe(), encoding: .utf8)
      .replacingOccurrences(of: Self.digits, with: "sha256:\(data.hex)")
    let document = try home.store(Data(recipe.utf8), note: ArtifactNote(name: "recipe.yaml"))
    let claim = KeptClaim(
      recipe: "quick", recipeDigest: document, document: document, task: task,
      platform: try HostFiles.ofThisMachine().platform, artifacts: [data], folders: [],
      trees: home.trees().map { .init(name: $0.name, digest: $0.digest) })
    return (home, claim)
  }

  @Test func aRecipeIsProvenFromItsHomeAloneAndNotWithoutAnyOneObject() async throws {
    let program = try Program()
    defer { program.remove() }
    let (home, claim) = try await prepared(program, .bench)
    let record = try await ClaimProof(of: claim, in: home).run()
    print(record.text)
    #expect(record.failures == [])
    #expect(record.isolation == "namespaces")
    #expect(record.connections == [])
    #expect(record.sockets.allSatisfy { ![2, 10].contains($0.family) })
    #expect(record.undeclared == [] && record.outside == [])
    let used = Set(record.used.compactMap(\.name))
    for name in ["digits.csv", "programs"] { #expect(used.contains(name), "\(used)") }
    for library in [NativeLibrary.galleyTorch, .onnxRuntime] {
      #expect(used.contains { $0.hasPrefix(library.name) }, "\(library.name): \(used)")
    }
    #expect(!record.host.contains { $0.hasPrefix("/usr/") || $0.hasPrefix("/opt/") || $0.hasPrefix("/home/") })

    for digest in claim.artifacts {
      let path = home.path(of: digest)
      try FileManager.default.moveItem(atPath: path, toPath: "\(program.folder)/taken")
      let without = try await ClaimProof(of: claim, in: home).run()
      #expect(!without.isPassed, "without \(digest.short)")
      #expect(without.failures.first?.contains("exit code") == true, "\(without.failures)")
      try FileManager.default.moveItem(atPath: "\(program.folder)/taken", toPath: path)
    }
  }
}
