// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Glibc

/// A model as OpenVINO has read it from a file, not compiled yet.
///
/// `@unchecked Sendable`: whoever changes its shapes holds a lock.
final class OpenVINOSource: @unchecked Sendable {
  let path: String
  let model: OpaquePointer
  private let library: OpenVINOLibrary

  init(_ file: ModelFile, _ library: OpenVINOLibrary) throws(GalleyError) {
    try Self.requireFormat(of: file)
    var model: OpaquePointer?
    try library.check(
      library.api.pointee.ov_core_read_model(library.core, file.path, nil, &model), "read the model", at: file.path)
    guard let model else {
      throw GalleyError(.software, "can't read the model", at: file.path, why: "OpenVINO gave no model")
    }
    self.model = model
    self.library = library
    path = file.path
  }

  deinit { library.api.pointee.ov_model_free(model) }

  /// Fixes the shapes of all inputs.
  func reshape(_ shapes: [[Int]]) throws(GalleyError) {
    let api = library.api.pointee
    var partial: [OvPartialShape] = []
    defer { for index in partial.indices { api.ov_partial_shape_free(&partial[index]) } }
    for shape in shapes {
      var made = OvPartialShape()
      // OpenVINO doesn't take NULL for the dimensions of a scalar.
      let dimensions = shape.isEmpty ? [0] : shape.map(Int64.init)
      try library.check(
        api.ov_partial_shape_create_static(Int64(shape.count), dimensions, &made), "describe the shape \(shape)",
        at: path)
      partial.append(made)
    }
    try library.check(
      api.ov_model_reshape_by_port_indexes(model, Array(shapes.indices), partial, shapes.count),
      "fix the model's shapes to \(shapes)", at: path)
  }

  /// OpenVINO judges a file by its bytes, whatever it is said to be; a file that begins like another format is refused.
  private static func requireFormat(of file: ModelFile) throws(GalleyError) {
    guard OpenVINORuntime.formats.contains(file.format) else {
      throw GalleyError(
        .configuration, "can't compile the model", at: file.path,
        why: "OpenVINO reads ONNX, IR and TensorFlow Lite files, and this is \(file.format.rawValue)")
    }
    let found = try OpenVINOFileFormat.format(ofFileAt: file.path)
    guard let found, found != file.format else { return }
    throw GalleyError(
      .badData, "can't read the model", at: file.path,
      why: "it is said to be \(file.format.rawValue), and its bytes are those of \(found.rawValue)")
  }
}
