// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct WorkerCommandTests {
  /// A data set of stripes, which needs nothing but Python.
  private static let stripes = """
    import galley

    class Stripes(galley.Dataset):
        "Stripes, upright and lying."
        taxonomy = "data.classification.stripes"
        options = {"count": galley.Option(60, "Items.", minimum=10, maximum=1000)}

        def items(self):
            def item(index):
                noise = (index * 37) % 50
                rows = bytes(200 - noise if (y if index % 2 else x) % 2 else noise for y in range(8) for x in range(8))
                return bytes([index % 256, index // 256]) + rows[2:]
            flat = b"".join(item(index) for index in range(self.count))
            try:
                import numpy
                inputs = numpy.frombuffer(flat, dtype=numpy.uint8).reshape(self.count, 8, 8, 1)
            except ImportError:
                inputs = galley.Tensor(flat, "uint8", (self.count, 8, 8, 1))
            return galley.LabeledItems(
                [f"s{index}" for index in range(self.count)], inputs, [index % 2 for index in range(self.count)],
                ["upright", "lying"])
    """

  /// A backend that answers every item with the first label, and writes that as its checkpoint.
  private static let backend = """
    import json, struct
    import galley

    class FirstLabel(galley.Backend):
        "Answers with the first label."
        id = "first-label"
        licence = "Apache-2.0"
        abilities = [
            {"verbs": ["train"], "tasks": ["classification"], "forms": ["architecture"]},
            {"verbs": ["predict", "test"], "tasks": ["classification"], "forms": ["checkpoint"]}]
        architectures = [{
            "taxonomy": "model.classification.constant", "version": "1.0.0", "summary": "One answer for all.",
            "options": []}]

        def train(self, request, report):
            metadata = {
                "format": "galley.checkpoint/1", "backend": "first-label", "task": "classification",
                "labels": json.dumps(request["labels"]), "preprocessing": json.dumps(request["preprocessing"])}
            header = json.dumps({"__metadata__": metadata}).encode()
            path = request["folder"] + "/checkpoint.safetensors"
            with open(path, "wb") as file:
                file.write(struct.pack("<Q", len(header)) + header)
            report.file("checkpoint", path)
            return {"accuracy": 0.5}

        def predict(self, request, report):
            items = json.load(open(request["data"]["path"]))["items"]
            scores = [1.0] + [0.0] * (len(request["labels"]) - 1)
            best = {"label": request["labels"][0], "index": 0, "probability": 1.0}
            path = request["folder"] + "/predictions.jsonl"
            with open(path, "w") as file:
                for item in items:
                    file.write(json.dumps(report.item(item["id"], [best], scores)) + "\\n")
            report.file("predictions", path)
    """

  private func write(_ text: String, _ name: String, _ program: Program) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(program.folder)/\(name)"))
  }

  private func writeRecipe(_ program: Program) throws {
    try write(
      """
      recipe: striped
      task: classification
      seed: 5
      data: {use: stripes, count: 120}
      model: {architecture: {use: small-convnet, width: 4, depth: 2}}
      trainer: {epochs: 2}
      measurement: {processes: 3, blocks: 4, blockMilliseconds: 2}
      """, "recipe.yaml", program)
  }

  @Test func aDataSetInPythonIsTrainedNatively() async throws {
    let program = try Program()
    defer { program.remove() }
    try write(Self.stripes, "stripes.py", program)
    try writeRecipe(program)
    let before = try await program.run(["recipe", "check", "recipe.yaml"])
    #expect(before.status == 78 && before.errors.contains("stripes"), "\(before.errors)")
    let added = try await program.run(["worker", "add", "stripes.py"])
    #expect(added.status == 0 && added.output.contains("data.classification.stripes"), "\(added.errors)")
    #expect(try await program.run(["worker", "list"]).output.contains("stripes.py"))
    #expect(try await program.run(["worker", "show", "stripes"]).output.contains("a whole number from 10 to 1000"))
    let options = try await program.run(["recipe", "options", "recipe.yaml", "data"])
    #expect(options.output.contains("Stripes, upright and lying."), "\(options.output)\(options.errors)")
    let run = try await program.run(["run", "recipe.yaml", "--output", "output"])
    #expect(run.status == 0, "\(run.errors)")
    let again = try await program.run(["plan", "recipe.yaml"])
    #expect(again.status == 0 && !again.output.contains("never ran"), "\(again.output)")
    // Another program is another recipe, though it says the same of itself.
    try write(Self.stripes + "\n# changed\n", "stripes.py", program)
    let digests = try await program.run(["plan", "recipe.yaml"])
    #expect(digests.status == 0 && digests.output != again.output, "\(digests.output)")
    // A file with a mistake is left out, and the rest works.
    try write("raise ValueError('broken')\n", "stripes.py", program)
    let broken = try await program.run(["plan", "recipe.yaml"])
    #expect(broken.status == 78 && broken.errors.contains("'stripes' is left out"), "\(broken.errors)")
    #expect(broken.errors.contains("broken"))
    #expect(try await program.run(["worker", "remove", "stripes"]).status == 0)
    #expect(try await program.run(["worker", "remove", "stripes"]).status == 66)
  }

  @Test func onlyWhoAsksForTheCatalogueStartsWorkers() async throws {
    let program = try Program()
    defer { program.remove() }
    let starts = "\(program.folder)/starts"
    func count() -> Int { (try? Data(contentsOf: URL(filePath: starts)))?.count ?? 0 }
    let marking = Self.stripes + "\nopen('\(starts)', 'a').write('x')\n"
    try write(marking, "stripes.py", program)
    try writeRecipe(program)
    #expect(try await program.run(["worker", "add", "stripes.py"]).status == 0)
    #expect(count() == 1)
    try write(marking + "# changed\n", "stripes.py", program)
    for arguments in [
      ["--help"], ["worker", "list"], ["train", "--help"], ["pantry", "list"], ["worker", "measure"],
    ] {
      let outcome = try await program.run(arguments)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      #expect(count() == 1, "\(arguments)")
    }
    let options = try await program.run(["recipe", "options", "recipe.yaml", "data"])
    #expect(options.output.contains("Stripes, upright and lying."), "\(options.output)\(options.errors)")
    #expect(count() == 2)
  }

  @Test func aRuntimeWhosePythonIsGoneStopsNoMeasurement() async throws {
    let program = try Program()
    defer { program.remove() }
    let python = "\(program.folder)/python"
    try write("#!/bin/sh\nexec python3 \"$@\"\n", "python", program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
    try write(
      """
      import galley

      class Own(galley.Runtime):
          "Runs nothing."
          taxonomy = "runtime.own"
          formats = ("onnx",)

          def availability(self):
              return "1", __file__

          def compile(self, path, format):
              raise ValueError("none")
      """, "own.py", program)
    let added = try await program.run(["worker", "add", "own.py", "--python", python])
    #expect(added.status == 0, "\(added.errors)")
    try FileManager.default.removeItem(atPath: python)
    // Its input is at its end, so it serves nobody; before, it didn't get as far.
    let measuring = try await program.run(["worker", "measure"])
    #expect(measuring.status == 0, "\(measuring.errors)")
  }

  @Test func aBackendInPythonIsAmongTheModels() async throws {
    let program = try Program()
    defer { program.remove() }
    try write(Self.backend, "first.py", program)
    let folder = "\(program.folder)/photos"
    try ImageSet([("", 12)]).write(to: folder)
    #expect(try await program.run(["worker", "add", "first.py"]).status == 0)
    let models = try await program.run(["models"])
    #expect(models.output.contains("constant") && models.output.contains("first-label"), "\(models.output)")
    let trained = try await program.run([
      "train", "--data", folder, "--model", "constant", "--workspace", "space", "--json",
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let runs = try FileManager.default.contentsOfDirectory(atPath: "\(program.folder)/space/runs")
    let checkpoint = "space/runs/\(try #require(runs.first))/outputs/checkpoint.safetensors"
    let predicted = try await program.run(["predict", "--model", checkpoint, folder, "--workspace", "space"])
    #expect(predicted.status == 0, "\(predicted.errors)")
    #expect(predicted.output.split(separator: "\n").count > 3 && predicted.output.contains("probability"))
  }

  @Test(arguments: [
    (["worker", "python", "missing.py"], Int32(66), "missing.py"),
    (["worker", "python", "w.py", "--python", "/nowhere/python"], 69, "apt install python3"),
    (["worker", "python", "needs.py"], 69, "galley worker lock"),
    (["worker", "add", "w.py"], 65, "no class in it derives"),
    (["worker", "add", "faulty.py"], 65, "faulty.py:1"), (["worker", "show", "nobody"], 66, "galley worker list"),
    (["worker", "lock", "w.py"], 78, "PEP 723"), (["worker", "sync", "needs.py"], 66, "galley worker lock"),
    (["worker", "lock", "needs.py", "--offline"], 69, "connected machine"), (["worker", "python", "w.py"], 0, ""),
  ])
  func endsWithADocumentedCode(arguments: [String], status: Int32, text: String) async throws {
    let program = try Program()
    defer { program.remove() }
    try write("import galley\n", "w.py", program)
    try write("import nowhere_at_all\n", "faulty.py", program)
    try write("# /// script\n# dependencies = [\"packaging\"]\n# ///\n", "needs.py", program)
    let outcome = try await program.run(arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(text.isEmpty || outcome.errors.contains(text), "\(outcome.errors)")
  }
}
