// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Sandbox
import Testing

/// From a connected machine to a site without network, as a person goes: prepare, sign, export; trust, verify, import,
/// run.
@Suite(
  .serialized,
  .enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct OfflineJourneyTests {
  private struct Prepared: Decodable {
    struct Claim: Decodable {
      var id: String
      var state: String
    }
    var claims: [Claim]
  }

  /// A recipe over a folder of photographs.
  private func photoRecipe(_ program: Program) throws -> String {
    try ImageSet([("", 12)]).write(to: "\(program.folder)/photos")
    let text = """
      recipe: photos
      task: classification
      data: {use: images, path: photos, height: 16, width: 16}
      model: {architecture: {use: small-convnet, width: 4, depth: 2}}
      trainer: {epochs: 1, augmentation: none}
      measurement: {processes: 3, blocks: 2, blockMilliseconds: 1}
      """
    let path = "\(program.folder)/photos.yaml"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  /// Runs an imported claim where there is nothing but the imported home: no network, no checkout, no system libraries.
  private func runAtSite(_ claim: String, home: String, _ folder: String) async throws -> SandboxRecord {
    let host = try HostFiles.ofThisMachine()
    return try await SandboxedCommand(
      program: "\(home)/programs/galley", arguments: ["run", claim, "--output", "\(home)/output"],
      environment: ["GALLEY_HOME": home, "GALLEY_OFFLINE": "1"], folder: home,
      mounts: host.mounts + [.temporary("/tmp"), .temporary("/dev/shm"), .writable(home)], timeLimit: .seconds(600),
      output: "\(folder)/site.out", errors: "\(folder)/site.err"
    ).run()
  }

  /// Takes a signed bundle to a site: refused until its key is trusted, then verified, imported, and run.
  private func carry(_ bundle: String, key: String, claim: String, to site: Program) async throws {
    let untrusted = try await site.run(["offline", "import", bundle])
    #expect(untrusted.status != 0 && untrusted.errors.contains("trust"), "\(untrusted.errors)")
    #expect(try await site.run(["offline", "trust", "add", "\(key).pub"]).status == 0)
    let verified = try await site.run(["offline", "verify", bundle])
    #expect(verified.status == 0 && verified.output.contains("proven"), "\(verified.errors)\(verified.output)")
    let imported = try await site.run(["offline", "import", bundle])
    #expect(imported.status == 0, "\(imported.errors)")
    let home = "\(site.folder)/pantry"
    let record = try await runAtSite(claim, home: home, site.folder)
    #expect(record.isSuccess, "\(record.exit) \((try? site.text("site.err")) ?? "")")
    #expect(record.isSilent)
    #expect(FileManager.default.fileExists(atPath: "\(home)/output/report.html"))
  }

  @Test func anImageRecipeTravelsInOneSignedFileAndRunsWhereThereIsNothingElse() async throws {
    let (office, site) = (try Program(), try Program())
    defer {
      office.remove()
      site.remove()
    }
    let prepared = try await office.run(["offline", "prepare", try photoRecipe(office), "--json"])
    #expect(prepared.status == 0, "\(prepared.errors)\(prepared.output)")
    let claims = try JSONDecoder().decode(Prepared.self, from: Data(prepared.output.utf8)).claims
    #expect(claims.map(\.state) == ["proven"])
    let claim = try #require(claims.first?.id)

    let (key, bundle) = ("\(office.folder)/site.key", "\(office.folder)/site.galley")
    #expect(try await office.run(["offline", "key", "new", key]).status == 0)
    let exported = try await office.run(["offline", "export", "-o", bundle, "--key", key, "--all", "--name", "site"])
    #expect(exported.status == 0, "\(exported.errors)")
    try await carry(bundle, key: key, claim: claim, to: site)
  }

  @Test func digitsAreClosedFirstAndProvenFromTheirBundle() async throws {
    let (office, site) = (try Program(), try Program())
    defer {
      office.remove()
      site.remove()
    }
    let recipe = try office.writeRecipe()
    let prepared = try await office.run(["offline", "prepare", recipe, "--no-proof", "--json"])
    #expect(prepared.status == 0, "\(prepared.errors)\(prepared.output)")
    let claims = try JSONDecoder().decode(Prepared.self, from: Data(prepared.output.utf8)).claims
    #expect(claims.map(\.state) == ["closed"])
    let claim = try #require(claims.first?.id)

    let (key, bundle, proven) = ("\(office.folder)/k", "\(office.folder)/a.galley", "\(office.folder)/b.galley")
    #expect(try await office.run(["offline", "key", "new", key]).status == 0)
    #expect(try await office.run(["offline", "trust", "add", "\(key).pub"]).status == 0)
    let exported = try await office.run(["offline", "export", "-o", bundle, "--key", key])
    #expect(exported.status == 0, "\(exported.errors)")
    let proof = try await office.run(["offline", "prove", bundle, "-o", proven, "--key", key])
    #expect(proof.status == 0 && proof.output.contains("proven"), "\(proof.errors)\(proof.output)")
    try await carry(proven, key: key, claim: claim, to: site)

    // What was proven stays so when the same content is prepared again without a proof; a site takes no older bundle.
    let older = try await site.run(["offline", "import", bundle])
    #expect(older.status == 65, "\(older.errors)")
    let again = try await office.run(["offline", "prepare", recipe, "--json"])
    #expect(again.status == 0, "\(again.errors)")
    let kept = try await office.run(["offline", "prepare", recipe, "--no-proof", "--json"])
    #expect(kept.output.contains(#""state" : "proven""#), "\(kept.output)")
  }

  @Test func dataAtTheSiteIsStoodInForAndSaid() async throws {
    let program = try Program()
    defer { program.remove() }
    let recipe = try photoRecipe(program)
    let prepared = try await program.run(["offline", "prepare", recipe, "--data-at-site", "--task", "train"])
    #expect(prepared.status == 0, "\(prepared.errors)\(prepared.output)")
    #expect(prepared.output.contains("with stand-in data; needs at run time"))
    let claims = try await program.run(["offline", "claims"])
    #expect(claims.output.contains("round, striped"), "\(claims.output)")
    // Where the data is, the claim runs on it.
    let claim = try #require(claims.output.split(separator: "\n").first { $0.hasPrefix("photos-train-") })
    let id = String(claim.prefix { $0 != " " })
    let run = try await program.run(["run", id, "--until", "train", "--offline", "--output", "\(program.folder)/out"])
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func whatCanBeDoneIsAnsweredBothWays() async throws {
    let program = try Program()
    defer { program.remove() }
    let recipe = try program.writeRecipe()
    let yes = try await program.run(["offline", "can", "model.architecture=small-convnet", "--recipe", recipe])
    #expect(yes.status == 0 && yes.output.hasPrefix("yes"), "\(yes.output)\(yes.errors)")
    try Data(
      """
      recipe: distant
      task: classification
      data: {use: images, path: "https://example.org/set.zip#sha256=\(String(repeating: "5a", count: 32))"}
      model: {architecture: {use: small-convnet, width: 4}}
      """.utf8
    ).write(to: URL(filePath: "\(program.folder)/distant.yaml"))
    let no = try await program.run(["offline", "can", "--recipe", "\(program.folder)/distant.yaml"])
    #expect(
      no.status == 1 && no.output.hasPrefix("no") && no.output.contains("example.org"), "\(no.output)\(no.errors)")
  }

  @Test func anIncompleteRecipeIsRefusedWithItsEmptyPlaces() async throws {
    let program = try Program()
    defer { program.remove() }
    let path = "\(program.folder)/empty.yaml"
    try Data("recipe: empty\ntask: classification\ndata:\nmodel:\n  architecture:\n".utf8)
      .write(to: URL(filePath: path))
    let outcome = try await program.run(["offline", "prepare", path])
    #expect(outcome.status == 78, "\(outcome.errors)")
    #expect(outcome.errors.contains("data") && outcome.errors.contains("model.architecture"), "\(outcome.errors)")
  }
}
