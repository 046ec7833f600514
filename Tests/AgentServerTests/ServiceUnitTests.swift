// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import Testing

private let analyzer = "/usr/bin/systemd-analyze"

/// What systemd makes of the agent.
struct ServiceUnitTests {
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: analyzer), "no systemd-analyze"))
  func systemdTakesTheUnit() throws {
    let folder = try TestFolder()
    let unit = PeerPython.root.appending(path: "Native/agent/galley-agent.service")
    let text = try String(contentsOf: unit, encoding: .utf8)
      .replacing("/usr/local/bin/galley-agent", with: agentProgram)
    #expect(text.contains(agentProgram))
    let copy = "\(folder.path)/galley-agent.service"
    try Data(text.utf8).write(to: URL(filePath: copy))
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: analyzer)
    process.arguments = ["verify", "--man=no", copy]
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // The analyzer also looks at what the unit needs; those are the machine's.
    #expect(!words.contains("galley-agent.service"), "\(words)")
  }

  @Test func systemdIsToldOfBeginningAndEnd() async throws {
    let folder = try TestFolder()
    let path = "\(folder.path)/notify"
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isBound)
    let agent = try await RunningAgent(folder: folder, environment: ["NOTIFY_SOCKET": path])
    func next() -> String {
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = recv(descriptor, &bytes, bytes.count, 0)
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
    #expect(next() == "READY=1")
    #expect(next().hasPrefix("STATUS=takes hosts at 127.0.0.1:"))
    #expect(await agent.stop() == 0)
    #expect(next().hasPrefix("STOPPING=1\nEXTEND_TIMEOUT_USEC="))
  }
}
