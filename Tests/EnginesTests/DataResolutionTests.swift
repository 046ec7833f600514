// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Engines
import Files
import FoundationEssentials
import Galley
import Tensors
import Testing

@Suite struct DataResolutionTests {
  private let folder: TemporaryFolder
  private let registry: BackendRegistry

  init() throws {
    folder = try TemporaryFolder()
    registry = try BackendRegistry([ScriptedBackend("scripted")])
  }

  private func engine(_ data: String, _ options: [String: ConfigurationValue] = [:]) throws -> Engine {
    try Engine(
      model: .automatic, data: DataSource(data, ChosenOptions(given: options, at: "data")),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry,
      machine: EngineMachine(cores: 4, memoryBytes: 8 << 30))
  }

  private func plan(_ data: String, _ options: [String: ConfigurationValue] = [:]) async throws -> EnginePlan {
    try await engine(data, options).plan(.train(ChosenOptions()))
  }

  @Test func foldersWithoutSubsetsAreDividedByClassAndSeed() async throws {
    let photos = try folder.images(["a": 20, "b": 40])
    let plan = try await plan(photos)
    #expect(plan.data.counts == ["train": 42, "validation": 9, "test": 9])
    #expect(plan.task == .classification && plan.labels == ["a", "b"])
    #expect(plan.value("data.division")?.reason.contains("drawn by the seed 2026") == true)
    #expect(plan.value("data.task")?.origin == .automatic)
    let again = try await self.plan(photos)
    #expect(again == plan)
    let other = try await self.plan(photos, ["splitSeed": 7])
    #expect(other.data.identity != plan.data.identity)
  }

  @Test func statedSubsetsAreKeptAndWhatTheyLackIsDrawnFromTraining() async throws {
    _ = try folder.images(["a": 20, "b": 20], subset: "train")
    let photos = try folder.images(["a": 5, "b": 5], subset: "val", from: 100)
    let plan = try await plan(photos)
    #expect(plan.data.counts["validation"] == 10)
    #expect((plan.data.counts["test"] ?? 0) >= 2)
    #expect(plan.data.counts.values.reduce(0, +) == 50)
    #expect(plan.value("data.division")?.reason.contains("states train, validation") == true)
  }

  @Test func sharedBytesBetweenStatedSubsetsAreRefusedUnlessDeclared() async throws {
    _ = try folder.images(["a": 6, "b": 6], subset: "train")
    let photos = try folder.images(["a": 3, "b": 3], subset: "val", from: 50)
    try folder.write(Data(contentsOf: URL(filePath: "\(photos)/train/a/1.bmp")), "photos/val/a/copy.bmp")
    let error = try await #require(throws: GalleyError.self) { _ = try await plan(photos) }
    #expect(error.why.contains("train/a/1.bmp") && error.why.contains("val/a/copy.bmp"))
    _ = try await plan(photos, ["duplicates": "allowed"])
  }

  @Test func equalItemsStayInOneDrawnSubset() async throws {
    let photos = try folder.images(["a": 12, "b": 12])
    for number in 0..<12 {
      try folder.write(Data(contentsOf: URL(filePath: "\(photos)/a/\(number).bmp")), "photos/a/copy\(number).bmp")
    }
    let plan = try await plan(photos)
    #expect(plan.warnings.contains { $0.contains("12 items have the same bytes") })
    let seen = Seen()
    let registry = try BackendRegistry([
      ScriptedBackend("scripted") { request, _ in
        seen.listing = try ItemListing(contentsOf: request.data.path)
        return VerbResult(status: .succeeded)
      }
    ])
    let engine = try Engine(
      model: .automatic, data: DataSource(photos), workspace: EngineWorkspace(folder.path + "/work"),
      backends: registry)
    _ = try await engine.train(ChosenOptions())
    var subsets: [Digest: Set<Subset?>] = [:]
    for item in try #require(seen.listing).items { subsets[try #require(item.digest), default: []].insert(item.subset) }
    #expect(subsets.values.allSatisfy { $0.count == 1 })
  }

