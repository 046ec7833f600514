// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Glibc

/// Reads the data that tensors of a model keep in files beside it (`TensorProto.data_location`).
///
/// A file must lie in the model's folder or below it, links followed. Each range of a file is read once, however many
/// tensors name it, and ranges that overlap are refused where together they would be more than the files hold: a small
/// model can't make its reader use more memory than there is data.
struct ExternalDataReader {
  private let folder: String
  private var files: [String: ExternalFile] = [:]
  private var ranges: [ExternalRange: Data] = [:]
  private var byteCount = 0

  /// - Parameter path: that of the model.
  init(besideModelAt path: String) throws(ONNXError) {
    let parent = URL(filePath: path).deletingLastPathComponent().path
    guard let real = Self.realPath(parent.isEmpty ? "." : parent) else {
      throw ONNXError(
        .unreadableFile, "the model's weights can't be read", at: parent, because: "the folder can't be found",
        remedy: "check the path and its permissions")
    }
    folder = real
  }

  /// Puts a tensor's data into the tensor, if they lie outside.
  mutating func load(_ tensor: inout Onnx_TensorProto) throws(ONNXError) {
    guard tensor.dataLocation == .external else { return }
    let place = try ExternalPlace(tensor)
    let file = try open(place.location, for: tensor.name)
    let end = place.offset.plus(place.length) ?? .max
    guard end <= file.size else {
      throw .external(
        .malformed, tensor.name, "its data end at byte \(end) of '\(place.location)', which has \(file.size) bytes",
        "copy the file again; it is incomplete or belongs to another model")
    }
    let range = ExternalRange(file: place.location, offset: place.offset, length: place.length)
    if ranges[range] == nil {
      byteCount = byteCount.plus(place.length) ?? .max
      guard byteCount <= files.values.reduce(0, { $0.plus($1.size) ?? .max }) else {
        throw .external(
          .invalidModel, tensor.name, "its data overlap those of other tensors",
          "mend the program that made the model and export it again")
      }
      ranges[range] = try file.read(place.offset, place.length, for: tensor.name)
    }
    tensor.rawData = ranges[range] ?? Data()
    tensor.externalData = []
    tensor.clearDataLocation()
  }

  private mutating func open(_ location: String, for tensor: String) throws(ONNXError) -> ExternalFile {
    if let file = files[location] { return file }
    let path = folder + "/" + location
    guard let real = Self.realPath(path) else {
      throw .external(
        .unreadableFile, tensor, "its data should lie in '\(location)' beside the model, and there is no such file",
        "copy that file into the model's folder too")
    }
    guard real.hasPrefix(folder == "/" ? "/" : folder + "/") else {
      throw .external(
        .invalidModel, tensor, "'\(location)' is a link that leads out of the model's folder",
        "put the file itself beside the model")
    }
    let file = try ExternalFile(real, location, for: tensor)
    files[location] = file
    return file
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

private struct ExternalRange: Hashable {
  let file: String
  let offset: Int
  let length: Int
}

extension ONNXError {
  static func external(_ code: Code, _ tensor: String, _ reason: String, _ remedy: String) -> ONNXError {
    ONNXError(code, "a tensor can't be read", at: "tensor '\(tensor)'", because: reason, remedy: remedy)
  }
}
