// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// The built program, run as a person runs it.
struct Program {
  /// What a run of it gave.
  struct Outcome {
    var status: Int32
    var wasSignalled: Bool
    var output: String
    var errors: String
  }

  /// The package's root.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path(percentEncoded: false)

  /// The executable beside the test bundle.
  static let executable: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? runner)
      .deletingLastPathComponent().appending(path: "galley").path(percentEncoded: false)
    let candidates = [
      ProcessInfo.processInfo.environment["GALLEY_EXECUTABLE"], beside, root + ".build/release/galley",
    ]
    return candidates.compactMap { $0 }.first(where: FileManager.default.isExecutableFile) ?? beside
  }()

  /// A folder of this test's own, used as the pantry and for outputs.
  let folder: String
  var environment: [String: String] = [:]

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
      .path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs another program that was built beside it.
  func run(beside name: String, named log: String = "beside") async throws -> Outcome {
    let folder = URL(filePath: Self.executable).deletingLastPathComponent()
    let process = try start([], named: log, executable: folder.appending(path: name))
    await Self.end(of: process)
    return try outcome(of: process, named: log)
  }

  /// Starts the program; standard output and errors go to files, so that no pipe can fill up.
  func start(_ arguments: [String], named name: String = "run", executable: URL? = nil) throws -> Process {
    let process = Process()
    process.executableURL = executable ?? URL(filePath: Self.executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["GALLEY_HOME": "\(folder)/pantry"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.sink("\(folder)/\(name).out")
    process.standardError = try Self.sink("\(folder)/\(name).err")
    try process.run()
    return process
  }

  /// Runs the program to its end.
  func run(_ arguments: [String], named name: String = "run") async throws -> Outcome {
    let process = try start(arguments, named: name)
    await Self.end(of: process)
    return try outcome(of: process, named: name)
  }

  /// Waits without holding a thread: other tests need them while this one's program works.
  static func end(of process: Process) async {
    while process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
  }

  func outcome(of process: Process, named name: String = "run") throws -> Outcome {
    Outcome(
      status: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal,
      output: try text("\(name).out"), errors: try text("\(name).err"))
  }

  /// A file of this test's folder.
  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
  }

  /// Writes a recipe over the digits that is quick: few epochs, few turns.
  @discardableResult
  func writeRecipe(_ more: String = "", width: Int = 4, epochs: Int = 2) throws -> String {
    let path = "\(folder)/recipe.yaml"
    let text = """
      recipe: quick
      task: classification
      seed: 5
      data: {use: image-table, path: \(Self.root)Examples/digits/data/digits.csv, height: 8, width: 8, maximum: 16}
      model: {architecture: {use: small-convnet, width: \(width), depth: 2}}
      trainer: {epochs: \(epochs)}
      measurement: {processes: 3, blocks: 4, blockMilliseconds: 2}
      variants:
        - name: float32
        - name: int8
          set: {optimizer: int8}
      \(more)
      """
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private static func sink(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try FileHandle(forWritingTo: URL(filePath: path))
  }
}
