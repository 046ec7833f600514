// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Serving
import Testing

@Suite struct AccessTokenTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/token-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func aTokenIsMadeOnceForItsOwnerOnly() throws {
    try inFolder { folder in
      let path = folder + "/deep/serve.token"
      let made = try AccessToken.file(path)
      #expect(made.new?.utf8.count == 43)
      #expect(try AccessToken.file(path).new == nil)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/deep") == ["serve.token"])
    }
  }

  @Test func filesThatOthersReadOrThatHoldNoTokenAreRefused() throws {
    try inFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let path = folder + "/t"
      for (content, mode) in [
        ("short", 0o600), ("with spaces in it and long", 0o600), ("long-enough-for-a-token", 0o640),
      ] {
        try Data(content.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: GalleyError.self) { try AccessToken.file(path) }
      }
    }
  }

  @Test func addressesOfThisMachineAreTold() {
    for host in ["127.0.0.1", "127.1.2.3", "::1", "localhost"] { #expect(ListeningSocket.isLoopback(host)) }
    for host in ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "example.org"] { #expect(!ListeningSocket.isLoopback(host)) }
    #expect(throws: GalleyError.self) { try ListeningSocket.open(host: "example.org", port: 0) }
    #expect(throws: GalleyError.self) { try ListeningSocket.open(host: "127.0.0.1", port: 70_000) }
  }
}
