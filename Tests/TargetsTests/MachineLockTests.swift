// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Synchronization
import Targets
import Testing

@Suite("The machine's lock")
struct MachineLockTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/lock"
  }

  @Test func `makes others wait, says who holds it, and lets them go on`() async throws {
    let said = Mutex<[String]>([])
    var first: MachineLock? = try await MachineLock.acquire(path: path)
    #expect(first != nil)
    let path = path
    let second = Task {
      try await MachineLock.acquire(path: path) { holder in said.withLock { $0.append(holder) } }
    }
    while said.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
    #expect(said.withLock { $0 } == ["process \(ProcessInfo.processInfo.processIdentifier)"])
    first = nil
    _ = try await second.value
    #expect(said.withLock { $0.count } == 1)
  }

  @Test func `can be given up while waiting`() async throws {
    let held = try await MachineLock.acquire(path: path)
    let path = path
    let waiting = Task { try await MachineLock.acquire(path: path) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { _ = try await waiting.value }
    withExtendedLifetime(held) {}
  }

  @Test func `refuses a file that can't be used`() async {
    let error = await #expect(throws: GalleyError.self) { try await MachineLock.acquire(path: "/nowhere/lock") }
    #expect(error?.exitCode == .cantCreate && error?.place == "/nowhere/lock")
  }
}

/// A folder that is deleted with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
