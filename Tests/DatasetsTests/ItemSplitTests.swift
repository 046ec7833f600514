// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import Foundation
import Galley
import Tensors
import Testing

@Suite struct ItemSplitTests {
  /// 60 items of two classes, five of each clip; `subset` says where the data set puts an item.
  private func items(
    duplicate: (Int, Int)? = nil, subset: (Int) -> String? = { _ in nil }
  ) throws -> DescribedItems {
    let ids = (0..<60).map { "day/clip\($0 / 5)_\($0 % 5).png" }
    let labeled = try LabeledItems(
      ids: ids, inputs: Tensor((0..<60).map { UInt8($0) }, shape: [60, 1, 1, 1]), classes: (0..<60).map { $0 % 2 },
      labels: ["a", "b"])
    let described = ids.enumerated().map { index, id in
      DatasetItem(
        id: id, source: .missing(""), subset: subset(index), size: PixelSize(width: index, height: 10),
        metadata: ["camera": .string(index < 30 ? "roof" : "door")], annotations: [Annotation(label: index % 2)])
    }
    var digests = (0..<60).map { Digest(of: "\($0)") }
    if let duplicate { digests[duplicate.1] = digests[duplicate.0] }
    return try DescribedItems(
      items: labeled, dataset: AnnotatedDataset(classes: ["a", "b"].map { DatasetClass($0) }, items: described),
      digests: digests)
  }

  private func counts(_ split: some ItemSplit, _ items: DescribedItems) throws -> [Int] {
    let subsets = try split.subsets(of: items, seed: 4, relativeTo: "/").items
    return Subset.allCases.map { subsets[$0]?.count ?? 0 }
  }

  @Test func `splits that draw keep to their parts`() throws {
    let items = try items()
    #expect(try counts(StratifiedSplit(.init()), items) == [36, 12, 12])
    #expect(try counts(SeededSplit(.init()), items) == [36, 12, 12])
    #expect(try counts(GroupedSplit(.init(by: "name")), items).reduce(0, +) == 60)
    #expect(throws: GalleyError.self) { try SeededSplit(.init(train: 0.5)) }
    #expect(throws: GalleyError.self) { try GroupedSplit(.init(by: "name", train: 0.5)) }
  }

  @Test func `all frames of one clip are in one subset`() throws {
    let items = try items()
    let split = try GroupedSplit(.init(by: "name")).split(items, seed: 9, relativeTo: "/")
    for clip in 0..<12 {
      let owners = split.subsets.filter { $0.value.contains { $0.hasPrefix("day/clip\(clip)_") } }
      #expect(owners.count == 1)
    }
    let camera = try GroupedSplit(.init(by: "camera", train: 0.5, validation: 0.25, test: 0.25))
    #expect(throws: GalleyError.self) { try camera.split(items, seed: 9, relativeTo: "/") }
    let wrong = try GroupedSplit(.init(by: "camra"))
    let error = #expect(throws: GalleyError.self) { try wrong.split(items, seed: 9, relativeTo: "/") }
    #expect(error?.remedy == "Did you mean 'camera'?")
  }

  @Test func `what the data set states is kept, and what is lacking is drawn from its training items`() throws {
    let stated = try items { $0 < 45 ? "train" : "test" }
    let tests = Set(stated.items.ids[45...])
    for split in [
      try StratifiedSplit(.init()) as any ItemSplit, try SeededSplit(.init()), try GroupedSplit(.init(by: "name")),
    ] {
      let found = try split.split(stated, seed: 2, relativeTo: "/")
      #expect(Set(found.subsets[.test] ?? []) == tests)
      #expect(found.subsets.values.joined().count == 60)
      // 0.6 and 0.2 of what is left: three quarters and one quarter of 45.
      #expect((30...36).contains(found.subsets[.train]?.count ?? 0))
    }
    let whole = try items { $0 < 30 ? "training" : $0 < 40 ? "val2017" : "test" }
    #expect(try counts(StratifiedSplit(.init()), whole) == [30, 10, 20])
    #expect(try counts(StatedSplit(.init()), whole) == [30, 10, 20])
    #expect(throws: GalleyError.self) { try StatedSplit(.init()).split(stated, seed: 1, relativeTo: "/") }
  }

