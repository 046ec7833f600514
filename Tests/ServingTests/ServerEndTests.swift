// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Glibc
import Platform
import Serving
import Testing

/// How a server ends, whatever it has begun.
@Suite(.timeLimit(.minutes(20))) struct ServerEndTests {
  @Test func requestsThatWereBegunAreFinished() async throws {
    let server = try TestServer()
    let caller = try Caller(server.port)
    let body = #"{"name": "late"}"#
    caller.say(
      TestServer.head(
        "POST /v1/projects", "Content-Type: application/json", "Content-Length: \(body.utf8.count)",
        "Expect: 100-continue"))
    // The server has the request when it asks for the body.
    _ = try await waiting { caller.hear(until: "100 Continue\r\n\r\n") }
    let ending = Task { try await server.end() }
    try await server.events.first { if case .ending(let requests, _) = $0 { requests } else { nil } }
    caller.say(body)
    #expect(try await waiting { try Answer(caller.hearAll()) }.status == 201)
    try await ending.value
    #expect(try server.store.project("late").name == "late")
    await #expect(throws: SocketFailure.self) { try await server.ask("GET", "/v1/projects") }
  }

  @Test func asManyConnectionsAsThereMayBeDontKeepIt() async throws {
    let server = try TestServer { $0.connectionLimit = 4 }
    var callers: [Caller] = []
    for _ in 0..<4 {
      let caller = try Caller(server.port)
      caller.say(TestServer.head("GET /v1/projects"))
      _ = try await waiting { caller.hear(until: "\r\n\r\n") }
      callers.append(caller)
    }
    // These wait until others end.
    for _ in 0..<20 {
      callers.append(try Caller(server.port))
      callers.last?.say(TestServer.head("GET /v1/projects"))
    }
    try await server.end()
    for caller in callers { _ = try await waiting { caller.hearAll() } }
  }

  @Test func aRequestWithoutEndIsLeftWhenTheGraceIsOver() async throws {
    let server = try TestServer { $0.graceTime = 0.5 }
    let caller = try Caller(server.port)
    caller.say(
      TestServer.head(
        "POST /v1/projects", "Content-Type: application/json", "Content-Length: 100", "Expect: 100-continue"))
    _ = try await waiting { caller.hear(until: "100 Continue\r\n\r\n") }
    try await server.end()
    let left = try await server.events.first { if case .abandoned(let requests, _) = $0 { requests } else { nil } }
    #expect(left == 1)
  }

  @Test func workThatDoesntListenIsLeftToo() async throws {
    let work = StubbornWork()
    let server = try TestServer(work: work) { $0.graceTime = 0.5 }
    try server.store.createModel("net")
    #expect(try await server.ask("POST", "/v1/models/net/train", .json("{}")).status == 202)
    try await server.end()
    let left = try await server.events.first { if case .abandoned(_, let jobs) = $0 { jobs } else { nil } }
    #expect(left == 1)
    work.end()
  }

  @Test func aSocketThatFailsIsSaidAndEndsIt() async throws {
    let server = try TestServer()
    #expect(try await server.ask("GET", "/v1/projects").status == 200)
    // Somebody else ends the socket: accept(2) fails from now on.
    shutdown(try #require(Self.listener(on: server.port)), CInt(SHUT_RDWR))
    let error = await #expect(throws: GalleyError.self) { try await server.ended() }
    #expect(error?.exitCode == .unavailable)
    #expect(error?.what == "can't take connections any more")
    #expect(server.events.all.contains { if case .failed = $0 { true } else { false } })
  }

  /// The socket of this process that waits for connections to a port.
  private static func listener(on port: Int) -> CInt? {
    (0..<4096).first { descriptor in
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      }
      var isListening: CInt = 0
      var size = socklen_t(MemoryLayout<CInt>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
      return status == 0 && isListening == 1 && address.sin_port == in_port_t(port).bigEndian
    }
  }

  @Test func whatDeadServersLeftIsRemovedAndNothingElse() async throws {
    var held: CInt = -1
    let server = try TestServer(prepare: { store in
      for name in [".serving-dead", ".serving-alive", "mine"] {
        try FileManager.default.createDirectory(atPath: "\(store)/\(name)/deep", withIntermediateDirectories: true)
        try Data("left".utf8).write(to: URL(filePath: "\(store)/\(name)/deep/body"))
      }
      held = open("\(store)/.serving-alive", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      #expect(flock(held, LOCK_EX) == 0)
    })
    defer { close(held) }
    #expect(try await server.ask("GET", "/v1/projects").status == 200)
    let store = server.store.place.store
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: store))
    #expect(!names.contains(".serving-dead"))
    #expect(names.isSuperset(of: [".serving-alive", "mine"]))
    try await server.end()
    let rest = try FileManager.default.contentsOfDirectory(atPath: store).filter { $0.hasPrefix(".serving-") }
    #expect(rest == [".serving-alive"])
  }
}
