// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Sandbox
import Testing

/// What is written down of a command.
@Suite(.enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct RecordTests {
  @Test func openedPathsAreWrittenDownExactly() async throws {
    let stage = try Stage()
    try stage.file("shown/file")
    try FileManager.default.createSymbolicLink(
      atPath: stage.folder.appending(path: "shown/link").path, withDestinationPath: "/shown/file")
    var command = try stage.command(
      ["read", "file", "./file", "/shown//link", "../shown/file", "absent", "/proc/self/exe"],
      [.readOnly(stage.folder.appending(path: "shown").path, at: "/shown")])
    command.folder = "/shown"
    let record = try await command.run()
    // The rest is what the loader and the libraries look for.
    let own = record.opened.filter { $0.path.hasPrefix("/shown") || $0.path == "/proc/self/exe" }
    #expect(
      own == [
        OpenedPath(path: "/proc/self/exe", resolved: "/programs/fixture", existed: true),
        OpenedPath(path: "/shown/../shown/file", resolved: "/shown/file", existed: true),
        OpenedPath(path: "/shown/absent", existed: false),
        OpenedPath(path: "/shown/file", resolved: "/shown/file", existed: true, count: 2),
        OpenedPath(path: "/shown/link", resolved: "/shown/file", existed: true),
      ])
    #expect(record.executed.map(\.path) == ["/programs/fixture"])
    #expect(record.unreadable == 0)
    #expect(record.connections.isEmpty && record.localConnections.isEmpty && record.sockets.isEmpty)
  }

  @Test func pathsRelativeToADescriptorAreCompleted() async throws {
    let stage = try Stage()
    try stage.file("shown/deep/file")
    let (record, lines) = try await stage.run(
      ["at", "/shown/deep", "file"], [.readOnly(stage.folder.appending(path: "shown").path, at: "/shown")])
    #expect(lines == ["file: ok"])
    #expect(record.opened.contains { $0.path == "/shown/deep/file" && $0.resolved == "/shown/deep/file" })
  }

  @Test func programsThatAreExecutedAreWrittenDown() async throws {
    let stage = try Stage()
    let (record, lines) = try await stage.run(["execute", "/programs/fixture", "exit", "5"])
    #expect(lines == ["/programs/fixture: 5"])
    #expect(record.executed.map(\.count) == [2])
    let (second, _) = try await stage.run(["execute", "/programs/absent"])
    #expect(second.executed.map(\.path) == ["/programs/absent", "/programs/fixture"])
    #expect(second.executed.map(\.existed) == [false, true])
  }

  @Test(arguments: ["tcp", "udp", "sendto", "sendmsg", "sendmmsg"])
  func attemptsToReachOutFailAndAreWrittenDown(way: String) async throws {
    let stage = try Stage()
    let (record, lines) = try await stage.run(["reach", way, "203.0.113.7", "443"])
    #expect(lines == ["\(way): Network is unreachable"])
    #expect(record.isSuccess && !record.isSilent)
    #expect(
      record.connections == [
        ConnectionAttempt(
          family: .inet, address: "203.0.113.7", port: 443, transport: way == "tcp" ? "tcp" : "udp",
          count: way == "sendmmsg" ? 2 : 1)
      ])
    #expect(record.sockets.map(\.family) == [2])
    let (six, _) = try await stage.run(["reach", way, "2001:db8::7", "8443"])
    #expect(six.connections.first?.description.hasSuffix("[2001:db8::7]:8443") == true)
    // Not even this machine's own loopback is there.
    #expect(try await stage.run(["reach", way, "127.0.0.1", "80"]).lines == ["\(way): Network is unreachable"])
  }

  @Test func aProgramThatEndsWellAfterAnUndeclaredDownloadIsNotSilent() async throws {
    let stage = try Stage()
    let (record, _) = try await stage.run(["reach", "tcp", "198.51.100.1", "443"])
    #expect(record.isSuccess)
    #expect(!record.isSilent)
    #expect(record.connections.map(\.description) == ["tcp 198.51.100.1:443"])
  }

  @Test func nameLookupsAreCounted() async throws {
    let stage = try Stage()
    let settings = try stage.file("resolv.conf", "nameserver 192.0.2.53\noptions attempts:1 timeout:1\n")
    let (record, lines) = try await stage.run(
      ["lookup", "models.example"], [.readOnly(settings, at: "/etc/resolv.conf")])
    #expect(lines.first?.hasSuffix("ok") == false)
    #expect(record.nameLookups > 0)
    #expect(Set(record.connections.map(\.address)) == ["192.0.2.53"])
  }

  @Test func localSocketsAreApart() async throws {
    let stage = try Stage()
    let (record, lines) = try await stage.run(["local", "/run/service"])
    #expect(lines == ["unix: No such file or directory"])
    #expect(record.isSilent)
    #expect(record.localConnections.map(\.address) == ["/run/service"])
  }

  @Test func aRecordIsReadBackAsItWasWritten() async throws {
    let stage = try Stage()
    let record = try await stage.run(["reach", "tcp", "203.0.113.7", "443"]).record
    #expect(try JSONDecoder().decode(SandboxRecord.self, from: JSONEncoder().encode(record)) == record)
  }

  @Test func resourcesAreMeasured() async throws {
    let stage = try Stage()
    let record = try await stage.run(["exit", "0"]).record
    #expect(record.seconds > 0)
    #expect(try #require(record.peakMemory) > 100_000)
    #expect(try #require(record.processorSeconds) >= 0)
  }

  @Test func manyOpensCostLittle() async throws {
    let stage = try Stage()
    let (record, lines) = try await stage.run(["often", "10000", "/dev/null"])
    #expect(record.opened.first { $0.path == "/dev/null" }?.count == 10_000)
    print("an open in the sandbox takes \((Double(lines.first ?? "") ?? 0) * 1e6) µs")
  }
}
