// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import HTTPTypes
internal import Platform

/// Bytes of items, whole or in part.
enum ItemContentRoutes {
  static let all: [Route] = [
    Route(
      method: .get, path: "\(ItemRoutes.place)/content", name: "downloadItem", group: ItemRoutes.group,
      summary: "Download an item's bytes; a header Range asks for a part of them.",
      outcomes: FileReply.outcomes, failures: FileReply.failures,
      work: .blocking { call in
        let item = try call.store.item(ItemRoutes.id(call))
        return try FileReply.make(
          call.store.path(of: item), type: item.mediaType, digest: item.digest, name: item.name, call.headers)
      })
  ]
}

/// Replies that are files.
enum FileReply {
  static let outcomes: [Route.Outcome] = [
    .init(status: .ok, words: "All bytes.", answer: .bytes("*/*"), headers: [digestHeader]),
    .init(
      status: .partialContent, words: "The bytes that a header Range asked for.", answer: .bytes("*/*"),
      headers: [digestHeader, ("Content-Range", .text(TextRule(1...200)), "Which bytes they are.")]),
    .init(status: .notModified, words: "The caller has these bytes: If-None-Match names them.", answer: .none),
  ]

  private static let digestHeader = (
    name: "ETag", schema: Schema.text(TextRule(66...66)), words: "The SHA-256 of all bytes, in quotation marks."
  )

  static let failures: [(HTTPResponse.Status, String)] = [(.rangeNotSatisfiable, "There are no such bytes.")]

  static func make(
    _ path: String, type: String, digest: String, name: String, _ headers: HTTPFields
  ) throws -> Reply {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw GalleyError(
        .missingInput, "can't read the file", at: path, why: String(cString: strerror(errno)),
        remedy: "Add it again.")
    }
    let count = Int(status.st_size)
    var reply = Reply(status: .ok)
    reply.headers[.eTag] = "\"\(digest)\""
    reply.headers[.acceptRanges] = "bytes"
    if headers[.ifNoneMatch].map({ $0 == "*" || $0.contains("\"\(digest)\"") }) ?? false {
      reply.status = .notModified
      return reply
    }
    reply.headers[.contentType] = safe(type)
    // Never shown as a page of this server.
    reply.headers[.contentDisposition] = "attachment; filename*=UTF-8''\(PercentCoding.encode(name))"
    switch ByteRange.read(headers[.range], of: count) {
    case .whole: reply.body = .file(path, 0..<count)
    case .part(let range):
      reply.status = .partialContent
      reply.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(count)"
      reply.body = .file(path, range)
    case .impossible:
      throw RequestFailure(
        .rangeNotSatisfiable, "can't read the file", at: "Range", why: "it has \(count) bytes",
        headers: [.contentRange: "bytes */\(count)"])
    }
    return reply
  }

  private static func safe(_ type: String) -> String {
    type.utf8.allSatisfy { (0x20...0x7E).contains($0) } && type.contains("/") ? type : "application/octet-stream"
  }
}

/// The part of a file that a header Range asks for (RFC 9110, 14.2). Several parts at once are not given: the whole is.
enum ByteRange: Equatable {
  case whole
  case part(Range<Int>)
  case impossible

  static func read(_ header: String?, of count: Int) -> ByteRange {
    guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.filter { !$0.isWhitespace } }
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return .whole }
    if ends[0].isEmpty {
      guard let last = Int(ends[1]) else { return .whole }
      return last == 0 || count == 0 ? .impossible : .part(max(0, count - last)..<count)
    }
    guard let first = Int(ends[0]) else { return .impossible }
    guard first < count else { return .impossible }
    guard !ends[1].isEmpty else { return .part(first..<count) }
    let last = Int(ends[1]) ?? Int.max
    return last < first ? .whole : .part(first..<min(count, last == .max ? count : last + 1))
  }
}
