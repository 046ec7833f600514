// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Foundation
import Galley
import Testing

@Suite struct DocumentTests {
  @Test(arguments: ["plain/-", "chunked/-", "fail/2-500", "redirect/3"])
  func aDocumentIsFetchedWithoutADigest(behaviour: String) async throws {
    let scene = try Scene(byteCount: 5000, seed: 9)
    #expect(try await Fetcher(.quick).document(at: try await scene.address(behaviour)) == scene.bytes)
  }

  @Test func aFileIsADocumentToo() async throws {
    let scene = try Scene(byteCount: 5000, seed: 9)
    let path = "\(TestServers.root)/\(scene.name)"
    #expect(try await Fetcher(.quick).document(at: path) == scene.bytes)
    #expect(try await Fetcher(.quick).document(at: "file://\(path)") == scene.bytes)
    await #expect(throws: GalleyError.self) { try await Fetcher(.quick).document(at: path + ".none") }
    await #expect(throws: GalleyError.self) { try await Fetcher(.quick).document(at: path, atMost: 4999) }
  }

  @Test func whatIsTooLargeOrNotThereIsRefused() async throws {
    let scene = try Scene(byteCount: 5000, seed: 9)
    let address = try await scene.address("plain/-")
    let large = await #expect(throws: GalleyError.self) {
      try await Fetcher(.quick).document(at: address, atMost: 4999)
    }
    #expect(large?.why.contains("more than 4999 bytes") == true)
    let nowhere = try await scene.address("status/404")
    let missing = await #expect(throws: GalleyError.self) { try await Fetcher(.quick).document(at: nowhere) }
    #expect(missing?.exitCode == .unavailable)
    let scheme = await #expect(throws: GalleyError.self) { try await Fetcher(.quick).document(at: "ftp://host/index") }
    #expect(scheme?.exitCode == .usage)
  }

  @Test(arguments: ["status/503", "truncate/1000"]) func aServerThatIsAlwaysBusyIsGivenUp(behaviour: String)
    async throws
  {
    let scene = try Scene(byteCount: 5000, seed: 9)
    let address = try await scene.address(behaviour)
    let error = await #expect(throws: GalleyError.self) { try await Fetcher(.quick).document(at: address) }
    #expect(error?.exitCode == .unavailable)
    #expect(try scene.requests.count == FetchPolicy.quick.attempts)
  }

  @Test func offlineNobodyIsAsked() async throws {
    let scene = try Scene(byteCount: 5000, seed: 9)
    var policy = FetchPolicy.quick
    policy.isOffline = true
    let address = try await scene.address("plain/-")
    await #expect(throws: GalleyError.self) { try await Fetcher(policy).document(at: address) }
    #expect(try scene.requests.isEmpty)
  }
}
