// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Glibc
import WorkerProtocol

/// A worker for tests: `worker-fixture serve` answers, counts, misbehaves on demand.
///
/// `worker-fixture parent` starts such a worker, prints its process id and waits, so that a test can kill the parent.
/// `worker-fixture cycle` starts and stops many workers and prints how many descriptors and children are left over.
@main
enum WorkerFixture {
  static func main() async throws {
    switch CommandLine.arguments.dropFirst().first {
    case "serve": await server().serve()
    case "parent": try await waitWithChild()
    case "cycle": try await cycle()
    default: exit(64)
    }
  }

  struct Number: Codable, Sendable { var value: Int }
  struct Text: Codable, Sendable { var text: String }

  static func server() -> WorkerServer {
    var server = WorkerServer(name: "fixture", version: "1.2.3", details: { ["library": "none"] })
    server.stopTimeout = .milliseconds(300)
    server.handle("echo", as: Text.self) { parameters, _ in parameters }
    server.handle("count", as: Number.self) { parameters, context in
      for step in 1...max(1, parameters.value) {
        try context.checkCancellation()
        context.progress(
          "counting", completed: step, total: parameters.value, unit: "steps", metrics: ["half": Double(step) / 2])
      }
      return parameters
    }
    server.handle("wait", as: Nothing.self) { _, context in
      context.progress("waiting", completed: 0)
      while true {
        try context.checkCancellation()
        usleep(2_000)
      }
      return Nothing()
    }
    addMisbehaviour(&server)
    return server
  }

  static func addMisbehaviour(_ server: inout WorkerServer) {
    server.handle("stubborn", as: Nothing.self) { _, context in
      context.progress("ignoring", completed: 0)
      while true { usleep(2_000) }
      return Nothing()
    }
    server.handle("refuse", as: Nothing.self) { _, _ -> Nothing in
      throw GalleyError(.badData, "can't read the data", at: "digits.csv:7", why: "9 is no digit", remedy: "Mend it.")
    }
    server.handle("notANumber", as: Nothing.self) { _, _ in ["loss": Double.nan, "bound": -Double.infinity] }
    server.handle("signal", as: Number.self) { parameters, _ in
      for line in 1...30 { put("line \(line)\n", STDERR_FILENO) }
      kill(getpid(), Int32(parameters.value))
      while true { usleep(2_000) }
      return Nothing()
    }
    server.handle("exit", as: Number.self) { parameters, _ -> Nothing in exit(Int32(parameters.value)) }
    server.handle("print", as: Text.self) { parameters, _ in
      put(parameters.text, STDOUT_FILENO)
      return Nothing()
    }
    server.handle("flood", as: Number.self) { parameters, _ in
      let line = String(repeating: "x", count: 999) + "\n"
      for _ in 0..<parameters.value { put(line, STDERR_FILENO) }
      return Nothing()
    }
  }

  /// Starts another of these, on a machine that may be busy.
  static func begin() async throws -> WorkerProcess {
    var settings = WorkerProcess.Settings()
    settings.startTimeout = .seconds(120)
    return try await WorkerProcess.start(
      executable: WorkerProcess.ownExecutable(), arguments: ["serve"], settings: settings)
  }

  static func waitWithChild() async throws {
    let worker = try await begin()
    put("\(worker.processID ?? 0)\n", STDOUT_FILENO)
    _ = try await worker.call("stubborn", Nothing(), returning: Nothing.self)
  }

  static func cycle() async throws {
    func descriptors() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1 }
    // The first worker opens what the process keeps.
    var before = 0
    for round in 0..<12 {
      let worker = try await begin()
      if round % 3 == 1 { _ = try? await worker.call("exit", Number(value: 3), returning: Nothing.self) }
      if round % 3 == 2 { _ = try? await worker.call("signal", Number(value: Int(SIGKILL)), returning: Nothing.self) }
      await worker.stop()
      _ = try? await WorkerProcess.start(executable: "/nowhere/worker", arguments: [])
      if round == 0 { before = descriptors() }
    }
    let after = descriptors()
    var status: CInt = 0
    let children = waitpid(-1, &status, WNOHANG)
    put("\(after - before) descriptors, \(children == -1 && errno == ECHILD ? 0 : 1) children\n", STDOUT_FILENO)
  }

  static func put(_ text: String, _ descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
