// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Testing

@Suite struct PantryCollectingTests {
  /// Artifacts of 100 bytes, the first used longest ago.
  private func fill(_ pantry: Pantry, _ count: Int) throws -> [Digest] {
    try (0..<count).map { position in
      let digest = try pantry.store(Data(repeating: UInt8(position), count: 100))
      try use(digest, in: pantry, at: 1_700_000_000 + position)
      return digest
    }
  }

  private func use(_ digest: Digest, in pantry: Pantry, at seconds: Int) throws {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    #expect(utimensat(AT_FDCWD, pantry.path(of: digest), [time, time], 0) == 0)
    let folder = "\(pantry.root)/artifacts/\(digest.hex.prefix(2))"
    #expect(utimensat(AT_FDCWD, folder, nil, 0) == 0)
  }

  @Test func theLeastRecentlyUsedGoFirst() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry, 10)
      _ = try pantry.data(of: digests[0])
      let plan = try pantry.collect(limit: 450, isDryRun: true)
      #expect(try pantry.artifacts().count == 10)
      let done = try pantry.collect(limit: 450)
      #expect(done == plan)
      #expect(done.removed.map(\.digest) == Array(digests[1...6]))
      #expect(done.kept.map(\.artifact.digest) == Array(digests[7...9]) + [digests[0]])
      #expect(done.kept.allSatisfy { $0.reason == .fits })
      #expect((done.bytesBefore, done.bytesAfter) == (1000, 400))
      #expect(try pantry.artifacts(sortedBy: .lastUsed).map(\.digest) == Array(digests[7...9]) + [digests[0]])
      #expect(try pantry.check().faults == [])
    }
  }

  @Test func aLimitThatHoldsRemovesNothing() async throws {
    try await withPantry { pantry in
      _ = try fill(pantry, 3)
      #expect(try pantry.collect(limit: 300).removed.isEmpty)
      #expect(try pantry.collect().removed.isEmpty)
    }
  }

  @Test func pinnedArtifactsStay() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry, 4)
      try pantry.pin(digests[0])
      try pantry.pin(digests[1])
      try pantry.unpin(digests[1])
      let done = try pantry.collect(limit: 0)
      #expect(done.removed.map(\.digest) == Array(digests[1...]))
      #expect(done.kept.map(\.reason) == [.pinned])
      #expect(done.isOverLimit)
      #expect(pantry.contains(digests[0]))
    }
  }

  @Test func whatALivingProcessLeasesStaysUntilItIsKilled() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry, 2)
      let process = try FixtureProcess.start(pantry.root, "lease", digests[0].hex)
      #expect(try await process.firstLine() == "leased")
      #expect(try pantry.collect(limit: 0, isDryRun: true).kept.map(\.reason) == [.inUse])
      let done = try pantry.collect(limit: 0)
      #expect(done.removed.map(\.digest) == [digests[1]])
      #expect(done.kept.map(\.reason) == [.inUse])
      kill(process.number, SIGKILL)
      #expect(try await process.wait() == 128 + SIGKILL)
      #expect(try pantry.collect(limit: 0).removed.map(\.digest) == [digests[0]])
      #expect(try pantry.artifacts().isEmpty)
    }
  }

  @Test func aLeasingPantryKeepsWhatItStoresAndReads() async throws {
    try await withPantry { pantry in
      let old = try fill(pantry, 2)
      var leasing: Pantry? = pantry.leasing()
      let new = try leasing?.store(Data("rice".utf8))
      _ = try leasing?.data(of: old[0])
      #expect(try pantry.collect(limit: 0).removed.map(\.digest) == [old[1]])
      #expect(try pantry.artifacts().count == 2)
      #expect(new.map(pantry.contains) == true)
      leasing = nil
      #expect(try pantry.collect(limit: 0).removed.count == 2)
    }
  }

  @Test func recordsWhoseArtifactsGoAreRemoved() async throws {
    try await withPantry { pantry in
      let digests = try fill(pantry, 2)
      for (position, digest) in digests.enumerated() {
        try pantry.keep(
          StageRecord(
            key: Digest(of: "\(position)"), stage: "train", outputs: ["w": digest], seconds: 1, finished: 2))
      }
      let plan = try pantry.collect(limit: 100, isDryRun: true)
      #expect(plan.removedRecords == [Digest(of: "0")])
      #expect(pantry.records(ofStage: "train").count == 2)
      #expect(try pantry.collect(limit: 100) == plan)
      #expect(pantry.records(ofStage: "train").map(\.key) == [Digest(of: "1")])
      #expect(pantry.record(for: Digest(of: "0")) == nil)
      #expect(pantry.record(for: Digest(of: "1")) != nil)
    }
  }

  @Test func theStoresOwnLimitIsAppliedAfterAdditions() async throws {
    try await withPantry { pantry in
      try pantry.setLimit(250)
      #expect(try Pantry(root: pantry.root).limit() == 250)
      let digests = try fill(pantry, 4)
      #expect(try pantry.artifacts().count == 2)
      #expect(pantry.contains(digests[3]))
      try pantry.setLimit(nil)
      _ = try fill(pantry, 6)
      #expect(try pantry.artifacts().count == 6)
      #expect(throws: GalleyError.self) { try pantry.setLimit(-1) }
    }
  }

  @Test func aDamagedNoteCountsAsAPin() async throws {
    try await withPantry { pantry in
      let digest = try fill(pantry, 1)[0]
      try overwrite("\(pantry.path(of: digest)).json", with: Data("{}".utf8))
      #expect(try pantry.collect(limit: 0).kept.map(\.reason) == [.damagedNote])
    }
  }

  @Test func workOfAKilledProcessIsRemovedAndOfALivingOneKept() async throws {
    try await withPantry { pantry in
      let process = try FixtureProcess.start(pantry.root, "work")
      let folder = try await process.firstLine()
      _ = try Pantry(root: pantry.root)
      #expect(FileManager.default.fileExists(atPath: folder))
      kill(process.number, SIGKILL)
      try await process.wait()
      _ = try Pantry(root: pantry.root)
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }
}
