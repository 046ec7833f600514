// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Testing

/// What holds under `--offline`, whatever runs.
@Suite(.serialized) struct OfflineFlagTests {
  private static let strace = ["/usr/bin/strace", "/bin/strace"].first(where: FileManager.default.isExecutableFile)

  private static let training = [
    "--model", "small-convnet:width=8,depth=2", "--epochs", "1", "--batch-size", "8", "--threads", "1", "--workers",
    "1",
  ]

  /// No process of a command opens an internet socket, nor tries to: strace, which watches before the kernel refuses,
  /// would tell of attempts too.
  @Test(
    .enabled(if: strace != nil, "strace is not installed"),
    arguments: [
      ["run", "recipe.yaml", "--rehearse"], ["train", "--data", "photos"] + training,
      [
        "bench", Program.root + "Tests/ONNXTests/Fixtures/plain.onnx", "--folder", "out", "--processes", "1",
        "--blocks",
        "2", "--block-milliseconds", "1", "--throughput-seconds", "0.02", "--samples", "2",
      ],
      [
        "find", "--data", "photos", "--where", "latency <= 10s", "--architectures", "small-convnet", "--optimizers",
        "none", "--epochs", "1", "--minutes", "5",
      ],
    ])
  func noCommandOpensAnInternetSocket(arguments: [String]) async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe(width: 2, epochs: 1)
    try ImageSet([("", 24)]).write(to: "\(program.folder)/photos")
    let log = "\(program.folder)/calls"
    let process = try program.start(
      ["-f", "-qq", "-e", "trace=socket,connect,sendto", "-o", log, Program.executable] + arguments + ["--offline"],
      executable: URL(filePath: Self.strace ?? ""))
    await Program.end(of: process)
    let outcome = try program.outcome(of: process)
    #expect([0, 1].contains(outcome.status), "\(outcome.errors)")
    let calls = try program.text("calls").split(separator: "\n").filter { $0.contains("AF_INET") }
    #expect(calls == [], "\(calls.prefix(5))")
  }

  /// ONNX Runtime's own builds send descriptions of what is run, a few seconds after they were opened.
  @Test(.enabled(if: strace != nil, "strace is not installed"))
  func nothingIsSentToARuntimesMakersEvenOnline() async throws {
    let program = try Program()
    defer { program.remove() }
    let log = "\(program.folder)/calls"
    let agent = URL(filePath: Program.executable).deletingLastPathComponent().appending(path: "galley-agent").path
    let words = "sleep 8 | '\(Self.strace ?? "")' -f -qq -e trace=socket,connect -o '\(log)' '\(agent)' onnxruntime"
    let process = try program.start(["-c", words], executable: URL(filePath: "/bin/sh"))
    await Program.end(of: process)
    let calls = try program.text("calls").split(separator: "\n").filter { $0.contains("AF_INET") }
    #expect(calls == [], "\(calls.prefix(5))")
  }

  @Test func thisMachineIsAskedAndNoOther() async throws {
    let program = try Program()
    defer { program.remove() }
    let served = "\(program.folder)/served"
    try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: true)
    try Data("weights".utf8).write(to: URL(filePath: "\(served)/weights.pth"))
    let digest = try Digest(ofFileAt: "\(served)/weights.pth").hex
    let server = try LocalServer(of: served)
    defer { server.stop() }
    let origin = "http://127.0.0.1:\(try await server.port())/weights.pth"
    let here = try await program.run(["pantry", "add", origin, "--sha256", digest, "--offline"], named: "here")
    #expect(here.status == 0, "\(here.errors)")
    let other = String(repeating: "ab", count: 32)
    let away = try await program.run(
      ["pantry", "add", "https://192.0.2.1/w.pth", "--sha256", other, "--offline"], named: "away")
    #expect(away.status == 69)
    for words in [other, "Galley is offline", "On a connected machine"] {
      #expect(away.errors.contains(words), "\(away.errors)")
    }
  }

  @Test func aMistypedVariableStopsEverything() async throws {
    var program = try Program()
    defer { program.remove() }
    program.environment["GALLEY_OFFLINE"] = "ture"
    let outcome = try await program.run(["pantry", "list"])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("'ture' is neither yes nor no"), "\(outcome.errors)")
  }
}
