// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import Testing

@Suite struct WebReferenceTests {
  private static let digits = String(repeating: "0123456789abcdef", count: 4)

  @Test(arguments: [
    ("https://host/set.zip", "set.zip"), ("http://127.0.0.1:80/a/b.tar.gz?version=2", "b.tar.gz"),
    ("HTTPS://host/", "download"), ("https://host", "download"),
  ])
  func anAddressWithADigestIsReadAndNamesItsFile(address: String, name: String) throws {
    let reference = try #require(try WebReference("\(address)#sha256=\(Self.digits)"))
    #expect(reference.address == address && reference.digest.hex == Self.digits && reference.name == name)
    #expect(reference.requirement(.data).origins == [address])
    #expect(
      OptionKind.path.accept(.string("\(address)#sha256=\(Self.digits)"))
        == .success(.string("\(address)#sha256=\(Self.digits)")))
  }

  @Test(arguments: ["", "photos", "/data/set.zip", "sha256:\(digits)", "file.zip#sha256=\(digits)", "httpsfolder/x"])
  func aPathIsNoAddress(text: String) throws {
    #expect(try WebReference(text) == nil)
  }

  @Test(arguments: ["", "#", "#sha256=", "#sha256=12", "#md5=\(digits)", "#\(digits)", "#sha256=\(digits)0"])
  func withoutADigestTheCommandThatComputesItIsSaid(end: String) throws {
    let refusal = #expect(throws: WebReference.Refusal.self) { try WebReference("https://host/set.zip\(end)") }
    #expect(refusal?.remedy.contains("curl -fsSL 'https://host/set.zip' | sha256sum") == true)
    guard case .failure(let reason) = OptionKind.path.accept(.string("https://host/set.zip\(end)")) else {
      Issue.record("accepted")
      return
    }
    #expect(reason.reason.contains("sha256sum"))
  }
}
