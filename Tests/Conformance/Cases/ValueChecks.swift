// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Values that are not tensors of numbers.
struct ValueChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func texts() throws {
    let long = String(repeating: "galley ", count: 1000)
    let texts = ["", "one", "zwölf Boxkämpfer 🚢", "a\0b", long]
    guard try subject.isClaimed(subject.claims.texts, .texts, [.texts(texts)]) else { return }
    let model = try subject.compile(.texts)
    guard case .strings = model.inputs.first?.kind else { throw ConformanceFailure("the input is not one of texts") }
    for texts in [texts, ["only"], []] {
      try requireEqual(try model.run([.texts(texts)]), [try .texts(texts + texts)], "what run(_:) gives")
    }
    try requireRefusal(of: "a tensor of numbers in the place of texts") { _ = try model.run([.floats([1], [1])]) }
    try requireRefusal(of: "a session over texts") { _ = try model.makeSession(inputShapes: [[1]]) }
  }

  func sequences() throws {
    let parts = try [ModelValue.floats([1, 2], [2]), .floats([3], [1]), .floats([], [0])]
    let last = try ModelValue.floats([7, 8, 9], [3])
    guard try subject.isClaimed(subject.claims.sequences, .sequence, [.sequence(parts), last]) else { return }
    let model = try subject.compile(.sequence)
    guard case .sequence(of: .tensor(.float32, _)) = model.inputs.first?.kind else {
      throw ConformanceFailure("the first input is not a sequence of float32 tensors")
    }
    for count in [3, 1, 0] {
      let given = Array(parts.prefix(count))
      let length = ModelValue.tensor(try Tensor([Int64(count + 1)], shape: []))
      try requireEqual(
        try model.run([.sequence(given), last]), [.sequence(given + [last]), length], "a sequence of \(count) and one")
    }
    try requireRefusal(of: "a tensor in the place of a sequence") { _ = try model.run([last, last]) }
    try requireRefusal(of: "a sequence of texts") { _ = try model.run([.sequence([.texts(["a"])]), last]) }
  }

  func optionals() throws {
    let something = try ModelValue.floats([1, 2], [2])
    guard try subject.isClaimed(subject.claims.optionals, .optional, [something]) else { return }
    let model = try subject.compile(.optional)
    guard case .optional(.tensor(.float32, _)) = model.inputs.first?.kind else {
      throw ConformanceFailure("the input is not an optional float32 tensor")
    }
    for value in [something, .absent] {
      let has = ModelValue.tensor(try Tensor(elementType: .bool, shape: [], bytes: [value == .absent ? 0 : 1]))
      try requireEqual(try model.run([value]), [has, value], "what run(_:) gives of \(value)")
    }
  }

  func maps() throws {
    let map = ModelValue.map(keys: try .texts(["c", "a"]), values: try .floats([3, 1], [2]))
    guard try subject.isClaimed(subject.claims.maps, .map, [map]) else { return }
    let model = try subject.compile(.map)
    guard case .map(keys: .strings, values: .tensor(.float32, _)) = model.inputs.first?.kind else {
      throw ConformanceFailure("the input is not a map of texts to float32")
    }
    let whole = ModelValue.map(keys: try .texts(["a", "b", "c"]), values: try .floats([1, 0, 3], [3]))
    try requireEqual(
      try model.run([map]), [try .floats([1, 0, 3], [1, 3]), .sequence([whole])], "what run(_:) gives")
  }
}
