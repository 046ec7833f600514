// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// The identity over every element type.
struct ElementTypeChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func passThrough() throws {
    for elementType in ElementType.allCases where subject.claims.elementTypes.contains(elementType) {
      let model = try subject.compile(.identity(elementType))
      try requireEqual(model.inputs.first?.tensor?.elementType, elementType, "the type of the identity's input")
      try requireEqual(model.outputs.first?.tensor?.shape, [2, 3], "the \(elementType) identity's shape")
      let tensor = try Self.tensor(elementType)
      let session = try model.makeSession(inputShapes: [[2, 3]])
      try tensor.bytes.withUnsafeBytes { try session.setInput(0, $0) }
      try session.run()
      let (bytes, shape) = try session.withOutput(0) { bytes, shape in (Array(bytes), shape) }
      try requireEqual(shape, [2, 3], "the shape of the \(elementType) session's output")
      try requireEqual(bytes, tensor.bytes, "the output of the \(elementType) session")
      try requireEqual(try model.run([.tensor(tensor)]), [.tensor(tensor)], "what run(_:) gives of \(elementType)")
    }
  }

  func refusals() throws {
    for elementType in ElementType.allCases where !subject.claims.elementTypes.contains(elementType) {
      guard let file = try subject.subject.model(.identity(elementType)) else { continue }
      try requireRefusal(of: "\(elementType)") {
        _ = try subject.runtime.compile(file).run([.tensor(Self.tensor(elementType))])
      }
    }
  }

  /// Bytes that are six different finite numbers of each type.
  private static func tensor(_ elementType: ElementType) throws -> Tensor {
    let count = try Tensor.byteCount(elementType, [2, 3])
    let bytes = (0..<count).map { elementType == .bool ? UInt8($0 % 2) : 0x30 + UInt8($0 * 7 % 16) }
    return try Tensor(elementType: elementType, shape: [2, 3], bytes: bytes)
  }
}
