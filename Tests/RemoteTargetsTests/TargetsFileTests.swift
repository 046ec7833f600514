// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import RemoteTargets
import TargetTransport
import Testing
import TransportSupport

@Suite struct TargetsFileTests {
  private func target(_ name: String, _ trust: DeclaredTarget.Trust? = nil) throws -> DeclaredTarget {
    try DeclaredTarget(name: name, endpoint: .tcp(host: "device", port: 4270), trust: trust, added: 1_700_000_000)
  }

  @Test func targetsAreKept() throws {
    let place = try TransportPlace()
    let file = TargetsFile(home: place.folder)
    #expect(try file.all().isEmpty)
    let pin = Digest(of: "agent")
    let targets = [
      try target("a"), try target("b", .certificate(pin)), try target("c", .token(TransportPlace.secret, agent: nil)),
      try target("d", .token(TransportPlace.secret, agent: pin)),
      try DeclaredTarget(name: "e", endpoint: .unix(path: "/run/a"), trust: .local, platform: "linux-x86_64", added: 1),
    ]
    for target in targets.reversed() { try file.add(target) }
    #expect(try file.all() == targets)
    try file.update("a") { $0.trust = .certificate(pin) }
    #expect(try file.target("a").pinned == pin)
    try file.remove("b")
    #expect(try file.all().map(\.name) == ["a", "c", "d", "e"])
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func aNameStandsForOneTarget() throws {
    let file = TargetsFile(home: try TransportPlace().folder)
    try file.add(target("board"))
    #expect { try file.add(target("board")) } throws: { ($0 as? GalleyError)?.exitCode == .usage }
    #expect { try file.target("bord") } throws: {
      ($0 as? GalleyError)?.exitCode == .configuration && "\($0)".contains("'board'")
    }
    #expect(throws: GalleyError.self) { try file.remove("other") }
    try? FileManager.default.removeItem(atPath: file.folder)
  }

  @Test(arguments: ["", "local", "-a", "a b", "a/b", "ä", String(repeating: "x", count: 65)])
  func whatIsNoNameIsRefused(name: String) {
    #expect { try target(name) } throws: { ($0 as? GalleyError)?.exitCode == .usage }
  }

  @Test func trustFitsTheAddress() throws {
    #expect(throws: GalleyError.self) { try target("a", .local) }
    #expect(throws: GalleyError.self) { try target("a", .token(Data(count: 15), agent: nil)) }
    #expect(throws: GalleyError.self) {
      try DeclaredTarget(name: "a", endpoint: .unix(path: "/a"), trust: .certificate(Digest(of: "x")))
    }
  }

  @Test func manyChangesAtOnceLoseNothing() async throws {
    let place = try TransportPlace()
    let file = TargetsFile(home: place.folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<24 { group.addTask { try file.add(try target("t\(number)")) } }
      try await group.waitForAll()
    }
    #expect(try file.all().count == 24)
  }

  @Test(arguments: [
    "", "{}", #"{"format":"galley.targets/2","targets":[]}"#,
    #"{"format":"galley.targets/1","targets":[{"name":"local","endpoint":"a","added":1}]}"#,
    #"{"format":"galley.targets/1","targets":[{"name":"a","endpoint":"a:0","added":1}]}"#,
    #"{"format":"galley.targets/1","targets":[{"name":"a","endpoint":"a","added":1,"token":"0g"}]}"#,
    #"{"format":"galley.targets/1","targets":[{"name":"a","endpoint":"a","added":1},{"name":"a","endpoint":"a","added":1}]}"#,
  ])
  func aDamagedFileIsRefusedAndKept(text: String) throws {
    let place = try TransportPlace()
    let file = TargetsFile(home: place.folder)
    try AtomicFile.write(Data(text.utf8), to: file.path, isPrivate: true)
    #expect { try file.all() } throws: { ($0 as? GalleyError)?.exitCode == .configuration }
    #expect(throws: GalleyError.self) { try file.add(target("new")) }
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
  }

  @Test func aFileThatOthersMayReadIsRefused() throws {
    let place = try TransportPlace()
    let file = TargetsFile(home: place.folder)
    try file.add(target("a"))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    #expect { try file.all() } throws: { "\($0)".contains("chmod 600") }
  }

  @Test func hexadecimalDigitsAreBytes() {
    #expect(Data(hexadecimal: "00fFa0") == Data([0, 255, 160]))
    #expect(Data([0, 255, 160]).hexadecimal == "00ffa0")
    #expect(Data(hexadecimal: "0") == nil && Data(hexadecimal: "0x") == nil && Data(hexadecimal: "é0") == nil)
  }
}
