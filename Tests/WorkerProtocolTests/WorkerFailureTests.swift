// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Glibc
import Testing
import WorkerProtocol

/// Workers that crash, lie, or don't listen: one clear error each, and never a hang.
struct WorkerFailureTests {
  @Test(arguments: [(SIGKILL, "SIGKILL", "out of memory"), (SIGSEGV, "SIGSEGV", "memory"), (SIGABRT, "SIGABRT", "")])
  func crashNamesWorkerRequestSignalAndLastWords(_ signal: Int32, _ name: String, _ hint: String) async throws {
    let worker = try await Fixture.start()
    let error = await Fixture.error {
      try await worker.call("signal", Fixture.Number(value: Int(signal)), returning: Nothing.self)
    }
    #expect(error.what == "the worker 'fixture' failed during 'signal'")
    #expect(error.why.contains("killed by signal \(signal) (\(name))"))
    #expect(hint.isEmpty || error.why.contains(hint))
    #expect(error.why.contains("line 30"))
    #expect(error.why.contains("line 11\n"))
    #expect(!error.why.contains("line 10\n"))
    #expect(error.remedy != nil)
    #expect(error.exitCode == (signal == SIGKILL ? .tryAgain : .software))
    let later = await Fixture.error { try await worker.call("echo", Fixture.Text(text: ""), returning: Nothing.self) }
    #expect(later.why.contains(name))
    await worker.stop()
  }

  @Test func endingWithoutAnAnswerSaysTheExitCode() async throws {
    let worker = try await Fixture.start()
    let error = await Fixture.error { try await worker.call("exit", Fixture.Number(value: 7), returning: Nothing.self) }
    #expect(error.why == "it ended with exit code 7")
    await worker.stop()
  }

  @Test func missingProgramIsSaid() async throws {
    let error = await Fixture.error {
      try await WorkerProcess.start(executable: "/nowhere/galley", arguments: ["worker", "torch"])
    }
    #expect(error.exitCode == .unavailable)
    #expect(error.what == "can't start the worker 'torch'")
    #expect(error.why.contains("/nowhere/galley"))
  }

  @Test func workerThatNeverAnswersIsGivenUp() async throws {
    let error = await Fixture.error {
      try await Fixture.startPython("import time\ntime.sleep(600)", startTimeout: .milliseconds(400))
    }
    #expect(error.what == "the worker 'python' doesn't answer")
    #expect(error.why.contains("'initialize' took longer than 0.4 seconds"))
  }

  @Test func garbageOnTheOutputIsQuoted() async throws {
    let error = await Fixture.error {
      try await Fixture.startPython("import time\nprint('Loading\\tmodel ...', flush=True)\ntime.sleep(600)")
    }
    #expect(error.why.contains("it wrote 'Loading model ...' to its standard output"))
  }

  @Test func messageThatBreaksOffIsQuoted() async throws {
    let error = await Fixture.error {
      try await Fixture.startPython("import sys\nsys.stdout.write('{\"jsonrpc\":\"2.0\",\"res')")
    }
    #expect(error.why.contains("it ended without an answer"))
    #expect(error.why.contains("its last message broke off: '{\"jsonrpc\":\"2.0\",\"res'"))
  }

  @Test func messageBeyondTheLimitIsRefused() async throws {
    var settings = Fixture.patient
    settings.messageLimit = 1000
    let worker = try await Fixture.start(settings)
    let error = await Fixture.error {
      try await worker.call(
        "echo", Fixture.Text(text: String(repeating: "x", count: 2000)), returning: Nothing.self)
    }
    #expect(error.why.contains("longer than 1000 bytes"))
    await worker.stop()
  }

  @Test func otherVersionOfTheProtocolIsRefused() async throws {
    let error = await Fixture.error {
      try await Fixture.startPython(
        """
        import sys
        sys.stdin.readline()
        print('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":9,"name":"new","version":"2","methods":[]}}', flush=True)
        sys.stdin.readline()
        """)
    }
    #expect(error.why == "it speaks version 9 of the protocol, not 1")
  }

  @Test func cancelledRequestLeavesTheWorkerUsable() async throws {
    let worker = try await Fixture.start()
    let task = Fixture.callUntilProgress(worker, "wait")
    await task.begun.first { _ in true }
    task.call.cancel()
    await #expect(throws: CancellationError.self) { try await task.call.value }
    #expect(try await worker.call("echo", Fixture.Text(text: "on"), returning: Fixture.Text.self).text == "on")
    await worker.stop()
  }

  @Test func queuedRequestCanBeCancelledToo() async throws {
    let worker = try await Fixture.start()
    let running = Fixture.callUntilProgress(worker, "wait")
    await running.begun.first { _ in true }
    let queued = Task { try await worker.call("wait", Nothing(), returning: Nothing.self) }
    queued.cancel()
    running.call.cancel()
    await #expect(throws: CancellationError.self) { try await queued.value }
    await #expect(throws: CancellationError.self) { try await running.call.value }
    #expect(worker.processID != nil)
    await worker.stop()
  }