  @Test func `subsets that say nothing, or not of all items, are refused`() throws {
    let unclear = try items { $0 < 45 ? "train" : "batch 2" }
    let error = #expect(throws: GalleyError.self) {
      try StratifiedSplit(.init()).split(unclear, seed: 1, relativeTo: "/")
    }
    #expect(error?.why.contains("batch 2") == true)
    let partial = try items { $0 < 45 ? "train" : nil }
    #expect(throws: GalleyError.self) { try SeededSplit(.init()).split(partial, seed: 1, relativeTo: "/") }
    let untrained = try items { $0 < 45 ? "val" : "test" }
    #expect(throws: GalleyError.self) { try SeededSplit(.init()).split(untrained, seed: 1, relativeTo: "/") }
    let torn = try items { $0 < 43 ? "train" : "test" }
    let grouped = try GroupedSplit(.init(by: "name"))
    let tear = #expect(throws: GalleyError.self) { try grouped.split(torn, seed: 1, relativeTo: "/") }
    #expect(tear?.why.contains("clip8") == true)
  }

  @Test func `lists, files and conditions state subsets`() throws {
    let folder = try TemporaryFolder()
    let items = try items()
    for (name, range) in [("train", 0..<30), ("validation", 30..<40), ("test", 40..<55)] {
      let lines = range.map { items.items.ids[$0] }.joined(separator: "\n")
      try Data(lines.utf8).write(to: URL(filePath: "\(folder.path)/\(name).txt"))
    }
    let lists = ListedSplit(.init(train: "train.txt", validation: "validation.txt", test: "test.txt"))
    let (split, subsets) = try lists.subsets(of: items, seed: 1, relativeTo: folder.path)
    #expect(Subset.allCases.map { subsets[$0]?.count } == [30, 10, 15])
    try SplitDocument(split).write(to: "\(folder.path)/split.json")
    let file = SplitByFile(.init(path: "split.json"))
    #expect(try file.split(items, seed: 7, relativeTo: folder.path).digest == split.digest)
    let filter = try FilteredSplit(
      .init(train: "width < 30", validation: "width >= 30 and width < 40", test: "'a' in labels and width >= 40"))
    #expect(try counts(filter, items) == [30, 10, 10])
    let overlap = try FilteredSplit(.init(train: "width < 30", validation: "width >= 20", test: "width > 50"))
    #expect(throws: GalleyError.self) { try overlap.split(items, seed: 1, relativeTo: "/") }
    let mistake = #expect(throws: GalleyError.self) {
      try FilteredSplit(.init(train: "width < 30", validation: "wdth >= 20", test: "width > 50"))
    }
    #expect(mistake?.place?.hasPrefix("split.validation") == true)
  }

  @Test func `a file of a split that was changed is refused`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/split.json"
    try SplitDocument(DatasetSplit([.train: ["a", "b"], .test: ["c"]])).write(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(try SplitDocument(contentsOf: path).split.subsets[.train] == ["a", "b"])
    for (old, new) in [("\"b\"", "\"d\""), ("split/1", "split/9"), ("\"test\"", "\"exam\""), ("\"c\"", "\"a\"")] {
      try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
      #expect(throws: GalleyError.self) { try SplitDocument(contentsOf: path) }
    }
    #expect(throws: GalleyError.self) { try SplitDocument(contentsOf: "\(folder.path)/none.json") }
  }

  @Test func `the same bytes in two subsets are refused by name, unless declared`() throws {
    let items = try items(duplicate: (3, 50)) { $0 < 30 ? "train" : $0 < 40 ? "val" : "test" }
    let error = #expect(throws: GalleyError.self) {
      try StatedSplit(.init()).subsets(of: items, seed: 1, relativeTo: "/")
    }
    #expect(error?.why.contains("'day/clip0_3.png' (train) and 'day/clip10_0.png' (test)") == true)
    #expect(try counts(StatedSplit(.init(duplicates: .allowed)), items) == [30, 10, 20])
    let within = try self.items(duplicate: (3, 4)) { $0 < 30 ? "train" : $0 < 40 ? "val" : "test" }
    #expect(try counts(StatedSplit(.init()), within) == [30, 10, 20])
  }

  @Test func `an empty subset is refused`() throws {
    let filter = try FilteredSplit(.init(train: "width < 30", validation: "width >= 30", test: "width > 100"))
    let items = try items()
    let error = #expect(throws: GalleyError.self) { try filter.subsets(of: items, seed: 1, relativeTo: "/") }
    #expect(error?.why.contains("no item is for test") == true)
  }
}
