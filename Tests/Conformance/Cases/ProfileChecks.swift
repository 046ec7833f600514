// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Times of operators.
struct ProfileChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func profile() throws {
    let file = try subject.file(.long)
    let size = subject.claims.dynamicShapes ? 96 : 1
    let input = try ModelValue.floats([Float](repeating: 0, count: size * size), [size, size])
    guard subject.claims.profile else {
      try requireRefusal(of: "profiling, which the runtime doesn't claim,") {
        _ = try subject.runtime.profile(file, inputs: [input], repetitions: 5)
      }
      return
    }
    let timings = try subject.runtime.profile(file, inputs: [input], repetitions: 5)
    try require(!timings.isEmpty, "the profile is empty")
    for timing in timings {
      try require(!timing.name.isEmpty, "an operator has no name")
      try require(!timing.operatorType.isEmpty, "the operator '\(timing.name)' has no type")
      try require(timing.seconds.isFinite && timing.seconds >= 0, "'\(timing.name)' takes \(timing.seconds) s")
    }
    try requireEqual(Set(timings.map(\.name)).count, timings.count, "the number of different names")
    try require(timings.contains { Self.isProduct($0.operatorType) }, "no operator is a product of matrices")
    let total = timings.reduce(0) { $0 + $1.seconds }
    try require(total > 0 && total < 60, "all operators take \(total) s")
    try requireRefusal(of: "a profile without repetitions") {
      _ = try subject.runtime.profile(file, inputs: [input], repetitions: 0)
    }
    try requireRefusal(of: "a profile without inputs") {
      _ = try subject.runtime.profile(file, inputs: [], repetitions: 1)
    }
  }

  /// Whether an operator of this type multiplies matrices: runtimes spell it MatMul, BATCH_MATMUL, Matrix Multiply.
  private static func isProduct(_ operatorType: String) -> Bool {
    let letters = operatorType.lowercased().filter(\.isLetter)
    return letters.contains("matmul") || letters.contains("matrixmultiply")
  }
}
