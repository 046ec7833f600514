// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import GRDB
import Galley
import Platform
import Testing

@Suite struct PlatformStoreTests {
  @Test func whatIsKeptIsThereWhenTheStoreIsOpenedAgain() throws {
    let home = try TemporaryStore()
    let ids = try home.items(3)
    try home.box(ids[1], "Käse 🧀")
    let again = try PlatformStore.open(home.place)
    #expect(try again.items(Filters(.items), in: "things").entries.map(\.path) == ["/0.txt", "/1.txt", "/2.txt"])
    let item = try again.item("/1.txt", in: "things")
    #expect(item.id == ids[1] && item.mediaType == "text/plain" && item.byteCount == 6)
    #expect(try again.bytes(of: item) == Data("item 1".utf8))
    let annotation = try #require(try again.annotations(ofItem: ids[1]).first)
    #expect(annotation.label == "Käse 🧀" && annotation.origin == .person("ada"))
    #expect(try again.check() == [])
  }

  /// Lists read many rows at once, `item` reads one: both say the same, whatever stands in the texts.
  @Test func aListSaysOfEachItemWhatIsSaidOfItAlone() throws {
    let home = try TemporaryStore()
    for (dataset, word) in ["one": "Käse 🧀", "two": "plain"] {
      try home.store.createDataset(dataset)
      let drafts = (0..<700).map { index in
        let text = String(repeating: word, count: index % 40) + "\(index)"
        return ItemDraft(
          path: "/\(word) \(index % 3)/\(text)",
          content: .bytes(index % 5 == 0 ? png(width: index % 9 + 1, height: 3) : Data(text.utf8)),
          isHidden: index % 7 == 0,
          metadata: index % 2 == 0 ? .empty : JSONObject(["word": .string(String(repeating: word, count: index))]))
      }
      _ = try home.store.addItems(drafts, to: dataset)
    }
    for text in ["", "hidden == true", "width > 0"] {
      let filters = text.isEmpty ? Filters(.items) : try Filters(.items, where: text)
      for dataset in ["one", "two", nil] {
        let listed = try home.store.allItems(filters, in: dataset)
        #expect(try listed == listed.map { try home.store.item($0.id) })
        #expect(Set(listed).count == listed.count && listed.count > 50)
        #expect(try home.store.items(filters, in: dataset).entries == Array(listed.prefix(filters.pageSize)))
      }
    }
    let first = try home.store.allItems(Filters(.items), in: "one")[0]
    #expect(first.name == "Käse 🧀1" && first.folder == "/Käse 🧀 1" && first.metadata["word"] == "Käse 🧀")
    #expect(first.datasetID == (try home.store.dataset("one").id) && first.size == nil && first.byteCount == 11)
    #expect(first != (try home.store.allItems(Filters(.items), in: "two")[0]))
  }

  /// A store of the first version gets the index by which a data set is listed.
  @Test func aStoreOfTheFirstVersionIsTakenUp() throws {
    let home = try TemporaryStore()
    let ids = try home.items(3)
    let former = try DatabaseQueue(path: "\(home.place.store)/platform.sqlite")
    try former.write {
      try $0.execute(sql: "DROP INDEX item_dataset; DELETE FROM grdb_migrations WHERE identifier = '2'")
    }
    try former.close()
    let again = try PlatformStore.open(home.place)
    #expect(try again.allItems(Filters(.items), in: "things").map(\.id) == ids)
    // A connection of its own: SQLite explains by the schema that it read, and doesn't look whether that has changed.
    let latter = try DatabaseQueue(path: "\(home.place.store)/platform.sqlite")
    let plan = try latter.read {
      try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN SELECT * FROM item WHERE dataset = 1 ORDER BY number")
    }
    #expect(plan.map { $0["detail"] as String } == ["SEARCH item USING INDEX item_dataset (dataset=?)"])
    try latter.close()
  }

