// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

extension ONNXRuntimeLibrary {
  /// New session options that write only errors; the caller releases them.
  func sessionOptions() throws(GalleyError) -> OpaquePointer {
    var made: OpaquePointer?
    try check(api.pointee.CreateSessionOptions(&made), "create session options")
    guard let made else { throw GalleyError(.software, "can't compile a model", why: "ONNX Runtime gave no options") }
    do throws(GalleyError) {
      try check(
        api.pointee.SetSessionLogSeverityLevel(made, CInt(GALLEY_ORT_LOGGING_ERROR)), "set a session option")
    } catch {
      api.pointee.ReleaseSessionOptions(made)
      throw error
    }
    return made
  }

  /// The shape that `info` tells; an open dimension is negative.
  func shape(_ info: OpaquePointer) throws(GalleyError) -> [Int] {
    var rank = 0
    try check(api.pointee.GetDimensionsCount(info, &rank), "read a tensor's rank")
    var dimensions = [Int64](repeating: 0, count: rank)
    try check(api.pointee.GetDimensions(info, &dimensions, rank), "read a tensor's shape")
    return dimensions.map { Int($0) }
  }

  /// ONNX's number of a tensor's element type, and the tensor's shape.
  func elementTypeAndShape(
    of value: OpaquePointer, at place: String?
  ) throws(GalleyError) -> (elementType: CInt, shape: [Int]) {
    var info: OpaquePointer?
    try check(api.pointee.GetTensorTypeAndShape(value, &info), "read a tensor's shape", at: place)
    guard let info else { throw GalleyError(.software, "can't read a tensor", at: place, why: "it has no type") }
    defer { api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
    var number: CInt = 0
    try check(api.pointee.GetTensorElementType(info, &number), "read an element type", at: place)
    return (number, try shape(info))
  }

  /// One inference over values; what it gives belongs to the caller.
  func run(
    _ session: OpaquePointer, inputs: [(name: String, value: OpaquePointer)], outputNames: [String],
    into outputs: inout [OpaquePointer?], at place: String?
  ) throws(GalleyError) {
    let names = ONNXRuntimeNames(inputs.map(\.name) + outputNames)
    let count = inputs.count
    let status = api.pointee.Run(
      session, nil, Array(names.pointers.prefix(count)), inputs.map(\.value), count,
      Array(names.pointers.dropFirst(count)), outputNames.count, &outputs)
    withExtendedLifetime(names) {}
    try check(status, "run the model", at: place)
  }
}

/// Texts as C has them, in memory that lives as long as this object.
final class ONNXRuntimeNames {
  let pointers: [UnsafePointer<CChar>]

  init(_ names: [String]) {
    pointers = names.map { name in
      let text = name.utf8CString
      let memory = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
      for (index, character) in text.enumerated() { memory[index] = character }
      return UnsafePointer(memory)
    }
  }

  deinit { for pointer in pointers { pointer.deallocate() } }
}
