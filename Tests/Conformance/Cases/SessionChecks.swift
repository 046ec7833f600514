// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Sessions: their life, repetition, asynchronous runs.
struct SessionChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  private func open() throws -> any InferenceSession {
    try subject.compile(.pair).makeSession(inputShapes: [[2, 3], [2, 3]])
  }

  private static let values: [Float] = [0.1, -0.2, 1e-3, 3.3, 7e7, -0.7]

  func asynchronous() throws {
    let session = try open()
    for factor in 1...20 {
      let values = Self.values.map { $0 * Float(factor) }
      try session.set(0, values)
      try session.set(1, values)
      try session.start()
      try session.wait()
      try requireEqual(try session.floats(1).values, values.map { $0 * $0 }, "the product of run \(factor)")
    }
  }

  func repetition() throws {
    var expected: [Float]?
    for _ in 0..<3 {
      let session = try open()
      try session.set(0, Self.values)
      try session.set(1, Self.values.reversed())
      for _ in 0..<10 {
        try session.run()
        let found = try session.floats(0).values + session.floats(1).values
        try requireEqual(found, expected ?? found, "the output of a repetition")
        expected = found
      }
    }
  }

  func lifetime() throws {
    // The runtime and the compiled model are gone when the session runs, and the session is gone when it is stopped.
    var session: (any InferenceSession)? = try open()
    try session?.set(0, Self.values)
    try session?.set(1, Self.values)
    for _ in 0..<100 { try session?.run() }
    let found = try session?.floats(0).values
    try requireEqual(found, Self.values.map { $0 + $0 }, "the sum")
    let stop = session?.cancellation
    session = nil
    stop?()
  }
}