  @Test func everyGeometryReadsBackAsItWasKept() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let mask = try #require(RunLengthMask(size: PixelSize(width: 3, height: 2), pixels: [0, 1, 1, 0, 0, 1]))
    let geometries: [AnnotationGeometry] = [
      .whole, .box(Box(x: 0.1, y: 0.2, width: 1e-7, height: 3)),
      .rotatedBox(RotatedBox(center: PixelPoint(1, 2), width: 3, height: 4, angle: -33.3)),
      .polygon(
        Outline(parts: [[PixelPoint(0, 0), PixelPoint(1, 0), PixelPoint(1, 1)]], holes: [[PixelPoint(0.1, 0.2)]])),
      .polyline([PixelPoint(1, 2), PixelPoint(3, 4)]), .point(PixelPoint(5, 6)),
      .ellipse(Ellipse(center: PixelPoint(1, 2), radiusX: 3, radiusY: 4, angle: 5)), .mask(mask),
      .keypoints(KeypointSet(points: [.init("nose", PixelPoint(1, 2), .hidden)], template: "t", instance: "i")),
      .foreign(type: "cube", coordinates: .list([.int(1), .string("ü")])),
    ]
    try home.store.addAnnotations(
      geometries.map { AnnotationDraft(itemID: item, label: "x", geometry: $0, origin: .imported(source: "test")) })
    #expect(try home.store.annotations(ofItem: item).map(\.geometry) == geometries)
  }

  @Test func labelsThatDifferInUnicodeFormOnlyAreTwo() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    try home.box(item, composed)
    try home.box(item, decomposed)
    for label in [composed, decomposed] {
      let found = try home.store.annotations(Filters(.annotations, .test(field: "label", .equal, .string(label))))
      #expect(found.entries.map { Array($0.label.utf8) } == [Array(label.utf8)])
    }
  }

  @Test func annotationsWithoutAnOriginAreRefused() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let origins: [AnnotationOrigin] = [
      .person(""), .imported(source: ""), .model(ModelOrigin(id: "m", version: "", name: "m", run: "r")),
      .model(ModelOrigin(id: "m", version: "1", name: "m", run: "r")),
    ]
    for origin in origins {
      let draft = AnnotationDraft(itemID: item, label: "a", geometry: .whole, origin: origin)
      #expect(refusal { try home.store.addAnnotations([draft]) }?.exitCode == .badData)
    }
    #expect(try home.store.annotations(ofItem: item).isEmpty)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(AnnotationOrigin.self, from: Data("{}".utf8)) }
  }

  @Test func aBadDraftKeepsAllOthersOut() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let good = AnnotationDraft(itemID: item, label: "a", geometry: .whole, origin: .person("ada"))
    var lost = good
    lost.itemID = "nobody"
    #expect(refusal { try home.store.addAnnotations([good, lost]) }?.exitCode == .missingInput)
    var wild = good
    wild.confidence = 1.5
    #expect(refusal { try home.store.addAnnotations([good, wild]) }?.why.contains("1.5") == true)
    var infinite = good
    infinite.geometry = .point(PixelPoint(.infinity, 0))
    #expect(refusal { try home.store.addAnnotations([good, infinite]) } != nil)
    #expect(try home.store.annotations(ofItem: item).isEmpty)
  }

  @Test func anItemThatCannotBeReadCostsOneItem() throws {
    let home = try TemporaryStore()
    try home.store.createDataset("d")
    let outcomes = try home.store.addItems(
      [
        ItemDraft(path: "a", content: .bytes(Data([1]))), ItemDraft(path: "/b", content: .file("/nowhere/b")),
        ItemDraft(path: "/x/../c", content: .bytes(Data())), ItemDraft(path: "//d//e", content: .bytes(Data())),
        ItemDraft(path: "/a", content: .bytes(Data([1]))), ItemDraft(path: "/a", content: .bytes(Data([2]))),
      ], to: "d")
    guard case .added = outcomes[0], case .failed(let missing) = outcomes[1], case .failed = outcomes[2],
      case .added = outcomes[3], case .unchanged = outcomes[4], case .kept = outcomes[5]
    else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(missing.contains("/nowhere/b"))
    #expect(try home.store.items(Filters(.items), in: "d").entries.map(\.path) == ["/a", "/d/e"])
    let replaced = try home.store.addItems(
      [ItemDraft(path: "/a", content: .bytes(Data([2])))], to: "d", replacing: true)
    #expect(replaced.first?.id == outcomes[0].id)
    #expect(try home.store.bytes(of: home.store.item("/a", in: "d")) == Data([2]))
  }

  @Test func deletedItemsTakeTheirAnnotationsAndFilesWithThem() throws {
    let home = try TemporaryStore()
    let ids = try home.items(2)
    try home.box(ids[0], "a")
    try home.predict([ids[0]: ["a"], ids[1]: ["b"]])
    let item = try home.store.item(ids[0])
    #expect(try home.store.deleteItems([ids[0], "nobody"]) == 1)
    let counts = try home.store.counts(ofDataset: "things")
    #expect(counts.items == 1 && counts.annotations == 0 && counts.predictions == 1)
    #expect(try home.store.removeUnusedFiles(minimumAge: 0).files == 1)
    #expect(!FileManager.default.fileExists(atPath: home.store.path(of: item)))
    try home.store.deleteDataset("things")
    #expect(try home.store.removeUnusedFiles(minimumAge: 0).files == 1)
    #expect(refusal { try home.store.dataset("things") }?.exitCode == .missingInput)
  }

  @Test func namesAreFoundByIdAndByProject() throws {
    let home = try TemporaryStore()
    let one = try home.store.createDataset("cats", in: "one")
    let two = try home.store.createDataset("cats", in: "two")
    #expect(refusal { try home.store.dataset("cats") }?.exitCode == .usage)
    #expect(try home.store.dataset("one/cats") == one && home.store.dataset(two.id) == two)
    #expect(refusal { try home.store.dataset("catz") }?.remedy == "Did you mean 'cats'?")
    #expect(refusal { try home.store.createDataset("cats", in: "one") }?.exitCode == .usage)
    #expect(refusal { try home.store.createDataset("a\u{7}b") }?.exitCode == .usage)
    #expect(try home.store.updateDataset(one.id, newName: "Katzen").name == "Katzen")
  }

  @Test func otherDatabasesAndNewerStoresAreRefusedAndStayAsTheyAre() throws {
    let home = try TemporaryStore()
    let path = "\(home.place.store)/platform.sqlite"
    let newer = try DatabaseQueue(path: path)
    try newer.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999')") }
    try newer.close()
    #expect(refusal { try PlatformStore.open(home.place) }?.why.contains("newer version") == true)

    let other = PlatformPlace(store: home.folder + "/other", local: home.folder)
    try FileManager.default.createDirectory(atPath: other.store, withIntermediateDirectories: true)
    let foreign = try DatabaseQueue(path: "\(other.store)/platform.sqlite")
    try foreign.write { try $0.execute(sql: "PRAGMA application_id = 7; CREATE TABLE mine (a)") }
    try foreign.close()
    let before = try Data(contentsOf: URL(filePath: "\(other.store)/platform.sqlite"))
    #expect(refusal { try PlatformStore.open(other) }?.exitCode == .badData)
    #expect(try Data(contentsOf: URL(filePath: "\(other.store)/platform.sqlite")) == before)

    let text = PlatformPlace(store: home.folder + "/text", local: home.folder)
    try FileManager.default.createDirectory(atPath: text.store, withIntermediateDirectories: true)
    try Data("no database".utf8).write(to: URL(filePath: "\(text.store)/platform.sqlite"))
    #expect(refusal { try PlatformStore.open(text) }?.exitCode == .badData)
  }

  @Test func foldersAreThoseOfTheTutorialByModelId() {
    let usual = PlatformPlace(home: "/h", environment: [:])
    #expect(usual.store == "/h/platform" && usual.local == "/h/platform/local")
    let named = PlatformPlace(home: "/h", environment: ["DATALOOP_PATH": "/d"])
    #expect(named.artifacts(ofModel: "42") == "/d/models/42/artifacts")
    #expect(named.modelData(ofModel: "42", named: "a/b", at: "t") == "/d/model_data/42_a_b/t")
  }

  @Test func manyProcessesMayCreateAStoreAtOnce() async throws {
    let home = try TemporaryStore()
    let place = PlatformPlace(store: home.folder + "/race", local: home.folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<8 {
        group.addTask {
          let store = try PlatformStore.open(place)
          try store.createDataset("d\(index)")
        }
      }
      try await group.waitForAll()
    }
    #expect(try PlatformStore.open(place).datasets().total == 8)
  }
}
