// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Platform
import Serving
import Testing

/// The server as curl and unzip see it, and what becomes of answers that break off.
@Suite(.timeLimit(.minutes(20))) struct CurlTests {
  private static let hasCurl = ["/usr/bin/curl", "/usr/bin/unzip"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private func run(
    _ program: String, _ arguments: [String], input: Data? = nil
  ) async throws -> (code: CInt, output: Data) {
    try await waiting {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/\(program)")
      process.arguments = arguments
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      let source = Pipe()
      process.standardInput = input == nil ? FileHandle.nullDevice : source
      try process.run()
      if let input {
        Thread.detachNewThread {
          try? source.fileHandleForWriting.write(contentsOf: input)
          try? source.fileHandleForWriting.close()
        }
      }
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, data)
    }
  }

  private func curl(
    _ server: TestServer, _ target: String, _ arguments: [String] = [], input: Data? = nil
  ) async throws -> (code: CInt, output: Data) {
    try await run(
      "curl",
      ["--silent", "--show-error", "--header", "Authorization: Bearer \(TestServer.secret)"] + arguments + [
        "http://127.0.0.1:\(server.port)\(target)"
      ], input: input)
  }

  @Test(.enabled(if: hasCurl)) func bytesGoInAndOutAndInArchives() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let large = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) })
    let text = Data(String(repeating: "the same again\n", count: 200_000).utf8)
    // From a pipe: chunked, and after the server has asked for it.
    for (path, bytes) in [("/large.bin", large), ("/b/text.txt", text), ("/empty", Data())] {
      let made = try await curl(
        server, "/v1/datasets/d/items?path=\(path)",
        [
          "--request", "POST", "--header", "Expect: 100-continue", "--header", "Content-Type: x/y", "--upload-file",
          "-",
          "--write-out", "%{http_code}", "--output", "/dev/null",
        ], input: bytes)
      #expect(made.code == 0)
      #expect(String(decoding: made.output, as: UTF8.self) == "201")
    }
    let item = try server.store.item("/large.bin", in: "d").id
    #expect(try await curl(server, "/v1/items/\(item)/content").output == large)
    #expect(
      try await curl(server, "/v1/items/\(item)/content", ["--range", "7-1000006"]).output == large[7...1_000_006])
    // The archive is complete, and so it is when it is asked for in haste.
    let archive = try await curl(server, "/v1/datasets/d/export?format=dataloop", ["--fail"])
    #expect(archive.code == 0)
    let file = "\(server.folder)/out.zip"
    try archive.output.write(to: URL(filePath: file))
    #expect(try await run("unzip", ["-tq", file]).code == 0)
    #expect(try await run("unzip", ["-p", file, "items/large.bin"]).output == large)
    #expect(try await run("unzip", ["-p", file, "items/b/text.txt"]).output == text)
    #expect(archive.output.count < large.count + text.count / 4)
    let head = try await curl(server, "/v1/datasets/d/export?format=dataloop", ["--head", "--fail"])
    #expect(
      String(decoding: head.output, as: UTF8.self).lowercased().contains("content-length: \(archive.output.count)"))
  }

  /// An item of 48 MiB, which no buffers between server and caller take.
  private func largeItem(_ server: TestServer) throws -> PlatformItem {
    try server.store.createDataset("d")
    let drafts = [ItemDraft(path: "/large", content: .bytes(Data(count: 48 << 20)))]
    return try server.store.item(server.store.addItems(drafts, to: "d").first?.id ?? "")
  }

  @Test(.enabled(if: hasCurl)) func anAnswerThatBreaksOffIsSaid() async throws {
    let server = try TestServer()
    let item = try largeItem(server)
    let caller = try Caller(server.port)
    caller.say(TestServer.head("GET /v1/items/\(item.id)/content"))
    _ = try await waiting { caller.hear(until: "\r\n\r\n") }
    // The file loses its end while it is sent.
    #expect(truncate(server.store.path(of: item), 1000) == 0)
    #expect(try await waiting { caller.hearAll() }.count < 48 << 20)
    let reason = try await server.events.first {
      if case .brokenOff(_, "GET", _, 200, _, let reason, isCallers: false) = $0 { reason } else { nil }
    }
    #expect(reason.contains("can't read the file"))
    // What fails before the first byte is an answer of its own.
    #expect(unlink(server.store.path(of: item)) == 0)
    let gone = try await curl(server, "/v1/items/\(item.id)/content", ["--fail"])
    #expect(gone.code == 22)
  }

  @Test func aCallerThatGoesAwayIsSaidToo() async throws {
    let server = try TestServer()
    let item = try largeItem(server)
    do {
      let caller = try Caller(server.port)
      caller.say(TestServer.head("GET /v1/items/\(item.id)/content"))
      _ = try await waiting { caller.hear(until: "\r\n\r\n") }
    }
    let isCallers = try await server.events.first {
      if case .brokenOff(_, "GET", _, _, _, _, let isCallers) = $0 { isCallers } else { nil }
    }
    #expect(isCallers)
    #expect(try await server.ask("GET", "/v1/projects").status == 200)
  }
}
