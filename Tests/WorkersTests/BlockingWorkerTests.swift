// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Testing
import WorkerProtocol
import Workers

extension BlockingTests {
  /// Workers that lie or don't answer, asked on the calling thread: one clear error each, and never a hang.
  @Suite struct BlockingWorkerTests {
    private struct Number: Codable, Equatable { var value: Int }

    /// A worker in Python that answers `initialize`, then does what `body` says with each `line`.
    private static func launch(_ body: String, version: Int = 1) throws -> PythonLaunch {
      let start =
        #"{"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": VERSION, "name": "w", "version": "1", "methods": []}}"#
      let program = """
        import json, os, sys, time
        def say(text):
            sys.stdout.write(text)
            sys.stdout.flush()
        def send(**message): say(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
        sys.stdin.readline()
        say('\(start.replacing("VERSION", with: "\(version)"))' + "\\n")
        for line in sys.stdin:
            request = json.loads(line)
        \(body.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        """
      let python = try PythonInterpreter.ofMachine(given: nil, environment: ProcessInfo.processInfo.environment)
      return PythonLaunch(interpreter: python, arguments: ["-c", program], environment: [:])
    }

    @Test func asksAndIsAnswered() throws {
      let worker = try BlockingWorker(
        Self.launch(
          """
          send(method="log", params={"level": "info", "message": "working"})
          send(id=request["id"], result={"value": 2 * request["params"]["value"]})
          """), name: "w", startTimeout: .seconds(300))
      for value in 0..<20 {
        #expect(try worker.call("double", Number(value: value), returning: Number.self) == Number(value: 2 * value))
      }
      #expect(worker.isAlive)
    }

    @Test func whatItAsksItselfIsRefused() throws {
      let worker = try BlockingWorker(
        Self.launch(
          """
          send(id="mine", method="client.name")
          answer = json.loads(sys.stdin.readline())
          send(id=request["id"], result={"value": answer["error"]["code"] if answer["id"] == "mine" else 0})
          """), name: "w", startTimeout: .seconds(300))
      #expect(try worker.call("double", Number(value: 1), returning: Number.self) == Number(value: -32601))
    }

