// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Sandbox
import Testing

/// A recipe with a data set in Python: prepared and proven where the worker is registered, run where neither it nor any
/// Python is.
@Suite(
  .serialized,
  .enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct OfflineWorkerTests {
  private struct Prepared: Decodable {
    struct Claim: Decodable {
      var id: String
      var state: String
    }
    struct Proof: Decodable {
      struct Content: Decodable { var name: String? }
      var host: [String]
      var used: [Content]
      var unused: [Content]
      var outside: [String]
    }
    var claims: [Claim]
    var proofs: [Proof]
  }

  private static let stripes = """
    import galley, shades

    class Stripes(galley.Dataset):
        "Stripes, upright and lying."
        taxonomy = "data.classification.stripes"
        options = {"count": galley.Option(60, "Items.", minimum=10, maximum=1000)}

        def items(self):
            import ctypes, hashlib, sqlite3, ssl
            def item(index):
                noise = (index * 37) % 50
                rows = bytes(
                    shades.light(noise) if (y if index % 2 else x) % 2 else noise for y in range(8) for x in range(8))
                return bytes([index % 256, index // 256]) + rows[2:]
            flat = b"".join(item(index) for index in range(self.count))
            inputs = galley.Tensor(flat, "uint8", (self.count, 8, 8, 1))
            return galley.LabeledItems(
                [f"s{index}" for index in range(self.count)], inputs, [index % 2 for index in range(self.count)],
                ["upright", "lying"])
    """

  private static let recipe = """
    recipe: striped
    task: classification
    seed: 5
    data: {use: stripes, count: 120}
    model: {architecture: {use: small-convnet, width: 4, depth: 2}}
    trainer: {epochs: 1}
    measurement: {processes: 3, blocks: 2, blockMilliseconds: 1}
    """

  private func office(_ worker: String = stripes) async throws -> Program {
    let office = try Program()
    let files = [
      "stripes.py": worker, "shades.py": "def light(noise): return 200 - noise\n", "recipe.yaml": Self.recipe,
    ]
    for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(office.folder)/\(name)")) }
    let added = try await office.run(["worker", "add", "stripes.py"])
    #expect(added.status == 0, "\(added.errors)")
    return office
  }

  @Test func aRecipeWithAWorkerTravelsAndRunsWhereThereIsNoPython() async throws {
    let (office, site) = (try await office(), try Program())
    defer {
      office.remove()
      site.remove()
    }
    let prepared = try await office.run(["offline", "prepare", "recipe.yaml", "--task", "train", "--json"])
    #expect(prepared.status == 0, "\(prepared.errors)\(prepared.output)")
    let document = try JSONDecoder().decode(Prepared.self, from: Data(prepared.output.utf8))
    #expect(document.claims.map(\.state) == ["proven"])
    let (claim, proof) = (try #require(document.claims.first?.id), try #require(document.proofs.first))
    #expect(proof.used.contains { $0.name?.hasPrefix("python-3.") == true } && proof.outside.isEmpty)
    // Of Python nothing is the host's.
    #expect(!proof.host.contains { $0.contains("python") }, "\(proof.host)")

    let (key, bundle) = ("\(office.folder)/site.key", "\(office.folder)/site.galley")
    #expect(try await office.run(["offline", "key", "new", key]).status == 0)
    let exported = try await office.run(["offline", "export", "-o", bundle, "--key", key, "--all", "--name", "site"])
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(try await office.run(["offline", "trust", "add", "\(key).pub"]).status == 0)
    let can = try await office.run(
      ["offline", "can", "--recipe", "recipe.yaml", "--bundle", bundle, "--task", "train"])
    #expect(can.status == 0 && can.output.hasPrefix("yes"), "\(can.output)\(can.errors)")
    // Another file of that name is not the one in the bundle.
    let changed = Self.stripes.replacing("* 37", with: "* 31")
    try Data(changed.utf8).write(to: URL(filePath: "\(office.folder)/stripes.py"))
    let cannot = try await office.run(
      ["offline", "can", "--recipe", "recipe.yaml", "--bundle", bundle, "--task", "train"])
    #expect(cannot.status == 1 && cannot.output.contains("the worker stripes"), "\(cannot.output)\(cannot.errors)")

    #expect(try await site.run(["offline", "trust", "add", "\(key).pub"]).status == 0)
    let imported = try await site.run(["offline", "import", bundle])
    #expect(imported.status == 0 && imported.errors.contains("Registered: stripes"), "\(imported.errors)")
    let home = "\(site.folder)/pantry"
    let record = try await SandboxedCommand(
      program: "\(home)/programs/galley", arguments: ["run", claim, "--until", "train", "--output", "\(home)/output"],
      environment: ["GALLEY_HOME": home, "GALLEY_OFFLINE": "1"], folder: home,
      mounts: HostFiles.ofThisMachine().mounts + [.temporary("/tmp"), .temporary("/dev/shm"), .writable(home)],
      timeLimit: .seconds(600), output: "\(site.folder)/site.out", errors: "\(site.folder)/site.err"
    ).run()
    #expect(record.isSuccess && record.isSilent, "\(record.exit) \((try? site.text("site.err")) ?? "")")
  }

  @Test func whatCannotBeCarriedIsRefusedBeforeAnythingIsDone() async throws {
    let office = try await office(Self.stripes.replacing("import ctypes", with: "import tkinter, ctypes"))
    defer { office.remove() }
    let prepared = try await office.run(["offline", "prepare", "recipe.yaml", "--task", "train"])
    #expect(prepared.status == 78, "\(prepared.errors)")
    #expect(prepared.errors.contains("stripes.py:9 imports 'tkinter'"), "\(prepared.errors)")
    #expect(prepared.errors.contains("data is data.classification.stripes@"), "\(prepared.errors)")
  }
}
