// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct CommandLineTests {
  @Test func saysItsVersionAndHelpsWithExamples() async throws {
    let program = try Program()
    defer { program.remove() }
    let version = try await program.run(["--version"])
    #expect(version.output == "0.1.0\n")
    let help = try await program.run(["--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("galley run Examples/digits/recipe.yaml"))
    #expect(help.output.contains("Exit codes"))
    for command in ["run", "doctor", "report"] {
      let help = try await program.run([command, "--help"])
      #expect(help.status == 0)
      #expect(help.output.contains("--json") && help.output.contains("Examples:"))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func writesCompletions(shell: String) async throws {
    let program = try Program()
    defer { program.remove() }
    let script = try await program.run(["--generate-completion-script", shell])
    #expect(script.status == 0)
    #expect(script.output.contains("doctor"))
  }

  @Test(arguments: [
    (["runn"], Int32(64), "runn"), (["run"], 64, "recipe"), (["run", "x", "--jsn"], 64, "--jsn"),
    (["run", "missing.yaml"], 66, "missing.yaml"), (["report", "latest"], 66, "galley run"),
    (["report", "nothing"], 66, "nothing"), (["doctor", "-q", "-v"], 64, "contradict"),
  ])
  func refusesWithADocumentedCode(arguments: [String], status: Int32, text: String) async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: [
    (["recipe", "schema"], "| true", Int32(0), ""), (["--help"], "| true", 0, ""),
    (["recipe", "schema"], ">/dev/full", 73, "can't write the result"),
  ])
  func endsInOrderWhateverBecomesOfItsOutput(
    arguments: [String], redirection: String, status: Int32, text: String
  ) async throws {
    let program = try Program()
    defer { program.remove() }
    // The program begins once the reader has surely gone.
    let script = "{ sleep 0.2; \"$@\" ; echo $? >&3; } 3>status \(redirection)"
    let process = try program.start(
      ["-c", script, "sh", Program.executable] + arguments, executable: URL(filePath: "/bin/sh"))
    await Program.end(of: process)
    #expect(try String(contentsOfFile: program.folder + "/status", encoding: .utf8) == "\(status)\n")
    let errors = try program.outcome(of: process).errors
    #expect(text.isEmpty ? errors.isEmpty : errors.contains(text), "\(errors)")
  }

  /// LibTorch needs some tenths of a second to load.
  @Test(arguments: ["0", "0.1", "0.3"])
  func aWorkerWhoseClientLeavesWhileItLoadsEndsInOrder(delay: String) async throws {
    let program = try Program()
    defer { program.remove() }
    let script = """
      { echo '{"id":1,"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":1}}'
      echo '{"id":2,"jsonrpc":"2.0","method":"describe"}'; sleep \(delay); } | exec "$0" worker torch
      """
    let process = try program.start(["-c", script, Program.executable], executable: URL(filePath: "/bin/sh"))
    await Program.end(of: process)
    let outcome = try program.outcome(of: process)
    #expect(outcome.status == 0 && !outcome.wasSignalled, "\(outcome.errors)")
    #expect(outcome.output.contains("\"libtorch\""), "\(outcome.output.suffix(300))")
  }

  @Test func doctorFindsEverything() async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(["doctor"])
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    for subject in ["ONNX Runtime", "LibTorch", "Plotly", "Pantry"] { #expect(outcome.output.contains("✓ \(subject)")) }
  }

  @Test func doctorSaysWhatToDoAboutMissingLibraries() async throws {
    var program = try Program()
    defer { program.remove() }
    program.environment = ["GALLEY_NATIVE": "\(program.folder)/nowhere"]
    let outcome = try await program.run(["doctor", "--json"])
    #expect(outcome.status == 69)
    #expect(outcome.output.contains("make setup"))
    let error = try #require(try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any])
    #expect(error["exitCode"] as? Int == 69)
  }

  @Test func allMistakesOfARecipeAreTold() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe("optimiser: int8\nexport: {opsett: 18}")
    let outcome = try await program.run(["run", "recipe.yaml"])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("recipe.yaml:12:1"))
    #expect(outcome.errors.contains("did you mean 'optimizer'?"))
    #expect(outcome.errors.contains("did you mean 'opset'?"))
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/output"))
  }
}
