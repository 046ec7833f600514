// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Testing

@Suite struct AdvisoryLockTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: "galley-lock-\(UUID().uuidString)").path

  @Test func oneOpeningKeepsAnotherOutUntilItIsClosed() throws {
    let first = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let second = open(path, O_RDWR | O_CLOEXEC)
    defer {
      close(second)
      unlink(path)
    }
    #expect(AdvisoryLock.attempt(.exclusive, of: first) == .taken)
    #expect(AdvisoryLock.attempt(.exclusive, of: second) == .held)
    let start = ContinuousClock.now
    #expect(AdvisoryLock.take(.shared, of: second, within: .milliseconds(200)) == .held)
    #expect(ContinuousClock.now - start >= .milliseconds(200))
    close(first)
    #expect(AdvisoryLock.take(.shared, of: second, within: .seconds(60)) == .taken)
    #expect(AdvisoryLock.attempt(.shared, of: -1) == .impossible(EBADF))
  }

  @Test func aNameLeadsToAFileUntilItIsReplaced() throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(descriptor)
      unlink(path)
    }
    #expect(FileFacts.leads(path, to: descriptor))
    try AtomicFile.write(Data("other".utf8), to: path)
    #expect(!FileFacts.leads(path, to: descriptor))
  }

  @Test func theSystemSaysHowMuchIsFree() throws {
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: "/")
    let free = try #require(attributes[.systemFreeSize] as? NSNumber).uint64Value
    let found = try #require(DiskSpace.free(at: "/"))
    // Others write meanwhile.
    #expect(max(free, found) - min(free, found) < 16 << 30)
    #expect(DiskSpace.free(at: "/nowhere at all") == nil && DiskSpace.free(of: -1) == nil)
  }
}
