// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension ModelFormat {
  /// The suffix of the format's files, with the dot.
  public var suffix: String {
    switch self {
    case .onnx: ".onnx"
    case .openvino: ".xml"
    case .tflite: ".tflite"
    case .checkpoint: ".safetensors"
    }
  }

  /// The format's name for people.
  public var title: String {
    switch self {
    case .onnx: "ONNX"
    case .openvino: "OpenVINO IR"
    case .tflite: "TensorFlow Lite"
    case .checkpoint: "Galley checkpoint"
    }
  }

  /// The format of a file, found from its beginning; its suffix decides where the beginning alone can't.
  /// - Throws: `GalleyError` if the file is missing, or holds something else: what it looks like and what to do.
  public init(ofFileAt path: String) throws(GalleyError) {
    guard !FileContents.isFolder(path) else {
      throw Lookalike(folder: path).refusal(path)
    }
    let (head, size) = try FileContents.head(path, "the model", count: 4096)
    let suffix = path.lowercased().split(separator: "/").last?.split(separator: ".").last.map(String.init) ?? ""
    if let format = Self.format(head, suffix: suffix) {
      self = format
    } else {
      throw Lookalike(head, size: size, suffix: suffix, path).refusal(path)
    }
  }

  private static func format(_ head: [UInt8], suffix: String) -> ModelFormat? {
    if head.count >= 8, head[4..<8].elementsEqual("TFL3".utf8) { return .tflite }
    if head.count > 9, head[8] == UInt8(ascii: "{"),
      String(decoding: head, as: UTF8.self).contains("\"galley.checkpoint/")
    {
      return .checkpoint
    }
    if Lookalike.text(head)?.contains("<net") ?? false, suffix != "html" { return .openvino }
    // An IR may begin with a long comment.
    if suffix == "xml", Lookalike.text(head)?.contains("<?xml") ?? false { return .openvino }
    if suffix != "mlmodel", looksLikeONNX(head) { return .onnx }
    // Other writers may order the fields in another way; the reader says what is wrong if it is none.
    let isMessage = suffix == "onnx" && Lookalike.known(head) == nil && Lookalike.text(head) == nil
    return isMessage && firstTags.contains(where: head.starts) ? .onnx : nil
  }

  /// The tags of the fields of ONNX's `ModelProto`: numbers 1 to 8, 14, 20, 25 and 26 with their wire types.
  private static let firstTags: [[UInt8]] = [
    [0x08], [0x12], [0x1a], [0x22], [0x28], [0x32], [0x3a], [0x42], [0x72], [0xa2, 0x01], [0xca, 0x01], [0xd2, 0x01],
  ]

  /// A protobuf message of ONNX's schema begins with its format version (field 1, a small number) and goes on with
  /// another of its fields: writers keep the fields' order.
  private static func looksLikeONNX(_ head: [UInt8]) -> Bool {
    guard head.count > 4, head[0] == 0x08, head[1] < 0x80 else { return false }
    // Fields 2 (producer), 3 (its version), 4 (domain), 6 (text) and 7 (graph) carry lengths, field 5 a number.
    return [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a].contains(head[2])
  }
}
