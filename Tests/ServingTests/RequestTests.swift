// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Serving
import Testing

/// Who may ask, and how.
@Suite(.timeLimit(.minutes(20))) struct RequestTests {
  @Test func nothingIsToldWithoutTheToken() async throws {
    let server = try TestServer()
    for token in [nil, "", "another-token-that-is-wrong", TestServer.secret + "x"] {
      for path in ["/v1/projects", "/v1/nothing", "/"] {
        let answer = try await server.ask("GET", path, token: token)
        #expect(answer.status == 401)
        #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        #expect(!answer.text.contains(TestServer.secret))
      }
    }
    #expect(try await server.ask("GET", "/openapi.json", token: nil).status == 200)
    #expect(
      try await server.ask("GET", "/v1/projects", headers: ["Authorization: bearer \(TestServer.secret)"], token: nil)
        .status == 200)
  }

  @Test func namesThatArentTheServersAreRefused() async throws {
    let server = try TestServer { $0.hostNames = ["galley.test"] }
    func status(_ host: String) async throws -> Int {
      try await server.say(
        Data(
          "GET /v1/projects HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer \(TestServer.secret)\r\nConnection: close\r\n\r\n"
            .utf8)
      ).status
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8765", "[::1]:80", "10.0.0.7", "galley.test"] {
      #expect(try await status(host) == 200, "\(host)")
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "1.2.3"] {
      #expect(try await status(host) == 403, "\(host)")
    }
    let nameless = try await server.say(Data("GET /v1/projects HTTP/1.1\r\nConnection: close\r\n\r\n".utf8))
    #expect(nameless.status == 400)
  }

  @Test func errorsSayWhatWhereWhyAndWhatToDo() async throws {
    let server = try TestServer()
    let answer = try await server.ask("GET", "/v1/datasets/nobody", headers: ["X-Request-ID: mine-1"])
    #expect(answer.status == 404)
    #expect(answer.headers["content-type"] == "application/problem+json")
    #expect(answer.headers["x-request-id"] == "mine-1")
    #expect(answer["exitCode"] == 66)
    #expect(answer["what"] == "can't find the data set 'nobody'")
    #expect(answer["requestID"] == "mine-1")
    #expect(answer["remedy"] != nil)
  }

  @Test func pathsAndMethodsThatArentThereAreToldApart() async throws {
    let server = try TestServer()
    #expect(try await server.ask("GET", "/v1/project").status == 404)
    #expect(try await server.ask("GET", "/v1/projects/").status == 404)
    let other = try await server.ask("PUT", "/v1/projects", .json("{}"))
    #expect(other.status == 405)
    #expect(Set((other.headers["allow"] ?? "").components(separatedBy: ", ")) == ["GET", "POST", "HEAD"])
    #expect(try await server.ask("OPTIONS", "/v1/projects").status == 405)
    #expect(try await server.ask("GET", "/v1/datasets/%zz").status == 400)
    #expect(try await server.ask("GET", "/v1/datasets/%ff").status == 400)
    let head = try await server.ask("HEAD", "/v1/projects")
    #expect(head.status == 200)
    #expect(head.body.isEmpty)
    #expect(head.headers["access-control-allow-origin"] == nil)
  }

  @Test(arguments: [1, 40, 300])
  func conditionsWithinConditionsAreLookedAtOnce(depth: Int) async throws {
    let server = try TestServer()
    let filter = String(repeating: #"{"$not": "#, count: depth) + #"{"nmae": 1}"# + String(repeating: "}", count: depth)
    #expect(try await server.ask("POST", "/v1/items/query", .json("{\"filter\": \(filter)}")).status == 400)
  }

  @Test func whatIsntDescribedIsRefused() async throws {
    let server = try TestServer()
    let bodies = [
      ("{}", "name"), (#"{"name": ""}"#, "name"), (#"{"name": "a", "nmae": 1}"#, "nmae"), (#"{"name": 1}"#, "name"),
      ("[]", "list"), ("", "value"), ("{", ""), (#"{"name": "a\u0000"}"#, "control"), ("\u{FF}", ""),
      (#"{"name": "a", "metadata": []}"#, "metadata"), (String(repeating: "[", count: 5000), ""),
      (#"{"name": "\#(String(repeating: "a", count: 64))"}"#, "63"),
    ]
    for (body, word) in bodies {
      let answer = try await server.ask("POST", "/v1/projects", .json(body))
      #expect(answer.status == 400, "\(body)")
      #expect(word.isEmpty || answer.text.contains(word), "\(body): \(answer.text)")
    }
    for query in [
      "page=-1", "page=1.5", "page=a", "pageSize=0", "pageSize=1001", "pgae=1", "page=1&page=2", "page=%zz",
    ] {
      #expect(try await server.ask("GET", "/v1/projects?\(query)").status == 400, "\(query)")
    }
    #expect(try server.store.projects().isEmpty)
  }

  @Test func bodiesAreHeldAgainstTheirHeaders() async throws {
    let server = try TestServer {
      $0.documentLimit = 1000
      $0.uploadLimit = 2000
    }
    try server.store.createDataset("d")
    let large = Data(repeating: 0x20, count: 3000)
    #expect(try await server.ask("POST", "/v1/projects", .bytes(large, "application/json")).status == 413)
    #expect(try await server.ask("POST", "/v1/datasets/d/items?path=a", .bytes(large, "text/plain")).status == 413)
    #expect(try await server.ask("POST", "/v1/projects", .bytes(Data("{}".utf8), "text/plain")).status == 415)
    #expect(
      try await server.ask("POST", "/v1/projects", .json("{}"), headers: ["Content-Encoding: gzip"]).status == 415)
    #expect(try await server.ask("POST", "/v1/projects").status == 411)
    #expect(try await server.ask("GET", "/v1/projects", .json("{}")).status == 400)
    // The same without an announced length.
    let chunk = "800\r\n" + String(repeating: " ", count: 0x800) + "\r\n"
    let head =
      "POST /v1/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(TestServer.secret)\r\n"
      + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    #expect(try await server.say(Data((head + chunk + chunk + "0\r\n\r\n").utf8)).status == 413)
    #expect(try await server.say(Data((head + "2\r\n{}\r\n0\r\n\r\n").utf8)).status == 400)
  }

  @Test func slowBodiesAreNotWaitedFor() async throws {
    let server = try TestServer { $0.documentTime = 0.3 }
    let head =
      "POST /v1/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(TestServer.secret)\r\n"
      + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    #expect(try await server.say(Data(head.utf8)).status == 408)
    // Half a head is no request: the connection is closed without a word.
    let impatient = try TestServer { $0.idleTime = 1 }
    await #expect(throws: Answer.Unreadable.self) { try await impatient.say(Data("GET /v1/pro".utf8)) }
  }

  @Test func whatIsNoHTTPIsRefused() async throws {
    let server = try TestServer()
    let token = "Authorization: Bearer \(TestServer.secret)\r\n"
    for text in [
      "NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /v1/projects HTTP/1.1\r\nHost: a b\r\n: x\r\n\r\n",
      "POST /v1/projects HTTP/1.1\r\nHost: localhost\r\n\(token)Content-Length: -1\r\n\r\n",
      "POST /v1/projects HTTP/1.1\r\nHost: localhost\r\n\(token)Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
      "POST /v1/projects HTTP/1.1\r\nHost: localhost\r\n\(token)Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET /v1/projects HTTP/1.1\r\nHost: localhost\r\n\(token)X: \(String(repeating: "x", count: 100_000))\r\n\r\n",
    ] {
      let answer = try? await server.say(Data(text.utf8))
      #expect(answer == nil || answer?.status == 400, "\(text.prefix(60)): \(answer?.status ?? 0)")
    }
    #expect(try await server.ask("GET", "/v1/projects").status == 200)
  }

  @Test func aCallerThatGoesAwayLeavesNothing() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    for length in ["Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
      let head =
        "POST /v1/datasets/d/items?path=/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + "\(TestServer.secret)\r\n\(length)"
      let answer = try? Answer(exchange(Data(head.utf8), server.port, isEnded: true))
      #expect(answer == nil || answer?.status == 400)
    }
    #expect(try server.store.itemCount(Filters(.items), in: "d") == 0)
    // The folder of what is temporary is empty.
    let store = server.store.place.store
    let folders = try FileManager.default.contentsOfDirectory(atPath: store).filter { $0.hasPrefix(".serving-") }
    #expect(folders.count == 1)
    for folder in folders {
      while try !FileManager.default.contentsOfDirectory(atPath: "\(store)/\(folder)").isEmpty {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  @Test func manyAskAtOnce() async throws {
    let server = try TestServer { $0.connectionLimit = 8 }
    try server.store.createDataset("d")
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<64 {
        group.addTask {
          try await server.ask(
            "POST", "/v1/datasets/d/items?path=/\(index % 32)", .bytes(Data("\(index % 32)".utf8), "a/b")
          ).status
        }
      }
      var statuses: [Int: Int] = [:]
      for try await status in group { statuses[status, default: 0] += 1 }
      #expect(statuses == [201: 32, 200: 32])
    }
    #expect(try server.store.itemCount(Filters(.items), in: "d") == 32)
  }
}
