// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Synchronization
import Testing

@Suite struct TransferTests {
  @Test func bytesArriveAndAreChecked() async throws {
    let scene = try Scene()
    let address = try await scene.address("plain/-")
    let reports = Mutex<[FetchProgress]>([])
    let fetched = try await scene.fetch(scene.requirement([address])) { report in reports.withLock { $0.append(report) }
    }
    #expect(fetched.digest == scene.digest)
    #expect(fetched.byteCount == scene.bytes.count)
    #expect(fetched.origin == address)
    #expect(fetched.way == .network)
    #expect(fetched.resumedFrom == 0)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
    let received = reports.withLock { $0 }
    #expect(received.map(\.received) == received.map(\.received).sorted())
    #expect(received.last == FetchProgress(received: scene.bytes.count, total: scene.bytes.count))
    let request = try #require(try scene.requests.first)
    #expect(request.headers["accept-encoding"] == "identity")
    #expect(request.headers["user-agent"]?.hasPrefix("galley/") == true)
  }

  @Test func firstDigitsSufficeAndTheWholeDigestIsReturned() async throws {
    let scene = try Scene(seed: 2)
    var requirement = scene.requirement([try await scene.address("plain/-")])
    requirement.digest = nil
    requirement.digestPrefix = String(scene.digest.hex.prefix(8))
    #expect(try await scene.fetch(requirement).digest == scene.digest)
  }

  @Test(arguments: ["chunked/-", "close/300000", "fail/2-500", "fail/3-503", "wait/0", "wait/date", "redirect/7"])
  func unusualAnswersGiveTheBytes(behaviour: String) async throws {
    let scene = try Scene()
    let fetched = try await scene.fetch(scene.requirement([try await scene.address(behaviour)]))
    #expect(fetched.digest == scene.digest)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
  }

  @Test func anEmptyFileIsFetched() async throws {
    let scene = try Scene(Data())
    #expect(try await scene.fetch(scene.requirement([try await scene.address("plain/-")])).byteCount == 0)
    #expect(scene.isInPlace)
  }

