// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import RemoteTargets
import Synchronization
import TargetProtocol
import TargetTransport
import Testing
import TransportSupport

@Suite(.timeLimit(.minutes(20))) struct AgentClientTests {
  private func client(_ place: TransportPlace, _ agent: ScriptedAgent) async throws -> AgentClient {
    let listener = try await place.serve(on: place.socket, .init(), agent)
    let target = try DeclaredTarget(name: "board", endpoint: listener.endpoint, trust: .local)
    return try await AgentClient.connect(to: target, as: place.host)
  }

  @Test func callsAreAnsweredInAnyOrder() async throws {
    let place = try TransportPlace()
    let client = try await client(place, ScriptedAgent())
    #expect(client.welcome.capabilities.platform == "linux-test")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<32 {
        group.addTask {
          let answer: [String: Int] = try await client.call("echo", ["n": number])
          #expect(answer == ["n": number])
        }
      }
      try await group.waitForAll()
    }
    await client.leave()
    #expect(client.hasEnded)
    await #expect(throws: GalleyError.self) { let _: [String: Int] = try await client.call("echo", ["n": 1]) }
  }

  @Test func closeCallsChangeNoThread() async throws {
    let place = try TransportPlace()
    let client = try await client(place, ScriptedAgent())
    let (answers, threads) = try await client.closely {
      var (answers, threads): ([Int], Set<UInt>) = ([], [])
      for number in 0..<200 {
        let answer: [String: Int] = try await client.call("echo", ["n": number])
        answers.append(answer["n"] ?? -1)
        threads.insert(pthread_self())
      }
      return (answers, threads)
    }
    #expect(answers == Array(0..<200))
    #expect(threads.count == 1)
    await #expect(throws: GalleyError.self) {
      let _: Int = try await client.closely { throw GalleyError(.usage, "can't go on", why: "it is a test") }
    }
    await client.leave()
    #expect(client.hasEnded)
  }

  @Test func eventsComeBeforeTheAnswer() async throws {
    let place = try TransportPlace()
    let client = try await client(
      place,
      ScriptedAgent { _, tell in
        for position in [2, 1, 0] { tell(.position(position)) }
        return .answer(.map([:]))
      })
    let told = Mutex<[RequestEvent]>([])
    let _: NoParameters = try await client.call("turn.acquire", NoParameters()) { event in
      told.withLock { $0.append(event) }
    }
    #expect(told.withLock { $0 } == [.position(2), .position(1), .position(0)])
    await client.leave()
  }

  @Test func failuresAreThrownWithTheirCode() async throws {
    let place = try TransportPlace()
    let failure = RequestFailure(
      .quota, exitCode: .cantCreate, what: "can't keep it", at: "blob:x", why: "the disk is full", remedy: "Make room.")
    let client = try await client(place, ScriptedAgent { _, _ in .failure(failure) })
    await #expect { let _: NoParameters = try await client.call("x", NoParameters()) } throws: { error in
      let error = error as? GalleyError
      return error?.exitCode == .cantCreate && error?.place == "board" && error?.remedy == "Make room."
    }
    await client.leave()
  }

  @Test func anAnswerOfAnotherShapeIsSaidSo() async throws {
    let place = try TransportPlace()
    let client = try await client(place, ScriptedAgent { _, _ in .answer(.list([])) })
    await #expect { let _: StartWorkerResult = try await client.call("x", NoParameters()) } throws: {
      ($0 as? GalleyError)?.exitCode == .software
    }
    await client.leave()
  }

  @Test func aCancelledCallIsCancelledThere() async throws {
    let place = try TransportPlace()
    let begun = AsyncStream.makeStream(of: Void.self)
    let agent = ScriptedAgent { _, _ in
      begun.continuation.yield()
      return .silence
    }
    let client = try await client(place, agent)
    let call = Task { let _: NoParameters = try await client.call("x", NoParameters()) }
    _ = await begun.stream.first { true }
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(agent.cancelledCount == 1)
    await client.leave()
  }

  @Test func aCutEndsAllThatWaits() async throws {
    let place = try TransportPlace()
    let agent = ScriptedAgent { message, _ in message.method == "last" ? .cut : .silence }
    let client = try await client(place, agent)
    await withTaskGroup(of: Void.self) { group in
      for name in ["a", "b", "last"] {
        group.addTask {
          await #expect { let _: NoParameters = try await client.call(name, NoParameters()) } throws: { error in
            (error as? GalleyError)?.exitCode == .tryAgain && "\(error)".contains("cut")
          }
        }
      }
    }
    await client.leave()
    #expect(client.hasEnded)
  }

  @Test func aTokenThatTheAgentDoesntKnowIsSaidSo() async throws {
    let place = try TransportPlace()
    let listener = try await place.serve(on: TransportPlace.loopback)
    let target = try DeclaredTarget(
      name: "board", endpoint: listener.endpoint, trust: .token(Data(repeating: 7, count: 32), agent: nil))
    await #expect { _ = try await AgentClient.connect(to: target, as: place.host) } throws: {
      ($0 as? GalleyError)?.exitCode == .configuration
    }
    let unpaired = try DeclaredTarget(name: "board", endpoint: listener.endpoint, trust: nil)
    await #expect { _ = try await AgentClient.connect(to: unpaired, as: place.host) } throws: {
      "\($0)".contains("galley target pair board")
    }
    await listener.stop()
  }

  // MARK: Blobs

  @Test(arguments: [0, 1, 262_144, 3_000_001])
  func filesAreSentOnceAndFetched(count: Int) async throws {
    let place = try TransportPlace()
    let agent = ScriptedAgent()
    let client = try await client(place, agent)
    let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) })
    let path = try place.write(bytes, as: "model")
    let blob = Blob(digest: Digest(of: bytes), byteCount: UInt64(count))
    #expect(try await client.upload(path, blob))
    #expect(try await !client.upload(path, blob))
    #expect(agent.blob(blob.digest) == bytes)
    try await client.fetch(blob.digest, to: "\(place.folder)/back")
    #expect(try Data(contentsOf: URL(filePath: "\(place.folder)/back")) == bytes)
    await #expect { try await client.fetch(Digest(of: "nothing"), to: "\(place.folder)/none") } throws: {
      ($0 as? GalleyError)?.exitCode == .missingInput
    }
    #expect(!FileManager.default.fileExists(atPath: "\(place.folder)/none"))
    await client.leave()
  }

  @Test func anInterruptedUploadGoesOn() async throws {
    let place = try TransportPlace()
    let agent = ScriptedAgent(cuts: [1_000_000, 1_000_000])
    let listener = try await place.serve(on: place.socket, .init(), agent)
    let target = try DeclaredTarget(name: "board", endpoint: listener.endpoint, trust: .local)
    let bytes = Data((0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 9) })
    let path = try place.write(bytes, as: "model")
    let blob = Blob(digest: Digest(of: bytes), byteCount: UInt64(bytes.count))
    for isCut in [true, true, false] {
      let client = try await AgentClient.connect(to: target, as: place.host)
      do {
        let sent = try await client.upload(path, blob)
        #expect(sent && !isCut)
      } catch let error as GalleyError {
        #expect(isCut && error.exitCode == .tryAgain)
      }
      await client.leave()
    }
    #expect(agent.blob(blob.digest) == bytes)
    #expect(agent.receivedCount == bytes.count)
    await listener.stop()
  }

  @Test func bytesThatAreNotThoseAskedForAreThrownAway() async throws {
    let place = try TransportPlace()
    let agent = ScriptedAgent(lies: true)
    let digest = agent.keep(Data("the bytes".utf8))
    let client = try await client(place, agent)
    await #expect { try await client.fetch(digest, to: "\(place.folder)/out") } throws: {
      ($0 as? GalleyError)?.exitCode == .badData
    }
    func isClean() throws -> Bool {
      try FileManager.default.contentsOfDirectory(atPath: place.folder).allSatisfy {
        !$0.hasPrefix("out") && !$0.hasPrefix(".galley")
      }
    }
    // The file goes behind what is still being written.
    for _ in 0..<2000 where try !isClean() { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try isClean())
    await client.leave()
  }

  @Test func aFileThatShrinksMeanwhileIsSaidSo() async throws {
    let place = try TransportPlace()
    let client = try await client(place, ScriptedAgent())
    let path = try place.write(Data(count: 1_000_000), as: "model")
    let blob = Blob(digest: Digest(of: Data(count: 1_000_000)), byteCount: 1_000_000)
    await #expect {
      _ = try await client.upload(path, blob) { sent in if sent < 900_000 { truncate(path, 10) } }
    } throws: { ($0 as? GalleyError)?.exitCode == .tryAgain }
    await #expect(throws: GalleyError.self) { _ = try await client.upload(path, blob) }
    await #expect(throws: GalleyError.self) { _ = try await client.upload("\(place.folder)/nothing", blob) }
    let answer: [String: Int] = try await client.call("echo", ["n": 1])
    #expect(answer == ["n": 1])
    await client.leave()
  }

  @Test func aBlobThatIsTooLargeIsRefused() async throws {
    let place = try TransportPlace()
    let client = try await client(place, ScriptedAgent(limits: AgentLimits(blobBytes: 10)))
    let path = try place.write(Data(count: 11), as: "model")
    await #expect {
      _ = try await client.upload(path, Blob(digest: Digest(of: Data(count: 11)), byteCount: 11))
    } throws: {
      ($0 as? GalleyError)?.exitCode == .unavailable
    }
    await client.leave()
  }
}
