// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Foundation
import Testing

/// Benches measure, and only one measures on a machine at a time.
@Suite(.serialized) struct GoldenCommandTests {
  private static let leip = """
    id,device,quantization,backbone,od_task_metric,od_inf_rate,od_inf_energy
    0,cuda:A4500,none,r123,.123659,1.752548,0
    1,cuda:A4500,symmetricpc,r123,.123659,1.052337,1
    3,cuda:A4500,none,r135,.206753,3.652221,1
    4,cuda:A4500,symmetricpc,r135,.206753,1.940227,1
    5,cuda:A4500,none,r201,nine,13.044302,1

    """

  private func withTable<Result>(_ body: (Program) async throws -> Result) async throws -> Result {
    let program = try Program()
    defer { program.remove() }
    try Data(Self.leip.utf8).write(to: URL(filePath: "\(program.folder)/leip.csv"))
    let outcome = try await program.run(
      ["golden", "import", "leip.csv", "--task", "detection", "--metric", "mAP"], named: "import")
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.output.contains("row 6 (5): accuracy: 'nine' isn't a number"))
    #expect(outcome.output.contains("4 rows imported"))
    return try await body(program)
  }

  private func rows(_ text: String) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  @Test func importedRowsAreAskedExportedAndChosen() async throws {
    try await withTable { program in
      let query = try await program.run(
        ["golden", "query", #"hardware == "cuda:A4500" && latency <= 2ms"#, "--json", "--columns", "variant,latency"])
      #expect(query.status == 0, "\(query.errors)")
      #expect(try rows(query.output).count == 3)
      let typo = try await program.run(["golden", "query", "latncy <= 2ms"])
      #expect(typo.status == 64)
      #expect(typo.errors.contains("  latncy <= 2ms\n  ^\n  Did you mean 'latency'?"), "\(typo.errors)")
      let sql = try await program.run(["golden", "query", "--sql", "DELETE FROM golden"])
      #expect(sql.status == 64)
      let export = try await program.run(["golden", "export", "-o", "rows.csv"])
      #expect(export.status == 0, "\(export.errors)")
      #expect(try program.text("rows.csv").split(separator: "\n").count == 5)
      for name in ["front.svg", "front.html"] {
        let pareto = try await program.run([
          "golden", "pareto", "--method", "fuzzy", "--top-N-fuzzy", "3", "--plot", name, "--json",
        ])
        #expect(pareto.status == 0, "\(pareto.errors)")
        let found = try #require(
          try JSONSerialization.jsonObject(with: Data(pareto.output.utf8)) as? [String: Any])
        #expect(found["metric_custom_name"] as? String == "x times faster")
        #expect((found["front"] as? [String])?.count == 2)
        #expect(try program.text(name).contains("exact Pareto (2)"))
      }
      let bounds = try await program.run(["golden", "pareto", "--bounds", "latency <= 1ms"])
      #expect(bounds.status == 1, "\(bounds.errors)")
      #expect(bounds.output.contains("The nearest:"))
      let menu = try await program.run(["golden", "menu", "1"])
      #expect(menu.status == 0, "\(menu.errors)")
    }
  }

  @Test func volumesAreMergedVerifiedAndCarriedByAZoo() async throws {
    try await withTable { program in
      let merge = try await program.run(["golden", "merge", "local", "--into", "zoo/leip.sqlite"])
      #expect(merge.status == 0, "\(merge.errors)")
      #expect(merge.output.contains("4 rows are new"))
      let index = try await program.run(["golden", "zoo", "index", "zoo"])
      #expect(index.status == 0, "\(index.errors)")
      let fetch = try await program.run(["golden", "zoo", "fetch", "zoo", "leip"])
      #expect(fetch.status == 0, "\(fetch.errors)")
      let list = try await program.run(["golden", "list", "-V", "leip", "-V", "local", "--json"])
      #expect(try rows(list.output).count == 4, "\(list.errors)")
      let verify = try await program.run(["golden", "verify", "-V", "leip"])
      #expect(verify.output.contains("4 rows, sound"), "\(verify.errors)")
      let pantry = try await program.run(["golden", "zoo", "list", "pantry"])
      #expect(pantry.output.contains("leip"), "\(pantry.errors)")
    }
  }

  @Test func aZooIsSignedAndItsSignatureDemanded() async throws {
    try await withTable { program in
      let key = SigningKey()
      try key.write(to: program.folder + "/office.key")
      try TrustRoot(keys: [.init(name: "office", key: key.verifyingKey)]).write(to: program.folder + "/root.json")
      _ = try await program.run(["golden", "merge", "local", "--into", "zoo/leip.sqlite"])
      _ = try await program.run(["golden", "zoo", "index", "zoo"])
      let trusting = ["--trust", "root.json"]
      let plain = try await program.run(["golden", "zoo", "list", "zoo"] + trusting)
      #expect(plain.status == 0)
      #expect(plain.errors.contains("the index is not signed"), "\(plain.errors)")
      let demanded = try await program.run(["golden", "zoo", "fetch", "zoo", "leip", "--require-signature"] + trusting)
      #expect(demanded.status == 65)
      #expect(demanded.errors.contains("a signature is demanded"), "\(demanded.errors)")
      let index = try await program.run(["golden", "zoo", "index", "zoo", "--key", "office.key"])
      #expect(index.status == 0, "\(index.errors)")
      let signed = try await program.run(["golden", "zoo", "fetch", "zoo", "leip", "--require-signature"] + trusting)
      #expect(signed.status == 0, "\(signed.errors)")
      #expect(signed.errors.contains("the index is signed by office"))
      let unchecked = try await program.run(["golden", "zoo", "list", "zoo"])
      #expect(unchecked.errors.contains("no key is trusted here"), "\(unchecked.errors)")
    }
  }

  @Test func aBenchFillsTheVolumeAndARowIsMeasuredAgain() async throws {
    let program = try Program()
    defer { program.remove() }
    let bench = try await program.run([
      "bench", Program.root + "Tests/ONNXTests/Fixtures/plain.onnx", "--folder", "out", "--precisions", "original",
      "--runtimes", "onnxruntime", "--blocks", "4", "--block-milliseconds", "1", "--throughput-seconds", "0.02",
    ])
    #expect(bench.status == 0, "\(bench.errors)")
    let list = try await program.run(["golden", "list", "--json", "--columns", "all"])
    let row = try #require(try rows(list.output).first)
    #expect(row["status"] as? String == "measured")
    #expect(row["source"] as? String == "bench")
    let id = try #require(row["id"] as? String)
    let again = try await program.run(["golden", "reproduce", String(id.prefix(10)), "--json"])
    #expect([0, 1].contains(again.status), "\(again.errors)")
    #expect(again.output.contains("latency (s)"))
    try FileManager.default.removeItem(atPath: "\(program.folder)/out/inputs")
    let missing = try await program.run(["golden", "reproduce", String(id.prefix(10))])
    #expect(missing.status == 66)
    #expect(missing.errors.contains("has the data "), "\(missing.errors)")
    let off = try await program.run([
      "bench", Program.root + "Tests/ONNXTests/Fixtures/plain.onnx", "--folder", "out2", "--precisions", "original",
      "--runtimes", "onnxruntime", "--blocks", "2", "--block-milliseconds", "1", "--throughput-seconds", "0",
      "--no-golden",
    ])
    #expect(off.status == 0, "\(off.errors)")
    let count = try await program.run(["golden", "list", "--json"])
    #expect(try rows(count.output).count == 1)
  }
}
