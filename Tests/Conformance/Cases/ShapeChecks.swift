// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Shapes: fixed, open, empty, unknown before the run; several inputs and outputs.
struct ShapeChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func descriptions() throws {
    let pair = try subject.compile(.pair)
    for spec in pair.inputs + pair.outputs {
      try require(!spec.name.isEmpty, "an input or output of the pair has no name")
      try requireEqual(spec.kind, .tensor(.float32, shape: [2, 3]), "the kind of '\(spec.name)'")
    }
    try requireEqual(Set((pair.inputs + pair.outputs).map(\.name)).count, 4, "the number of different names")
    try require(pair.preferredSessions >= 1, "the runtime prefers \(pair.preferredSessions) sessions")
    try require(!pair.configuration.isEmpty, "the runtime doesn't say what it uses")
    guard subject.claims.dynamicShapes else { return }
    let affine = try subject.compile(.affine)
    try requireEqual(affine.inputs.map(\.kind), [.tensor(.float32, shape: [nil, 4])], "the affine model's input")
    try requireEqual(affine.outputs.first?.tensor?.elementType, .float32, "the affine model's output")
  }

  func severalInputs() throws {
    let model = try subject.compile(.pair)
    try requireEqual(model.inputs.count, 2, "the number of inputs")
    try requireEqual(model.outputs.count, 2, "the number of outputs")
    let (a, b): ([Float], [Float]) = ([1, 2, 3, 4, 5, 6], [10, -20, 30, 40, 50, 60])
    let (sum, product) = (zip(a, b).map(+), zip(a, b).map(*))
    let session = try model.makeSession(inputShapes: [[2, 3], [2, 3]])
    try session.set(0, a)
    try session.set(1, b)
    try session.run()
    try requireEqual(try session.floats(0).values, sum, "the first output")
    try requireEqual(try session.floats(1).values, product, "the second output")
    let outputs = try model.run([.floats(a, [2, 3]), .floats(b, [2, 3])])
    try requireEqual(outputs, try [.floats(sum, [2, 3]), .floats(product, [2, 3])], "what run(_:) gives")
  }

  func scalars() throws {
    guard try subject.isClaimed(subject.claims.scalars, .scalar, [.floats([4], [])]) else { return }
    let model = try subject.compile(.scalar)
    try requireEqual(try model.run([.floats([4], [])]), [try .floats([5], [])], "what run(_:) gives")
    let session = try model.makeSession(inputShapes: [[]])
    try session.set(0, [-1])
    try session.run()
    let (values, shape) = try session.floats(0)
    try require(values == [0] && shape.isEmpty, "the session gives \(values) of shape \(shape), not [0] of shape []")
  }

  func dynamicShapes() throws {
    guard subject.claims.dynamicShapes else {
      // The model must still run with the shape that its file has.
      return try affine(try subject.compile(.affine), rows: 1)
    }
    let model = try subject.compile(.affine)
    for rows in [1, 7, 2, 1, 33] { try affine(model, rows: rows) }
  }

  func zeroSize() throws {
    guard subject.claims.zeroSize else { return }
    let model = try subject.compile(.affine)
    try affine(model, rows: 0)
    try affine(model, rows: 2)
  }

  private func affine(_ model: any CompiledModel, rows: Int) throws {
    let input = (0..<rows * 4).map { Float($0) - 5 }
    let expected = input.map { 2 * $0 + 1 }
    let session = try model.makeSession(inputShapes: [[rows, 4]])
    let found = try session.withInput(0) { _, shape in shape }
    try requireEqual(found, [rows, 4], "the shape of the bound input")
    try session.set(0, input)
    try session.run()
    let (values, shape) = try session.floats(0)
    try requireEqual(shape, [rows, 4], "the shape of \(rows) rows")
    try requireEqual(values, expected, "the values of \(rows) rows")
    let outputs = try model.run([.floats(input, [rows, 4])])
    try requireEqual(outputs, [try .floats(expected, [rows, 4])], "what run(_:) gives of \(rows) rows")
  }

  func dataDependentShapes() throws {
    let isClaimed = try subject.isClaimed(
      subject.claims.dataDependentShapes, .nonzero, [.floats([0, 1, 0, 2, 3], [5])])
    guard isClaimed else { return }
    let model = try subject.compile(.nonzero)
    let session = try model.makeSession(inputShapes: [[5]])
    let examples: [([Float], [Int64])] = [
      ([0, 1, 0, 2, 3], [1, 3, 4]), ([0, 0, 0, 0, 0], []), ([9, 0, 0, 0, 0], [0]),
    ]
    for (input, expected) in examples {
      try session.set(0, input)
      try session.run()
      let (positions, shape) = try session.withOutput(0) { bytes, shape in
        (Array(bytes.bindMemory(to: Int64.self)), shape)
      }
      try requireEqual(positions, expected, "the positions in \(input)")
      try requireEqual(shape, [1, expected.count], "the shape of the positions in \(input)")
      let outputs = try model.run([.floats(input, [5])])
      try requireEqual(outputs, [.tensor(try Tensor(expected, shape: [1, expected.count]))], "what run(_:) gives")
    }
  }
}
