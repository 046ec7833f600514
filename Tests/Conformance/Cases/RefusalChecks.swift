// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Inputs that don't fit.
struct RefusalChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func wrongShapes() throws {
    let pair = try subject.compile(.pair)
    for shape in [[3, 2], [6], [2, 3, 1], [], [2, -3]] {
      let refusal = try requireRefusal(of: "the shape \(shape)") {
        _ = try pair.makeSession(inputShapes: [[2, 3], shape])
      }
      try names(refusal, given: shape, expected: "[2, 3]")
      guard shape.allSatisfy({ $0 >= 0 }) else { continue }
      let values = [Float](repeating: 0, count: shape.reduce(1, *))
      let second = try requireRefusal(of: "a tensor of shape \(shape)") {
        _ = try pair.run([.floats([Float](repeating: 0, count: 6), [2, 3]), .floats(values, shape)])
      }
      try names(second, given: shape, expected: "[2, 3]")
    }
    guard subject.claims.dynamicShapes else { return }
    let affine = try subject.compile(.affine)
    for shape in [[2, 5], [4], [1, 1, 4], [-1, 4]] {
      let refusal = try requireRefusal(of: "the shape \(shape)") { _ = try affine.makeSession(inputShapes: [shape]) }
      try names(refusal, given: shape, expected: ", 4]")
    }
    // A refusal leaves the model as it was.
    try affine.makeSession(inputShapes: [[2, 4]]).run()
  }

  private func names(_ refusal: GalleyError, given: [Int], expected: String) throws {
    try requireEqual(refusal.exitCode, .badData, "the exit code of the refusal of \(given)")
    let text = refusal.description
    try require(text.contains("\(given)"), "the refusal of \(given) doesn't name it: \(text)")
    try require(text.contains(expected), "the refusal of \(given) doesn't name the model's shape: \(text)")
  }

  func wrongInputs() throws {
    let pair = try subject.compile(.pair)
    let value = try ModelValue.floats([1, 2, 3, 4, 5, 6], [2, 3])
    for count in [0, 1, 3] {
      try requireRefusal(of: "\(count) shapes for two inputs") {
        _ = try pair.makeSession(inputShapes: Array(repeating: [2, 3], count: count))
      }
      try requireRefusal(of: "\(count) values for two inputs") {
        _ = try pair.run(Array(repeating: value, count: count))
      }
    }
    let other = ModelValue.tensor(try Tensor([Int32](repeating: 1, count: 6), shape: [2, 3]))
    try requireRefusal(of: "int32 for float32") { _ = try pair.run([value, other]) }
    try requireRefusal(of: "texts for numbers") { _ = try pair.run([value, .texts(["a"])]) }
    try requireRefusal(of: "a sequence for a tensor") { _ = try pair.run([value, .sequence([value])]) }
    try requireRefusal(of: "nothing for a tensor") { _ = try pair.run([value, .absent]) }
    let session = try pair.makeSession(inputShapes: [[2, 3], [2, 3]])
    try requireRefusal(of: "20 bytes for 24") { try session.set(0, [1, 2, 3, 4, 5]) }
    for index in [-1, 2] {
      try requireRefusal(of: "input \(index)") { try session.set(index, [1, 2, 3, 4, 5, 6]) }
      try requireRefusal(of: "output \(index)") { try session.withOutput(index) { _, _ in } }
    }
    try session.run()
  }
}
