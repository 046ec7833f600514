// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Synchronization

/// Runs the ONNX backend tests through a runtime, as onnx's own runner does.
///
///     onnx-suite-fixture RUNTIME DATA [NAME…]
///
/// DATA is `onnx/backend/test/data` of the Python package `onnx`; names choose tests. Prints one JSON object: the
/// runtime, its version, and for each test whether it passed, failed (another output), was refused or crashed, and why.
/// A test that crashes costs a child process, not the run.
@main
struct OnnxSuiteFixture {
  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run(_ words: [String]) throws {
    guard words.count >= 2, let runtime = SuiteRuntime(rawValue: words[0]) else {
      let names = SuiteRuntime.allCases.map(\.rawValue).joined(separator: "|")
      FileHandle.standardError.write(Data("usage: onnx-suite-fixture \(names) DATA [NAME…]\n".utf8))
      exit(64)
    }
    let isWorker = words.count == 4 && words[2] == "--from"
    let names = isWorker ? [] : Array(words.dropFirst(2))
    var cases = try SuiteCase.all(in: URL(filePath: words[1]))
    if !names.isEmpty { cases = cases.filter { names.contains($0.name) } }
    if isWorker { return try work(cases, from: Int(words[3]) ?? 0, runtime) }
    let outcomes = names.isEmpty ? try SuiteProcesses(words[0], words[1]).outcomes(of: cases) : try here(cases, runtime)
    let report = SuiteReport(runtime: runtime.rawValue, version: try runtime.version(), tests: outcomes)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    FileHandle.standardOutput.write(try encoder.encode(report))
  }

  private static func here(_ cases: [SuiteCase], _ runtime: SuiteRuntime) throws -> [SuiteOutcome] {
    let made = try runtime.make()
    return cases.map { $0.outcome(of: made) }
  }

  /// Says before each test which it is, and after it what came out, one JSON object a line.
  private static func work(_ cases: [SuiteCase], from first: Int, _ runtime: SuiteRuntime) throws {
    let made = try runtime.make()
    for (index, each) in cases.enumerated().dropFirst(first) {
      write("\(index)")
      write(String(decoding: try JSONEncoder().encode(each.outcome(of: made)), as: UTF8.self))
    }
  }

  private static func write(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}
