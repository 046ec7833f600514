// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Glibc
import Platform
import Serving
import Synchronization

/// A server over a store of its own, on a port of its own, in this process.
final class TestServer: Sendable {
  static let secret = "a-token-that-only-tests-know"

  let folder: String
  let store: PlatformStore
  let port: Int
  /// What the server says.
  let events = EventList()
  private let serving: Task<Void, any Error>

  /// - Parameter prepare: Takes the store's folder before there is a server.
  init(
    work: (any ModelWork)? = nil, _ change: (inout ServerSettings) -> Void = { _ in },
    prepare: (String) throws -> Void = { _ in }
  ) throws {
    folder = FileManager.default.temporaryDirectory.path + "/serving-\(UUID().uuidString)"
    store = try PlatformStore.open(PlatformPlace(home: folder, environment: [:]))
    var settings = ServerSettings()
    // No machine is so busy that a test fails by chance.
    settings.graceTime = 300
    settings.idleTime = 300
    settings.documentTime = 300
    settings.diskReserve = 1 << 20
    change(&settings)
    let socket = try ListeningSocket.open(host: "127.0.0.1", port: 0)
    port = socket.port
    try prepare(store.place.store)
    let events = events
    let server = PlatformServer(
      store: store, token: try AccessToken(Self.secret, from: "test"), work: work, settings: settings
    ) { events.add($0) }
    serving = Task.detached { try await server.run(on: socket) }
  }

  deinit {
    serving.cancel()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Ends the server, and waits until it has.
  func end() async throws {
    serving.cancel()
    try await serving.value
  }

  /// Waits until the server has ended by itself.
  func ended() async throws { try await serving.value }

  /// The head of a request of somebody who shows the token.
  static func head(_ start: String, _ fields: String...) -> String {
    ([start + " HTTP/1.1", "Host: localhost", "Authorization: Bearer \(secret)"] + fields)
      .joined(separator: "\r\n") + "\r\n\r\n"
  }

  /// Asks, and gives the answer. The call waits: it is made on a thread of its own.
  func ask(
    _ method: String, _ target: String, _ body: Body = .none, headers: [String] = [], token: String? = secret
  ) async throws -> Answer {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"]
    if let token { lines.append("Authorization: Bearer \(token)") }
    var content = Data()
    switch body {
    case .none: break
    case .json(let text):
      content = Data(text.utf8)
      lines.append("Content-Type: application/json")
    case .bytes(let data, let type):
      content = data
      lines.append("Content-Type: \(type)")
    }
    if case .none = body {} else { lines.append("Content-Length: \(content.count)") }
    let head = (lines + headers).joined(separator: "\r\n") + "\r\n\r\n"
    return try await say(Data(head.utf8) + content)
  }

  enum Body: Sendable {
    case none
    case json(String)
    case bytes(Data, String)
  }

  /// Says bytes as they are, and reads until the server closes.
  func say(_ bytes: Data) async throws -> Answer {
    let port = port
    return try await waiting { try Answer(exchange(bytes, port)) }
  }
}

/// What a server said of itself, in order.
final class EventList: Sendable {
  private let events = Mutex<[ServerEvent]>([])

  var all: [ServerEvent] { events.withLock { $0 } }

  func add(_ event: ServerEvent) { events.withLock { $0.append(event) } }

  /// The first event of a kind, for which it waits.
  @discardableResult
  func first<Found>(_ wanted: (ServerEvent) -> Found?) async throws -> Found {
    while true {
      if let found = all.lazy.compactMap(wanted).first { return found }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}

/// What a server answered.
struct Answer: Sendable {
  var status: Int
  var headers: [String: String]
  var body: Data

  struct Unreadable: Error { var text: String }

  init(_ bytes: Data) throws {
    guard let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)) else {
      throw Unreadable(text: String(decoding: bytes, as: UTF8.self))
    }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    guard let code = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw Unreadable(text: lines.first ?? "")
    }
    // What comes before the last word is nothing but an encouragement.
    if code == 100 {
      self = try Answer(Data(bytes[end.upperBound...]))
      return
    }
    status = code
    headers = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    body = Data(bytes[end.upperBound...])
    if headers["transfer-encoding"] == "chunked" { body = Self.unchunked(body) }
  }

  private static func unchunked(_ data: Data) -> Data {
    var (rest, result) = (data, Data())
    while let line = rest.firstRange(of: Data("\r\n".utf8)),
      let count = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), count > 0
    {
      result += rest[line.upperBound...].prefix(count)
      rest = Data(rest[line.upperBound...].dropFirst(count + 2))
    }
    return result
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as JSON.
  var json: ConfigurationValue { (try? JSONDecoder().decode(ConfigurationValue.self, from: body)) ?? .null }

  /// A value at a path of keys.
  subscript(_ path: String...) -> ConfigurationValue? {
    path.reduce(Optional(json)) { value, key in
      switch value {
      case .map(let fields)?: fields[key]
      case .list(let elements)?: Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
      default: nil
      }
    }
  }

  func string(_ path: String) -> String {
    if case .string(let text)? = path.split(separator: ".").map(String.init).reduce(
      Optional(json),
      { value, key in
        if case .map(let fields)? = value { fields[key] } else { nil }
      })
    {
      text
    } else {
      ""
    }
  }
}
