// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Glibc
import Testing

/// The server as a process that gets signals.
@Suite(.timeLimit(.minutes(20))) struct ServerProcessTests {
  /// A server of its own over a small store.
  private final class Fixture: Sendable {
    let number: pid_t
    let port: Int
    let token: String
    private let process: Process
    private let output = Pipe()

    init(_ home: String) throws {
      process = Process()
      process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "serving-fixture")
      process.arguments = [home]
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      number = process.processIdentifier
      var text = ""
      while text.split(separator: "\n", omittingEmptySubsequences: false).count < 3 {
        let data = output.fileHandleForReading.availableData
        guard !data.isEmpty else { throw Failed() }
        text += String(decoding: data, as: UTF8.self)
      }
      let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count >= 4, let number = Int(words[1]) else { throw Failed() }
      (port, token) = (number, words[3])
    }

    deinit { if process.isRunning { kill(number, SIGKILL) } }

    func head(_ start: String, _ fields: String = "") -> String {
      "\(start) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\(fields)\r\n"
    }

    /// Waits until it has ended.
    func ended() async throws -> CInt {
      try await waiting {
        self.process.waitUntilExit()
        return self.process.terminationStatus
      }
    }
  }

  private static func newHome() -> String {
    FileManager.default.temporaryDirectory.path + "/serving-process-\(UUID().uuidString)"
  }

  @Test func aTerminatedServerEndsThoughAllItsConnectionsAreOpen() async throws {
    let home = Self.newHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let fixture = try Fixture(home)
    var callers: [Caller] = []
    // 256 are served, the others wait.
    for index in 0..<270 {
      let caller = try Caller(fixture.port)
      caller.say(fixture.head("GET /v1/projects"))
      if index < 256 { _ = try await waiting { caller.hear(until: "\r\n\r\n") } }
      callers.append(caller)
    }
    kill(fixture.number, SIGTERM)
    #expect(try await fixture.ended() == 0)
    #expect(callers.count == 270)
  }

  @Test func whatAKilledServerLeftIsRemovedByTheNext() async throws {
    let home = Self.newHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let first = try Fixture(home)
    let caller = try Caller(first.port)
    caller.say(
      first.head(
        "POST /v1/datasets/cats/items?path=/new",
        "Content-Type: a/b\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n"))
    _ = try await waiting { caller.hear(until: "100 Continue\r\n\r\n") }
    caller.say("half of it")
    kill(first.number, SIGKILL)
    _ = try await first.ended()
    let left = try Self.folders(home)
    #expect(left.count == 1)
    let second = try Fixture(home)
    // The fixture speaks before it serves; when it answers it has removed it.
    let asking = try Caller(second.port)
    asking.say(second.head("GET /v1/projects"))
    _ = try await waiting { asking.hear(until: "\r\n\r\n") }
    let now = try Self.folders(home)
    #expect(now.count == 1)
    #expect(now != left)
    // A second server of the same store has a folder of its own, and leaves the other's.
    let third = try Fixture(home)
    let more = try Caller(third.port)
    more.say(third.head("GET /v1/projects"))
    _ = try await waiting { more.hear(until: "\r\n\r\n") }
    #expect(try Self.folders(home).isSuperset(of: now))
    for fixture in [second, third] {
      kill(fixture.number, SIGTERM)
      #expect(try await fixture.ended() == 0)
    }
    #expect(try Self.folders(home).isEmpty)
  }

  private static func folders(_ home: String) throws -> Set<String> {
    let walk = FileManager.default.enumerator(atPath: home)
    return Set(
      (walk?.compactMap { $0 as? String } ?? []).filter { path in
        path.split(separator: "/").last?.hasPrefix(".serving-") == true
      })
  }
}
