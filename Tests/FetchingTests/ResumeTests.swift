// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Testing

@Suite struct ResumeTests {
  static let half = 150_000

  /// Fetches once from a server that breaks off after half of the file, without asking again.
  private func interrupt(_ scene: Scene, _ requirement: ArtifactRequirement) async throws {
    var policy = FetchPolicy.quick
    policy.attempts = 1
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .unavailable)
    #expect(scene.leftovers == ["\(scene.key).json", "\(scene.key).part"])
  }

  @Test func aBrokenConnectionIsContinuedWithinOneFetch() async throws {
    let scene = try Scene()
    let fetched = try await scene.fetch(scene.requirement([try await scene.address("truncate/100000")]))
    #expect(fetched.digest == scene.digest)
    #expect(fetched.resumedFrom == 0)
    let ranges = try scene.requests.map { $0.headers["range"] }
    #expect(ranges == [nil, "bytes=100000-", "bytes=200000-"])
    #expect(try scene.requests.last?.headers["if-range"] == "\"v1\"")
    #expect(scene.leftovers.isEmpty)
  }

  @Test func aLaterFetchGoesOnWhereTheEarlierStopped() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("truncateonce/\(Self.half)")])
    try await interrupt(scene, requirement)
    let fetched = try await scene.fetch(requirement)
    #expect(fetched.resumedFrom == Self.half)
    #expect(scene.isInPlace)
    #expect(try scene.requests.map { $0.headers["range"] } == [nil, "bytes=\(Self.half)-"])
  }

  @Test(arguments: [("norange", nil), ("changed", 0), ("badrange", 0), ("close", 0), ("weak", 150_000)])
  func anyServerEndsWithTheRightBytes(behaviour: String, resumed: Int?) async throws {
    let scene = try Scene()
    var requirement = scene.requirement([try await scene.address("\(behaviour)/\(Self.half)")])
    requirement.byteCount = scene.bytes.count
    try await interrupt(scene, requirement)
    let fetched = try await scene.fetch(requirement)
    #expect(fetched.digest == scene.digest)
    #expect(fetched.resumedFrom == resumed ?? 0)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
  }

  @Test func anotherMirrorContinuesWhatOneBegan() async throws {
    let scene = try Scene()
    let (first, second) = (try await scene.address("truncate/\(Self.half)"), try await scene.address("plain/-"))
    try await interrupt(scene, scene.requirement([first]))
    let fetched = try await scene.fetch(scene.requirement([second]))
    #expect(fetched.resumedFrom == Self.half)
    #expect(fetched.origin == second)
    // The first mirror's name for the file's state says nothing to the second.
    #expect(try scene.requests.last?.headers["if-range"] == nil)
  }

  @Test func whereOnlyDigitsAreKnownNoOtherMirrorContinues() async throws {
    let scene = try Scene()
    var requirement = scene.requirement([try await scene.address("truncate/\(Self.half)")])
    requirement.digest = nil
    requirement.digestPrefix = String(scene.digest.hex.prefix(12))
    var policy = FetchPolicy.quick
    policy.attempts = 1
    _ = await scene.failure(requirement, policy)
    requirement.origins = [try await scene.address("plain/-")]
    let fetched = try await scene.fetch(requirement)
    #expect(fetched.resumedFrom == 0)
    #expect(fetched.digest == scene.digest)
  }

  @Test(arguments: [0, 1, 149_999])
  func aDamagedBeginningIsFetchedAgain(place: Int) async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("truncateonce/\(Self.half)")])
    try await interrupt(scene, requirement)
    let part = URL(filePath: "\(scene.partial)/\(scene.key).part")
    var bytes = try Data(contentsOf: part)
    #expect(bytes.count == Self.half)
    bytes[place] ^= 16
    try bytes.write(to: part)
    let fetched = try await scene.fetch(requirement)
    #expect(fetched.digest == scene.digest)
    #expect(fetched.resumedFrom == 0)
    #expect(scene.isInPlace)
  }

  @Test(arguments: ["", "{", "[]", "{\"origin\":1}", "null"])
  func aDamagedNoteBesideTheBeginningDoesNoHarm(note: String) async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("truncateonce/\(Self.half)")])
    try await interrupt(scene, requirement)
    try Data(note.utf8).write(to: URL(filePath: "\(scene.partial)/\(scene.key).json"))
    #expect(try await scene.fetch(requirement).digest == scene.digest)
    #expect(scene.isInPlace)
  }

  @Test func aBeginningThatIsLongerThanTheFileIsFetchedAgain() async throws {
    let scene = try Scene()
    try AtomicFile.write(scene.bytes + Data([1, 2, 3]), to: "\(scene.partial)/\(scene.key).part")
    #expect(try await scene.fetch(scene.requirement([try await scene.address("plain/-")])).digest == scene.digest)
  }

  @Test func wholeBytesThatOnlyLackTheirNameNeedNoRequest() async throws {
    let scene = try Scene()
    try AtomicFile.write(scene.bytes, to: "\(scene.partial)/\(scene.key).part")
    var requirement = scene.requirement([try await scene.address("plain/-")])
    requirement.byteCount = scene.bytes.count
    var policy = FetchPolicy.quick
    policy.isOffline = true
    #expect(try await scene.fetch(requirement, policy).resumedFrom == scene.bytes.count)
    #expect(scene.isInPlace)
    #expect(try scene.requests.isEmpty)
  }

  @Test func aLinkInThePlaceOfTheBeginningIsNotFollowed() async throws {
    let scene = try Scene()
    let victim = "\(scene.folder)/victim"
    try AtomicFile.write(Data("precious".utf8), to: victim)
    try AtomicFile.createFolder(scene.partial)
    try FileManager.default.createSymbolicLink(
      atPath: "\(scene.partial)/\(scene.key).part", withDestinationPath: victim)
    let error = try #require(await scene.failure(scene.requirement([try await scene.address("plain/-")])))
    #expect(error.exitCode == .cantCreate)
    #expect(try Data(contentsOf: URL(filePath: victim)) == Data("precious".utf8))
  }
}
