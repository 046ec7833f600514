// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Glibc
import Testing
import WorkerProtocol

/// A client and a worker written with this room, in two processes.
struct WorkerProcessTests {
  @Test func describesItself() async throws {
    let worker = try await Fixture.start()
    #expect(worker.description.name == "fixture")
    #expect(worker.description.version == "1.2.3")
    #expect(worker.description.methods.contains("echo"))
    #expect(worker.description.details == nil)
    #expect(try await worker.describe(deadline: Fixture.patience).details == ["library": "none"])
    await worker.stop()
    #expect(worker.processID == nil)
  }

  @Test(arguments: ["", "ü \u{1F469}\u{200D}\u{1F373}", "line\nfeed\r\n", "\u{2028}\"\\", "NaN"])
  func carriesAnyText(_ text: String) async throws {
    let worker = try await Fixture.start()
    #expect(try await worker.call("echo", Fixture.Text(text: text), returning: Fixture.Text.self).text == text)
    await worker.stop()
  }

  @Test func carriesMessagesLargerThanAnyBuffer() async throws {
    let worker = try await Fixture.start()
    let text = String(repeating: "0123456789abcdef", count: 200_000)
    #expect(try await worker.call("echo", Fixture.Text(text: text), returning: Fixture.Text.self).text == text)
    await worker.stop()
  }

  @Test func carriesNumbersThatJSONHasNoWordsFor() async throws {
    let worker = try await Fixture.start()
    let numbers = try await worker.call("notANumber", Nothing(), returning: [String: Double].self)
    #expect(numbers["loss"]?.isNaN == true)
    #expect(numbers["bound"] == -.infinity)
    await worker.stop()
  }

  @Test func reportsProgressInOrderAndBeforeTheAnswer() async throws {
    let worker = try await Fixture.start()
    let reports = Collector<WorkerProgress>()
    let number = try await worker.call(
      "count", Fixture.Number(value: 50), returning: Fixture.Number.self, onProgress: { reports.add($0) })
    #expect(number.value == 50)
    #expect(reports.items.map(\.completed) == Array(1...50))
    #expect(reports.items.allSatisfy { $0.total == 50 && $0.unit == "steps" && $0.stage == "counting" })
    #expect(reports.items.last?.metrics == ["half": 25])
    await worker.stop()
  }

  @Test func errorForPeopleArrivesAsTheSameError() async throws {
    let worker = try await Fixture.start()
    let expected = GalleyError(
      .badData, "can't read the data", at: "digits.csv:7", why: "9 is no digit", remedy: "Mend it.")
    await #expect(throws: expected) { try await worker.call("refuse", Nothing(), returning: Nothing.self) }
    #expect(try await worker.call("echo", Fixture.Text(text: "on"), returning: Fixture.Text.self).text == "on")
    await worker.stop()
  }

  @Test func unknownMethodAndWrongParametersSayWhatIsWrong() async throws {
    let worker = try await Fixture.start()
    let unknown = await Fixture.error { try await worker.call("ecko", Nothing(), returning: Nothing.self) }
    #expect(unknown.description.contains("did you mean 'echo'?"))
    let wrong = await Fixture.error { try await worker.call("count", Fixture.Text(text: ""), returning: Nothing.self) }
    #expect(wrong.description.contains("'value' is missing"))
    await worker.stop()
  }

  @Test func whatLibrariesPrintDoesNotCorruptTheStream() async throws {
    let log = Collector<WorkerLogLine>()
    var settings = Fixture.patient
    settings.onLog = { log.add($0) }
    let worker = try await Fixture.start(settings)
    _ = try await worker.call("print", Fixture.Text(text: "{\"noise\":1}\n"), returning: Nothing.self)
    #expect(try await worker.call("echo", Fixture.Text(text: "on"), returning: Fixture.Text.self).text == "on")
    await worker.stop()
    #expect(log.items.map(\.message) == ["{\"noise\":1}"])
  }

  @Test func floodOfLogLinesBlocksNobody() async throws {
    let worker = try await Fixture.start()
    _ = try await worker.call("flood", Fixture.Number(value: 20_000), returning: Nothing.self)
    await worker.stop()
  }

  @Test func threeWorkersServeInterleavedRequests() async throws {
    let workers = [try await Fixture.start(), try await Fixture.start(), try await Fixture.start()]
    for round in 0..<30 {
      let worker = workers[round % 3]
      let answer = try await worker.call("count", Fixture.Number(value: round), returning: Fixture.Number.self)
      #expect(answer.value == round)
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for round in 0..<60 {
        group.addTask {
          try await workers[round % 3].call("count", Fixture.Number(value: round), returning: Fixture.Number.self).value
        }
      }
      var sum = 0
      for try await value in group { sum += value }
      #expect(sum == 60 * 59 / 2)
    }
    #expect(Set(workers.compactMap(\.processID)).count == 3)
    for worker in workers { await worker.stop() }
  }

  @Test func leavesNeitherDescriptorsNorChildren() async throws {
    let outcome = try await Fixture.run([Fixture.path, "cycle"])
    #expect(outcome == Fixture.Outcome(output: "0 descriptors, 0 children\n", exitCode: 0))
  }

  @Test func endsWithItsParentEvenInTheMiddleOfARequest() async throws {
    let log = Collector<WorkerLogLine>()
    var settings = Fixture.patient
    settings.onLog = { log.add($0) }
    let shell = try await WorkerProcess.start(
      executable: "/usr/bin/env", arguments: ["python3", "-c", Fixture.killParentWorker, Fixture.path],
      name: "observer", settings: settings)
    let outcome = try await shell.call("observe", Nothing(), returning: Fixture.Text.self, deadline: .seconds(300))
    #expect(outcome.text == "gone", "\(log.items)")
    await shell.stop()
  }

  @Test func workerThatIsLetGoOfEnds() async throws {
    func begin() async throws -> Int32 {
      let worker = try await Fixture.start()
      return try withExtendedLifetime(worker) { try #require(worker.processID) }
    }
    let process = try await begin()
    // Signal 0 only asks whether the process is there; it is reaped by the task that waits for it.
    for _ in 0..<12_000 where kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(kill(process, 0) == -1)
  }
}
