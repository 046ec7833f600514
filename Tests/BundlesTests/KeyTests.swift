// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

@Suite struct KeyTests {
  private static let hasOpenSSL = Outcome.has("openssl")

  @Test(.enabled(if: hasOpenSSL)) func keysOfOpenSSLAreReadAndWrittenTheSame() throws {
    try withFolder { folder in
      try Outcome.of("openssl", ["genpkey", "-algorithm", "ed25519", "-out", "k.pem"], in: folder)
      try Outcome.of("openssl", ["pkey", "-in", "k.pem", "-pubout", "-out", "k.pub"], in: folder)
      try Outcome.of("openssl", ["pkey", "-in", "k.pem", "-outform", "DER", "-out", "k.der"], in: folder)
      try Outcome.of("openssl", ["pkey", "-in", "k.pem", "-pubout", "-outform", "DER", "-out", "p.der"], in: folder)
      let key = try SigningKey(contentsOf: folder + "/k.pem")
      #expect(key.pem == (try text(folder + "/k.pem")))
      #expect(key.verifyingKey.pem == (try text(folder + "/k.pub")))
      #expect(try VerifyingKey(contentsOf: folder + "/k.pub") == key.verifyingKey)
      #expect(try VerifyingKey(contentsOf: folder + "/p.der") == key.verifyingKey)
      #expect(try SigningKey(Data(contentsOf: URL(filePath: folder + "/k.der")), at: "k").pem == key.pem)
      #expect(key.verifyingKey.id == (try Digest(ofFileAt: folder + "/p.der")))
    }
  }

  @Test(.enabled(if: hasOpenSSL)) func openSSLReadsOurKeysAndBothSignAlike() throws {
    try withFolder { folder in
      let key = SigningKey()
      try key.write(to: folder + "/k.pem")
      try key.verifyingKey.write(to: folder + "/k.pub")
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/k.pem")[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let envelope = Envelope(type: Envelope.bundleType, payload: Data("{\"é\":1}".utf8))
      try envelope.signedBytes.write(to: URL(filePath: folder + "/pae"))
      let signing = try Outcome.of(
        "openssl", ["pkeyutl", "-sign", "-inkey", "k.pem", "-rawin", "-in", "pae", "-out", "sig"], in: folder)
      #expect(signing.status == 0, "\(signing.output)")
      let theirs = try Data(contentsOf: URL(filePath: folder + "/sig"))
      let ours = try key.signature(of: envelope.signedBytes)
      #expect(ours == theirs)
      #expect(key.verifyingKey.isSignature(theirs, of: envelope.signedBytes))
      let checking = try Outcome.of(
        "openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", "k.pub", "-rawin", "-in", "pae", "-sigfile", "sig"],
        in: folder)
      #expect(checking.status == 0, "\(checking.output)")
      #expect(try Outcome.of("openssl", ["pkey", "-in", "k.pem", "-check", "-noout"], in: folder).status == 0)
    }
  }

  /// RFC 8032, section 7.1, test 2.
  @Test func signaturesAreThoseOfTheStandard() throws {
    func data(_ hex: String) -> Data {
      let digits = Array(hex.utf8).map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
      return Data(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
    let key = try #require(
      SigningKey(seed: data("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")))
    #expect(
      key.verifyingKey.rawBytes == data("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
    #expect(
      try key.signature(of: Data([0x72]))
        == data(
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
  }

  @Test(.enabled(if: hasOpenSSL)) func otherKeysAreRefusedWithTheirKind() throws {
    try withFolder { folder in
      func openssl(_ arguments: String...) throws { try Outcome.of("openssl", arguments, in: folder) }
      try openssl("genpkey", "-algorithm", "x25519", "-out", "x.pem")
      try openssl("pkey", "-in", "x.pem", "-pubout", "-out", "x.pub")
      try openssl("genpkey", "-algorithm", "ed25519", "-out", "k.pem")
      try openssl("pkey", "-in", "k.pem", "-aes256", "-passout", "pass:x", "-out", "e.pem")
      for name in ["x.pem", "e.pem"] { chmod(folder + "/" + name, 0o600) }
      try expect("no Ed25519") { try SigningKey(contentsOf: folder + "/x.pem") }
      try expect("no Ed25519") { try VerifyingKey(contentsOf: folder + "/x.pub") }
      try expect("encrypted") { try SigningKey(contentsOf: folder + "/e.pem") }
      try expect("private key") { try VerifyingKey(contentsOf: folder + "/k.pem") }
      chmod(folder + "/k.pem", 0o640)
      try expect("mode is 640") { try SigningKey(contentsOf: folder + "/k.pem") }
      try expect("No such file") { try SigningKey(contentsOf: folder + "/none") }
      try expect("larger") { try VerifyingKey(contentsOf: "/dev/zero") }
    }
  }

  @Test func aKeyIsNeverOverwritten() throws {
    try withFolder { folder in
      try SigningKey().write(to: folder + "/k")
      let before = try text(folder + "/k")
      try expect("File exists") { try SigningKey().write(to: folder + "/k") }
      #expect(try text(folder + "/k") == before)
    }
  }

  @Test func damagedPEMIsRefused() throws {
    let pem = SampleBundle.key(1).verifyingKey.pem
    for text in [
      "", "x", pem.replacing("-----END", with: "----END"), pem + pem, pem.replacing("MCow", with: "MC*w"),
      pem.replacing("MCow", with: "MCox"),
    ] {
      try expect("") { try VerifyingKey(Data(text.utf8), at: "key") }
    }
    let windows = "a comment\r\n" + pem.replacing("\n", with: "\r\n")
    #expect(try VerifyingKey(Data(windows.utf8), at: "key") == SampleBundle.key(1).verifyingKey)
  }

  /// Points of small order, for which signatures can be made without a private key.
  @Test func weakKeysAreRefused() {
    for first: UInt8 in [0, 1] {
      for last: UInt8 in [0, 0x80] {
        #expect(VerifyingKey(rawBytes: Data([first] + [UInt8](repeating: 0, count: 30) + [last])) == nil)
      }
    }
    #expect(VerifyingKey(rawBytes: Data(count: 31)) == nil)
  }

  private func text(_ path: String) throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }

  private func expect(_ words: String, _ body: () throws -> some Any) throws {
    let error = try #require(#expect(throws: GalleyError.self) { _ = try body() })
    #expect(words.isEmpty || "\(error)".contains(words), "\(error)")
  }
}
