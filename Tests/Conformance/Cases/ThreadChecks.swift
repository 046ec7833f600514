// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization

/// Threads: stopping, two models, one model on many threads.
struct ThreadChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func cancellation() throws {
    guard subject.claims.cancellation else { return }
    let model = try subject.compile(.long)
    // The larger matrix takes long enough to be stopped; the unit matrix is its own power.
    let session = try model.makeSession(inputShapes: [[640, 640]])
    let stop = session.cancellation
    stop()
    let ended = Atomic(false)
    let stopper = Threads.start {
      // Once more after each millisecond: a call that comes before the run has begun must not stop it.
      while !ended.load(ordering: .acquiring) {
        Threads.sleep(milliseconds: 1)
        stop()
      }
    }
    defer { stopper.join() }
    let refusal: GalleyError
    do {
      defer { ended.store(true, ordering: .releasing) }
      refusal = try requireRefusal(of: "to go on with a run that was stopped") { try session.run() }
    }
    stopper.join()
    try requireEqual(refusal.exitCode, .interrupted, "the exit code of a run that was stopped")
    stop()
    try unitMatrix(640, session)
    try otherSession(model)
  }

  /// A run of another session goes on while this one's is stopped.
  private func otherSession(_ model: any CompiledModel) throws {
    let bystander = try model.makeSession(inputShapes: [[64, 64]])
    let stop = try model.makeSession(inputShapes: [[64, 64]]).cancellation
    let ended = Atomic(false)
    let stopper = Threads.start { while !ended.load(ordering: .acquiring) { stop() } }
    defer {
      ended.store(true, ordering: .releasing)
      stopper.join()
    }
    for _ in 0..<20 { try unitMatrix(64, bystander) }
  }

  private func unitMatrix(_ size: Int, _ session: any InferenceSession) throws {
    let unit = (0..<size * size).map { Float($0 / size == $0 % size ? 1 : 0) }
    try session.set(0, unit)
    try session.run()
    try require(try session.floats(0).values == unit, "the power of the unit matrix is another one")
  }

  func twoModels() throws {
    let (affine, pair) = (try subject.compile(.affine), try subject.compile(.pair))
    try Threads.run(2) { thread in
      for round in 0..<200 { try thread == 0 ? Self.affine(affine, round) : Self.pair(pair, round) }
    }
    // Taking turns on one thread.
    for round in 0..<50 {
      try Self.affine(affine, round)
      try Self.pair(pair, round)
    }
  }

  func severalThreads() throws {
    let model = try subject.compile(.affine)
    try Threads.run(4) { thread in
      let session = try model.makeSession(inputShapes: [[1, 4]])
      for round in 0..<500 {
        let input = (0..<4).map { Float($0 + thread * 1000 + round) }
        try session.set(0, input)
        try session.run()
        try requireEqual(try session.floats(0).values, input.map { 2 * $0 + 1 }, "the output on thread \(thread)")
        if round % 50 == 0 { try Self.affine(model, thread + round) }
      }
    }
  }

  private static func affine(_ model: any CompiledModel, _ round: Int) throws {
    let input = (0..<4).map { Float($0 + round) }
    let outputs = try model.run([.floats(input, [1, 4])])
    try requireEqual(outputs, [try .floats(input.map { 2 * $0 + 1 }, [1, 4])], "the affine model's output")
  }

  private static func pair(_ model: any CompiledModel, _ round: Int) throws {
    let input = (0..<6).map { Float($0 - round) }
    let outputs = try model.run([.floats(input, [2, 3]), .floats(input, [2, 3])])
    try requireEqual(outputs.last, try .floats(input.map { $0 * $0 }, [2, 3]), "the pair's product")
  }
}
