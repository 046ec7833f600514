// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import Foundation
import Galley
import Images
import Recipes
import Testing

import Offline

@Suite struct StandInTests {
  private static let splits = SplitRegistry([
    .init(StratifiedSplit.self) { $0 }, .init(StatedSplit.self) { $0 }, .init(SeededSplit.self) { $0 },
  ])

  private static let table = """
    recipe: digits
    task: classification
    data: {use: image-table, path: Examples/digits/data/digits.csv, height: 8, width: 8, maximum: 16}
    split: {use: stratified, train: 0.6, validation: 0.2, test: 0.2}
    model: {architecture: small-convnet}

    """

  private func recipe(_ text: String, folder: String) throws -> Recipe {
    try RecipeDraft(text: text, path: "r.yaml", folder: folder, catalogue: ClosureFixture.catalogue()).recipe()
  }

  @Test func aTableHasTheSameColumnsLabelsAndRanges() throws {
    let here = FileManager.default.currentDirectoryPath
    let recipe = try recipe(Self.table, folder: here)
    let standIn = try #require(try StandInData(for: recipe, splits: Self.splits))
    #expect(standIn.need.format == "image-table")
    #expect(standIn.need.labels == (0...9).map(String.init))
    #expect(standIn.need.path == "data.path")
    // 3 items of a class: round(1.8) = 2 to train, round(0.6) = 1 to validate, none to test; with 4, 2 and 1 and 1.
    #expect(standIn.need.minimumCount == 40)
    try ClosureFixture.with { machine in
      let path = try standIn.write(to: machine.folder + "/made", seed: 7)
      let again = try standIn.write(to: machine.folder + "/again", seed: 7)
      #expect(try Digest(ofFileAt: path) == Digest(ofFileAt: again))
      let other = try standIn.write(to: machine.folder + "/other", seed: 8)
      #expect(try Digest(ofFileAt: path) != Digest(ofFileAt: other))
      let real = try Self.columns(of: "\(here)/Examples/digits/data/digits.csv")
      let made = try Self.columns(of: path)
      #expect(made.head == real.head)
      for (made, real) in zip(made.ranges, real.ranges) {
        #expect(real.contains(made.lowerBound) && real.contains(made.upperBound))
      }
      // What was made is read and divided by the recipe itself.
      let table = ImageTable(.init(path: path, height: 8, width: 8, maximum: 16))
      let items = try DescribedItems(table.items(relativeTo: machine.folder))
      #expect(items.items.count == 40)
      #expect(items.items.labels == standIn.need.labels)
      let subsets = try StratifiedSplit(recipe.slot("split").options(of: StratifiedSplit.self))
        .subsets(of: items, seed: recipe.seed, relativeTo: "")
      #expect(subsets.items[.test]?.count == 10)
      #expect(try table.items(relativeTo: "").ids.allSatisfy { $0.hasPrefix("stand-in-") })
      let more = try standIn.write(to: machine.folder + "/more", count: 95, seed: 7)
      #expect(try ImageTable(.init(path: more, height: 8, width: 8, maximum: 16)).items(relativeTo: "").count == 100)
    }
  }

  private static func columns(of path: String) throws -> (head: String, ranges: [ClosedRange<Int>]) {
    let lines = try String(contentsOf: URL(filePath: path), encoding: .utf8).split(separator: "\n")
    let rows = lines.dropFirst().map { $0.split(separator: ",").dropFirst(2).compactMap { Int($0) } }
    let count = rows.first?.count ?? 0
    let ranges = (0..<count).map { column in
      let values = rows.map { $0[column] }
      return (values.min() ?? 0)...(values.max() ?? 0)
    }
    return (lines.first.map(String.init) ?? "", ranges)
  }

  /// Eight images, two classes, two stated subsets, of two sizes, colours and types.
  private func photos(_ machine: ClosureFixture, as format: DatasetFormat, boxes: Bool) throws -> String {
    var items: [DatasetItem] = []
    for number in 0..<12 {
      let isWide = number.isMultiple(of: 2)
      let size = isWide ? (width: 20, height: 10) : (width: 16, height: 16)
      let colors: PixelFormat = isWide ? .gray : .rgb
      let image = try Image(
        width: size.width, height: size.height, format: colors,
        color: Array(repeating: UInt8(number * 20), count: colors.channels))
      let label = number % 2 == 0 ? 0 : 1
      items.append(
        DatasetItem(
          id: "secret-\(number).\(isWide ? "png" : "jpg")",
          source: .bytes(try image.encoded(as: isWide ? .png() : .jpeg())),
          subset: ["train", "val", "test"][number / 4], size: .init(width: size.width, height: size.height),
          annotations: [
            Annotation(label: label, box: boxes ? Galley.Box(x: 1, y: 2, width: 5, height: 6) : nil)
          ]))
    }
    let folder = "\(machine.folder)/\(format.rawValue)"
    try DatasetWriter.write(
      AnnotatedDataset(classes: [DatasetClass("cat"), DatasetClass("dog")], items: items), as: format, to: folder)
    return folder
  }

