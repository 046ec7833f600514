// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Status and headers of an answer.
struct ResponseHead: Sendable, Hashable {
  let status: Int
  /// Values by lower-case name; of a repeated header the last.
  private var headers: [String: String] = [:]

  /// Reads a status line: `HTTP/1.1 206 Partial Content`.
  init?(statusLine: String) {
    let words = statusLine.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]), (100...999).contains(status) else {
      return nil
    }
    self.status = status
  }

  /// Adds a header line; what is none is ignored.
  mutating func add(_ line: String) {
    guard let colon = line.firstIndex(of: ":") else { return }
    let name = String(line[..<colon]).trimmingWhitespace.lowercased()
    headers[name] = String(line[line.index(after: colon)...]).trimmingWhitespace
  }

  /// The value of a header, by its lower-case name.
  subscript(_ name: String) -> String? { headers[name] }

  /// Length of the body as it is sent, in bytes.
  var contentLength: Int? { headers["content-length"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }

  /// How the body was compressed for sending although that was not asked for.
  var contentEncoding: String? {
    headers["content-encoding"].flatMap { ["", "identity"].contains($0.lowercased()) ? nil : $0 }
  }

  /// What can prove later that the file at the server is still the same: a strong entity tag or else a date
  /// (RFC 9110, section 13.1.5).
  var validator: String? {
    if let tag = headers["etag"], tag.hasPrefix("\""), tag.utf8.count < 1024 { return tag }
    return headers["last-modified"].flatMap { $0.utf8.count < 64 ? $0 : nil }
  }

  /// The part of the file that the body holds: `bytes 100-199/1000` (RFC 9110, section 14.4).
  var contentRange: ContentRange? { headers["content-range"].flatMap { ContentRange($0) } }

  var isRedirection: Bool { [301, 302, 303, 307, 308].contains(status) }
}

/// First byte, last byte and size of the whole.
struct ContentRange: Sendable, Hashable {
  let first: Int
  let last: Int
  let total: Int?

  init?(_ text: String) {
    guard text.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let first = bounds[0], let last = bounds[1], 0 <= first, first <= last else { return nil }
    let total = parts[1] == "*" ? nil : Int(parts[1])
    guard parts[1] == "*" || total.map({ $0 > last }) == true else { return nil }
    (self.first, self.last, self.total) = (first, last, total)
  }
}
