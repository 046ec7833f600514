// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// One block of a PEM file (RFC 7468).
struct PEMBlock {
  let label: String
  let bytes: Data

  /// Keys are tiny; whoever names another file by mistake shall not wait.
  private static let largestFile = 1 << 16

  init(label: String, bytes: Data) {
    self.label = label
    self.bytes = bytes
  }

  /// Reads the only block; text before it is allowed. `nil` if there is none.
  /// - Throws: `GalleyError` if the block is damaged or there are several.
  init?(_ data: Data, failure: String, at place: String) throws(GalleyError) {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, failure, at: place, why: why) }
    guard data.count <= Self.largestFile, let text = String(bytes: data, encoding: .utf8) else { return nil }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmed }
    let starts = lines.indices.filter { lines[$0].hasPrefix("-----BEGIN ") && lines[$0].hasSuffix("-----") }
    guard let start = starts.first else { return nil }
    guard starts.count == 1 else { throw refusal("it holds \(starts.count) blocks, and one was expected") }
    let label = lines[start].dropFirst("-----BEGIN ".count).dropLast("-----".count)
    let body = lines[(start + 1)...].prefix { !$0.hasPrefix("-----") }
    guard body.endIndex < lines.endIndex, lines[body.endIndex] == "-----END \(label)-----" else {
      throw refusal("the block has no end: '-----END \(label)-----' is missing")
    }
    guard let bytes = Data(base64Encoded: body.joined()) else { throw refusal("the block is no base64") }
    self.label = String(label)
    self.bytes = bytes
  }

  /// The block as openssl writes it: lines of 64 characters.
  var text: String {
    let encoded = bytes.base64EncodedString()
    var lines = ["-----BEGIN \(label)-----"]
    var rest = encoded[...]
    while !rest.isEmpty {
      lines.append(String(rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    return (lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
  }

  /// The bytes of a file that is small.
  static func contents(of path: String, _ failure: String) throws(GalleyError) -> Data {
    let data: Data
    do throws(FileError) {
      data = try SmallFile.read(path, atMost: largestFile + 1)
    } catch {
      throw GalleyError(.missingInput, failure, at: path, why: error.reason)
    }
    guard data.count <= largestFile else {
      throw GalleyError(.badData, failure, at: path, why: "it is larger than any key")
    }
    return data
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return self[startIndex..<startIndex]
    }
    return self[first...last]
  }
}
