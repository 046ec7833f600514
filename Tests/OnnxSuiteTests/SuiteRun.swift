// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// One run of the ONNX backend tests, as `onnx-suite-fixture` and `onnx_suite_peer.py` report it.
struct SuiteRun: Decodable {
  struct Test: Decodable {
    var name: String
    var outcome: String
    var reason: String
    var digest: String
  }

  var version: String
  var tests: [Test]

  /// The names of the tests that passed.
  var passed: Set<String> { Set(tests.filter { $0.outcome == "passed" }.map(\.name)) }
}

/// Where the suite's data, the programs and the peers are.
enum Suite {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let python = root.appending(path: ".peers/bin/python3")
  static let absence = "the ONNX backend tests or Python's peers are missing: run Native/peers.sh"

  /// The folder that `Native/peers.sh` unpacks, or another one that `GALLEY_ONNX_SUITE` names.
  static let data: URL =
    ProcessInfo.processInfo.environment["GALLEY_ONNX_SUITE"].map { URL(filePath: $0) }
    ?? root.appending(path: ".peers/onnx-1.18.0/onnx/backend/test/data")

  static var isPresent: Bool {
    FileManager.default.fileExists(atPath: data.appending(path: "node").path)
      && FileManager.default.isExecutableFile(atPath: python.path)
  }

  /// The program that is built beside the tests.
  static var fixture: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "onnx-suite-fixture")
  }

  /// Runs a program and reads its report.
  static func run(_ program: URL, _ arguments: [String]) async throws -> SuiteRun {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    let output = try await withCheckedThrowingContinuation { continuation in
      // Reading blocks until the program ends, so it has a thread of its own.
      Thread.detachNewThread {
        do {
          try process.run()
          let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
          process.waitUntilExit()
          continuation.resume(returning: output)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
    try #require(process.terminationStatus == 0, "\(program.lastPathComponent) ended with \(process.terminationStatus)")
    return try JSONDecoder().decode(SuiteRun.self, from: output)
  }
}
