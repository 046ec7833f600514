// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Glibc
import Pantry
import Synchronization
import Testing

@Suite struct PantryIndexTests {
  /// A pantry with notes, pins, a stage and a run, and the list of it.
  private func fill(_ pantry: Pantry, _ count: Int = 40) throws -> [Artifact] {
    var dice = Dice(9)
    var digests: [Digest] = []
    for position in 0..<count {
      let note = ArtifactNote(name: "item \(position)", role: .data, origin: "https://example.org", licence: "MIT")
      digests.append(try pantry.store(dice.bytes(50 + position), note: note))
    }
    try pantry.pin(digests[1])
    try pantry.keep(
      StageRecord(
        key: Digest(of: "key"), stage: "train", outputs: ["a": digests[0], "b": digests[2]], seconds: 1, finished: 2))
    try pantry.keep(run: ["model": digests[2].hex], id: "first")
    return try pantry.artifacts()
  }

  private let notices = Notices()

  final class Notices: Sendable {
    private let list = Mutex<[PantryNotice]>([])
    func add(_ notice: PantryNotice) { list.withLock { $0.append(notice) } }
    var all: [PantryNotice] { list.withLock { $0 } }
  }

  @Test func aListSaysWhatIsKnown() async throws {
    try await withPantry { pantry in
      let list = try fill(pantry)
      #expect(list.map(\.name) == (0..<40).map { "item \($0)" }.sorted())
      let third = try #require(list.first { $0.name == "item 2" })
      #expect(third.byteCount == 52)
      #expect(third.licence == "MIT")
      #expect(third.users.map(\.name) == ["first", "train"])
      #expect(list.filter(\.isPinned).map(\.name) == ["item 1"])
    }
  }

  @Test func listsAreSortedAsAsked() async throws {
    try await withPantry { pantry in
      let names = [
        "model-1234567890-b", "model-1234567890-a", "model-1234567890", "b", "é", "model-2", "", "B", "model-2",
      ]
      for (position, name) in names.enumerated() {
        try pantry.store(Data(repeating: 1, count: 7 * position % 9), note: ArtifactNote(name: name))
      }
      try pantry.store(Data(repeating: 2, count: 20))
      let byName = try pantry.artifacts(sortedBy: .name).map(\.name)
      #expect(byName == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } + [nil])
      #expect(try pantry.artifacts(sortedBy: .size).map(\.byteCount) == [20, 8, 7, 6, 5, 4, 3, 2, 1, 0])
      #expect(try pantry.artifacts(sortedBy: .added).map(\.name) == names + [nil])
      let digests = try pantry.artifacts(sortedBy: .digest).map(\.digest)
      #expect(digests == digests.sorted())
    }
  }

