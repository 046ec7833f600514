// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Synchronization
import Testing
import WorkerProtocol

/// How the tests start their workers.
enum Fixture {
  struct Number: Codable, Sendable, Equatable { var value: Int }
  struct Text: Codable, Sendable, Equatable { var text: String }

  /// The program of the target `worker-fixture`, which is built beside the tests.
  static let path =
    WorkerProcess.ownExecutable().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/worker-fixture"

  /// Settings with which nothing times out on a machine that is busy.
  static var patient: WorkerProcess.Settings {
    var settings = WorkerProcess.Settings()
    (settings.startTimeout, settings.cancelTimeout, settings.stopTimeout) = (patience, patience, patience)
    return settings
  }

  /// How long something may take that is not to time out.
  static let patience = Duration.seconds(120)

  static func start(_ settings: WorkerProcess.Settings = patient) async throws -> WorkerProcess {
    // Swift's own report of a crash would push the fixture's last words out of the lines that are kept.
    try await WorkerProcess.start(
      executable: path, arguments: ["serve"], name: "fixture", environment: ["SWIFT_BACKTRACE": "enable=no"],
      settings: settings)
  }

  static func startPython(
    _ program: String, startTimeout: Duration = patience
  ) async throws -> WorkerProcess {
    var settings = WorkerProcess.Settings()
    settings.startTimeout = startTimeout
    settings.cancelTimeout = .milliseconds(100)
    return try await WorkerProcess.start(
      executable: "python3", arguments: ["-c", program], name: "python", settings: settings)
  }

  /// The error that `body` throws, as what it must be.
  static func error<Value>(
    _ body: () async throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
  ) async -> GalleyError {
    do {
      _ = try await body()
      Issue.record("no error was thrown", sourceLocation: sourceLocation)
    } catch let error as GalleyError {
      return error
    } catch {
      Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return GalleyError(.software, "", why: "")
  }

  /// A call under way, and a stream that tells when the worker has begun with it.
  static func callUntilProgress(
    _ worker: WorkerProcess, _ method: String
  ) -> (call: Task<Nothing, any Error>, begun: AsyncStream<Void>) {
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let call = Task {
      defer { signal.finish() }
      return try await worker.call(method, Nothing(), returning: Nothing.self, onProgress: { _ in signal.yield() })
    }
    return (call, begun)
  }

  /// How a program went.
  struct Outcome: Decodable, Sendable, Equatable {
    var output: String
    var exitCode: Int
  }

  /// Runs a program to its end; a worker in Python is the go-between.
  static func run(_ command: [String], input: String = "") async throws -> Outcome {
    struct Job: Encodable, Sendable {
      var command: [String]
      var input: String
    }
    let worker = try await startPython(
      pythonWorker + """
        def run(command, input):
          done = subprocess.run(command, input=input, capture_output=True, text=True)
          return {"output": done.stdout, "exitCode": done.returncode}
        serve("run", run)
        """)
    let outcome = try await worker.call(
      "run", Job(command: command, input: input), returning: Outcome.self, deadline: .seconds(300))
    await worker.stop()
    return outcome
  }

  /// A worker that answers one method with the result of a function.
  static let pythonWorker = """
    import json, os, signal, subprocess, sys, time
    def send(**message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
    def serve(name, work):
      for line in sys.stdin:
        request = json.loads(line)
        if request["method"] == "initialize":
          send(id=request["id"], result={"protocolVersion": 1, "name": name, "version": "1", "methods": [name]})
        elif request["method"] == name:
          send(id=request["id"], result=work(**request["params"]))
        elif request["method"] == "shutdown":
          return send(id=request["id"], result={})

    """

  /// Starts `worker-fixture parent`, kills it, and watches its child disappear.
  static let killParentWorker =
    pythonWorker + """
      def observe():
        parent = subprocess.Popen([sys.argv[1], "parent"], stdout=subprocess.PIPE, text=True)
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        for _ in range(12000):
          try:
            state = open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0]
          except FileNotFoundError:
            return {"text": "gone"}
          if state == "Z":
            return {"text": "gone"}
          time.sleep(0.01)
        return {"text": "alive"}
      serve("observe", observe)
      """
}

/// Gathers what callbacks bring, from any thread.
final class Collector<Item: Sendable>: Sendable {
  private let storage = Mutex<[Item]>([])
  func add(_ item: Item) { storage.withLock { $0.append(item) } }
  var items: [Item] { storage.withLock { $0 } }
}
