// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// Sequences of length zero.
///
/// ONNX Runtime's C interface can't make them, but its operator `SequenceEmpty` does: each value comes out of a model of
/// that operator alone.
struct ONNXRuntimeEmptyValues {
  private let library: ONNXRuntimeLibrary

  init(_ library: ONNXRuntimeLibrary) { self.library = library }

  /// An empty value of a kind that may be empty.
  func make(_ kind: ValueKind) throws(GalleyError) -> ONNXRuntimeValue {
    switch kind {
    case .sequence(of: .tensor(let elementType, _)): return try run(Self.model(UInt64(elementType.onnxNumber)))
    case .sequence(of: .strings): return try run(Self.model(UInt64(GALLEY_ORT_ELEMENT_STRING)))
    default:
      throw GalleyError(
        .badData, "can't run the model", why: "ONNX Runtime can't be given an empty \(ONNXRuntimeWords.of(kind))")
    }
  }

  private func run(_ model: [UInt8]) throws(GalleyError) -> ONNXRuntimeValue {
    let api = library.api
    let options = try library.sessionOptions()
    defer { api.pointee.ReleaseSessionOptions(options) }
    let deed = "make an empty value"
    try library.check(
      api.pointee.SetSessionGraphOptimizationLevel(options, CInt(GALLEY_ORT_LEVEL_NONE)), deed)
    try library.check(api.pointee.SetIntraOpNumThreads(options, 1), deed)
    var session: OpaquePointer?
    try library.check(
      api.pointee.CreateSessionFromArray(library.environment, model, model.count, options, &session), deed)
    guard let session else { throw GalleyError(.software, "can't \(deed)", why: "ONNX Runtime gave no session") }
    defer { api.pointee.ReleaseSession(session) }
    var made: [OpaquePointer?] = [nil]
    try library.run(session, inputs: [], outputNames: ["y"], into: &made, at: nil)
    return try ONNXRuntimeValue(owning: made[0], library)
  }
}

extension ONNXRuntimeEmptyValues {
  /// A field of a protobuf message.
  private enum Field {
    case number(UInt64)
    case bytes([UInt8])

    static func text(_ text: String) -> Field { .bytes(Array(text.utf8)) }
  }

  /// A protobuf message of these fields.
  private static func message(_ fields: KeyValuePairs<UInt64, Field>) -> [UInt8] {
    fields.flatMap { number, field -> [UInt8] in
      switch field {
      case .number(let value): varint(number << 3) + varint(value)
      case .bytes(let bytes): varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
      }
    }
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// A ModelProto of one node, `y = SequenceEmpty(dtype: elementType)`, in opset 17.
  private static func model(_ elementType: UInt64) -> [UInt8] {
    let attribute = message([1: .text("dtype"), 3: .number(elementType), 20: .number(2)])
    let node = message([2: .text("y"), 4: .text("SequenceEmpty"), 5: .bytes(attribute)])
    let graph = message([1: .bytes(node), 2: .text("empty"), 12: .bytes(message([1: .text("y")]))])
    return message([1: .number(8), 7: .bytes(graph), 8: .bytes(message([2: .number(17)]))])
  }
}
