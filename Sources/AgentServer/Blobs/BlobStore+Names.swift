// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import TargetProtocol

/// What blobs are called where digests don't do.
extension BlobStore {
  /// A link to a blob whose name ends as runtimes want it, which some go by.
  func named(_ path: String, _ digest: Digest, _ format: ModelFormat) throws(RequestFailure) -> String {
    let ending =
      switch format {
      case .onnx: "onnx"
      case .openvino: "xml"
      case .tflite: "tflite"
      case .checkpoint: "checkpoint"
      }
    let link = "\(folder)/named/\(digest).\(ending)"
    guard symlink("../blobs/\(digest)", link) == 0 || errno == EEXIST else {
      throw RequestFailure(
        .failed, exitCode: .cantCreate, what: "can't use a blob", why: String(cString: strerror(errno)))
    }
    return link
  }

  /// A failure of a measuring process in words that don't tell where the agent keeps files.
  func hidingPaths(_ failure: RequestFailure) -> RequestFailure {
    var hidden = failure
    hidden.place = failure.place.map(hidingPaths)
    hidden.why = hidingPaths(failure.why)
    hidden.what = hidingPaths(failure.what)
    hidden.remedy = failure.remedy.map(hidingPaths)
    return hidden
  }

  /// What a measuring process says, without the places of the agent's files.
  func hidingPaths(_ text: String) -> String {
    guard text.contains(folder) else { return text }
    return text.split(separator: "\(folder)/", omittingEmptySubsequences: false).enumerated().map { index, part in
      guard index > 0 else { return String(part) }
      // What follows is `blobs/`, `named/` or `new/`, the file's name, and perhaps an ending.
      let (kind, rest) = (part.prefix { $0 != "/" }, part.drop { $0 != "/" }.dropFirst())
      let name = rest.prefix { $0.isHexDigit || $0 == "-" }
      let ending = rest.dropFirst(name.count)
      let behind = ending.first == "." ? ending.dropFirst().drop { $0.isLetter } : ending
      return "blob:" + (kind == "new" ? "" : name) + behind
    }.joined()
  }
}
