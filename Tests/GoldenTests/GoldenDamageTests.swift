// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import GRDB
import Galley
import Golden
import Testing

@Suite struct GoldenDamageTests {
  @Test func refusesATextFile() throws {
    try RowFixture.withFolder { folder in
      let text = String(repeating: "this is no database\n", count: 100)
      try text.write(toFile: folder + "/a.golden", atomically: true, encoding: .utf8)
      let error = #expect(throws: GalleyError.self) { try GoldenVolume.open(folder + "/a.golden") }
      #expect(error?.exitCode == .badData)
      #expect(error?.why == "it isn't an SQLite database")
      #expect(try String(contentsOfFile: folder + "/a.golden", encoding: .utf8) == text)
    }
  }

  @Test func refusesAForeignDatabaseAndLeavesItAlone() throws {
    try RowFixture.withFolder { folder in
      try DatabaseQueue(path: folder + "/a.golden").write { try $0.execute(sql: "CREATE TABLE other (x)") }
      let before = try Data(contentsOf: URL(filePath: folder + "/a.golden"))
      let error = #expect(throws: GalleyError.self) { try GoldenVolume.open(folder + "/a.golden") }
      #expect(error?.why == "it is a database, but not a golden volume")
      #expect(try Data(contentsOf: URL(filePath: folder + "/a.golden")) == before)
    }
  }

  @Test func refusesANewerSchema() throws {
    try RowFixture.withFolder { folder in
      _ = try GoldenVolume.open(folder + "/a.golden")
      try DatabaseQueue(path: folder + "/a.golden").write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')")
      }
      let error = #expect(throws: GalleyError.self) { try GoldenVolume.open(folder + "/a.golden") }
      #expect(error?.why == "a newer version of Galley made it")
    }
  }

  @Test func tellsADamagedRow() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      try volume.insert([try RowFixture.row("a")])
      try DatabaseQueue(path: folder + "/a.golden").write {
        try $0.execute(sql: "UPDATE document SET measurement_json = replace(measurement_json, 'int8', 'int4')")
      }
      let error = #expect(throws: GalleyError.self) { try volume.rows() }
      #expect(error?.why.contains("isn't what was written") == true)
    }
  }

  @Test(arguments: [
    "UPDATE golden SET latency_s = latency_s / 2", "UPDATE golden SET accuracy = 1", "DELETE FROM document",
    "DELETE FROM recipe", "UPDATE golden SET status = 'imported'",
  ])
  func tellsAColumnThatIsNotWhatWasMeasured(change: String) throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      try volume.insert([try RowFixture.row("a")])
      try volume.check()
      var configuration = Configuration()
      configuration.foreignKeysEnabled = false
      try DatabaseQueue(path: folder + "/a.golden", configuration: configuration).write {
        try $0.execute(sql: change)
      }
      let error = #expect(throws: GalleyError.self) { try volume.check() }
      #expect(error?.exitCode == .badData)
    }
  }

  @Test func tellsThatAnotherProcessWrites() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden", patience: 0.05)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: folder + "/a.golden", configuration: configuration)
      try other.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
      let error = #expect(throws: GalleyError.self) { try volume.insert([try RowFixture.row("a")]) }
      #expect(error?.exitCode == .tryAgain)
      try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
      #expect(try volume.insert([try RowFixture.row("a")]) == 1)
    }
  }

  @Test(arguments: [0.3, 0.6, 0.95]) func tellsATruncatedFile(part: Double) throws {
    try RowFixture.withFolder { folder in
      let path = folder + "/a.golden"
      try GoldenVolume.open(path).insert((0..<50).map { try RowFixture.row("\($0)") })
      let data = try Data(contentsOf: URL(filePath: path))
      try data.prefix(Int(Double(data.count) * part)).write(to: URL(filePath: path))
      let error = #expect(throws: GalleyError.self) { try GoldenVolume.open(path).check() }
      #expect(error?.exitCode == .badData)
    }
  }

  @Test func saysThatAFolderIsMissingTheRightToWrite() throws {
    let error = #expect(throws: GalleyError.self) { try GoldenVolume.open("/proc/none/a.golden") }
    #expect(error?.exitCode == .cantCreate)
  }

  /// A limit on the size of files stands for a full disk.
  @Test func aFullDiskLosesNothingThatWasKept() async {
    await #expect(processExitsWith: .success) {
      try RowFixture.withFolder { folder in
        let volume = try GoldenVolume.open(folder + "/a.golden")
        try volume.insert([try RowFixture.row("first")])
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 64 << 10, rlim_max: .max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let error = #expect(throws: GalleyError.self) {
          try volume.insert(try (0..<200).map { try RowFixture.row("\($0)") })
        }
        #expect(error?.exitCode == .cantCreate)
        limit.rlim_cur = .max
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        try volume.check()
        #expect(try volume.rows().map(\.variant) == ["first"])
      }
    }
  }

  @Test func aKilledWriterLeavesTheVolumeWhole() async throws {
    for _ in 0..<3 {
      let path = KilledWriter.path(of: getpid())
      try? FileManager.default.removeItem(atPath: path)
      await #expect(processExitsWith: .signal(SIGKILL)) { try KilledWriter.run() }
      let volume = try GoldenVolume.open(path)
      try volume.check()
      let count = try volume.rows().count
      #expect(count.isMultiple(of: KilledWriter.batch))
      #expect(count > 0)
      try FileManager.default.removeItem(atPath: path)
    }
  }
}

/// Writes batches of rows until a thread of its own kills it in the middle of one.
enum KilledWriter {
  static let batch = 40

  static func path(of process: Int32) -> String {
    FileManager.default.temporaryDirectory.appending(path: "golden-killed-\(process).golden").path()
  }

  static func run() throws {
    let volume = try GoldenVolume.open(path(of: getppid()))
    try volume.insert(try (0..<batch).map { try RowFixture.row("first \($0)") })
    let delay = UInt32.random(in: 10_000...150_000)
    Thread.detachNewThread {
      usleep(delay)
      kill(getpid(), SIGKILL)
    }
    for round in 0... {
      try volume.insert(try (0..<batch).map { try RowFixture.row("\(round) \($0)") })
    }
  }
}
