// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import NativeLibraries
import Offline
import Pantry
import Recipes
import Sandbox

/// A home as an import leaves it, with a program in Galley's place that does what the "recipe" says, line by line.
final class ProofHome {
  let root: String
  let pantry: Pantry

  private static let fixture: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? runner)
    return beside.deletingLastPathComponent().appending(path: "sandbox-fixture").resolvingSymlinksInPath().path
  }()

  init(withPrograms: Bool = true) throws {
    root = "/tmp/galley-proof-\(UUID().uuidString)"
    pantry = try Pantry(root: root)
    if withPrograms { try addPrograms() }
    try addLibrary()
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// The claim whose recipe holds these lines, on everything in the home but what is left out.
  func claim(
    _ lines: [String], artifacts: [Digest] = [], folders: [Digest] = [], platform: String? = nil
  ) throws -> KeptClaim {
    let document = try pantry.store(Data(lines.joined(separator: "\n").utf8))
    return KeptClaim(
      recipe: "test", recipeDigest: document, document: document, task: .bench,
      platform: try platform ?? HostFiles.ofThisMachine().platform, artifacts: artifacts, folders: folders,
      trees: pantry.trees().map { .init(name: $0.name, digest: $0.digest) })
  }

  func folder(_ files: [String: String]) throws -> Digest {
    let source = "\(root)/source-\(UUID().uuidString)"
    for (name, text) in files { try AtomicFile.write(Data(text.utf8), to: "\(source)/\(name)") }
    defer { try? FileManager.default.removeItem(atPath: source) }
    return try pantry.store(folderAt: source)
  }

  /// The fixture as `galley`, with the libraries that it is linked with beside it.
  private func addPrograms() throws {
    var files = ["galley": Self.fixture]
    for path in try Self.libraries() { files[(path as NSString).lastPathComponent] = path }
    try add("programs", .programs, files, executables: ["galley"])
  }

  private func addLibrary() throws {
    let source = "\(root)/library"
    try AtomicFile.write(Data("library".utf8), to: source)
    let record = InstalledLibraries.Record(
      name: "onnxruntime", version: "1", path: "onnxruntime-1", main: "lib/main.so",
      sha256: try Digest(ofFileAt: source).hex, licence: "MIT")
    try add("onnxruntime-1", .library, ["lib/main.so": source], library: record)
  }

  private func add(
    _ name: String, _ kind: PantryTree.Kind, _ files: [String: String], executables: Set<String> = [],
    library: InstalledLibraries.Record? = nil
  ) throws {
    let entries = try files.map { path, file in
      PantryTree.Entry(path: path, digest: try Digest(ofFileAt: file), isExecutable: executables.contains(path))
    }
    let tree = PantryTree(name: name, kind: kind, library: library, entries: entries)
    let delivery = try PantryDelivery(into: pantry, id: name)
    for (path, file) in files {
      let place = URL(filePath: delivery.place(forTree: tree)).appending(path: path)
      try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: URL(filePath: file).resolvingSymlinksInPath(), to: place)
    }
    try delivery.add(tree: tree)
    try delivery.commit()
  }

  /// What `ldd` says that the fixture needs beyond the C library.
  private static func libraries() throws -> [String] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/ldd")
    process.arguments = [fixture]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.matches(of: /=> (\/\S+)/).map { String($0.1) }
      .filter { !HostFiles.libraryNames.contains(($0 as NSString).lastPathComponent) }
  }
}
