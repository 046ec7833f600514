// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Testing

@Suite struct ModelTests {
  @Test(arguments: ModelStatus.allCases)
  func onlyLegalStatesFollow(status: ModelStatus) throws {
    let home = try TemporaryStore()
    for next in ModelStatus.allCases {
      let name = "\(status.rawValue) \(next.rawValue)"
      try home.store.createModel(name)
      guard try reach(status, name, home.store) else { return }
      let error = refusal { try home.store.setStatus(next, ofModel: name) }
      #expect((error == nil) == status.next.contains(next))
      if let error {
        #expect(error.exitCode == .usage && error.remedy?.contains(status.next[0].rawValue) == true)
        #expect(try home.store.model(name).status == status)
      }
    }
  }

  /// Brings a model into a state on the shortest way; false if no way leads there from `created`.
  private func reach(_ wanted: ModelStatus, _ name: String, _ store: PlatformStore) throws -> Bool {
    var ways: [[ModelStatus]] = [[.created]]
    var seen: Set<ModelStatus> = [.created]
    while let way = ways.first {
      ways.removeFirst()
      if way.last == wanted {
        for step in way.dropFirst() { try store.setStatus(step, ofModel: name) }
        return true
      }
      for next in way.last?.next ?? [] where seen.insert(next).inserted { ways.append(way + [next]) }
    }
    return false
  }

