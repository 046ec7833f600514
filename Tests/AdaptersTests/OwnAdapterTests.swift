// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Platform
import Testing

/// The example in Swift that a user can copy, run as its own program on data that nobody here drew.
@Suite struct OwnAdapterTests {
  @Test func theExampleLearnsDigits() throws {
    let home = try TemporaryStore()
    let ids = try home.digits()
    let said = try run(on: "digits", home)
    #expect(said.contains("learnt from 360 items: 0 1 2 3 4 5 6 7 8 9"), "\(said)")
    #expect(said.contains("predicted 119 items, 0 failed"), "\(said)")
    let accuracy = try #require(said.firstMatch(of: /accuracy: (0\.\d+)/)?.1)
    #expect((Double(accuracy) ?? 0) > 0.85, "\(said)")

    let model = try home.store.model("softmax on digits")
    #expect(model.status == .trained && model.artifacts.map(\.path) == ["weights.safetensors"])
    #expect(try home.store.metrics(ofModel: model.id).contains { $0.name == "accuracy" })
    #expect(
      try home.store.samples(ofModel: model.id).contains { $0.figure == "accuracy" && $0.legend == "validation" })
    #expect(try home.store.counts(ofDataset: "digits").annotations == ids.count)
  }

  @Test func theExampleLearnsShapes() throws {
    let home = try TemporaryStore()
    try home.shapes(400, asClasses: true)
    let said = try run(on: "shapes", home)
    #expect(said.contains("learnt from 240 items: circle cross square triangle"), "\(said)")
    #expect(said.contains("predicted 80 items, 0 failed"), "\(said)")
    let accuracy = try #require(said.firstMatch(of: /accuracy: (0\.\d+)/)?.1)
    // Shapes of any colour anywhere are hard for a sum of pixels; a guess is right once in four.
    #expect((Double(accuracy) ?? 0) > 0.3, "\(said)")
  }

  private func run(on dataset: String, _ home: TemporaryStore) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "own-adapter")
    process.arguments = [home.folder, dataset]
    process.currentDirectoryURL = PeerPython.root
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    return said
  }
}