  /// Which subset each item of a plan's data is in.
  private func subsets(_ data: String, _ options: [String: ConfigurationValue]) async throws -> [String: Subset?] {
    let seen = Seen()
    let registry = try BackendRegistry([
      ScriptedBackend("scripted") { request, _ in
        seen.listing = try ItemListing(contentsOf: request.data.path)
        return VerbResult(status: .succeeded)
      }
    ])
    let engine = try Engine(
      model: .automatic, data: DataSource(data, ChosenOptions(given: options, at: "data")),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
    _ = try await engine.train(ChosenOptions())
    return Dictionary(try #require(seen.listing).items.map { ($0.id, $0.subset) }) { first, _ in first }
  }

  @Test func itemsOfAGroupStayInOneDrawnSubset() async throws {
    for clip in 0..<12 {
      for frame in 0..<4 {
        let name = "\(clip % 2 == 0 ? "a" : "b")/clip\(clip)_\(frame).bmp"
        try folder.write(TemporaryFolder.bitmap(40, 40, mark: name), "clips/\(name)")
      }
    }
    let data = "\(folder.path)/clips"
    var found: [String: Set<Subset?>] = [:]
    for (id, subset) in try await subsets(data, ["groupBy": "name"]) {
      found[String(id.prefix { $0 != "_" }), default: []].insert(subset)
    }
    #expect(found.count == 12 && found.values.allSatisfy { $0.count == 1 })
    let plan = try await plan(data, ["groupBy": "name"])
    #expect(plan.value("data.division")?.reason.contains("groups by name") == true)
    let error = try await #require(throws: GalleyError.self) { _ = try await self.plan(data, ["groupBy": "viedo"]) }
    #expect(error.exitCode == .usage && error.why.contains("'viedo'"))
  }

  @Test func aFileOfSubsetsIsTakenAsItIs() async throws {
    let photos = try folder.images(["a": 8, "b": 8])
    func ids(_ range: Range<Int>) -> [String] { ["a", "b"].flatMap { name in range.map { "\(name)/\($0).bmp" } } }
    let path = "\(folder.path)/split.json"
    try SplitDocument(DatasetSplit([.train: ids(0..<4), .validation: ids(4..<6), .test: ids(6..<7)])).write(to: path)
    let found = try await subsets(photos, ["split": .string(path)])
    #expect(found["a/5.bmp"] == .some(.validation) && found["b/6.bmp"] == .some(.test) && found["a/7.bmp"] == nil)
    let plan = try await plan(photos, ["split": .string(path)])
    #expect(plan.data.counts == ["train": 8, "validation": 4, "test": 2])
    #expect(plan.warnings.contains { $0.hasPrefix("2 items are in no subset") })
    let both = try await #require(throws: GalleyError.self) {
      _ = try await self.plan(photos, ["split": .string(path), "groupBy": "folder"])
    }
    #expect(both.exitCode == .usage && both.remedy?.contains("--group-by") == true)
    let none = try await #require(throws: GalleyError.self) {
      _ = try await self.plan(photos, ["split": .string(path + "x")])
    }
    #expect(none.exitCode == .missingInput && none.remedy?.contains("galley data split") == true)
  }

  @Test func tooFewItemsOfAClassAreNamed() async throws {
    let photos = try folder.images(["many": 20, "few": 2])
    let error = try await #require(throws: GalleyError.self) { _ = try await plan(photos) }
    #expect(error.why.contains("'few' has 2"))
  }

  @Test func oneClassIsNothingToLearn() async throws {
    let photos = try folder.images(["only": 20])
    let error = try await #require(throws: GalleyError.self) { _ = try await plan(photos) }
    #expect(error.why.contains("'only'"))
  }

  @Test func brokenImagesAreNamedAndStopNothing() async throws {
    let photos = try folder.images(["a": 12, "b": 12])
    try folder.write(Data("no image".utf8), "photos/a/broken.png")
    let plan = try await plan(photos)
    #expect(plan.warnings.contains { $0.contains("a/broken.png") })
  }

  @Test func dataForAnotherTaskIsRefusedWithTheTask() async throws {
    let annotations = """
      {"images": [{"id": 1, "file_name": "0.bmp", "width": 40, "height": 40},
                  {"id": 2, "file_name": "1.bmp", "width": 40, "height": 40},
                  {"id": 3, "file_name": "2.bmp", "width": 40, "height": 40},
                  {"id": 4, "file_name": "3.bmp", "width": 40, "height": 40}],
       "categories": [{"id": 1, "name": "car"}],
       "annotations": [\((1...4).map { "{\"id\": \($0), \"image_id\": \($0), \"category_id\": 1, \"bbox\": [1, 2, 10, 10], \"area\": 100, \"iscrowd\": 0}" }.joined(separator: ","))]}
      """
    try folder.write(Data(annotations.utf8), "coco/annotations.json")
    for number in 0..<4 { try folder.write(TemporaryFolder.bitmap(40, 40, mark: "\(number)"), "coco/\(number).bmp") }
    let error = try await #require(throws: GalleyError.self) { _ = try await plan("\(folder.path)/coco") }
    #expect(error.why.contains("it is for detection (4 annotations have a box)"))
    #expect(error.remedy?.contains("classification") == true)
  }

  @Test func pathsThatAreNothingSaySo() async throws {
    let error = try await #require(throws: GalleyError.self) { _ = try await plan("\(folder.path)/nowhere") }
    #expect(error.exitCode == .missingInput)
  }

  @Test func preparedFilesAreTakenAsTheyAre() async throws {
    func items(_ subset: String, _ count: Int) throws -> LabeledItems {
      try LabeledItems(
        ids: (0..<count).map { "\(subset)\($0)" },
        inputs: Tensor([UInt8](repeating: 1, count: count * 64), shape: [count, 8, 8, 1]),
        classes: (0..<count).map { $0 % 2 }, labels: ["even", "odd"])
    }
    let path = "\(folder.path)/data.safetensors"
    try PreparedData(
      subsets: [.train: items("t", 30), .validation: items("v", 6), .test: items("x", 6)],
      preprocessing: Preprocessing(layout: .nchw, scale: 1 / 16)
    ).write(to: path)
    let plan = try await plan(path)
    #expect(plan.preprocessing == Preprocessing(layout: .nchw, scale: 1 / 16))
    #expect(plan.value("model.architecture")?.value == "small-convnet")
    #expect(plan.value("train.inputSize")?.value == 8)
    #expect(plan.data.file == (try Digest(ofFileAt: path)))
    // What such a file states can't be said otherwise, and nothing is ignored.
    let error = try await #require(throws: GalleyError.self) { _ = try await self.plan(path, ["trainPart": 0.5]) }
    #expect(error.exitCode == .usage && error.remedy?.contains("--train-part") == true)
    _ = try await self.plan(path, ["task": "classification"])
  }

  @Test func planningWritesNothing() async throws {
    let photos = try folder.images(["a": 9, "b": 9])
    _ = try await plan(photos)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/work"))
  }
}

/// What a script saw.
final class Seen: @unchecked Sendable {
  var listing: ItemListing?
  var request: VerbRequest?
}
