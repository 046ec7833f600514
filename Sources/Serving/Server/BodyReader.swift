// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import NIOFoundationEssentialsCompat

/// Reads a request's body, within bounds of size and time.
struct BodyReader: Sendable {
  let settings: ServerSettings
  /// Where bodies go that become files.
  let workspace: Workspace

  /// What the headers say of the body's length, if anything.
  static func announced(_ headers: HTTPFields) throws(RequestFailure) -> Int? {
    guard let text = headers[.contentLength] else { return nil }
    guard let count = Int(text), count >= 0 else {
      throw RequestFailure(
        .badRequest, "can't read the body", at: "Content-Length", why: "'\(text.prefix(40))' is no length")
    }
    return count
  }

  /// Refuses a body that can't be right before it is sent.
  static func check(_ headers: HTTPFields, _ route: Route, _ settings: ServerSettings) throws(RequestFailure) {
    let count = try announced(headers)
    let isChunked = headers[.transferEncoding] != nil
    guard !route.content.isNone else {
      guard !isChunked, count ?? 0 == 0 else {
        throw RequestFailure(
          .badRequest, "can't use the body", why: "\(route.method.rawValue) \(route.path) takes none",
          remedy: "Send the request without one.")
      }
      return
    }
    guard isChunked || count != nil else {
      throw RequestFailure(
        .lengthRequired, "can't read the body", why: "neither Content-Length nor Transfer-Encoding says how long it is")
    }
    if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
      throw RequestFailure(
        .unsupportedMediaType, "can't read the body", at: "Content-Encoding", why: "'\(coding.prefix(40))' isn't taken",
        remedy: "Send the body as it is.")
    }
    try checkType(headers, route)
    let limit = limit(of: route, settings)
    if let count, count > limit { throw tooLarge(limit) }
  }

  private static func checkType(_ headers: HTTPFields, _ route: Route) throws(RequestFailure) {
    let header = headers[.contentType]
    let parts = (header ?? "").split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
    let type = parts.first ?? ""
    let accepted: [String]
    switch route.content {
    case .none: return
    case .json: accepted = ["application/json"]
    case .bytes(let types):
      if types == ["*/*"] { return }
      accepted = types
    }
    let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
    let isUTF8 = charset.map { ["utf-8", "\"utf-8\"", "utf8", "us-ascii"].contains($0) } ?? true
    guard accepted.contains(type), isUTF8 else {
      throw RequestFailure(
        .unsupportedMediaType, "can't read the body", at: "Content-Type",
        why: header.map { "'\($0.prefix(80))' isn't taken" } ?? "the header is missing",
        remedy: "It takes \(accepted.joined(separator: ", ")).")
    }
  }

  static func limit(of route: Route, _ settings: ServerSettings) -> Int {
    if case .bytes = route.content { settings.uploadLimit } else { settings.documentLimit }
  }

  private static func tooLarge(_ limit: Int) -> RequestFailure {
    RequestFailure(.contentTooLarge, "can't take the body", why: "it is larger than \(limit) bytes")
  }

  /// Reads a document.
  func document(_ body: RequestBody, _ headers: HTTPFields) async throws -> Data {
    let limit = settings.documentLimit
    let count = try Self.announced(headers)
    let buffer = try await within(settings.documentTime) {
      var buffer = ByteBuffer()
      try await Self.portions(of: body, count, limit) { buffer.writeImmutableBuffer($0) }
      return buffer
    }
    return Data(buffer: buffer)
  }

  /// Refuses a body for which there is no room, before it is sent.
  func makeRoom(_ headers: HTTPFields, _ route: Route, _ work: BlockingWork) async throws {
    guard case .bytes = route.content else { return }
    let count = try Self.announced(headers) ?? 0
    try await work.run { [workspace] in try workspace.require(count, UploadedFile.what) }
  }

  /// Reads bytes into a file of their own.
  func upload(_ body: RequestBody, _ headers: HTTPFields, _ work: BlockingWork) async throws -> UploadedFile {
    let limit = settings.uploadLimit
    let count = try Self.announced(headers)
    let file = try await work.run { [workspace] in try UploadedFile(in: workspace) }
    try await within(settings.uploadTime) {
      try await Self.portions(of: body, count, limit) { portion in try await work.run { try file.append(portion) } }
    }
    return file
  }

  /// Takes all of a body; a part of one, from a caller that went away, is refused.
  private static func portions(
    of body: RequestBody, _ announced: Int?, _ limit: Int, _ take: (ByteBuffer) async throws -> Void
  ) async throws {
    var count = 0
    var iterator = body.makeAsyncIterator()
    while true {
      let portion: ByteBuffer?
      do {
        portion = try await iterator.next()
      } catch {
        throw error is CancellationError ? error : broken("\(error)")
      }
      guard let portion else { break }
      count += portion.readableBytes
      guard count <= limit else { throw tooLarge(limit) }
      try await take(portion)
    }
    if let announced, announced != count { throw broken("\(announced) bytes were announced, and \(count) came") }
  }

  private static func broken(_ why: String) -> RequestFailure {
    RequestFailure(.badRequest, "can't read the body", why: why, headers: [.connection: "close"])
  }

  /// Fails with 408 if the body takes too long to come.
  private func within<Result: Sendable>(
    _ seconds: Double, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        throw RequestFailure(
          .requestTimeout, "can't read the body", why: "it didn't come within \(Int(seconds)) seconds",
          headers: [.connection: "close"])
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}
