// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley

/// Runs the tests in child processes of this program: a new one after each crash.
struct SuiteProcesses {
  private let arguments: [String]

  init(_ arguments: String...) { self.arguments = arguments }

  func outcomes(of cases: [SuiteCase]) throws -> [SuiteOutcome] {
    var outcomes: [SuiteOutcome] = []
    while outcomes.count < cases.count {
      let (lines, ending) = try lines(from: outcomes.count)
      var begun: Int?
      for line in lines {
        if let index = Int(line) {
          begun = index
        } else {
          outcomes.append(try JSONDecoder().decode(SuiteOutcome.self, from: Data(line.utf8)))
          begun = nil
        }
      }
      if let begun {
        outcomes.append(SuiteOutcome(cases[begun], .crashed, "the process ended with \(ending)"))
      } else if outcomes.count < cases.count {
        throw GalleyError(.software, "can't run the suite", why: "a child ended with \(ending) between two tests")
      }
    }
    return outcomes
  }

  private func lines(from first: Int) throws -> (lines: [String], ending: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments + ["--from", "\(first)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    // What a runtime writes there beside its errors would only hide ours.
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let ending = process.terminationReason == .uncaughtSignal ? "signal" : "exit code"
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    return (lines, "\(ending) \(process.terminationStatus)")
  }
}
