// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What came out of one test.
struct SuiteOutcome: Codable {
  enum Verdict: String, Codable {
    /// The outputs are those expected.
    case passed
    /// The outputs are others.
    case failed
    /// The runtime refused the model or its inputs.
    case refused
    /// The process ended.
    case crashed
  }

  var kind: String
  var name: String
  var outcome: Verdict
  /// Why it did not pass; empty if it did.
  var reason: String
  /// SHA-256 of the bytes of all outputs, for a comparison to the bit; empty if there are none.
  var digest: String

  init(_ test: SuiteCase, _ outcome: Verdict, _ reason: String, digest: String = "") {
    self.digest = digest
    kind = test.kind
    name = test.name
    self.outcome = outcome
    self.reason = reason
  }
}

/// What came out of all.
struct SuiteReport: Codable {
  var runtime: String
  var version: String
  var tests: [SuiteOutcome]
}

/// An output that is not the one expected, or a file of the suite that can't be read.
struct SuiteDifference: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
