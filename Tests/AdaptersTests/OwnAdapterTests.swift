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
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "own-adapter")
    process.arguments = [home.folder, "digits"]
    process.currentDirectoryURL = PeerPython.root
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
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
}