    @Test(arguments: [
      ("send(result={\"value\": 4})", "neither a request nor an answer"),
      ("send(id=None, result={\"value\": 4})", "answered the request null"),
      ("send(id=\"2\", result={\"value\": 4})", "answered the request '2'"),
      ("send(id=77, result={\"value\": 4})", "answered the request 77"),
      ("send(id=None, error={\"code\": -32700, \"message\": \"the line is not JSON\"})", "the line is not JSON"),
      ("say(\"Loading model\\n\")", "it wrote 'Loading model'"), ("say(\"{\\n\")", "it wrote '{'"),
      ("sys.exit(3)", "it has ended"), ("os.close(1); time.sleep(600)", "it has ended"),
    ])
    func noAnswerThatFitsIsAnError(body: String, words: String) throws {
      let worker = try BlockingWorker(Self.launch(body), name: "w", startTimeout: .seconds(300))
      let error = #expect(throws: GalleyError.self) {
        try worker.call("double", Number(value: 2), returning: Number.self)
      }
      #expect(error?.exitCode == .unavailable && error?.why.contains(words) == true, "\(error?.description ?? "")")
      #expect(!worker.isAlive)
      let later = #expect(throws: GalleyError.self) {
        try worker.call("double", Number(value: 2), returning: Number.self)
      }
      #expect(later?.exitCode == .unavailable)
    }

    @Test func anErrorOfTheRequestLeavesTheWorkerUsable() throws {
      let worker = try BlockingWorker(
        Self.launch(
          """
          if request["params"]["value"] < 0:
              send(id=request["id"], error={"code": -32603, "message": "below zero"})
          else:
              send(id=request["id"], result={"value": 1})
          """), name: "w", startTimeout: .seconds(300))
      let error = #expect(throws: GalleyError.self) {
        try worker.call("double", Number(value: -1), returning: Number.self)
      }
      #expect(error?.exitCode == .software && error?.why == "below zero")
      #expect(try worker.call("double", Number(value: 1), returning: Number.self) == Number(value: 1))
    }

    @Test func anotherVersionOfTheProtocolIsRefused() throws {
      let error = #expect(throws: GalleyError.self) {
        try BlockingWorker(Self.launch("pass", version: 9), name: "w", startTimeout: .seconds(300))
      }
      #expect(error?.exitCode == .unavailable)
      #expect(error?.why == "it speaks version 9 of the protocol, not 1")
    }

    @Test(arguments: ["import time; time.sleep(600)", "import time; print('{', end='', flush=True); time.sleep(600)"])
    func aStartIsNotWaitedForForEver(program: String) throws {
      let python = try PythonInterpreter.ofMachine(given: nil, environment: ProcessInfo.processInfo.environment)
      let launch = PythonLaunch(interpreter: python, arguments: ["-c", program], environment: [:])
      let error = #expect(throws: GalleyError.self) {
        try BlockingWorker(launch, name: "w", startTimeout: .milliseconds(500))
      }
      #expect(error?.exitCode == .unavailable && error?.why == "it doesn't answer")
    }

    @Test func aLimitEndsAnAnswerThatDoesNotCome() throws {
      let worker = try BlockingWorker(Self.launch("time.sleep(600)"), name: "w", startTimeout: .seconds(300))
      let error = #expect(throws: GalleyError.self) {
        try worker.call("double", Number(value: 2), returning: Number.self, within: .milliseconds(200))
      }
      #expect(error?.why == "it doesn't answer" && !worker.isAlive)
    }

    @Test func whatIsAskedAgainIsAnsweredAnew() throws {
      let worker = try BlockingWorker(
        Self.launch(
          """
          count = globals().get("count", 0) + 1
          value = {4: 8, 6: request["id"]}.get(count, 7)
          if count == 5:
              say('{"jsonrpc":"2.0","result":{"value":9},"id":%d}\\n' % request["id"])
          else:
              send(id=request["id"], result={"value": value})
          """), name: "w", startTimeout: .seconds(300))
      let request = try RepeatedRequest("double", Number(value: 2))
      var last = RepeatedResult<Number>()
      let answers = try (0..<12).map { _ in try worker.call(request, &last).value }
      // The sixth has the id 7, because the first request was `initialize`.
      #expect(answers == [7, 7, 7, 8, 9, 7, 7, 7, 7, 7, 7, 7])
    }
  }

  @Suite struct RepeatedRequestTests {
    @Test func isTheLineThatARequestHas() throws {
      let request = try RepeatedRequest("run", ["a": 1, "b": 2])
      for id in [0, 1, 99, 123_456] {
        #expect(
          try request.line(id) == OutgoingMessage.request(id: .number(id), method: "run", parameters: ["a": 1, "b": 2]))
      }
    }

    @Test func knowsTheSameAnswerWithAnotherID() {
      var last = RepeatedResult<String>()
      func line(_ id: Int, _ text: String = "x") -> Data {
        Data("{\"jsonrpc\": \"2.0\", \"id\": \(id), \"result\": \"\(text)\"}".utf8)
      }
      #expect(last.result(of: line(1), id: 1) == nil)
      last.keep("x", of: line(9), id: 9)
      #expect(last.result(of: line(10), id: 10) == "x")
      #expect(last.result(of: line(1234), id: 1234) == "x")
      #expect(last.result(of: line(10), id: 11) == nil)
      #expect(last.result(of: line(10), id: 1) == nil)
      #expect(last.result(of: line(10, "y"), id: 10) == nil)
      #expect(last.result(of: line(10) + Data(" ".utf8), id: 10) == nil)
      #expect(last.result(of: Data(), id: 10) == nil)
      #expect(last.result(of: Data("{\"jsonrpc\": \"2.0\", \"id\": ".utf8), id: 10) == nil)
      // An id within the result might be taken for the answer's own.
      let inner = Data("{\"result\": {\"id\": 5}, \"jsonrpc\": \"2.0\", \"id\": 5}".utf8)
      last.keep("z", of: inner, id: 5)
      #expect(last.result(of: inner, id: 5) == nil)
      last.keep("w", of: Data("{\"id\": 55}".utf8), id: 5)
      #expect(last.result(of: Data("{\"id\": 55}".utf8), id: 5) == nil)
    }
  }
}
