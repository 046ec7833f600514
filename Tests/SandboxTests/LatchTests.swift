// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Sandbox
import Testing

/// The latch, laid in child processes, because nothing lifts it.
@Suite struct LatchTests {
  @Test func onlyTheLoopbackThreadIsLeftFree() throws {
    let (status, text) = try run([Self.runner, "latch"])
    #expect(status == 0)
    #expect(
      text == """
        engaged true
        main Permission denied
        task Permission denied
        local true
        netlink true
        loopback connected
        HF_HUB_OFFLINE true
        ORT_DISABLE_TELEMETRY true
        PIP_NO_INDEX true
        TRANSFORMERS_OFFLINE true
        UV_OFFLINE true

        """)
  }

  @Test(.enabled(if: PeerPython().isPresent, "there is no Python to ask"))
  func pythonUnderTheLatchReachesNobody() throws {
    let script = """
      import os, socket, subprocess, sys
      for family in (socket.AF_INET, socket.AF_INET6):
          for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
              try: socket.socket(family, kind)
              except PermissionError: print("refused")
      try: socket.getaddrinfo("models.example", 443)
      except socket.gaierror: print("no name")
      try: __import__("urllib.request").request.urlopen("http://127.0.0.1:9/", timeout=5)
      except OSError as error: print(error.reason.strerror)
      left, right = socket.socketpair(); left.send(b"x"); print(right.recv(1))
      print(subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], capture_output=True).returncode)
      print(os.environ["PIP_NO_INDEX"], os.environ["TRANSFORMERS_OFFLINE"])
      """
    let (status, text) = try run([Self.runner, "latch", PeerPython().executable.path, "-c", script])
    #expect(status == 0, "\(text)")
    #expect(
      text.split(separator: "\n") == [
        "refused", "refused", "refused", "refused", "no name", "Permission denied", "b'x'", "1", "1 1",
      ])
  }

  @Test(.enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
  func inASandboxTheLatchHidesNothingFromTheRecord() async throws {
    let stage = try Stage()
    var command = try stage.command(["latch"])
    command.program = Self.runner
    command.mounts += try (Strace.libraries(of: [Self.runner]) + [Self.runner])
      .filter { !Stage.libraries.contains($0) && !$0.hasPrefix("/lib") }.map { .readOnly($0) }
    let record = try await command.run()
    let lines = try stage.output()
    #expect(lines.first == "engaged true", "\(lines)")
    #expect(lines.contains("main Network is unreachable"))
    #expect(Set(record.connections.map(\.address)) == ["127.0.0.1"])
  }

  @Test func theCommandLineOrTheEnvironmentAsksForIt() throws {
    func isWanted(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Bool {
      try NetworkLatch.isWanted(arguments: ["galley"] + arguments, environment: environment)
    }
    #expect(try isWanted(["run", "r.yaml", "--offline"]))
    #expect(try !isWanted(["run", "--", "--offline"]))
    #expect(try !isWanted(["run", "r.yaml"]))
    #expect(try isWanted([], ["GALLEY_OFFLINE": "1"]))
    #expect(try isWanted([], ["HF_HUB_OFFLINE": "on"]))
    #expect(try !isWanted([], ["GALLEY_OFFLINE": "0"]))
    let error = #expect(throws: GalleyError.self) { try isWanted([], ["GALLEY_OFFLINE": "ture"]) }
    #expect(error?.exitCode == .configuration)
  }

  private static let runner = URL(filePath: Stage.fixture).deletingLastPathComponent()
    .appending(path: "sandbox-runner").path

  private func run(_ words: [String]) throws -> (Int32, String) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
