// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Files
import Foundation
import Galley
import PeerSupport
import Testing

private let python = PeerPython()

/// The program as a device runs it, with a host in Python that was written from the protocol's document alone.
@Suite(.enabled(if: python.isPresent, "no Python"))
struct AgentProgramTests {
  static let script = "Tests/TargetProtocolTests/Peer/peer.py"

  static func ask<Answer: Decodable>(_ arguments: String..., as type: Answer.Type = Answer.self) throws -> Answer {
    try JSONDecoder().decode(type, from: python.run(script: script, arguments))
  }

  struct Measured: Decodable {
    var sent: [Int]
    var samples: Int
    var inputs: [String]
    var first: Double
    var settled: Bool
    var durations: Int
    var least: Int
    var nanoseconds: Int
    var shape: [Int]
    var outputs: [Float]
    var ids: [String]
    var written: [[Float]]
    var fetched: Int
    var sessions: Int
    var workers: [Int]
    var residentBytes: Int
    var runtimes: [String: String]
  }

  private static let model = PeerPython.root.appending(path: "Tests/RuntimesTests/Fixtures/dense.onnx").path

  @Test(arguments: [true, false]) func aHostInPythonMeasuresAModel(overTLS: Bool) async throws {
    let agent = try await RunningAgent()
    let (address, token) = overTLS ? ("\(agent.port)", RunningAgent.token) : (agent.socket, "local")
    let measured = try Self.ask("measure", address, token, Self.model, as: Measured.self)
    let byteCount = try Data(contentsOf: URL(filePath: Self.model)).count
    #expect(measured.sent.first == byteCount && measured.sent.last == 0)
    #expect(measured.samples == 2 && measured.inputs == ["x"] && measured.ids == ["0", "1"] && measured.fetched > 0)
    #expect(measured.first > 0 && measured.settled && measured.durations == 100 && measured.least > 0)
    #expect(measured.nanoseconds > 0 && measured.shape == [1, 3] && measured.outputs.allSatisfy(\.isFinite))
    #expect(measured.written.first == measured.outputs && measured.written.count == 2)
    #expect(measured.sessions == 1 && measured.workers == [1] && measured.residentBytes > 0)
    #expect(measured.runtimes["onnxruntime"] != nil)
    // The same model in another runtime's process of another session gives the same.
    let again = try Self.ask("measure", agent.socket, "local", Self.model, as: Measured.self)
    #expect(again.sent == [0, 0, 0] && again.outputs == measured.outputs)
    #expect(await agent.stop() == 0)
    try await agent.isDeserted()
  }