  @Test func workerThatIgnoresACancellationIsKilled() async throws {
    var settings = Fixture.patient
    settings.cancelTimeout = .milliseconds(100)
    let worker = try await Fixture.start(settings)
    let task = Fixture.callUntilProgress(worker, "stubborn")
    await task.begun.first { _ in true }
    task.call.cancel()
    await #expect(throws: CancellationError.self) { try await task.call.value }
    #expect(worker.processID == nil)
    await worker.stop()
  }

  @Test func deadlineEndsARequest() async throws {
    let worker = try await Fixture.start()
    let error = await Fixture.error {
      try await worker.call("wait", Nothing(), returning: Nothing.self, deadline: .milliseconds(50))
    }
    #expect(error.why == "'wait' took longer than 0.05 seconds")
    await worker.stop()
  }

  @Test func describesItselfWhileARequestRuns() async throws {
    let worker = try await Fixture.start()
    let task = Fixture.callUntilProgress(worker, "wait")
    await task.begun.first { _ in true }
    #expect(try await worker.describe(deadline: Fixture.patience).name == "fixture")
    task.call.cancel()
    _ = await task.call.result
    await worker.stop()
  }

  @Test(arguments: ["wait", "stubborn"])
  func stopEndsARunningRequest(_ method: String) async throws {
    var settings = Fixture.patient
    settings.stopTimeout = .milliseconds(500)
    let worker = try await Fixture.start(settings)
    let task = Fixture.callUntilProgress(worker, method)
    await task.begun.first { _ in true }
    await worker.stop()
    #expect(worker.processID == nil)
    await #expect(throws: GalleyError.self) { try await task.call.value }
  }

  @Test func childOfADeadWorkerThatHoldsItsStreamsKeepsNobodyWaiting() async throws {
    let worker = try await Fixture.startPython(
      Fixture.pythonWorker + """
        def leave():
          subprocess.Popen(["sleep", "20"])
          os._exit(3)
        serve("leave", leave)
        """)
    let error = await Fixture.error { try await worker.call("leave", Nothing(), returning: Nothing.self) }
    #expect(error.why == "it ended with exit code 3")
    await worker.stop()
  }
}

/// A worker whose client isn't written with this room.
struct ForeignClientTests {
  @Test func endOfInputEndsAnIdleWorker() async throws {
    #expect(try await Fixture.run([Fixture.path, "serve"]) == Fixture.Outcome(output: "", exitCode: 0))
  }

  @Test func endOfInputEndsAWorkerThatDoesNotListen() async throws {
    let client = """
      import subprocess, sys
      worker = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
      worker.stdin.write('{"jsonrpc":"2.0","id":1,"method":"stubborn"}\\n')
      worker.stdin.flush()
      worker.stdout.readline()  # the report that it has begun
      worker.stdin.close()
      sys.exit(worker.wait())
      """
    let outcome = try await Fixture.run(["python3", "-c", client, Fixture.path, "serve"])
    #expect(outcome.exitCode == 75)
  }

  @Test func refusalsFollowTheStandard() async throws {
    let input = """
      {"jsonrpc":"2.0","id":1,"method":"ecko"}
      [{"jsonrpc":"2.0","id":2,"method":"echo"}]
      {"jsonrpc":"2.0","id":3,"method":7}

      {"jsonrpc":"2.0","method":"unknownNotification"}
      {"jsonrpc":"2.0","id":4,"result":1}
      nonsense
      {"id":5,"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":99}}
      {"id":6,"jsonrpc":"2.0","method":"shutdown"}
      {"id":7,"jsonrpc":"2.0","method":"echo","params":{"text":"too late"}}

      """
    let outcome = try await Fixture.run([Fixture.path, "serve"], input: input)
    let answers = outcome.output.split(separator: "\n").map { line in
      (line.firstMatch(of: #/"code":(-\d+)/#)?.1 ?? "", line.firstMatch(of: #/"id":(\w+)/#)?.1 ?? "")
    }
    #expect(answers.map(\.0) == ["-32601", "-32600", "-32600", "-32700", "-32000", ""])
    #expect(answers.map(\.1) == ["1", "null", "3", "null", "5", "6"])
    #expect(outcome.exitCode == 0)
  }

  @Test func terminationSignalEndsAWorkerThatIsBusy() async throws {
    let worker = try await Fixture.start()
    let task = Fixture.callUntilProgress(worker, "stubborn")
    await task.begun.first { _ in true }
    kill(try #require(worker.processID), SIGTERM)
    let error = await Fixture.error { try await task.call.value }
    #expect(error.why.contains("SIGTERM"))
    await worker.stop()
  }
}
