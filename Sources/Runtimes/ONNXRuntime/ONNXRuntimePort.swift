// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// One input or output as ONNX Runtime describes it.
struct ONNXRuntimePort: Sendable {
  let spec: ValueSpec
  /// The name of each dimension that is open; empty where there is none.
  let dimensionNames: [String]

  /// Whether an input or an output is meant.
  enum Side: String { case input, output }

  /// All inputs or all outputs of a session.
  static func all(
    _ side: Side, of session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> [ONNXRuntimePort] {
    let api = library.api
    var count = 0
    try library.check(
      side == .input
        ? api.pointee.SessionGetInputCount(session, &count) : api.pointee.SessionGetOutputCount(session, &count),
      "count the model's \(side.rawValue)s")
    var ports: [ONNXRuntimePort] = []
    for index in 0..<count {
      ports.append(try ONNXRuntimePort(side, index, session, library))
    }
    return ports
  }

  private init(
    _ side: Side, _ index: Int, _ session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) {
    let api = library.api
    let name = try Self.name(side, index, session, library)
    var type: OpaquePointer?
    try library.check(
      side == .input
        ? api.pointee.SessionGetInputTypeInfo(session, index, &type)
        : api.pointee.SessionGetOutputTypeInfo(session, index, &type),
      "read the type of \(side.rawValue) '\(name)'")
    defer { api.pointee.ReleaseTypeInfo(type) }
    guard let type else {
      throw GalleyError(.badData, "can't use the model", at: "\(side.rawValue) '\(name)'", why: "it has no type")
    }
    let description = ONNXRuntimeTypeDescription(library, place: "\(side.rawValue) '\(name)'")
    spec = ValueSpec(name: name, kind: try description.kind(of: type))
    dimensionNames = try description.dimensionNames(of: type)
  }

  private static func name(
    _ side: Side, _ index: Int, _ session: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> String {
    let api = library.api
    var text: UnsafeMutablePointer<CChar>?
    try library.check(
      side == .input
        ? api.pointee.SessionGetInputName(session, index, library.allocator, &text)
        : api.pointee.SessionGetOutputName(session, index, library.allocator, &text),
      "read the name of \(side.rawValue) \(index)")
    guard let text else { return "" }
    let name = String(cString: text)
    try library.check(api.pointee.AllocatorFree(library.allocator, text), "free a name")
    return name
  }
}

extension ONNXRuntimePort {
  /// The shape in words, open dimensions by their names.
  var shapeText: String {
    switch spec.kind {
    case .tensor(_, let shape?), .strings(let shape?):
      let extents = shape.enumerated().map { index, extent in
        let name = dimensionNames.indices.contains(index) ? dimensionNames[index] : ""
        return extent.map { "\($0)" } ?? (name.isEmpty ? "any" : name)
      }
      return "[" + extents.joined(separator: ", ") + "]"
    default: return "of any rank"
    }
  }

  /// Whether a value of `shape` may stand here; a port of open rank takes every shape.
  func accepts(_ shape: [Int]) -> Bool {
    guard shape.allSatisfy({ $0 >= 0 }) else { return false }
    switch spec.kind {
    case .tensor(_, let expected?), .strings(let expected?):
      return expected.count == shape.count && zip(expected, shape).allSatisfy { ($0 ?? $1) == $1 }
    default: return true
    }
  }

  /// Why `shape` is refused, with both shapes.
  func refusal(of shape: [Int]) -> String {
    "input '\(spec.name)' has the shape \(shapeText), and \(shape) was given"
  }
}
