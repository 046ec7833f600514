// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Testing

/// Writing that was stopped: by kill -9, a full disk, a damaged partial file, another process.
@Suite struct InterruptionTests {
  private let sample = SampleBundle()
  private static let fixture: String = {
    let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: executable).deletingLastPathComponent().appending(path: "bundle-fixture").path
  }()

  private func fixture(_ arguments: String..., in folder: String) throws -> Outcome {
    try Outcome.of(Self.fixture, arguments, in: folder)
  }

  @Test func whatAKilledProcessWroteIsKept() throws {
    try withFolder { folder in
      #expect(try fixture("write", "whole", in: folder).output == "0\n")
      for count in [0, 1, 3, 7] {
        #expect(try fixture("kill", "\(count)", "a", in: folder).status == -SIGKILL)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.partial", "whole"])
        #expect(BundleWriter.interrupted(at: folder + "/a")?.name == "fixture")
        #expect(try fixture("write", "a", in: folder).output == "\(count * 500_000)\n")
        #expect(FileManager.default.contentsEqual(atPath: folder + "/a", andPath: folder + "/whole"))
        try FileManager.default.removeItem(atPath: folder + "/a")
      }
    }
  }

  @Test func aFullDiskKeepsWhatFits() throws {
    try withFolder { folder in
      #expect(try fixture("write", "whole", in: folder).status == 0)
      let full = try fixture("limited", "1600000", "a", in: folder)
      #expect(full.status == ExitCode.cantCreate.rawValue)
      #expect(full.output.contains("File too large"))
      #expect(try fixture("write", "a", in: folder).output == "1500000\n")
      #expect(FileManager.default.contentsEqual(atPath: folder + "/a", andPath: folder + "/whole"))
    }
  }

  @Test func oneProcessWritesAtATime() throws {
    try withFolder { folder in
      let process = Process()
      process.executableURL = URL(filePath: Self.fixture)
      process.arguments = ["hold", "a"]
      process.currentDirectoryURL = URL(filePath: folder)
      let (input, output) = (Pipe(), Pipe())
      (process.standardInput, process.standardOutput) = (input, output)
      try process.run()
      #expect(output.fileHandleForReading.availableData == Data("holding\n".utf8))
      let second = try fixture("write", "a", in: folder)
      #expect(second.status == ExitCode.tryAgain.rawValue)
      #expect(second.output.contains("another process is writing it"))
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(try fixture("write", "b", in: folder).status == 0)
      #expect(FileManager.default.contentsEqual(atPath: folder + "/a", andPath: folder + "/b"))
    }
  }

  /// The partial file is cut anywhere, or a byte of it is wrong: the result is the same archive.
  @Test func whateverThePartialFileHoldsTheArchiveIsTheSame() throws {
    try withFolder { folder in
      let good = try sample.bytes(in: folder)
      let path = folder + "/a.galley"
      let partial = URL(filePath: BundleWriter.partialPath(path))
      func check(_ bytes: Data) throws -> Int {
        try bytes.write(to: partial)
        let written = try sample.write(to: path)
        #expect(try Data(contentsOf: URL(filePath: path)) == good)
        #expect(!FileManager.default.fileExists(atPath: partial.path))
        return written.resumedByteCount
      }
      let total = sample.contents.values.reduce(0) { $0 + $1.count }
      #expect(try check(good) == total)
      #expect(try check(good + good) == total)
      #expect(try check(Data()) == 0)
      var kept: Set<Int> = []
      for length in stride(from: 0, to: good.count, by: 500) { kept.insert(try check(good.prefix(length))) }
      #expect(kept.count > sample.contents.count / 2)
      for place in stride(from: 0, to: good.count, by: 499) {
        var bytes = good
        bytes[place] ^= 0x10
        _ = try check(bytes)
      }
    }
  }

  /// A partial file of another bundle is not gone on with, and one that is a link is not followed.
  @Test func onlyTheSameBundleIsGoneOnWith() throws {
    try withFolder { folder in
      let path = folder + "/a.galley"
      let other = sample.changed { $0.sequence = 9 }
      try other.write(to: BundleWriter.partialPath(path))
      #expect(BundleWriter.interrupted(at: path)?.sequence == 9)
      #expect(try sample.write(to: path).resumedByteCount == 0)
      #expect(try sample.verifier.verify(path).manifest == sample.manifest)
      try Data("precious".utf8).write(to: URL(filePath: folder + "/precious"))
      try FileManager.default.createSymbolicLink(
        atPath: BundleWriter.partialPath(path), withDestinationPath: folder + "/precious")
      #expect(throws: GalleyError.self) { try sample.write(to: path) }
      #expect(BundleWriter.interrupted(at: path) == nil)
      #expect(try String(contentsOf: URL(filePath: folder + "/precious"), encoding: .utf8) == "precious")
    }
  }
}
