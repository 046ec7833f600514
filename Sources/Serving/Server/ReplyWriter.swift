// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Writes replies to a connection.
struct ReplyWriter: Sendable {
  let work: BlockingWork

  /// Bytes that are read from a file at a time.
  private static let portion = 256 << 10

  /// The body of a reply, with what it needs opened, and its first portion made: what fails there can still be said in
  /// a reply of its own.
  func body(of reply: Reply) async throws -> ResponseBody {
    switch reply.body {
    case .none: ResponseBody()
    case .bytes(let data): ResponseBody(byteBuffer: ByteBuffer(bytes: data))
    case .file(let path, let range, _): try await file(path, range)
    case .portions(let next): portions(try await work.run(next), next)
    }
  }

  @concurrent func write(
    _ reply: Reply, _ body: ResponseBody, isHead: Bool, _ writer: consuming ResponseWriter
  ) async throws {
    var headers = reply.headers
    if reply.status == .noContent {
      headers[.contentLength] = nil
      return try await writer.writeResponse(HTTPResponse(status: reply.status, headerFields: headers))
    }
    let response = Response(status: reply.status, headers: headers, body: body)
    if isHead { return try await writer.writeResponse(response.head) }
    try await writer.write(response: response.head, body: response.body)
  }

  private func file(_ path: String, _ range: Range<Int>) async throws -> ResponseBody {
    let work = work
    let file = try await work.run { try OpenFile(path) }
    return ResponseBody(contentLength: range.count) { @concurrent (writer: inout any ResponseBodyWriter) in
      var place = range.lowerBound
      while place < range.upperBound {
        let count = min(Self.portion, range.upperBound - place)
        let offset = place
        let data = try await work.run { try file.read(at: offset, count: count) }
        try await writer.write(ByteBuffer(bytes: data))
        place += count
      }
      try await writer.finish(nil)
    }
  }

  private func portions(_ first: Data?, _ next: @escaping @Sendable () throws -> Data?) -> ResponseBody {
    let work = work
    return ResponseBody { @concurrent (writer: inout any ResponseBodyWriter) in
      var portion = first
      while let data = portion {
        try await writer.write(ByteBuffer(bytes: data))
        portion = try await work.run(next)
      }
      try await writer.finish(nil)
    }
  }
}

/// A file that is read at places.
private final class OpenFile: Sendable {
  private let descriptor: CInt
  private let path: String

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(at offset: Int, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let step = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw failure(step == 0 ? EIO : errno) }
      done += step
    }
    return bytes
  }

  private func failure(_ number: CInt) -> GalleyError {
    GalleyError(.badData, "can't read the file", at: path, why: String(cString: strerror(number)))
  }
}
