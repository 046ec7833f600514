// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// Tells the formats that OpenVINO reads apart.
enum OpenVINOFileFormat {
  /// What a file is by its first bytes, and where they leave it open, by its suffix; `nil` if neither tells.
  ///
  /// TensorFlow Lite files have `TFL3` at byte 4; IR is XML. ONNX is protobuf, which has no mark of its own.
  /// - Throws: `GalleyError` if the file is missing, is no file, or can't be read.
  static func format(ofFileAt path: String) throws(GalleyError) -> ModelFormat? {
    let head = try head(ofFileAt: path)
    if head.dropFirst(4).prefix(4).elementsEqual("TFL3".utf8) { return .tflite }
    let text = head.drop { " \t\r\n\u{FEFF}".utf8.contains($0) }
    if text.starts(with: "<?xml".utf8) || text.starts(with: "<net".utf8) { return .openvino }
    if path.hasSuffix(".onnx") { return .onnx }
    return nil
  }

  private static func head(ofFileAt path: String) throws(GalleyError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable(path, "it is not a file")
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
    return Array(bytes.prefix(count))
  }

  private static func unreadable(_ path: String, _ why: String) -> GalleyError {
    GalleyError(.missingInput, "can't read the model", at: path, why: why)
  }
}
