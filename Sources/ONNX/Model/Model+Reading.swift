// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
import SwiftProtobuf

extension Model {
  /// Largest model that is read or written, in bytes: a protobuf message can't be longer.
  public static let maximumByteCount = 2_147_483_647

  /// Reads a model from a file, and with it the weights that lie in files beside it.
  /// - Throws: `ONNXError` if a file can't be read, is too large or too short, is not an ONNX model, or does not lie in
  ///   the model's folder.
  public init(contentsOf url: URL) throws(ONNXError) {
    let path = url.path
    try Self.requireReadableFile(path)
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .unreadableFile(path, "the system says: \(error)")
    }
    do {
      try self.init(data: data)
    } catch {
      throw error.located(at: path)
    }
    try loadExternalData(besideModelAt: path)
  }

  /// Reads a model from its bytes.
  /// - Throws: `ONNXError` if the bytes are too many or not an ONNX model.
  public init(bytes: [UInt8]) throws(ONNXError) {
    try self.init(data: Data(bytes))
  }

  /// Reads a model from its bytes.
  /// - Throws: `ONNXError` if the bytes are too many or not an ONNX model.
  public init(data: Data) throws(ONNXError) {
    guard data.count <= Self.maximumByteCount else { throw .tooLarge(data.count) }
    guard !data.isEmpty else { throw .unreadableModel("there are no bytes") }
    do {
      // The depth limit bounds the nesting of subgraphs, and with it every recursion over them.
      var options = BinaryDecodingOptions()
      options.messageDepthLimit = Self.messageDepthLimit
      proto = try Onnx_ModelProto(serializedBytes: data, options: options)
    } catch BinaryDecodingError.truncated {
      throw .unreadableModel("the bytes end in the middle of a message")
    } catch {
      throw .unreadableModel("the bytes are not protobuf messages of the ONNX schema")
    }
    try requireSubstance()
  }

  /// Nesting of protobuf messages that is read: a subgraph takes three levels, so about thirty subgraphs deep.
  static let messageDepthLimit = 100

  private func requireSubstance() throws(ONNXError) {
    guard proto.irVersion > 0, proto.hasGraph else {
      throw .unreadableModel("there is no format version or no graph, so this is no ONNX model")
    }
    guard !proto.opsetImport.isEmpty || !proto.functions.isEmpty else {
      throw .unreadableModel("no operator set is named, so the end of the model is missing")
    }
    guard !proto.graph.node.isEmpty, !proto.graph.output.isEmpty else {
      throw ONNXError(
        .emptyGraph, "the model can't be used", at: "graph '\(proto.graph.name)'",
        because: proto.graph.node.isEmpty ? "its graph has no nodes" : "its graph has no outputs",
        remedy: "export the model again")
    }
  }

  private static func requireReadableFile(_ path: String) throws(ONNXError) {
    let attributes: [FileAttributeKey: Any]
    do {
      attributes = try FileManager.default.attributesOfItem(atPath: path)
    } catch {
      throw .unreadableFile(path, "there is no such file, or it may not be read")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw .unreadableFile(path, "it is not a regular file")
    }
    let size = (attributes[.size] as? UInt64) ?? (attributes[.size] as? Int).map { UInt64(clamping: $0) } ?? 0
    guard size <= UInt64(maximumByteCount) else { throw ONNXError.tooLarge(Int(clamping: size)).located(at: path) }
  }
}

extension ONNXError {
  fileprivate static func unreadableFile(_ path: String, _ reason: String) -> ONNXError {
    ONNXError(
      .unreadableFile, "the model can't be read", at: path, because: reason,
      remedy: "check the path and its permissions")
  }

  fileprivate static func unreadableModel(_ reason: String) -> ONNXError {
    ONNXError(
      .malformed, "the model can't be read", at: "the model's bytes", because: reason,
      remedy: "check that this is a complete .onnx file, and export or copy it again")
  }

  static func tooLarge(_ count: Int) -> ONNXError {
    ONNXError(
      .tooLarge, "the model is too large", at: "the model's bytes",
      because: "it has \(count) bytes, and a protobuf message holds at most \(Model.maximumByteCount)",
      remedy: "export it with its weights in a separate file, or convert it to float16 or int8 first")
  }
}
