// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Runs measure, and only one run of Galley measures on a machine at a time, so these tests go one after another.
@Suite(.serialized) struct RunTests {
  @Test func aRecipeIsRunAndASecondRunReusesEveryStage() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let first = try await program.run(["run", "recipe.yaml", "--json"], named: "first")
    #expect(first.status == 0, "\(first.errors)")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any])
    let variants = try #require(result["variants"] as? [[String: Any]])
    #expect(variants.map { $0["name"] as? String } == ["float32", "int8"])
    for event in first.errors.split(separator: "\n") {
      #expect((try? JSONSerialization.jsonObject(with: Data(event.utf8))) != nil, "\(event)")
    }
    for file in ["report.html", "report.md", "report.json", "models/float32.onnx", "models/int8.onnx"] {
      #expect(FileManager.default.fileExists(atPath: "\(program.folder)/output/quick/\(file)"))
    }

    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("already done"))
    #expect(!second.errors.contains(" …\n"), "a stage ran again: \(second.errors)")
    #expect(second.output.contains("float32") && second.output.contains("int8"))

    let report = try await program.run(["report", "latest", "--output", "again"], named: "report")
    #expect(report.status == 0, "\(report.errors)")
    #expect(FileManager.default.fileExists(atPath: "\(program.folder)/again/report.html"))
  }

  @Test func everyRowSaysTheThreadsOfItsOwnVariant() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe("  - {name: two, set: {runtime: {use: onnxruntime, threads: 2}}}")
    let run = try await program.run(["run", "recipe.yaml"])
    #expect(run.status == 0, "\(run.errors)")
    let rows = try await program.run(
      ["golden", "query", "threads > 0", "--columns", "variant,threads", "--csv"], named: "rows")
    #expect(
      rows.output.split(whereSeparator: \.isNewline).sorted() == ["float32,1", "int8,1", "two,2", "variant,threads"])
  }

  @Test func aChangeDownstreamLeavesTheTrainingAlone() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let first = try await program.run(["run", "recipe.yaml"], named: "first")
    #expect(first.status == 0, "\(first.errors)")
    let recipe = try program.text("recipe.yaml")
    let changed = recipe.replacing("set: {optimizer: int8}", with: "set: {optimizer: {use: int8, samples: 64}}")
    try Data(changed.utf8).write(to: URL(filePath: "\(program.folder)/recipe.yaml"))
    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
    #expect(!second.errors.contains("train …"), "\(second.errors)")
    #expect(second.errors.contains("int8") && second.errors.contains("measure"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptedRunSaysHowToGoOnAndResumes(signal: Int32) async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe(epochs: 400)
    let process = try program.start(["run", "recipe.yaml"], named: "first")
    try await waitFor("train", program)
    kill(process.processIdentifier, signal)
    await Program.end(of: process)
    let first = try program.outcome(of: process, named: "first")
    #expect(first.status == 130, "\(first.errors)")
    #expect(first.errors.contains("Run the same command again"))
    try expectNothingHalfWritten(program)
    try program.writeRecipe(epochs: 2)
    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("prepare the data: already done"))
  }

  @Test(arguments: [("train", 400, "prepare the data"), ("measure", 2, "train")])
  func aKilledRunLeavesNothingHalfAndResumes(stage: String, epochs: Int, finished: String) async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe(epochs: epochs)
    let process = try program.start(["run", "recipe.yaml"], named: "first")
    try await waitFor(stage, program)
    kill(process.processIdentifier, SIGKILL)
    await Program.end(of: process)
    try program.writeRecipe(epochs: 2)
    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
    let reused = second.errors.split(separator: "\n").filter { $0.contains("already done") }
    #expect(reused.contains { $0.hasPrefix("✓ \(finished)") }, "\(second.errors)")
    try expectNothingHalfWritten(program)
  }

  @Test func aBadRowIsNamedByLine() async throws {
    let program = try Program()
    defer { program.remove() }
    let digits = try String(contentsOfFile: Program.root + "Examples/digits/data/digits.csv", encoding: .utf8)
    var lines = digits.split(separator: "\n").map(String.init)
    lines[41] = lines[41].replacing(",0,", with: ",x,")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: "\(program.folder)/digits.csv"))
    try program.writeRecipe()
    let recipe = try program.text("recipe.yaml")
    let changed = recipe.replacing(Program.root + "Examples/digits/data/", with: "")
    try Data(changed.utf8).write(to: URL(filePath: "\(program.folder)/recipe.yaml"))
    let outcome = try await program.run(["run", "recipe.yaml"])
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("digits.csv:42"))
  }

  @Test func aMissingLibraryIsNamedBeforeAnythingRuns() async throws {
    var program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    program.environment = ["GALLEY_NATIVE": program.folder]
    let outcome = try await program.run(["run", "recipe.yaml"])
    // Somewhere above the program lies a .native too, which an empty folder does not hide.
    if outcome.status != 0 {
      #expect(outcome.status == 69, "\(outcome.errors)")
      #expect(outcome.errors.contains("make setup"))
    }
    program.environment = ["GALLEY_NATIVE": "\(program.folder)/nowhere"]
    let refused = try await program.run(["run", "recipe.yaml"], named: "refused")
    #expect(refused.status == 69, "\(refused.errors)")
    #expect(refused.errors.contains("nowhere"))
  }

  @Test(.enabled(if: getuid() == 0, "mounting a small disk needs root"))
  func aFullDiskIsSaidAndTheNextRunGoesOn() async throws {
    let program = try Program()
    defer { program.remove() }
    let disk = "\(program.folder)/pantry"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    guard mount("tmpfs", disk, "tmpfs", 0, "size=160k") == 0 else { return }
    defer { umount(disk) }
    try program.writeRecipe()
    let first = try await program.run(["run", "recipe.yaml"], named: "first")
    #expect(first.status == 73, "\(first.errors)")
    #expect(first.errors.contains("No space left") && first.errors.contains("Free space"))
    guard mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0 else { return }
    let second = try await program.run(["run", "recipe.yaml"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
  }

  /// Waits until a stage has begun.
  private func waitFor(_ stage: String, _ program: Program) async throws {
    for _ in 0..<1200 {
      if try program.text("first.err").contains("\(stage) ") {
        try await Task.sleep(for: .milliseconds(300))
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("the stage '\(stage)' did not begin: \(try program.text("first.err"))")
  }

  /// Every artifact has the digest in its name, and no work folder is left.
  private func expectNothingHalfWritten(_ program: Program) throws {
    let pantry = URL(filePath: "\(program.folder)/pantry")
    let files = FileManager.default.enumerator(at: pantry.appending(path: "artifacts"), includingPropertiesForKeys: nil)
    for case let file as URL in files ?? FileManager.DirectoryEnumerator() where file.lastPathComponent.count == 64 {
      let sum = Process()
      let pipe = Pipe()
      sum.executableURL = URL(filePath: "/usr/bin/sha256sum")
      sum.arguments = [file.path]
      sum.standardOutput = pipe
      try sum.run()
      sum.waitUntilExit()
      let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
      #expect(text.hasPrefix(file.lastPathComponent))
    }
    let work = try FileManager.default.contentsOfDirectory(atPath: pantry.appending(path: "work").path)
    #expect(work.isEmpty)
  }
}