  @Test(arguments: [
    (DatasetFormat.imageFolders, false), (.coco, true), (.yolo, true), (.voc, true), (.csv, false),
  ])
  func imagesHaveTheSameSizesTypesAndFormat(format: DatasetFormat, boxes: Bool) throws {
    try ClosureFixture.with { machine in
      let real = try photos(machine, as: format, boxes: boxes)
      let text = """
        recipe: photos
        task: classification
        data: {use: images, path: \(real), format: \(format.rawValue), height: 16, width: 16}
        split: stated
        model: {architecture: small-convnet}

        """
      let catalogue = try CardCatalogue(ClosureFixture.catalogue().cards + [StatedSplit.card])
      let recipe = try RecipeDraft(text: text, path: "r.yaml", folder: machine.folder, catalogue: catalogue).recipe()
      let standIn = try #require(try StandInData(for: recipe, splits: Self.splits))
      #expect(standIn.need.format == format.rawValue)
      #expect(standIn.need.labels == ["cat", "dog"])
      // Two classes in three subsets.
      #expect(standIn.need.minimumCount == 6)
      let folder = try standIn.write(to: machine.folder + "/made", seed: 3)
      let made = try DatasetReader.read(folder, as: format).complete()
      #expect(made.items.count == 6)
      #expect(Set(made.subsetNames.map { Subset(foreignName: $0) }) == [.train, .validation, .test])
      #expect(!made.items.contains { $0.id.contains("secret") })
      var bytes = ItemBytes()
      var looks: Set<String> = []
      for item in made.items {
        let data = try #require(try bytes.read(item.source))
        let image = try Image(decoding: [UInt8](data))
        let header = try ImageHeader(data)
        looks.insert("\(image.width)×\(image.height) \(image.format) \(header.format)")
        if boxes {
          let box = try #require(item.annotations.first?.bounds)
          #expect(box.x >= 0 && box.right <= Double(image.width) && box.bottom <= Double(image.height))
        }
      }
      #expect(looks == ["20×10 gray png", "16×16 rgb jpeg"])
      let again = try standIn.write(to: machine.folder + "/again", seed: 3)
      #expect(try Digest(ofContentAt: folder) == Digest(ofContentAt: again))
      // The recipe's own data set and split take it.
      let items = try ImageItems(.init(path: folder, format: format.rawValue, height: 16, width: 16))
        .described(relativeTo: "")
      #expect(
        try StatedSplit(recipe.slot("split").options(of: StatedSplit.self))
          .subsets(of: items, seed: 1, relativeTo: "").items.count == 3)
    }
  }

  @Test func theClosureLeavesTheDataOutAndSaysWhatIsNeeded() throws {
    try ClosureFixture.with { machine in
      let draft = try RecipeDraft(
        text: Self.table, path: "r.yaml", folder: FileManager.default.currentDirectoryPath,
        catalogue: ClosureFixture.catalogue())
      var sources = machine.sources
      sources.splits = Self.splits
      let closure = Closure(try RecipeFamily(of: draft), sources, dataAtSite: true)
      #expect(!closure.items.contains { $0.role == .data })
      #expect(closure.dataAtSite.map(\.minimumCount) == [40])
      #expect(closure.total.known == 68_134 - 1234)
      let answer = try OfflineAnswering(draft, sources).can(ChoiceExpression([]), dataAtSite: true)
      #expect(answer.works)
    }
  }

  @Test func dataThatIsNotHereIsNamedByItsFormatOnly() throws {
    try ClosureFixture.with { machine in
      var sources = machine.sources
      sources.splits = Self.splits
      let text = Self.table.replacing("Examples/digits/data/digits.csv", with: "nowhere.csv")
      let closure = Closure(try RecipeFamily(of: machine.draft(text)), sources, dataAtSite: true)
      let need = try #require(closure.dataAtSite.first)
      #expect(need.format == "image-table")
      #expect(need.labels.isEmpty)
      #expect(need.minimumCount == nil)
      #expect(need.details.first?.contains("can't read the data set") == true)
      let draft = try machine.draft(text)
      #expect(throws: GalleyError.self) { try StandInData(for: draft.recipe(), splits: Self.splits) }
    }
  }

  @Test func dataThatTheProgramMakesItselfNeedsNoStandIn() throws {
    let text = "recipe: r\ntask: classification\ndata: shapes\nmodel: {architecture: small-convnet}\n"
    #expect(try StandInData(for: recipe(text, folder: "/"), splits: Self.splits) == nil)
  }
}