  @Test func aTrainingThatThrowsIsFailedWithTheReason() async throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    await #expect(throws: GalleyError.self) {
      try await home.store.training(ofModel: "m") { model in
        #expect(try home.store.model(model.id).status == .training)
        throw GalleyError(.badData, "can't train", why: "the labels are wrong")
      }
    }
    let model = try home.store.model("m")
    #expect(model.status == .failed && model.statusReason == "the labels are wrong")
    try await home.store.training(ofModel: "m") { _ in }
    #expect(
      try home.store.statusHistory(ofModel: "m").map(\.status) == [.created, .training, .failed, .training, .trained])
  }

  @Test func aTrainingOfADeadProcessIsRepairedWhenTheStoreIsOpened() throws {
    let home = try TemporaryStore()
    for name in ["dead", "alive", "by hand"] { try home.store.createModel(name) }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["60"]
    try process.run()
    let owner = ProcessIdentity(number: process.processIdentifier)
    #expect(owner.isAlive == true)
    try home.store.setStatus(.training, ofModel: "dead", owner: owner)
    try home.store.setStatus(.training, ofModel: "alive", owner: .current)
    try home.store.setStatus(.training, ofModel: "by hand")
    #expect(try PlatformStore.open(home.place).repairs.isEmpty)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(owner.isAlive == false)
    let repairs = try PlatformStore.open(home.place).repairs
    #expect(repairs.map(\.name) == ["dead"] && repairs[0].status == .training)
    let model = try home.store.model("dead")
    #expect(model.status == .failed && model.statusReason?.contains("\(owner.number)") == true)
    #expect(try home.store.model("alive").status == .training && home.store.model("by hand").status == .training)
    #expect(try PlatformStore.open(home.place).repairs.isEmpty)
  }

  @Test func aCloneHasWhatTheModelHasAndItsOwnFate() throws {
    let home = try TemporaryStore()
    try home.store.createDataset("things")
    var change = ModelChange()
    change.configuration = try JSONObject(parsing: #"{"batch_size": 8}"#, at: "test")
    change.labels = ["a", "b c"]
    change.dataset = "things"
    change.subsets = ["train": try Filters(.items, where: "folder == '/train'")]
    try home.store.createModel("m", change)
    try home.store.setStatus(.preTrained, ofModel: "m")
    let folder = home.folder + "/weights"
    try FileManager.default.createDirectory(atPath: folder + "/deep", withIntermediateDirectories: true)
    try Data("w".utf8).write(to: URL(filePath: folder + "/deep/w.bin"))
    try home.store.setArtifacts(ofModel: "m", from: folder)
    let copy = try home.store.cloneModel("m", as: "m2")
    let model = try home.store.model("m")
    #expect(copy.status == .preTrained && copy.parentID == model.id && copy.id != model.id)
    #expect(copy.configuration == model.configuration && copy.labels == ["a", "b c"] && copy.subsets == model.subsets)
    #expect(copy.artifacts == model.artifacts && copy.artifacts.map(\.path) == ["deep/w.bin"])
    try home.store.deleteModel("m")
    #expect(try home.store.removeUnusedFiles(minimumAge: 0).files == 0)
    let written = try home.store.writeArtifacts(of: copy)
    #expect(try Data(contentsOf: URL(filePath: written + "/deep/w.bin")) == Data("w".utf8))
    #expect(refusal { try home.store.cloneModel("m2", as: "m2") }?.exitCode == .usage)
  }

  @Test func newArtifactsMakeANewVersionAndReplaceTheLocalCopy() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    let file = home.folder + "/w.bin"
    try Data("1".utf8).write(to: URL(filePath: file))
    let first = try home.store.setArtifacts(ofModel: "m", from: file)
    #expect(first.version == 1)
    let folder = try home.store.writeArtifacts(of: first)
    try Data("stale".utf8).write(to: URL(filePath: folder + "/stale"))
    try Data("2".utf8).write(to: URL(filePath: file))
    let second = try home.store.setArtifacts(ofModel: "m", from: file)
    #expect(second.version == 2)
    #expect(try home.store.setArtifacts(ofModel: "m", from: file).version == 2)
    try home.store.writeArtifacts(of: second)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["w.bin"])
    #expect(try Data(contentsOf: URL(filePath: folder + "/w.bin")) == Data("2".utf8))
    #expect(refusal { try home.store.setArtifacts(ofModel: "m", from: "/nowhere") }?.exitCode == .missingInput)
  }

  @Test func newArtifactsAndANewConfigurationMakeOneVersion() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    let file = home.folder + "/w.bin"
    var change = ModelChange()
    for (number, version) in [1: 2, 2: 3, 3: 4].sorted(by: { $0.key < $1.key }) {
      try Data("\(number)".utf8).write(to: URL(filePath: file))
      change.configuration = JSONObject(["number": .int(number)])
      #expect(try home.store.setArtifacts(ofModel: "m", from: file, change).version == version)
    }
    change.configuration = nil
    change.labels = ["a"]
    let labelled = try home.store.setArtifacts(ofModel: "m", from: file, change)
    #expect(labelled.version == 4 && labelled.labels == ["a"])
  }

  @Test func anArtifactIsRemovedByWhateverNamesItsPath() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    let file = home.folder + "/w.bin"
    try Data("1".utf8).write(to: URL(filePath: file))
    for path in ["weights/w.bin", "/weights/w.bin", "weights//w.bin/"] {
      #expect(try home.store.setArtifact(path, ofModel: "m", from: file).artifacts.map(\.path) == ["weights/w.bin"])
      #expect(try home.store.removeArtifact(path, ofModel: "m").artifacts.isEmpty)
    }
    #expect(refusal { try home.store.removeArtifact("weights/w.bin", ofModel: "m") }?.exitCode == .missingInput)
    #expect(refusal { try home.store.removeArtifact("../w.bin", ofModel: "m") }?.exitCode == .badData)
  }

  @Test func aChangeByWhatTheModelIsNowLosesNothing() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    let other = try PlatformStore.open(home.place)
    for number in 0..<20 {
      try (number % 2 == 0 ? home.store : other).updateModel("m") { model in
        var change = ModelChange()
        change.metadata = JSONObject(model.metadata.values.merging(["key \(number)": .int(number)]) { $1 })
        return change
      }
    }
    let model = try home.store.updateModel("m") { _ in nil }
    #expect(model.metadata.values.count == 20 && model.version == 1)
  }

  @Test func metricsAndPlotsAreKept() throws {
    let home = try TemporaryStore()
    try home.store.createModel("m")
    try home.store.createDataset("d")
    try home.store.setMetrics(["map": 0.5], ofModel: "m", dataset: "d")
    try home.store.setMetrics(["map": 0.6, "loss": 2], ofModel: "m", dataset: "d")
    #expect(try home.store.metrics(ofModel: "m").map(\.value) == [2, 0.6])
    let samples = [
      PlotSample(figure: "loss", legend: "train", x: 0, y: 2), PlotSample(figure: "loss", legend: "train", x: 1, y: 1),
    ]
    try home.store.addSamples(samples.reversed(), toModel: "m")
    #expect(try home.store.samples(ofModel: "m") == samples)
    #expect(refusal { try home.store.setMetrics(["x": .nan], ofModel: "m") }?.exitCode == .usage)
  }

  @Test func subsetsMustBeKnownAndAboutItems() throws {
    let home = try TemporaryStore()
    var change = ModelChange()
    change.subsets = ["trian": Filters(.items)]
    #expect(refusal { try home.store.createModel("m", change) }?.remedy == "Did you mean 'train'?")
    change.subsets = ["train": Filters(.models)]
    #expect(refusal { try home.store.createModel("m", change) }?.exitCode == .usage)
  }
}
