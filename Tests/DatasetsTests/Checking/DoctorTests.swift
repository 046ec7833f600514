// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import FoundationEssentials
import Galley
import Statistics
import Testing

@Suite struct DoctorTests {
  @Test(arguments: BrokenSet.coco + BrokenSet.yolo + BrokenSet.others)
  func saysWhatIsWrongAndWhere(set: BrokenSet) throws {
    let folder = try TemporaryFolder()
    try set.make(folder)
    let report = DatasetDoctor().examine(try DatasetReader.read(folder.path))
    let found = report.findings.filter {
      $0.kind == set.kind && $0.severity == set.severity && $0.place.hasPrefix(set.place)
        && $0.message.contains(set.message)
    }
    #expect(found.count == 1, "\(report.findings.map(\.description).joined(separator: "\n"))")
  }

  @Test func thereAreEnoughBrokenSets() {
    let sets = BrokenSet.coco + BrokenSet.yolo + BrokenSet.others
    #expect(Set(sets.map(\.name)).count == sets.count)
    #expect(sets.count >= 25)
  }

  /// What `fixed()` promises is done: the copy, written and read again, has no finding that had a fix.
  @Test(arguments: BrokenSet.coco + BrokenSet.yolo + BrokenSet.others)
  func theCorrectedCopyIsBetter(set: BrokenSet) throws {
    let folder = try TemporaryFolder()
    try set.make(folder)
    let doctor = DatasetDoctor()
    let read = try DatasetReader.read(folder.path)
    let before = doctor.examine(read)
    let fixed = doctor.fixed(read)
    let fixable = before.findings.filter { $0.fix != nil }
    #expect(fixable.isEmpty || !fixed.changes.isEmpty)
    guard !fixed.dataset.items.isEmpty else { return }
    try DatasetWriter.write(fixed.dataset, as: .coco, to: "\(folder.path)/fixed")
    let after = doctor.examine(try DatasetReader.read("\(folder.path)/fixed"))
    let left = after.findings.filter { $0.fix != nil }
    #expect(left.isEmpty, "\(left.map(\.description).joined(separator: "\n"))")
  }

  @Test func aGoodSetHasNoErrors() throws {
    let folder = try TemporaryFolder()
    try DatasetWriter.write(SmallDataset.everything, as: .coco, to: "\(folder.path)/out")
    let report = DatasetDoctor().examine(try DatasetReader.read("\(folder.path)/out"))
    #expect(report.findings.filter { $0.severity > .note }.isEmpty, "\(report.findings)")
    #expect(report.summary.items == 6)
    #expect(report.summary.annotations == 15)
    #expect(report.summary.classes.map(\.count) == [9, 6, 0])
    #expect(report.summary.subsets == ["train": 4, "val": 2])
  }

  @Test func nearDuplicatesAcrossSubsetsAreFound() throws {
    let folder = try TemporaryFolder()
    // Two pictures that differ in brightness only, and one of another scene.
    for (name, seed, shift) in [("train/cat/1.png", 3, 0), ("test/cat/2.png", 3, 9), ("test/dog/3.png", 8, 0)] {
      let grey = Self.scene(seed).map { UInt8(clamping: Int($0) + shift) }
      try folder.write(try #require(PNGEncoder.encode(grey, width: 36, height: 32, channels: 1)), to: name)
    }
    let doctor = DatasetDoctor { item, _ in
      let (seed, shift) = item.id.contains("3.png") ? (8, 0) : (3, item.id.contains("2.png") ? 9 : 0)
      return GreyPicture(width: 36, height: 32, values: Self.scene(seed).map { UInt8(clamping: Int($0) + shift) })
    }
    let report = doctor.examine(try DatasetReader.read(folder.path))
    let leaks = report.findings.filter { $0.kind == .leakage }
    #expect(leaks.count == 1)
    #expect(leaks.first?.message.contains("looks nearly like 'test/cat/2.png'") == true)
  }

  private static func scene(_ seed: Int) -> [UInt8] {
    (0..<36 * 32).map { place in
      let (x, y) = (place % 36, place / 36)
      return UInt8(100 + (x / 4 * seed * 7 + y / 4 * seed * 13) % 97)
    }
  }

  @Test func veryManyFindingsOfOneKindAreCounted() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<150).map { "0 0.\($0 % 9)5 0.5 9 9\n" }.joined()
    try folder.yolo(rows)
    let report = DatasetDoctor().examine(try DatasetReader.read(folder.path))
    #expect(report.findings.count { $0.kind == .boxOutside } == 101)
    #expect(report.findings.contains { $0.message == "50 more findings of this kind are not listed" })
  }
}

@Suite struct NearSearchTests {
  /// The banded search finds what comparing all pairs finds.
  @Test(arguments: [0, 2, 4, 8])
  func flatHashesAreLeftOutAndNearOnesFound(limit: Int) throws {
    var pictures: [GreyPicture] = []
    for index in 0..<60 {
      var values = Picture.pixels(9, 8, index % 20).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
      for change in 0..<index / 20 { values[(index * 7 + change * 5) % 72] ^= 0x40 }
      pictures.append(GreyPicture(width: 9, height: 8, values: values))
    }
    let hashes = pictures.compactMap { PerceptualHash($0) }
    #expect(hashes.count == 60)
    #expect(hashes[0].distance(to: hashes[0]) == 0)
    #expect(hashes[0].distance(to: hashes[1]) > 8)
    #expect(hashes[0].distance(to: hashes[20]) <= 2)
  }

  @Test(arguments: [0, 1, 4, 10, 14])
  func theSearchFindsWhatComparingAllPairsFinds(limit: Int) {
    var generator = SeededGenerator(seed: 3)
    var hashes: [PerceptualHash?] = (0..<40).map { _ in PerceptualHash(bits: generator.next()) }
    for _ in 0..<360 {
      var bits = hashes[generator.number(below: 40)]?.bits ?? 0
      for _ in 0..<generator.number(below: limit + 4) { bits ^= 1 << UInt64(generator.number(below: 64)) }
      hashes.append(generator.number(below: 20) == 0 ? nil : PerceptualHash(bits: bits))
    }
    let groups = hashes.indices.map { _ in ["train", "test", ""][generator.number(below: 3)] }
    let found = NearSearch(limit: limit).pairs(hashes, groups: groups)
    var expected: Set<[Int]> = []
    for second in hashes.indices {
      guard let hash = hashes[second], !hash.isFlat else { continue }
      let isCopy = (0..<second).contains { hashes[$0] == hash && groups[$0] == groups[second] }
      for group in Set(groups) {
        let first = (0..<second).first { first in
          groups[first] == group && hashes[first].map { !$0.isFlat && $0.distance(to: hash) <= limit } == true
            && (!isCopy || hashes[first] == hash)
        }
        if let first { expected.insert([first, second]) }
      }
    }
    #expect(Set(found.map { [$0.0, $0.1] }) == expected)
  }

  /// Comparing all with all would take a hundred thousand times as long as this may take at all.
  @Test func aThousandPicturesOfOneSceneGiveAThousandPairs() {
    var generator = SeededGenerator(seed: 5)
    let scene = generator.next()
    let hashes = (0..<5000).map { _ in
      PerceptualHash(bits: scene ^ 1 << UInt64(generator.number(below: 64)) ^ 1 << UInt64(generator.number(below: 64)))
    }
    let pairs = NearSearch(limit: 4).pairs(hashes, groups: hashes.indices.map { $0 % 2 == 0 ? "train" : "test" })
    #expect((4999...10_000).contains(pairs.count))
  }
}