  @Test func aLostIndexIsMadeAnewFromTheFiles() async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      unlink("\(pantry.root)/index.sqlite")
      let again = try Pantry(root: pantry.root, notify: notices.add)
      #expect(try again.artifacts() == before)
      #expect(notices.all == [.indexRebuilt(reason: "it was missing")])
      // The process that had the lost file open sees the new one.
      #expect(try pantry.artifacts() == before)
      #expect(again.records(ofStage: "train").count == 1)
      #expect(again.runEntries().map(\.id) == ["first"])
    }
  }

  /// 60 places of the file; what SQLite doesn't see, the rows' sums and the counts do.
  @Test func aFlippedByteInTheIndexChangesNoList() async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      let records = pantry.records(ofStage: "train")
      let path = "\(pantry.root)/index.sqlite"
      let sound = try Data(contentsOf: URL(filePath: path))
      var dice = Dice(77)
      for _ in 0..<60 {
        try overwrite(path, with: sound)
        let position = Int.random(in: 0..<sound.count, using: &dice)
        try flip(path, at: position, bit: Int.random(in: 0..<8, using: &dice))
        let again = try Pantry(root: pantry.root)
        #expect(try again.artifacts() == before, "position \(position)")
        #expect(again.records(ofStage: "train") == records, "position \(position)")
        #expect(again.runEntries().map(\.id) == ["first"], "position \(position)")
      }
    }
  }

  @Test(arguments: [0, 1, 100, 4096, 9000, 20_000])
  func aTruncatedIndexIsMadeAnew(length: Int) async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      let path = "\(pantry.root)/index.sqlite"
      try overwrite(path, with: try Data(contentsOf: URL(filePath: path)).prefix(length))
      let again = try Pantry(root: pantry.root, notify: notices.add)
      #expect(try again.artifacts() == before)
      #expect(notices.all.count == 1)
      #expect(try again.check().isSound)
    }
  }

  @Test func anotherDatabaseInTheIndexsPlaceIsMovedAside() async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      let path = "\(pantry.root)/index.sqlite"
      unlink(path)
      let sqlite = try FixtureProcess(["/usr/bin/env", "python3", "-c", Self.foreign, path])
      #expect(try await sqlite.finish() == 0, "\(sqlite.output)")
      #expect(try Pantry(root: pantry.root, notify: notices.add).artifacts() == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(pantry.root)/damaged").count == 1)
    }
  }

  private static let foreign = """
    import sqlite3, sys
    c = sqlite3.connect(sys.argv[1])
    c.execute("CREATE TABLE artifact (x)")
    c.commit()
    """

  @Test func filesThatCameOrWentWithoutTheIndexAreSeen() async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      let other = try Pantry(root: "\(pantry.root)-other", notify: notices.add)
      #expect(try other.artifacts().isEmpty)
      try FileManager.default.removeItem(atPath: "\(other.root)/artifacts")
      try FileManager.default.copyItem(atPath: "\(pantry.root)/artifacts", toPath: "\(other.root)/artifacts")
      let list = try other.artifacts()
      #expect(list.map(\.digest) == before.map(\.digest))
      #expect(list.map(\.added) == before.map(\.added))
      let gone = try #require(list.first)
      unlink(other.path(of: gone.digest))
      unlink("\(other.path(of: gone.digest)).json")
      #expect(try other.artifacts() == Array(list.dropFirst()))
      #expect(notices.all.count == 2, "\(notices.all)")
    }
  }

  @Test func anIndexThatCantBeUsedIsDoneWithout() async throws {
    try await withPantry { pantry in
      let before = try fill(pantry)
      let path = "\(pantry.root)/index.sqlite"
      unlink(path)
      try AtomicFile.createFolder(path)
      let again = try Pantry(root: pantry.root, notify: notices.add)
      #expect(try again.artifacts().map(\.name) == before.map(\.name))
      let digest = try again.store(Data("rice".utf8))
      #expect(try again.data(of: digest) == Data("rice".utf8))
      #expect(again.records(ofStage: "train").count == 1)
      #expect(again.runEntries().count == 1)
      #expect(notices.all.allSatisfy { if case .indexUnavailable = $0 { true } else { false } })
    }
  }

  @Test func aStoreOfANewerFormatIsRefusedAndNotTouched() async throws {
    try await withFolder { folder in
      try AtomicFile.write(Data(#"{"format":2,"new":{}}"#.utf8), to: "\(folder)/pantry.json")
      let error = #expect(throws: GalleyError.self) { try Pantry(root: folder) }
      #expect(error?.why.contains("newer Galley") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["pantry.json"])
    }
  }

  @Test(arguments: ["", "{", "[]", #"{"format":1}{"#, #"{"format":0}"#, #"{"check":"00","format":1}"#])
  func aDamagedFormatIsSaid(text: String) async throws {
    try await withFolder { folder in
      try AtomicFile.write(Data(text.utf8), to: "\(folder)/pantry.json")
      let error = #expect(throws: GalleyError.self) { try Pantry(root: folder) }
      #expect(error?.exitCode == .badData)
      #expect(error?.place == "\(folder)/pantry.json")
    }
  }

  @Test func manyProcessesAddAndListAtOnce() async throws {
    try await withFolder { folder in
      let root = "\(folder)/pantry"
      let processes = try (1...6).map { try FixtureProcess.start(root, "add", "\($0)", "25") }
      let pantry = try Pantry(root: root, notify: notices.add)
      for _ in 0..<10 {
        _ = try pantry.artifacts()
        try await Task.sleep(for: .milliseconds(20))
      }
      for process in processes {
        #expect(try await process.finish() == 0, "\(process.output)")
        #expect(!process.output.contains("unavailable"), "\(process.output)")
      }
      let list = try pantry.artifacts()
      #expect(list.count == 150)
      #expect(list.filter(\.isPinned).count == 6 * 9)
      #expect(list.filter { !$0.users.isEmpty }.count == 6 * 7)
      #expect(try pantry.check().faults == [])
      unlink("\(root)/index.sqlite")
      #expect(try pantry.artifacts() == list)
    }
  }

  @Test func anArtifactIsFoundByItsFirstDigitsOrItsName() async throws {
    try await withPantry { pantry in
      let rice = try pantry.store(Data("rice".utf8), note: ArtifactNote(name: "grain"))
      let rye = try pantry.store(Data("rye".utf8), note: ArtifactNote(name: "grain"))
      let salt = try pantry.store(Data("salt".utf8), note: ArtifactNote(name: "salt"))
      #expect(try pantry.find("salt") == salt)
      #expect(try pantry.find(String(rice.hex.prefix(6)).uppercased()) == rice)
      #expect(try pantry.find(rye.hex) == rye)
      let ambiguous = #expect(throws: GalleyError.self) { try pantry.find("grain") }
      #expect(ambiguous?.why.contains(rice.short) == true)
      #expect(ambiguous?.why.contains(rye.short) == true)
      let short = #expect(throws: GalleyError.self) { try pantry.find(String(rice.hex.prefix(5))) }
      #expect(short?.why.contains("six") == true)
      #expect(throws: GalleyError.self) { try pantry.find("") }
      #expect(throws: GalleyError.self) { try pantry.find("../../etc") }
    }
  }
}
