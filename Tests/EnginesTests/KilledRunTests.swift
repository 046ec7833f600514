// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Foundation
import Galley
import Measuring
import Testing

@Suite struct KilledRunTests {
  @Test func aRunWhoseProcessWasKilledIsNotedAsFailedByTheNext() async throws {
    let folder = try TemporaryFolder()
    let photos = try folder.images(["a": 9, "b": 9])
    let workspace = EngineWorkspace(folder.path + "/work")
    let process = Process()
    process.executableURL = Self.program
    process.arguments = [photos, workspace.path]
    process.currentDirectoryURL = URL(filePath: folder.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let line = pipe.fileHandleForReading.availableData
    #expect(String(decoding: line, as: UTF8.self).hasPrefix("working"))
    let running = try #require(workspace.runs().first)
    #expect(running.status == .running && running.process.isAlive)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let dead = try #require(workspace.runs().first)
    #expect(dead.status == .failed && dead.reason?.contains("died") == true && dead.ended == nil)
    // It was written down, not only said.
    let stored = try String(contentsOfFile: "\(workspace.folder(of: dead.id))/manifest.json", encoding: .utf8)
    #expect(stored.contains("\"failed\""))
    // What the backend kept is there to go on from.
    #expect(FileManager.default.fileExists(atPath: "\(workspace.folder(of: dead.id))/outputs/last.safetensors"))
    #expect(!FileManager.default.fileExists(atPath: workspace.path + "/latest"))
  }

  private static var program: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "engine-run-fixture")
  }
}