  @Test func strangersAreRefused() async throws {
    let agent = try await RunningAgent()
    #expect(throws: PeerPython.Failure.self) {
      try python.run(script: Self.script, ["measure", "\(agent.port)", String(repeating: "ab", count: 32), Self.model])
    }
    #expect(throws: PeerPython.Failure.self) {
      try python.run(script: Self.script, ["greet", "\(agent.port)", "local"])
    }
  }

  struct Paired: Decodable { var digits: String }

  /// A certificate as a host would make it.
  private static func certificate(in folder: TestFolder) throws -> (certificate: String, key: String) {
    let (certificate, key) = ("\(folder.path)/host.pem", "\(folder.path)/host.key")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=host", "-days",
      "30", "-keyout", key, "-out", certificate,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (certificate, key)
  }

  @Test func pairingIsByDigitsOnBothSides() async throws {
    let agent = try await RunningAgent()
    let (certificate, key) = try Self.certificate(in: agent.folder)
    let hosts = "\(agent.folder.path)/hosts.json"
    // Nobody opened pairing on the device.
    #expect(throws: PeerPython.Failure.self) {
      try python.run(script: Self.script, ["pair", "\(agent.port)", certificate, key, "yes"])
    }
    #expect(!FileManager.default.fileExists(atPath: hosts))
    let (person, output, error, input) = (Process(), Pipe(), Pipe(), Pipe())
    person.executableURL = URL(filePath: agentProgram)
    person.arguments = ["pair", "--control", agent.control]
    (person.standardOutput, person.standardError, person.standardInput) = (output, error, input)
    try person.run()
    #expect(String(decoding: error.fileHandleForReading.availableData, as: UTF8.self).contains("Hosts may pair now"))
    try input.fileHandleForWriting.write(contentsOf: Data("yes\n".utf8))
    let paired = try Self.ask("pair", "\(agent.port)", certificate, key, "yes", as: Paired.self)
    person.waitUntilExit()
    let shown = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(person.terminationStatus == 0 && shown.contains(paired.digits))
    var status = stat()
    #expect(stat(hosts, &status) == 0 && status.st_mode & 0o777 == 0o600)
    _ = try python.run(script: Self.script, ["greet", "\(agent.port)", "certificate", certificate, key])
    // It is known after a restart too.
    #expect(await agent.stop() == 0)
    let second = try await RunningAgent(folder: agent.folder)
    _ = try python.run(script: Self.script, ["greet", "\(second.port)", "certificate", certificate, key])
  }

  @Test func aHostCanBePinnedByHand() async throws {
    let agent = try await RunningAgent()
    let (certificate, key) = try Self.certificate(in: agent.folder)
    let text = try String(contentsOfFile: certificate, encoding: .utf8)
    let base64 = text.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
    let digest = Digest(of: try #require(Data(base64Encoded: base64)))
    #expect(throws: PeerPython.Failure.self) {
      try python.run(script: Self.script, ["greet", "\(agent.port)", "certificate", certificate, key])
    }
    for _ in 0..<2 {
      let said = try RunningAgent.command(["trust", digest.hex, "--control", agent.control])
      let own = try RunningAgent.lines(agent.log).first { $0.message == "the agent takes hosts" }?.fields?.certificate
      #expect(said.status == 0 && said.output == "certificate \(own ?? "")\n", "\(said)")
    }
    _ = try python.run(script: Self.script, ["greet", "\(agent.port)", "certificate", certificate, key])
    let known = try String(contentsOfFile: "\(agent.folder.path)/hosts.json", encoding: .utf8)
    #expect(known.ranges(of: digest.hex).count == 1)
    for words in [["trust"], ["trust", "abc"], ["trust", "--control", agent.control]] {
      #expect(try RunningAgent.command(words).status == 64)
    }
    #expect(try RunningAgent.command(["trust", digest.hex, "--control", "/nonexistent"]).status == 69)
  }

  @Test func aStateFolderHasOneAgent() async throws {
    let agent = try await RunningAgent()
    let second = try RunningAgent.command([
      "serve", "--state-folder", agent.folder.path, "--listen", "unix:\(agent.folder.path)/b.sock",
    ])
    #expect(second.status == 69 && second.error.contains("another agent uses this folder"), "\(second)")
    #expect(await agent.stop() == 0)
    let third = try await RunningAgent(folder: agent.folder)
    #expect(await third.stop() == 0)
  }

  @Test func saysHowItIs() async throws {
    let metrics = RunningAgent.freePort()
    let agent = try await RunningAgent(["--metrics", "127.0.0.1:\(metrics)"])
    let health = try RunningAgent.command(["health", "--control", agent.control])
    #expect(health.status == 0 && health.output.hasPrefix("ok: galley-agent"))
    let file = "\(agent.folder.path)/agent.conf"
    try Data("# a device's\ncontrol = \(agent.control)\ntoken-file = /root/secret of the agent's\n".utf8)
      .write(to: URL(filePath: file))
    #expect(try RunningAgent.command(["health", "--configuration", file]).status == 0)
    #expect(try RunningAgent.command(["health", "--configuration=-\(file)", "--control=/nowhere"]).status == 69)
    func get(_ path: String) throws -> String {
      let script =
        "import sys,urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=30).read().decode())"
      return String(decoding: try python.run(["-c", script, "http://127.0.0.1:\(metrics)\(path)"]), as: UTF8.self)
    }
    let text = try get("/metrics")
    #expect(text.contains("# TYPE galley_agent_sessions gauge\ngalley_agent_sessions 0\n"))
    #expect(try get("/healthz") == "ok\n")
    #expect(throws: PeerPython.Failure.self) { try get("/") }
    #expect(await agent.stop() == 0)
    let gone = try RunningAgent.command(["health", "--control", agent.control])
    #expect(gone.status == ExitCode.unavailable.rawValue && gone.error.contains("can't reach the agent"))
  }

  @Test func whoComesBeforeTheDeviceIsKnownIsToldToTryAgain() async throws {
    let folder = try TestFolder()
    let settings = try AgentSettings(
      flags: [("state-folder", folder.path), ("listen", "unix:\(folder.path)/a.sock")])
    // A measuring process that never says what the device has.
    let agent = try await AgentServer.start(settings, executable: "/bin/sleep", arguments: ["1000"], logDescriptor: -1)
    let script = """
      import socket, sys, time
      one = socket.socket(socket.AF_UNIX)
      one.settimeout(60)
      one.connect(sys.argv[1])
      start, text = time.time(), b""
      while piece := one.recv(4096): text += piece
      print(b"still looks at its device" in text and 4 < time.time() - start)
      """
    let answer = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
      Thread.detachNewThread {
        continuation.resume(with: Result { try python.run(["-c", script, "\(folder.path)/a.sock"]) })
      }
    }
    #expect(String(decoding: answer, as: UTF8.self) == "True\n")
    await agent.stop()
  }

  @Test func processesEndWithAKilledAgent() async throws {
    let agent = try await RunningAgent()
    let host = Process()
    host.executableURL = python.executable
    host.arguments = ["-B", PeerPython.root.appending(path: Self.script).path, "hold", agent.socket, "local"]
    let output = Pipe()
    (host.standardOutput, host.standardError) = (output, FileHandle.nullDevice)
    try host.run()
    #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("held"))
    #expect(try ServedSessionTests.processes(of: agent.folder.path).count == 2)
    kill(agent.process.processIdentifier, SIGKILL)
    try await agent.isDeserted()
    host.waitUntilExit()
    // What a killed agent left behind is no obstacle.
    let second = try await RunningAgent(folder: agent.folder)
    #expect(await second.stop() == 0)
  }

  @Test(
    arguments: [
      (["serve", "--lisen", "x"], 78, "Did you mean '--listen'?"), (["serve", "--listen"], 64, "its value is missing"),
      (["serve", "--metrics", "0.0.0.0:1"], 78, "other machines"), (["serv"], 64, "Did you mean 'serve'?"),
      (["serve", "--configuration", "/nonexistent"], 66, "No such file"),
      (["serve", "--blob-quota", "much"], 78, "512MiB"),
      (["serve", "--local-users", "nobody-of-that-name"], 78, "no user"), (["pair", "--x", "1"], 64, "no such flag"),
    ] as [([String], Int32, String)])
  func refusesWhatItCantUse(arguments: [String], status: Int32, words: String) throws {
    let said = try RunningAgent.command(arguments)
    #expect(said.status == status && said.error.contains(words), "\(said)")
  }

  @Test func settingsComeFromThreePlaces() throws {
    let folder = try TestFolder()
    let file = "\(folder.path)/agent.conf"
    try Data("# all of it\nblob-quota = 1GiB\n\nworkers = 3\nruns = 100\n".utf8).write(to: URL(filePath: file))
    let bad = try RunningAgent.command(["serve", "--configuration", file, "--check-configuration"])
    #expect(bad.status == 78 && bad.error.contains("\(file):5"))
    let good = try RunningAgent.command(["serve", "--configuration", file, "--runs", "2", "--check-configuration"])
    #expect(good.status == 0 && good.output == "The configuration can be used.\n", "\(good)")
  }
}
