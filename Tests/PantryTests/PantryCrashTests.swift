// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Testing

@Suite struct PantryCrashTests {
  /// Four processes at a time add files to one store, and each is killed at a random instant; 200 in all.
  @Test func twoHundredKillsLoseNothingAndLeaveNoWrongByte() async throws {
    try await withFolder { folder in
      let root = "\(folder)/pantry"
      _ = try Pantry(root: root)
      let promised = try await withThrowingTaskGroup(of: [String].self) { group in
        for lane in 0..<4 {
          group.addTask { try await Self.kill(50, adding: root, lane) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let pantry = try Pantry(root: root)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/work") == [])
      let check = try pantry.check()
      #expect(check.faults == [])
      let list = try pantry.artifacts(sortedBy: .digest)
      let kept = Set(list.map(\.digest.hex))
      #expect(promised.allSatisfy(kept.contains), "what was printed was kept")
      #expect(promised.count > 200)
      let files = try FileManager.default.subpathsOfDirectory(atPath: "\(root)/artifacts").filter {
        $0.utf8.count == 67
      }
      #expect(files.map { String($0.dropFirst(3)) }.sorted() == list.map(\.digest.hex), "the index agrees")
      unlink("\(root)/index.sqlite")
      #expect(try pantry.artifacts(sortedBy: .digest) == list)
      #expect(!FileManager.default.fileExists(atPath: "\(root)/damaged"))
    }
  }

  /// Kills processes one after the other; the digests that they said they had kept.
  private static func kill(_ count: Int, adding root: String, _ lane: Int) async throws -> [String] {
    var dice = Dice(UInt64(lane + 1))
    var promised: [String] = []
    for round in 0..<count {
      let process = try FixtureProcess.start(root, "add", "\(lane * 1000 + round)")
      // At its start, or some way into its work, however slow the machine is.
      try await process.wait(forLines: Int.random(in: 0...4, using: &dice))
      try await Task.sleep(for: .microseconds(Int.random(in: 0...40_000, using: &dice)))
      Glibc.kill(process.number, SIGKILL)
      #expect(try await process.wait() == 128 + SIGKILL, "\(process.output)")
      promised += process.lines.filter { Digest(hex: $0) != nil }
    }
    return promised
  }
}

@Suite struct PantryFullDiskTests {
  @Test func aFileThatMayNotGrowIsOneErrorAndTheStoreIsAsBefore() async throws {
    try await withFolder { folder in
      let source = "\(folder)/source"
      try AtomicFile.write(Data(repeating: 1, count: 900_000), to: source)
      let pantry = try Pantry(root: "\(folder)/pantry")
      try pantry.store(Data("rice".utf8))
      let before = try pantry.artifacts()
      let process = try FixtureProcess.start(pantry.root, "limited", "300000", source)
      #expect(try await process.finish() == ExitCode.cantCreate.rawValue, "\(process.output)")
      #expect(process.output.contains("can't keep an artifact"))
      #expect(try pantry.artifacts() == before)
      #expect(try pantry.check().isSound)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/work") == [])
    }
  }

  private static let script = """
    mount -t tmpfs -o size=4m none "$1" || exit 99
    "$0" "$1/pantry" add 1 3 >/dev/null && "$0" "$1/pantry" list
    for size in 500000 500000 500000 500000 500000 500000 500000 500000 500000 9000000; do
      head -c $size /dev/urandom >"$2"
      "$0" "$1/pantry" store "$2" >>"$2.log" || failed=$?
    done
    "$0" "$1/pantry" list
    ls "$1/pantry/work" | wc -l
    sha256sum $(find "$1/pantry/artifacts" -type f ! -name '*.json') | awk '$2 !~ $1 { print "wrong", $2 }'
    cat "$2.log"
    exit ${failed:-0}
    """

  /// A disk of 4 MiB, where the system lets its user make one.
  @Test func aFullDiskIsOneErrorAndTheStoreIsAsBefore() async throws {
    try await withFolder { folder in
      try AtomicFile.createFolder("\(folder)/disk")
      let words = [Self.script, FixtureProcess.path, "\(folder)/disk", "\(folder)/source"]
      let process = try FixtureProcess(["/usr/bin/env", "unshare", "-rm", "sh", "-c"] + words)
      let code = try await process.finish()
      let lines = process.lines
      if code == 99 || process.output.contains("unshare") { return }
      #expect(code == ExitCode.cantCreate.rawValue, "\(process.output)")
      let counts = lines.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
      let kept = lines.filter { Digest(hex: $0) != nil }.count
      #expect(counts.prefix(3) == [3, 3 + kept, 0], "\(process.output)")
      #expect(!process.output.contains("wrong"))
      #expect(process.output.contains("No space left on device"))
    }
  }
}
