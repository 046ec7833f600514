// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct PlatformCommandTests {
  private func run(_ program: Program, _ arguments: String..., status: Int32 = 0) async throws -> Program.Outcome {
    let outcome = try await program.run(arguments)
    #expect(outcome.status == status, "galley \(arguments.joined(separator: " ")): \(outcome.output)\(outcome.errors)")
    return outcome
  }

  private func json(_ program: Program, _ arguments: String...) async throws -> [String: Any] {
    let outcome = try await program.run(arguments + ["--json"])
    #expect(outcome.status == 0, "galley \(arguments.joined(separator: " ")): \(outcome.errors)")
    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any] ?? [:]
  }

  @Test func itemsAndAnnotationsAreMadeListedChangedAndRemoved() async throws {
    let program = try Program()
    defer { program.remove() }
    for name in ["a.txt", "b.txt"] { try Data(name.utf8).write(to: URL(filePath: "\(program.folder)/\(name)")) }
    _ = try await run(program, "dataset", "create", "cats", "--label", "käse 🧀")
    _ = try await run(program, "item", "create", "cats", "a.txt", "b.txt", "nowhere.txt", status: 2)
    _ = try await run(
      program, "annotation", "create", "/a.txt", "--dataset", "cats", "--label", "käse 🧀", "--box", "1,2,3,4", "--by",
      "ada")
    let found = try await json(
      program, "item", "list", "cats", "--where", "annotation.label == 'käse 🧀'", "--filter",
      #"{"filter": {"dir": "/"}}"#)
    #expect(found["total"] as? Int == 1)
    let list = try await run(program, "annotation", "list", "cats", "--where", "creator == 'ada'")
    #expect(list.output.contains("käse 🧀") && list.output.contains("box"))
    #expect(try await run(program, "annotation", "list", "cats", "--predictions").output.contains("no such"))
    let document = try await run(program, "annotation", "export", "/a.txt", "--dataset", "cats")
    #expect(document.output.contains(#""type":"box""#))
    _ = try await run(program, "item", "delete", "cats", "--where", "name == 'b.txt'")
    #expect(try await run(program, "dataset", "delete", "cats", status: 64).errors.contains("--force"))
    #expect(try await run(program, "dataset", "verify").output.contains("sound"))
    _ = try await run(program, "dataset", "delete", "cats", "--force")
  }

  @Test func modelsKnowWhatTheyMayBecome() async throws {
    let program = try Program()
    defer { program.remove() }
    try Data("w".utf8).write(to: URL(filePath: "\(program.folder)/w.bin"))
    _ = try await run(
      program, "model", "create", "net", "--artifacts", "w.bin", "--subset", #"train={"filter": {"dir": "/train"}}"#)
    let refused = try await run(program, "model", "set-status", "net", "trained", status: 64)
    #expect(refused.errors.contains("may become pending, training, deployed, failed"))
    #expect(try await run(program, "model", "set-status", "net", "deploid", status: 64).errors.contains("deployed"))
    _ = try await run(program, "model", "clone", "net", "copy", "--tag", "new")
    #expect(try await run(program, "model", "list", "--where", "status == 'pre-trained'").output.contains("copy"))
    #expect(try await run(program, "model", "show", "copy").output.contains("w.bin"))
    _ = try await run(program, "model", "delete", "net")
    #expect(try await run(program, "model", "show", "net", status: 66).errors.contains("can't find the model"))
    #expect(try await run(program, "model", "metrics", "copy").output.contains("no figures"))
  }

  @Test func badFiltersAndDocumentsAreOneMessage() async throws {
    let program = try Program()
    defer { program.remove() }
    _ = try await run(program, "dataset", "create", "cats")
    let bad: [(String, String, String)] = [
      ("--where", "nam == 'a'", "Did you mean 'name'?"), ("--filter", #"{"filtr": {}}"#, "Did you mean 'filter'?"),
      ("--filter", "{", "--filter"), ("--where", "name ==", "column"), ("--sort", "nam", "Did you mean 'name'?"),
    ]
    for (option, value, words) in bad {
      let outcome = try await run(program, "item", "list", "cats", option, value, status: 64)
      #expect(outcome.errors.contains(words) && outcome.output.isEmpty, "\(value): \(outcome.errors)")
    }
    _ = try await run(program, "item", "list", "cats", "--filter", "nowhere.json", status: 66)
    _ = try await run(program, "item", "list", "dogs", status: 66)
    _ = try await run(program, "annotation", "import", "nowhere.json", "--dataset", "cats", status: 66)
    _ = try await run(program, "dataset", "update", "cats", "--metadata", "[1]", status: 64)
  }

  @Test func dataSetsGoInAndComeOut() async throws {
    let program = try Program()
    defer { program.remove() }
    let set = try ImageSet([("train", 2), ("test", 1)])
    try set.write(to: "\(program.folder)/set")
    _ = try await run(program, "dataset", "import", "set", "--into", "shades")
    let again = try await run(program, "dataset", "import", "set", "--into", "shades")
    #expect(again.output.contains("0 items are new"))
    for format in ["dataloop", "coco", "image-folders"] {
      _ = try await run(program, "dataset", "export", "shades", "--to", format, "-o", format)
    }
    _ = try await run(program, "dataset", "import", "dataloop", "--format", "dataloop", "--into", "copy")
    let (first, second) = (
      try await json(program, "dataset", "show", "shades")["counts"] as? [String: Int],
      try await json(program, "dataset", "show", "copy")["counts"] as? [String: Int]
    )
    #expect(first == second && first?["items"] ?? 0 > 0 && first?["annotations"] == first?["items"])
  }
}
