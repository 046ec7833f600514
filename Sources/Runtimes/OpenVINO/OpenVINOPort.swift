// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// One input or output as OpenVINO describes it.
struct OpenVINOPort: Sendable {
  /// The name by which the model knows it.
  let name: String
  /// OpenVINO's number of the element type.
  let elementNumber: CInt
  /// The bounds of each dimension; `nil` if the rank is open.
  let bounds: [ClosedRange<Int>]?

  /// Whether an input or an output is meant.
  enum Side: String { case input, output }

  /// What OpenVINO says of `port`, which is freed.
  /// - Parameter fallback: the name if the model gives none.
  init(taking port: OpaquePointer, name fallback: String, _ library: OpenVINOLibrary) throws(GalleyError) {
    let api = library.api.pointee
    defer { api.ov_output_const_port_free(port) }
    var text: UnsafeMutablePointer<CChar>?
    let given = api.ov_port_get_any_name(port, &text) == GALLEY_OV_OK ? library.take(text) : ""
    name = given.isEmpty ? fallback : given
    var number: CInt = 0
    try library.check(api.ov_port_get_element_type(port, &number), "read the element type of '\(name)'")
    elementNumber = number
    bounds = try Self.bounds(of: port, name, library)
  }

  private static func bounds(
    of port: OpaquePointer, _ name: String, _ library: OpenVINOLibrary
  ) throws(GalleyError) -> [ClosedRange<Int>]? {
    var shape = OvPartialShape()
    try library.check(library.api.pointee.ov_port_get_partial_shape(port, &shape), "read the shape of '\(name)'")
    defer { library.api.pointee.ov_partial_shape_free(&shape) }
    guard shape.rank.minimum == shape.rank.maximum, shape.rank.maximum >= 0 else { return nil }
    let dimensions = UnsafeBufferPointer(start: shape.dimensions, count: Int(shape.rank.maximum))
    return dimensions.map { dimension in
      let minimum = max(0, Int(dimension.minimum))
      return minimum...(dimension.maximum < 0 ? Int.max : max(minimum, Int(dimension.maximum)))
    }
  }

  /// The shape if the model leaves nothing open.
  var fixedShape: [Int]? {
    guard let bounds, bounds.allSatisfy({ $0.lowerBound == $0.upperBound }) else { return nil }
    return bounds.map(\.lowerBound)
  }

  /// Whether a tensor of this shape can be given.
  func accepts(_ shape: [Int]) -> Bool {
    guard let bounds else { return shape.allSatisfy { $0 >= 0 } }
    return bounds.count == shape.count && zip(bounds, shape).allSatisfy { $0.contains($1) }
  }

  /// The shape in words: `[any, 4]`, `[1 to 8, 4]`.
  var shapeText: String {
    guard let bounds else { return "of any rank" }
    return "[" + bounds.map(Self.text).joined(separator: ", ") + "]"
  }

  private static func text(_ bounds: ClosedRange<Int>) -> String {
    if bounds.lowerBound == bounds.upperBound { return "\(bounds.lowerBound)" }
    if bounds.upperBound < Int.max { return "\(bounds.lowerBound) to \(bounds.upperBound)" }
    return bounds.lowerBound == 0 ? "any" : "\(bounds.lowerBound) or more"
  }

  /// The port as Galley's contract describes it.
  /// - Throws: `GalleyError` that names the port if tensors have no such element type, or if it is text.
  func spec(_ side: Side) throws(GalleyError) -> ValueSpec {
    let elementType = try elementType(side)
    let shape = bounds.map { $0.map { $0.lowerBound == $0.upperBound ? $0.lowerBound : nil } }
    return ValueSpec(name: name, kind: .tensor(elementType, shape: shape))
  }

  private func elementType(_ side: Side) throws(GalleyError) -> ElementType {
    if let type = ElementType(openVINONumber: elementNumber) { return type }
    let why =
      elementNumber == CInt(GALLEY_OV_STRING)
      ? "it is text, which OpenVINO 2026.4 frees twice on the processor, so that the program would crash"
      : "its element type, number \(elementNumber) of OpenVINO, is not supported"
    throw GalleyError(.badData, "can't use the model", at: "\(side.rawValue) '\(name)'", why: why)
  }
}

extension OpenVINOPort {
  /// All inputs or all outputs of a model that was read. One without a name is called `input0`, `output1`, by its place.
  static func all(_ side: Side, of model: OpaquePointer, _ library: OpenVINOLibrary) throws(GalleyError) -> [Self] {
    let api = library.api.pointee
    var count = 0
    try library.check(
      side == .input ? api.ov_model_inputs_size(model, &count) : api.ov_model_outputs_size(model, &count),
      "count the model's \(side.rawValue)s")
    var ports: [Self] = []
    for index in 0..<count {
      var port: OpaquePointer?
      try library.check(
        side == .input
          ? api.ov_model_const_input_by_index(model, index, &port)
          : api.ov_model_const_output_by_index(model, index, &port), "read \(side.rawValue) \(index)")
      ports.append(try one(port, side, index, library))
    }
    return ports
  }

  private static func one(
    _ port: OpaquePointer?, _ side: Side, _ index: Int, _ library: OpenVINOLibrary
  ) throws(GalleyError) -> Self {
    guard let port else {
      throw GalleyError(.software, "can't read \(side.rawValue) \(index)", why: "OpenVINO gave none")
    }
    return try Self(taking: port, name: "\(side.rawValue)\(index)", library)
  }
}

extension ElementType {
  /// OpenVINO's number of each type (ov_element_type_e).
  private static let openVINONumbers: [(ElementType, Int)] = [
    (.bool, GALLEY_OV_BOOLEAN), (.bfloat16, GALLEY_OV_BF16), (.float16, GALLEY_OV_F16), (.float32, GALLEY_OV_F32),
    (.float64, GALLEY_OV_F64), (.int4, GALLEY_OV_I4), (.int8, GALLEY_OV_I8), (.int16, GALLEY_OV_I16),
    (.int32, GALLEY_OV_I32), (.int64, GALLEY_OV_I64), (.uint4, GALLEY_OV_U4), (.uint8, GALLEY_OV_U8),
    (.uint16, GALLEY_OV_U16), (.uint32, GALLEY_OV_U32), (.uint64, GALLEY_OV_U64), (.float8e4m3fn, GALLEY_OV_F8E4M3),
    (.float8e5m2, GALLEY_OV_F8E5M2),
  ]

  init?(openVINONumber number: CInt) {
    guard let entry = Self.openVINONumbers.first(where: { $0.1 == Int(number) }) else { return nil }
    self = entry.0
  }

  var openVINONumber: CInt { CInt(Self.openVINONumbers.first { $0.0 == self }?.1 ?? Int(GALLEY_OV_DYNAMIC)) }
}