  @Test func bytesThatLieThereAreNotFetchedAgain() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("plain/-")])
    _ = try await scene.fetch(requirement)
    #expect(try await scene.fetch(requirement).way == .present)
    #expect(try scene.requests.count == 1)
    #expect(scene.leftovers.isEmpty)
  }

  @Test func wrongBytesAtTheDestinationAreReplaced() async throws {
    let scene = try Scene()
    try AtomicFile.write(Data(repeating: 1, count: scene.bytes.count), to: scene.destination)
    #expect(try await scene.fetch(scene.requirement([try await scene.address("plain/-")])).way == .network)
    #expect(scene.isInPlace)
  }

  @Test func theNextMirrorIsAsked() async throws {
    let scene = try Scene()
    let origins = [
      "http://127.0.0.1:1/closed", try await scene.address("status/404"), try await scene.address("wrong/-"),
      try await scene.address("plain/-"),
    ]
    let fetched = try await scene.fetch(scene.requirement(origins))
    #expect(fetched.origin == origins[3])
    #expect(scene.isInPlace)
  }

  @Test func oneErrorNamesEveryOriginWithItsReason() async throws {
    let scene = try Scene()
    let origins = [
      "http://127.0.0.1:1/closed", try await scene.address("status/404"), "ftp://example.org/x", "/nowhere/file",
      "https://user:secret@127.0.0.1/x?token=secret", "http://model.invalid/x?signature=secret",
    ]
    let error = try #require(await scene.failure(scene.requirement(origins)))
    #expect(error.exitCode == .unavailable)
    for words in [
      "127.0.0.1:1/closed: no connection", "404/\(scene.name): it has no such file (HTTP 404)", "'ftp:' is not a way",
      "/nowhere/file: there is no such file", "put it into ~/.netrc", "model.invalid/x?…: the host's name",
    ] { #expect(error.description.contains(words), "\(words) in \(error)") }
    #expect(!error.description.contains("secret"))
    #expect(scene.isAbsent)
    #expect(scene.leftovers.allSatisfy { $0.hasSuffix(".part") })
  }

  @Test func wrongBytesAreBadDataAndAreNotKept() async throws {
    let scene = try Scene()
    let origins = ["http://127.0.0.1:1/closed", try await scene.address("wrong/-")]
    let error = try #require(await scene.failure(scene.requirement(origins)))
    #expect(error.exitCode == .badData)
    #expect(error.description.contains(scene.digest.short))
    #expect(scene.isAbsent)
    #expect(try scene.requests.count == 1)
  }

  @Test(arguments: ["longer/-", "endless/-", "plain/-"])
  func aBodyOfAnotherSizeIsRefusedAtOnce(behaviour: String) async throws {
    let scene = try Scene()
    var requirement = scene.requirement([try await scene.address(behaviour)])
    requirement.byteCount = scene.bytes.count - (behaviour == "plain/-" ? 1 : 0)
    let error = try #require(await scene.failure(requirement))
    #expect(error.exitCode == .badData)
    #expect(error.why.contains("\(requirement.byteCount ?? 0)"))
    #expect(scene.isAbsent)
  }

  @Test func nothingLargerThanTheLimitIsTaken() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.maximumBytes = 100_000
    for behaviour in ["plain/-", "endless/-"] {
      let requirement = scene.requirement([try await scene.address(behaviour)])
      let error = try #require(await scene.failure(requirement, policy))
      #expect(error.exitCode == .unavailable)
      #expect(error.why.contains("100000"))
    }
    var requirement = scene.requirement([])
    requirement.byteCount = 100_001
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .configuration)
  }

  @Test func aServerThatFailsTooOftenIsGivenUp() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.attempts = 3
    let requirement = scene.requirement([try await scene.address("fail/100-502")])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .unavailable)
    #expect(error.why.contains("HTTP 502"))
    #expect(try scene.requests.count == 3)
  }

  @Test func aServerThatAsksForALongPauseIsGivenUp() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("wait/99999")])
    let error = try #require(await scene.failure(requirement))
    #expect(error.why.contains("HTTP 429"))
    #expect(try scene.requests.count == 1)
  }

  @Test func aSilentServerIsGivenUp() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.stallTimeout = .milliseconds(200)
    policy.attempts = 1
    let requirement = scene.requirement([try await scene.address("stall/-")])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.why.contains("it sent nothing for 200 ms"))
  }

  @Test func compressionForTheWayIsUndone() async throws {
    let scene = try Scene(Data(repeating: 65, count: 50_000))
    var requirement = scene.requirement([try await scene.address("gzip/-")])
    requirement.byteCount = scene.bytes.count
    #expect(try await scene.fetch(requirement).digest == scene.digest)
    #expect(scene.isInPlace)
  }

  @Test func aCompressedFileThatIsLabelledCompressedStaysAsItIs() async throws {
    // The bytes are no gzip at all, so that unpacking them would fail.
    let scene = try Scene()
    #expect(try await scene.fetch(scene.requirement([try await scene.address("mislabelled/-")])).digest == scene.digest)
    #expect(try scene.requests.count == 1)
  }

  @Test(
    arguments: [
      "garbage", "nothing", "status", "headers", "flood", "length", "lengths", "range", "chunk", "gzip", "location",
      "nowhere", "script", "utf8", "continues",
    ])
  func aHostileAnswerIsOneClearError(kind: String) async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.attempts = 2
    let requirement = scene.requirement([try await scene.address("raw/\(kind)")])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .unavailable || error.exitCode == .badData)
    #expect(scene.isAbsent)
  }

  @Test func cancellingStopsAndKeepsWhatCame() async throws {
    let scene = try Scene(byteCount: 4_000_000)
    let requirement = scene.requirement([try await scene.address("slow/0.05")])
    let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      await scene.failure(requirement) { if $0.received > 0 { beginning.yield() } }
    }
    for await _ in begun { break }
    task.cancel()
    #expect(await task.value?.exitCode == .interrupted)
    #expect(scene.isAbsent)
    #expect(scene.leftovers == ["\(scene.key).json", "\(scene.key).part"])
    let fetched = try await scene.fetch(scene.requirement([try await scene.address("plain/-")]))
    #expect(fetched.resumedFrom > 0)
    #expect(scene.isInPlace)
  }

  @Test func sizeIsAskedForWithoutTheBody() async throws {
    let scene = try Scene()
    var requirement = scene.requirement([
      try await scene.address("status/405"), try await scene.address("redirect/2"),
    ])
    #expect(try await Fetcher(.quick).size(of: requirement) == scene.bytes.count)
    #expect(try scene.requests.allSatisfy { $0.method == "HEAD" })
    requirement.origins = ["\(TestServers.root)/\(scene.name)"]
    #expect(try await Fetcher(.quick).size(of: requirement) == scene.bytes.count)
    requirement.byteCount = 5
    #expect(try await Fetcher(.quick).size(of: requirement) == 5)
  }
}
