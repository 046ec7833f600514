// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import Testing

@Suite struct PredictionInputsTests {
  private let data: BackendData
  private var folder: String { data.folder }

  init() throws { data = try BackendData() }

  private func find(_ arguments: String...) throws -> PredictionInputs {
    try PredictionInputs(
      arguments, task: .classification, labels: BackendData.labels, unpackingInto: "\(data.folder)/unpacked")
  }

  /// Makes an archive with the system's own tools.
  private func archive(_ script: String, _ name: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, "\(folder)/\(name)", folder]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return "\(folder)/\(name)"
  }

  @Test func `a folder gives its images, sorted, and says what it left out`() throws {
    let found = try find(folder)
    #expect(found.listing.items.count == 27)
    #expect(found.listing.items.map(\.id) == found.listing.items.map(\.id).sorted())
    #expect(found.listing.items[0].id == "\(folder)/test-0.bmp")
    #expect(found.listing.items.allSatisfy { $0.subset == nil && $0.classes.isEmpty })
    #expect(found.notes == ["2 files in '\(folder)' are no images and were left out"])
  }

  @Test func `patterns, files and lists of items mix, and nothing comes twice`() throws {
    let found = try find(
      "\(folder)/test-*.bmp", "\(folder)/test-3.bmp", "\(folder)/val[a-i]dation-1.bmp", "\(folder)/items.json")
    #expect(found.listing.items.count == 9 + 1 + 27)
    #expect(found.listing.items[9].id == "\(folder)/validation-1.bmp")
    #expect(found.listing.items[10].id == "train/图 0, \"a\".bmp")
  }

  @Test func `a missing file beside others is one failed item`() throws {
    let found = try find("\(folder)/test-0.bmp", "\(folder)/nothing.png")
    #expect(found.listing.items.map { $0.fault == nil } == [true, false])
  }

  @Test(arguments: ["nothing.png", "nothing-*.png", "empty", "data.tar"])
  func `nothing usable is one error that names it`(name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(folder)/empty", withIntermediateDirectories: true)
    try Data("no archive".utf8).write(to: URL(filePath: "\(folder)/data.tar"))
    let error = try #require(throws: GalleyError.self) { try find("\(folder)/\(name)") }
    #expect(error.exitCode == .missingInput)
    #expect("\(error)".contains(name))
  }

  @Test(arguments: ["zip", "tar", "tar.gz"])
  func `an archive's images are answered like files`(suffix: String) throws {
    let script =
      suffix == "zip"
      ? """
      import sys, zipfile
      with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(4): z.write(f"{sys.argv[2]}/test-{i}.bmp", f"a b/图{i}.bmp")
        z.writestr("notes.txt", "x")
      """
      : """
      import sys, tarfile
      with tarfile.open(sys.argv[1], "w:gz" if sys.argv[1].endswith("gz") else "w") as t:
        for i in range(4): t.add(f"{sys.argv[2]}/test-{i}.bmp", f"a b/图{i}.bmp")
      """
    let path = try archive(script, "some.\(suffix)")
    let found = try find(path)
    #expect(found.listing.items.map(\.id) == (0..<4).map { "\(path)/a b/图\($0).bmp" })
    for (index, item) in found.listing.items.enumerated() {
      #expect(
        try Data(contentsOf: URL(filePath: item.file)) == Data(contentsOf: URL(filePath: "\(folder)/test-\(index).bmp"))
      )
    }
  }

  @Test func `a damaged member of an archive costs only itself`() throws {
    let path = try archive(
      """
      import sys, zipfile
      with zipfile.ZipFile(sys.argv[1], "w") as z:
        for i in range(3): z.write(f"{sys.argv[2]}/test-{i}.bmp", f"{i}.bmp")
      data = bytearray(open(sys.argv[1], "rb").read())
      data[data.find(b"1.bmp") + 60] ^= 0xff
      open(sys.argv[1], "wb").write(data)
      """, "damaged.zip")
    let found = try find(path)
    #expect(found.listing.items.map { $0.fault == nil } == [true, false, true])
  }
}
