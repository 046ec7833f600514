// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Platform
internal import Synchronization

/// Answers requests: checks who asks and what, does the work of the route, and turns whatever happens into a reply.
final class Responder: Sendable {
  let store: PlatformStore
  let jobs: JobBoard
  let settings: ServerSettings
  let work: BlockingWork
  private let workspace: Workspace
  private let table: RouteTable
  private let token: AccessToken
  private let hosts: HostCheck
  private let bodies: BodyReader
  private let log: @Sendable (ServerEvent) -> Void

  init(
    store: PlatformStore, jobs: JobBoard, token: AccessToken, settings: ServerSettings, work: BlockingWork,
    workspace: Workspace, log: @escaping @Sendable (ServerEvent) -> Void
  ) {
    (self.store, self.jobs, self.token, self.settings) = (store, jobs, token, settings)
    (self.work, self.workspace, self.log) = (work, workspace, log)
    table = RouteTable(PlatformRoutes.all)
    hosts = HostCheck(names: settings.hostNames)
    bodies = BodyReader(settings: settings, workspace: workspace)
  }

  /// Answers one request.
  @concurrent func respond(
    _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
  ) async throws {
    let start = ContinuousClock.now
    let id = Self.requestID(request.headers)
    let path = Self.path(request)
    let replies = ReplyWriter(work: work)
    var reply: Reply
    var body: ResponseBody
    var reason: String?
    var isRead = !Self.hasBody(request.headers)
    do throws(any Error) {
      let (prepared, route) = try prepare(Asked(request: request, path: path.path, query: path.query))
      try await bodies.makeRoom(prepared.headers, route, work)
      if request.headers[.expect]?.lowercased() == "100-continue" {
        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
      }
      let received = try await received(prepared, route, request.body)
      isRead = true
      let call = try await understood(received, route)
      reply = try await perform(call, route)
      body = try await replies.body(of: reply)
    } catch {
      let failure = RequestFailure(error, store: store.place.store)
      let document: Data
      (reply, document) = failure.reply(id)
      body = ResponseBody(byteBuffer: ByteBuffer(bytes: document))
      reason = failure.error.description
    }
    reply.headers[.requestID] = id
    reply.headers[.date] = HTTPDate.now
    reply.headers[.xContentTypeOptions] = "nosniff"
    reply.headers[.cacheControl] = "no-store"
    if !isRead { reply.headers[.connection] = "close" }
    let (method, status) = (request.method.rawValue, reply.status.code)
    do {
      try await replies.write(reply, body, isHead: request.method == .head, writer)
    } catch {
      log(
        .brokenOff(
          id: id, method: method, path: String(path.path), status: status,
          seconds: start.duration(to: .now) / .seconds(1), reason: "\(error)", isCallers: !(error is GalleyError)))
      throw error
    }
    log(
      .answered(
        id: id, method: method, path: String(path.path), status: status,
        seconds: start.duration(to: .now) / .seconds(1), reason: reason))
    // What is left of a body that nobody wanted is read for a moment, so that the reply isn't lost by a reset.
    if !isRead { channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) } }
  }

  private static func hasBody(_ headers: HTTPFields) -> Bool {
    headers[.transferEncoding] != nil || (headers[.contentLength].map { $0 != "0" } ?? false)
  }

  private struct Asked {
    var request: Request
    var path: Substring
    var query: Substring
  }

  /// Everything that can be said of a request before its body has come.
  private func prepare(_ asked: Asked) throws(RequestFailure) -> (Call, Route) {
    let headers = asked.request.headers
    try checkHost(asked.request)
    let match = table.match(asked.request.method, asked.path)
    if case .found(let route, _) = match, !route.needsToken {
    } else if !token.admits(headers[.authorization]) {
      throw RequestFailure(
        .unauthorized, "can't answer the request", at: "Authorization",
        why: headers[.authorization] == nil ? "the header is missing" : "it doesn't show the token of this server",
        remedy: "Send 'Authorization: Bearer' with the token; whoever started the server knows where it lies.",
        headers: [.wwwAuthenticate: "Bearer realm=\"galley\""])
    }
    switch match {
    case .unknown:
      throw RequestFailure(
        .notFound, "can't answer the request", at: String(asked.path.prefix(200)), why: "there is no such path",
        remedy: "/openapi.json lists them.")
    case .unreadable(let segment):
      throw RequestFailure(
        .badRequest, "can't read the path", at: String(segment.prefix(200)),
        why: "its escapes are broken, or it isn't UTF-8")
    case .otherMethod(let methods):
      let list = methods.map(\.rawValue).joined(separator: ", ")
      throw RequestFailure(
        .methodNotAllowed, "can't answer the request", at: String(asked.path.prefix(200)),
        why: "\(asked.request.method.rawValue) isn't known there", remedy: "It takes \(list).",
        headers: [.allow: list])
    case .found(let route, let parameters):
      for (name, text) in parameters {
        if let problem = PathParameters.rule.problem(with: text) {
          throw RequestFailure.malformed(SchemaProblem(at: name, problem), in: "path")
        }
      }
      var call = Call(
        store: store, jobs: jobs, work: work, workspace: workspace, path: parameters, headers: headers)
      call.query = try QueryReader.read(asked.query, route.query)
      try BodyReader.check(headers, route, settings)
      return (call, route)
    }
  }

  private func checkHost(_ request: Request) throws(RequestFailure) {
    guard let authority = request.head.authority, !authority.isEmpty else {
      throw RequestFailure(.badRequest, "can't answer the request", at: "Host", why: "the header is missing")
    }
    guard hosts.accepts(authority) else {
      throw RequestFailure(
        .forbidden, "can't answer the request", at: "Host",
        why: "'\(authority.prefix(100))' is no name of this server",
        remedy: "Use localhost or the address in numbers, or start the server with --allow-host.")
    }
  }

  /// The call with the bytes of its body.
  private func received(_ call: Call, _ route: Route, _ body: RequestBody) async throws -> Call {
    var call = call
    switch route.content {
    case .none: break
    case .json: call.bytes = try await bodies.document(body, call.headers)
    case .bytes: call.upload = try await bodies.upload(body, call.headers, work)
    }
    return call
  }

  /// The call with its document, which is what the route says.
  private func understood(_ call: Call, _ route: Route) async throws -> Call {
    guard case .json(let schema) = route.content else { return call }
    var call = call
    let bytes = call.bytes
    call.document = try await work.run { try DocumentReader.read(bytes, schema) }
    return call
  }

  private func perform(_ call: Call, _ route: Route) async throws -> Reply {
    switch route.work {
    case .blocking(let body):
      try await work.run {
        let reply = try body(call)
        // What is said to be done outlasts a power failure.
        if route.isKept { try call.store.flush() }
        return reply
      }
    case .immediate(let body): try await body(call)
    }
  }

  /// The path and the query of a request; of an address with scheme and host, which a proxy would be given, the same.
  private static func path(_ request: Request) -> (path: Substring, query: Substring) {
    var target = Substring(request.head.path ?? "/")
    if !target.hasPrefix("/"), let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://") {
      let rest = target[colon...].dropFirst(3)
      target = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    guard let mark = target.firstIndex(of: "?") else { return (target, "") }
    return (target[..<mark], target[target.index(after: mark)...])
  }

  /// The caller's id of the request, if it is fit for a log, else a new one.
  private static func requestID(_ headers: HTTPFields) -> String {
    if let id = headers[.requestID], (1...64).contains(id.utf8.count),
      id.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || "-_.".utf8.contains($0)
      })
    {
      return id
    }
    return RandomID.make()
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-ID") ?? .userAgent
}

/// What parameters of paths may be.
enum PathParameters {
  static let rule = TextRule(1...512)
}
