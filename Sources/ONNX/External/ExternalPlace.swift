// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Where a tensor says its data lie.
struct ExternalPlace {
  /// A relative path without `..`.
  let location: String
  let offset: Int
  let length: Int

  /// - Throws: `ONNXError` if the place is not beside the model, a number is none, or the length is not the shape's.
  init(_ tensor: Onnx_TensorProto) throws(ONNXError) {
    let entries = Dictionary(tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    location = try Self.checked(entries["location"] ?? "", tensor.name)
    offset = try Self.number(entries["offset"], tensor.name) ?? 0
    let needed = tensor.elementBytes
    guard tensor.dataType != 8, needed != .max else {
      throw .external(
        .invalidModel, tensor.name, "its type or its shape \(tensor.dims) does not allow data outside the file",
        Self.remedy)
    }
    length = try Self.number(entries["length"], tensor.name) ?? needed
    guard length == needed else {
      throw .external(
        .invalidModel, tensor.name, "its shape \(tensor.dims) needs \(needed) bytes, and \(length) are named",
        Self.remedy)
    }
  }

  private static let remedy = "mend the program that made the model and export it again"

  private static func checked(_ location: String, _ tensor: String) throws(ONNXError) -> String {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
      throw .external(
        .invalidModel, tensor, "its data are said to lie in '\(location)', which is not a place beside the model",
        remedy)
    }
    return location
  }

  private static func number(_ text: String?, _ tensor: String) throws(ONNXError) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw .external(.invalidModel, tensor, "'\(text)' is no offset or length of its data", remedy)
    }
    return number
  }
}
