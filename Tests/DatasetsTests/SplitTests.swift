// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import FoundationEssentials
import Galley
import Testing

@Suite struct SplitTests {
  /// 100 items of three classes, ten of each video.
  static var videos: AnnotatedDataset {
    AnnotatedDataset(
      classes: ["a", "b", "c"].map { DatasetClass($0) },
      items: (0..<100).map { index in
        DatasetItem(
          id: "item\(index)", source: .missing(""), size: PixelSize(width: 10 * index, height: 10),
          metadata: ["video": .int(index / 10), "camera": .string(index % 2 == 0 ? "roof" : "door")],
          annotations: [Annotation(label: index < 10 ? 2 : index % 2)])
      })
  }

  @Test func everyItemIsInOneSubsetAndClassesKeepTheirShare() throws {
    let dataset = Self.videos
    let split = try DatasetSplit.random(dataset, parts: SubsetParts(), seed: 1)
    #expect(split.subsets.values.joined().sorted() == dataset.items.map(\.id).sorted())
    #expect(split.subsets.mapValues(\.count) == [.train: 60, .validation: 20, .test: 20])
    let applied = try split.apply(to: dataset)
    for (subset, rare) in [("train", 6), ("validation", 2), ("test", 2)] {
      #expect(applied.items.count { $0.subset == subset && $0.labels == [2] } == rare)
    }
  }

  @Test func aSplitDependsOnTheSeedAlone() throws {
    var reversed = Self.videos
    reversed.items.reverse()
    let parts = try SubsetParts()
    let first = try DatasetSplit.random(Self.videos, parts: parts, seed: 1)
    #expect(try first == DatasetSplit.random(reversed, parts: parts, seed: 1))
    #expect(try first.digest == DatasetSplit.random(reversed, parts: parts, seed: 1).digest)
    #expect(try first.digest != DatasetSplit.random(reversed, parts: parts, seed: 2).digest)
  }

  @Test(arguments: 0..<8)
  func groupsStayTogether(seed: UInt64) throws {
    let dataset = Self.videos
    let split = try DatasetSplit.grouped(dataset, parts: SubsetParts(), seed: seed) {
      $0.metadata["video"]?.description
    }
    #expect(split.subsets.mapValues(\.count) == [.train: 60, .validation: 20, .test: 20])
    let applied = try split.apply(to: dataset)
    let owners = Dictionary(
      grouping: applied.items, by: { $0.metadata["video"]?.description ?? "" }
    ).mapValues { Set($0.map(\.subset)) }
    #expect(owners.count == 10)
    #expect(owners.values.allSatisfy { $0.count == 1 })
  }

  @Test func unevenGroupsFillEverySubset() throws {
    var dataset = Self.videos
    for index in dataset.items.indices { dataset.items[index].metadata["video"] = .int(index < 90 ? 0 : index) }
    let split = try DatasetSplit.grouped(dataset, parts: SubsetParts(), seed: 3) { $0.metadata["video"]?.description }
    #expect(split.subsets[.train]?.count == 90)
    #expect(split.subsets[.validation]?.count == 5)
    #expect(split.subsets[.test]?.count == 5)
    let few = dataset.selecting { $0.id == "item1" || $0.id == "item95" }
    #expect(throws: GalleyError.self) {
      try DatasetSplit.grouped(few, parts: SubsetParts(), seed: 3) { $0.metadata["video"]?.description }
    }
  }

  @Test func listsAreObeyedAndTheirMistakesNamed() throws {
    let dataset = SmallDataset.boxes
    let split = try DatasetSplit.listed(
      dataset, [.train: ("a.txt", "img 0\nsub/img 1.png\n\n# no\n"), .test: ("b.txt", "img 2.png")])
    #expect(split.subsets == [.train: ["sub/img 0.png", "sub/img 1.png"], .test: ["sub/img 2.png"]])
    let twice = #expect(throws: GalleyError.self) {
      try DatasetSplit.listed(dataset, [.train: ("a.txt", "img 0\nimg 1"), .test: ("b.txt", "\nimg 1.png")])
    }
    #expect(twice?.place == "a.txt:2")
    #expect(twice?.why.contains("b.txt:2") == true)
    let missing = #expect(throws: GalleyError.self) { try DatasetSplit.listed(dataset, [.train: ("a.txt", "img 9")]) }
    #expect(missing?.why.contains("no item 'img 9'") == true)
  }

  @Test func anItemInTwoSubsetsIsRefused() {
    let error = #expect(throws: GalleyError.self) { try DatasetSplit([.train: ["a", "b"], .test: ["b"]]) }
    #expect(error?.place == "b")
  }

  @Test func aSplitOfOtherDataIsRefused() throws {
    let split = try DatasetSplit([.train: ["item1"], .test: ["other"]])
    #expect(throws: GalleyError.self) { try split.apply(to: Self.videos) }
  }

  @Test func partsMustAddUp() {
    #expect(throws: GalleyError.self) { try SubsetParts(train: 0.5, validation: 0.2, test: 0.2) }
    #expect(throws: GalleyError.self) { try SubsetParts(train: 1.2, validation: -0.2, test: 0) }
  }

  @Test(arguments: [
    ("'c' in labels", 10), ("width >= 500", 50), ("metadata.camera == 'roof' and not ('c' in labels)", 45),
    ("objects.a > 0", 45), ("metadata.missing == null", 100), ("annotations == 1 and pixels < 1000", 10),
    ("subset == 'train'", 0),
  ])
  func filtersByLabelSizeAndMetadata(text: String, count: Int) throws {
    #expect(try ItemFilter(text).apply(to: Self.videos).items.count == count)
  }

  @Test(arguments: ["widht > 3", "metadata", "width >", "labels.a", "width + 1"])
  func filtersThatMeanNothingAreRefused(text: String) {
    #expect(throws: GalleyError.self) { try ItemFilter(text).apply(to: Self.videos) }
  }
}
