// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Testing

/// What only other processes can show: waiting, being killed, memory, and what the system was asked for.
@Suite struct ProcessTests {
  struct Answer: Decodable {
    var digest: String?
    var way: String?
    var resumedFrom: Int?
    var exitCode: Int32
    var message: String?
    var peakBytes: Int
  }

  /// The program of the target `fetch-fixture`, which is built beside the tests.
  static let fixture =
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/fetch-fixture"

  private static func hasProgram(_ name: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  private static func start(
    _ scene: Scene, _ origin: String, to destination: String? = nil, digest: String? = nil,
    under words: [String] = [], environment: [String: String] = [:]
  ) throws -> Child {
    let arguments = [fixture, digest ?? scene.digest.hex, destination ?? scene.destination, scene.partial, origin]
    var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": scene.folder]
    variables["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    return try Child(words + arguments, environment: variables.merging(environment) { $1 })
  }

  private static func answer(_ child: Child) async throws -> Answer {
    let (_, output) = try await child.end()
    guard !output.isEmpty else { throw Child.Failure(text: child.complaints) }
    return try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
  }

  @Test func aKilledFetchGoesOnLater() async throws {
    let scene = try Scene(byteCount: 12_000_000)
    // Slow enough for a machine on which a child may wait for seconds before it is killed.
    let slow = try await scene.address("slow/0.1")
    var kept = 0
    for _ in 0..<5 {
      let child = try Self.start(scene, slow)
      try await child.waitForComplaint("begun")
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...100)))
      child.kill()
      _ = try await child.end()
      let length = try FileManager.default.attributesOfItem(atPath: "\(scene.partial)/\(scene.key).part")[.size] as? Int
      #expect(try #require(length) >= kept)
      kept = length ?? 0
      #expect(scene.isAbsent)
    }
    #expect(kept > 1 << 20)
    let answer = try await Self.answer(try Self.start(scene, try await scene.address("plain/-")))
    #expect(answer.digest == scene.digest.hex)
    #expect(answer.resumedFrom == kept)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
  }

  @Test(arguments: [true, false])
  func processesThatNeedTheSameFetchItOnce(intoOnePlace: Bool) async throws {
    let scene = try Scene(byteCount: 3_000_000)
    let slow = try await scene.address("slow/0.01")
    let children = try (0..<4).map { number in
      try Self.start(scene, slow, to: intoOnePlace ? nil : "\(scene.folder)/out\(number)/file")
    }
    var ways: [String] = []
    for (number, child) in children.enumerated() {
      let answer = try await Self.answer(child)
      #expect(answer.digest == scene.digest.hex, "\(answer.message ?? "")")
      ways.append(answer.way ?? "")
      let path = intoOnePlace ? scene.destination : "\(scene.folder)/out\(number)/file"
      #expect(try Data(contentsOf: URL(filePath: path)) == scene.bytes)
    }
    #expect(ways.filter { $0 == "network" }.count == 1)
    #expect(Set(ways) == ["network", intoOnePlace ? "present" : "shared"])
    #expect(try scene.requests.count == 1)
    #expect(scene.leftovers.isEmpty)
  }

  @Test func whoWaitsTakesOverFromAKilledProcess() async throws {
    let scene = try Scene(byteCount: 4_000_000)
    let slow = try await scene.address("slow/0.1")
    let first = try Self.start(scene, slow)
    try await first.waitForComplaint("begun")
    let second = try Self.start(scene, slow)
    try await Task.sleep(for: .milliseconds(100))
    first.kill()
    let answer = try await Self.answer(second)
    #expect(answer.way == "network")
    #expect(try #require(answer.resumedFrom) > 1 << 20)
    #expect(scene.isInPlace)
    #expect(scene.leftovers.isEmpty)
  }

  @Test func tasksOfOneProcessWaitForEachOtherToo() async throws {
    let scene = try Scene(byteCount: 2_000_000)
    let requirement = scene.requirement([try await scene.address("slow/0.01")])
    let ways = try await withThrowingTaskGroup(of: Fetched.Way.self) { group in
      for _ in 0..<8 { group.addTask { try await scene.fetch(requirement).way } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(ways.filter { $0 == .network }.count == 1)
    #expect(try scene.requests.count == 1)
  }

  @Test func aLargeFileIsNotHeldInMemory() async throws {
    let scene = try Scene(byteCount: 8)
    let program = "import hashlib; h = hashlib.sha256(); [h.update(bytes([n & 255]) * (1 << 20)) for n in range(256)]; "
    let python = try Child(["python3", "-c", program + "print(h.hexdigest())"])
    let digest = try await python.firstLine()
    let child = try Self.start(scene, try await scene.address("big/256"), digest: digest)
    let answer = try await Self.answer(child)
    #expect(answer.digest == digest, "\(answer.message ?? "")")
    #expect(answer.peakBytes < 100 << 20)
  }

  @Test(.enabled(if: hasProgram("strace")), arguments: ["GALLEY_OFFLINE", "HF_HUB_OFFLINE", ""])
  func offlineOpensNoSocket(variable: String) async throws {
    let scene = try Scene()
    let trace = "\(scene.folder)/trace"
    let words = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,openat", "-o", trace]
    let child = try Self.start(
      scene, try await scene.address("plain/-", host: "localhost"), under: words,
      environment: variable.isEmpty ? [:] : [variable: "1"])
    _ = try await child.end()
    let calls = try String(contentsOfFile: trace, encoding: .utf8)
    // A container may forbid tracing.
    if !calls.contains("openat("), child.complaints.contains("Operation not permitted") { return }
    let answer = try await Self.answer(child)
    // The third case shows that the trace would tell.
    #expect(answer.exitCode == (variable.isEmpty ? 0 : ExitCode.unavailable.rawValue))
    #expect(calls.contains("socket(") == variable.isEmpty)
    #expect(calls.contains("libcurl") == variable.isEmpty)
    #expect(try scene.requests.isEmpty == !variable.isEmpty)
  }

  @Test func aFullDiskIsOneClearError() async throws {
    let scene = try Scene(byteCount: 3_000_000)
    let child = try Self.start(
      scene, try await scene.address("plain/-"), under: ["sh", "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh"])
    let answer = try await Self.answer(child)
    #expect(answer.exitCode == ExitCode.cantCreate.rawValue)
    #expect(answer.message?.contains("File too large") == true)
    #expect(scene.isAbsent)
    #expect(try await scene.fetch(scene.requirement([try await scene.address("plain/-")])).digest == scene.digest)
  }
}
