// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import TargetTransport
import Testing
import TransportSupport

@Suite struct IdentityTests {
  @Test func itIsMadeOnceAndKept() throws {
    let place = try TransportPlace()
    #expect(try Identity.loadOrMake(in: "\(place.folder)/host", name: "another name") == place.host)
    #expect(try Identity.load(in: "\(place.folder)/nothing") == nil)
    #expect(place.host.digest != place.agent.digest)
    #expect(place.host.validFrom < Date() && place.host.validUntil > Date() + 9 * 365 * 86_400)
    let mode = try FileManager.default.attributesOfItem(atPath: "\(place.folder)/host/identity.pem")[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func manyWhoMakeItAtOnceGetOne() async throws {
    let place = try TransportPlace()
    let folder = "\(place.folder)/many"
    let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
      for _ in 0..<8 { group.addTask { try Identity.loadOrMake(in: folder, name: "one of many").digest } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(digests.count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["identity.pem"])
  }

  @Test func openSSLReadsIt() async throws {
    let place = try TransportPlace()
    let path = "\(place.folder)/host/identity.pem"
    let (_, said) = try await say(
      "/usr/bin/openssl",
      ["x509", "-in", path, "-noout", "-fingerprint", "-sha256", "-subject", "-issuer", "-ext", "basicConstraints"])
    let print = said.split(separator: "=").dropFirst().first?.prefix { !$0.isNewline }.filter { $0 != ":" }.lowercased()
    #expect(print == place.host.digest.hex)
    #expect(said.contains("subject=CN = a host") && said.contains("CA:FALSE"))
    let (status, words) = try await say("/usr/bin/openssl", ["verify", "-check_ss_sig", "-CAfile", path, path])
    #expect(status == 0 || words.contains("OK"), "\(words)")
    let (_, key) = try await say("/usr/bin/openssl", ["pkey", "-in", path, "-noout", "-text"])
    #expect(key.contains("prime256v1"))
  }

  @Test func aFileThatOthersMayReadIsRefused() throws {
    let place = try TransportPlace()
    let path = "\(place.folder)/host/identity.pem"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect { try Identity.load(in: "\(place.folder)/host") } throws: { error in
      (error as? GalleyError)?.exitCode == .configuration && "\(error)".contains("chmod 600")
    }
  }

  @Test(arguments: ["", "words", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
  func aDamagedFileIsRefused(text: String) throws {
    let place = try TransportPlace()
    let path = "\(place.folder)/host/identity.pem"
    try AtomicFile.write(Data(text.utf8), to: path, isPrivate: true)
    #expect { try Identity.loadOrMake(in: "\(place.folder)/host", name: "n") } throws: {
      ($0 as? GalleyError)?.exitCode == .configuration
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test func anyBytesAreRefusedOrRead() throws {
    let place = try TransportPlace()
    let path = "\(place.folder)/host/identity.pem"
    let whole = try Data(contentsOf: URL(filePath: path))
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4) {
        bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
      }
      try AtomicFile.write(bytes, to: path, durably: false, isPrivate: true)
      do throws(GalleyError) { _ = try Identity.load(in: "\(place.folder)/host") } catch {
        #expect(error.exitCode == .configuration)
      }
    }
  }
}

@Suite struct EndpointTests {
  @Test(arguments: [
    ("device", Endpoint.tcp(host: "device", port: 4270), "device:4270"),
    ("device.local:9", .tcp(host: "device.local", port: 9), "device.local:9"),
    ("10.0.0.1:65535", .tcp(host: "10.0.0.1", port: 65_535), "10.0.0.1:65535"),
    ("[fe80::1]:5", .tcp(host: "fe80::1", port: 5), "[fe80::1]:5"),
    ("::1", .tcp(host: "::1", port: 4270), "[::1]:4270"),
    ("unix:/run/a.sock", .unix(path: "/run/a.sock"), "unix:/run/a.sock"),
  ])
  func addressesAreRead(text: String, endpoint: Endpoint, written: String) throws {
    #expect(try Endpoint(text) == endpoint)
    #expect(endpoint.description == written)
    #expect(try Endpoint(written) == endpoint)
  }

  @Test(arguments: [
    "", ":4270", "host:", "host:0", "host:65536", "host:x", "[::1", "unix:", "unix:here", "a b", "user@host", "[::1]x",
  ])
  func othersAreRefused(text: String) {
    #expect { try Endpoint(text) } throws: { ($0 as? GalleyError)?.exitCode == .usage }
  }

  @Test func aPathThatASocketCantHaveIsRefused() {
    #expect(throws: GalleyError.self) { try Endpoint("unix:/" + String(repeating: "x", count: 107)) }
    #expect(throws: Never.self) { try Endpoint("unix:/" + String(repeating: "x", count: 106)) }
  }
}
