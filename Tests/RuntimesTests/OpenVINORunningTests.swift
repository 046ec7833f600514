// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Runtimes
import Tensors
import Testing

@Suite("OpenVINO running", .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)))
struct OpenVINORunningTests {
  let runtime: OpenVINORuntime

  init() throws { runtime = try OpenVINORuntime(.init()) }

  @Test func `begins and waits, with several sessions under way`() throws {
    let model = try OpenVINORuntime(.init(hint: .throughput, threads: 0)).compile(
      OpenVINOFixture.model("pass-through.onnx"))
    let sessions = try (0..<max(2, model.preferredSessions)).map { _ in try model.makeSession(inputShapes: [[1, 3]]) }
    for round in 0..<50 {
      for (index, session) in sessions.enumerated() {
        try session.set(0, [Float](repeating: Float(round * 10 + index), count: 3))
        try session.start()
      }
      for (index, session) in sessions.enumerated() {
        try session.wait()
        #expect(try session.values(0).values == [Float](repeating: Float(round * 10 + index), count: 3))
      }
    }
  }

  @Test func `lets nobody touch the buffers of an inference that was begun`() throws {
    let session = try runtime.compile(OpenVINOFixture.model("slow.onnx")).makeSession(inputShapes: [[768, 768]])
    try session.start()
    #expect(galleyError { try session.withInput(0) { _, _ in } }?.exitCode == .software)
    #expect(galleyError { try session.withOutput(0) { _, _ in } }?.exitCode == .software)
    #expect(galleyError { try session.start() } != nil)
    session.cancellation()
    #expect(galleyError { try session.wait() }?.exitCode == .interrupted)
    try session.withInput(0) { _, _ in }
  }

  @Test func `stops a run that is under way, and only that one`() async throws {
    let model = try runtime.compile(OpenVINOFixture.model("slow.onnx"))
    let session = try model.makeSession(inputShapes: [[768, 768]])
    session.cancellation()
    let stop = session.cancellation
    let stopper = Thread { for _ in 0..<20 { Thread.sleep(forTimeInterval: 0.03); stop() } }
    stopper.start()
    let refusal = galleyError { for _ in 0..<50 { try session.run() } }
    #expect(refusal?.exitCode == .interrupted)
    #expect(refusal?.why == "it was stopped")
    while !stopper.isFinished { try await Task.sleep(for: .milliseconds(5)) }
    try session.run()
  }

  @Test func `a session that is let go while it runs ends its inference first`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("slow.onnx"))
    for _ in 0..<3 { try model.makeSession(inputShapes: [[768, 768]]).start() }
  }

  @Test func `tells the time of each operator`() throws {
    let model = try OpenVINOFixture.model("slow.onnx")
    let timings = try runtime.profile(
      model, inputs: [.tensor(Tensor(zeros: .float32, shape: [768, 768]))], repetitions: 2)
    let products = timings.filter { $0.operatorType == "MatMul" || $0.operatorType == "FullyConnected" }
    #expect(products.count == 60)
    #expect(products.allSatisfy { $0.seconds > 0 && !$0.executor.isEmpty && $0.name.contains("p") })
    #expect(
      galleyError { _ = try runtime.profile(model, inputs: [], repetitions: 1) }?.why
        == "0 values were given for 1 inputs")
    #expect(galleyError { _ = try runtime.profile(model, inputs: [], repetitions: 0) }?.exitCode == .configuration)
  }

  /// Other tests of the process take memory meanwhile, so that it is enough if one stretch takes none.
  @Test(arguments: ["dense.onnx", "dense.tflite"])
  func `twenty thousand runs take no more memory than the first thousand`(name: String) throws {
    let session = try runtime.compile(OpenVINOFixture.model(name)).makeSession(inputShapes: [[2, 4]])
    for _ in 0..<1000 { try session.run() }
    let growth = try (0..<8).map { _ in
      let before = try Self.residentBytes()
      for run in 0..<2500 {
        try session.run()
        if run % 10 == 0 { _ = try session.values(0) }
      }
      return try Self.residentBytes() - before
    }
    #expect((growth.min() ?? 0) < 64 << 10)
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(getpagesize())
  }
}
