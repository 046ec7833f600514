// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import NativeLibraries
import Offline
import Pantry
import Testing

/// A folder with the fixture under the names of Galley's programs.
func makePrograms(_ folder: String) throws -> String {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for name in ["galley", "galley-agent"] {
    try FileManager.default.copyItem(atPath: RunningProgram.fixture, toPath: "\(folder)/\(name)")
  }
  return "\(folder)/galley"
}

@Suite(.serialized) struct StagingTests {
  private static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path()

  @Test func setupPutsProgramsAndLibvipsIntoThePantryOnce() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      let program = try makePrograms("\(folder)/bin")
      let staging = try await MachineStaging.gather(for: pantry, executable: program, environment: [:])
      let first = try await OfflineSetup(staging, into: pantry).run()
      #expect(first.trees.allSatisfy { $0.action == .added })
      #expect(first.trees.contains { $0.name == "programs" } && first.trees.contains { $0.name.hasPrefix("vips-") })
      #expect(!first.version.isEmpty)
      #expect(first.proof?.faults.isEmpty ?? (first.unproven != nil))
      for tree in pantry.trees() { #expect(pantry.faults(of: tree, using: DigestCache(pantry)).isEmpty) }
      let again = try await MachineStaging.gather(for: pantry, executable: program, environment: [:])
      let second = try await OfflineSetup(again, into: pantry).run()
      #expect(second.trees.allSatisfy { $0.action == .kept })
      // A damaged tree is made good.
      try FileManager.default.removeItem(atPath: "\(pantry.root)/programs/galley-agent")
      let mended = try await OfflineSetup(again, into: pantry).run()
      #expect(mended.trees.filter { $0.action == .replaced }.map(\.name) == ["programs"])
      #expect(try pantry.check().isSound)
    }
  }

  @Test(.enabled(if: PrivateMounts.areAllowed))
  func whatIsInThePantryNeedsNothingButTheCLibrary() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      let program = try makePrograms("\(folder)/bin")
      let staging = try await MachineStaging.gather(for: pantry, executable: program, environment: [:])
      _ = try await OfflineSetup(staging, into: pantry).run()
      let images = "\(Self.checkout)/Tests/ImagesTests/Fixtures"
      let files = ["baseline.jpg", "rgb.png", "lossy.webp", "plain.tif"].map { "\(images)/\($0)" }
      let alone = try PrivateMounts.runAlone(
        ["\(pantry.root)/programs/galley", "decode"] + files, environment: ["GALLEY_HOME": pantry.root], in: folder)
      #expect(alone.code == 0, "\(alone.text)")
      let lines = alone.text.split(separator: "\n")
      #expect(lines.prefix(4).allSatisfy { $0.contains("x") && !$0.contains("/") })
      let libraries = lines.dropFirst(4).filter { $0.contains(".so") }
      #expect(libraries.contains { $0.hasPrefix("\(pantry.nativeFolder)/vips-") && $0.hasSuffix("/libvips.so.42") })
      for path in libraries where !path.hasPrefix(pantry.root) {
        let name = path.split(separator: "/").last ?? ""
        #expect(
          ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2"]
            .contains(name) || name.hasPrefix("ld-"), "\(path)")
      }
      // Without the pantry there is nothing to decode with.
      let without = try PrivateMounts.runAlone(
        ["\(pantry.root)/programs/galley", "decode"] + files, environment: ["GALLEY_HOME": folder], in: folder)
      #expect(without.code != 0 && without.text.contains("libvips"))
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "\(checkout)/.native/installed.json")))
  func installedLibrariesAreTakenWhole() async throws {
    try await withFolder { folder in
      let pantry = try Pantry(root: "\(folder)/pantry")
      let program = try makePrograms("\(folder)/bin")
      let staging = try await MachineStaging.gather(
        for: pantry, executable: program, environment: ["GALLEY_NATIVE": "\(Self.checkout)/.native"])
      _ = try await OfflineSetup(staging, into: pantry).run()
      let here = try NativeLibraryLocator(environment: ["GALLEY_NATIVE": "\(Self.checkout)/.native"], executable: "")
        .installations().first
      let there = try #require(try InstalledLibraries.read(folder: pantry.nativeFolder))
      for record in here?.records ?? [] {
        #expect(there.records.contains(record), "\(record.name)")
        #expect(!FileManager.default.fileExists(atPath: "\(pantry.nativeFolder)/\(record.path)/include"))
        #expect(try Digest(ofFileAt: there.path(of: record)).hex == record.sha256)
      }
      let clock = ContinuousClock()
      let time = try await clock.measure {
        _ = try await MachineStaging.gather(
          for: pantry, executable: program, environment: ["GALLEY_NATIVE": "\(Self.checkout)/.native"])
      }
      print("gathering again: \(time)")
    }
  }
}
