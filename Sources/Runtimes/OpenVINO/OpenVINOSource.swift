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
    try OpenVINOFileName.with(file) { name throws(GalleyError) in
      try library.check(
        library.api.pointee.ov_core_read_model(library.core, name, nil, &model), "read the model", at: file.path)
    }
    guard let model else {
      throw GalleyError(.software, "can't read the model", at: file.path, why: "OpenVINO gave no model")
    }
    self.model = model
    self.library = library
    path = file.path
  }

  deinit { library.api.pointee.ov_model_free(model) }

  /// Fixes the shapes of the inputs with these indices.
  func reshape(_ indices: [Int], _ shapes: [[Int]]) throws(GalleyError) {
    var dimensions = shapes.joined().map { OvDimension(minimum: Int64($0), maximum: Int64($0)) }
    let status = dimensions.withUnsafeMutableBufferPointer { dimensions in
      var next = 0
      let partial = shapes.map { shape in
        defer { next += shape.count }
        let rank = OvDimension(minimum: Int64(shape.count), maximum: Int64(shape.count))
        return OvPartialShape(rank: rank, dimensions: dimensions.baseAddress.map { $0 + next })
      }
      return library.api.pointee.ov_model_reshape_by_port_indexes(model, indices, partial, indices.count)
    }
    try library.check(status, "run the model over \(shapes)", at: path)
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
