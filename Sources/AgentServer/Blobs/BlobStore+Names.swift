// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import TargetProtocol

/// What blobs are called where digests don't do.
extension BlobStore {
  private func linkPath(_ digest: Digest, _ format: ModelFormat) -> String {
    "\(folder)/named/\(digest).\(format == .openvino ? "xml" : format.rawValue)"
  }

  /// A link to a blob whose name ends as runtimes want it, which some go by.
  func named(_ digest: Digest, _ format: ModelFormat) throws(RequestFailure) -> String {
    let link = linkPath(digest, format)
    guard symlink("../blobs/\(digest)", link) == 0 || errno == EEXIST else {
      throw RequestFailure(
        .failed, exitCode: .cantCreate, what: "can't use a blob", why: String(cString: strerror(errno)))
    }
    return link
  }

  /// Deletes the file of a blob, and the links to it.
  func delete(_ digest: Digest) {
    unlink(path(of: digest))
    for format in ModelFormat.allCases { unlink(linkPath(digest, format)) }
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
      let name = rest.prefix { $0.isHexDigit || kind == "new" && $0 == "/" }
      let ending = rest.dropFirst(name.count)
      let behind = ending.first == "." ? ending.dropFirst().drop { $0.isLetter } : ending
      return "blob:" + (kind == "new" ? "" : name) + behind
    }.joined()
  }
}
