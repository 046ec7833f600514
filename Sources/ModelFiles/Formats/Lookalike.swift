// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a file that is no model of a known format looks like, and what its owner can do.
struct Lookalike: Sendable, Hashable {
  /// What it looks like, as a noun: "a PyTorch checkpoint".
  let what: String
  /// What to do, as a sentence.
  let remedy: String

  init(_ what: String, _ remedy: String) {
    self.what = what
    self.remedy = remedy
  }

  /// Describes the content of a file.
  init(_ head: [UInt8], size: Int, suffix: String, _ path: String) {
    if size == 0 {
      self.init("an empty file", "Copy or export the model again.")
    } else if let known = Self.known(head) {
      self = known
    } else if suffix == "bin", FileContents.isFile(String(path.dropLast(3)) + "xml") {
      self.init("the weights of an OpenVINO IR", "Name the .xml file that lies beside it.")
    } else if let text = Self.text(head) {
      self = Self.ofText(text)
    } else if let known = Self.bySuffix[suffix] {
      self = known
    } else if ["onnx", "tflite", "xml"].contains(suffix) {
      self.init(
        "neither its suffix's format nor another that is known", "Check that the file is complete; export it again.")
    } else {
      self.init("no format that is known", Self.needed)
    }
  }

  /// Describes a folder.
  init(folder path: String) {
    if FileContents.isFile("\(path)/saved_model.pb") {
      self.init(
        "a TensorFlow SavedModel", "Convert it with tf.lite.TFLiteConverter, tf2onnx or openvino.convert_model.")
    } else if FileContents.isFile("\(path)/config.json") && FileContents.isFile("\(path)/model.safetensors") {
      self.init("a Hugging Face model", "Export it to ONNX, for example with optimum-cli export onnx.")
    } else {
      self.init("a folder", "Name the model's file in it.")
    }
  }

  private static let needed = "Galley reads .onnx, OpenVINO .xml with its .bin beside it, and .tflite files."

  /// One message for a person.
  func refusal(_ path: String) -> GalleyError {
    GalleyError(.badData, "this is no model that Galley can read", at: path, why: "it is \(what)", remedy: remedy)
  }

  /// The file's beginning as text; `nil` if it holds bytes that no text has.
  static func text(_ head: [UInt8]) -> String? {
    var bytes = head[...]
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func ofText(_ text: String) -> Lookalike {
    let start = text.drop { $0.isWhitespace }
    let lower = start.prefix(300).lowercased()
    if start.hasPrefix("version https://git-lfs") {
      return Lookalike("a Git LFS pointer instead of the model itself", "Run git lfs pull in its repository.")
    }
    if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") || lower.contains("<head>") {
      return Lookalike(
        "a web page, most likely an error message that was saved as a model", "Download the model again.")
    }
    if lower.hasPrefix("<?xml") || lower.hasPrefix("<") {
      return Lookalike("XML without an OpenVINO network", Self.needed)
    }
    if start.hasPrefix("{") || start.hasPrefix("[") {
      return Lookalike("JSON", "Name the model's file; cards and labels are found beside it or given by options.")
    }
    if start.hasPrefix("/annex/objects") || lower.contains("/annex/objects/") {
      return Lookalike("a git-annex pointer instead of the model itself", "Run git annex get in its repository.")
    }
    return Lookalike("text", Self.needed)
  }
}
