// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import TargetInstalling
import Testing
import TransportSupport

private let analyzer = "/usr/bin/systemd-analyze"

/// What is written for a device, and what it says.
struct DeviceTextTests {
  @Test func settingsKeepWhatNobodyChanges() throws {
    var settings = AgentConfiguration(["# mine", "runs = 3", "listen=0.0.0.0:1", "listen = unix:/run/a"])
    try settings.set(["blob-quota=1GiB", "listen=unix:/run/b", "listen = 127.0.0.1:9"])
    settings.complete(for: .none, in: "/opt/a")
    #expect(
      settings.lines == [
        "# mine", "runs = 3", "blob-quota = 1GiB", "listen = unix:/run/b", "listen = 127.0.0.1:9",
        "state-folder = /opt/a/state", "control = /opt/a/state/control.sock",
      ])
    #expect(try settings.port() == 9)
    #expect(try AgentConfiguration(nil).port() == 4270)
    #expect(try AgentConfiguration(["listen = unix:/run/a"]).port() == nil)
    for setting in ["", "runs", "=3", "runs=", "a=b\nc=d", "#a=b"] {
      #expect { try settings.set([setting]) } throws: { ($0 as? GalleyError)?.exitCode == .usage }
    }
  }

  private let folder = "/opt/galley-agent"

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: analyzer), "no systemd-analyze"),
    arguments: [true, false])
  func systemdTakesTheUnits(isOfUser: Bool) async throws {
    let text = ServiceUnit(folder: folder, isOfUser: isOfUser).lines.joined(separator: "\n")
    #expect(text.contains("ReadWritePaths=/tmp \(folder)/state") == !isOfUser)
    #expect(text.contains("\nUser=galley-agent") == !isOfUser && !text.contains("StateDirectory"))
    #expect(text.contains("WantedBy=\(isOfUser ? "default" : "multi-user").target"))
    let place = "/tmp/galley-unit-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: place) }
    // The analyzer wants to see the program.
    let unit = text.replacing("\(folder)/current/bin/galley-agent", with: "/bin/true")
    try unit.write(toFile: "\(place)/galley-agent.service", atomically: true, encoding: .utf8)
    let said = try await say(analyzer, ["verify", "--man=no", "\(place)/galley-agent.service"])
    #expect(!said.text.contains("galley-agent.service"), "\(said.text)")
  }

  private func facts(_ lines: String...) throws -> DeviceFacts {
    let usual = ["system Linux", "machine x86_64", "number 0", "folder /opt/galley-agent", "manager none"]
    let text = (usual + ["library glibc 2.36"] + lines).map { "galley:\($0)\n" }.joined()
    return try DeviceFacts(DeviceAnswer("Welcome!\ngalley said nothing\n" + text), at: "device")
  }

  @Test func devicesSayWhatTheyAre() throws {
    let digest = String(repeating: "ab", count: 32)
    let facts = try facts(
      "free 1000", "file \(digest) versions/a/bin/x", "file \(digest) versions/.new-b/y", "part \(digest) 12",
      "part x 3", "current a", "conf runs = 3")
    #expect(facts.files.values.sorted() == ["versions/a/bin/x"] && facts.parts.values.first == 12)
    #expect(facts.freeBytes == 1_024_000 && facts.current == "a" && facts.settings == ["runs = 3"])
    #expect(facts.manager == .none && facts.isRoot)
  }

  @Test(
    arguments: [
      ("machine riscv64", 69), ("library musl", 69), ("library ", 69), ("folder /opt/../etc", 64), ("folder /opt", 64),
      ("foreign yes", 73), ("lacks sha256sum", 69), ("unit /usr/local/bin/galley-agent serve", 78),
      ("folder /opt/\(String(repeating: "x", count: 90))", 64),
    ] as [(String, Int32)])
  func devicesThatWillNotDoAreRefused(line: String, code: Int32) {
    #expect { try facts(line) } throws: { ($0 as? GalleyError)?.exitCode.rawValue == code }
  }
}
