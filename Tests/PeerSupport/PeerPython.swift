// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Foundation

/// Python with the packages that tests compare Galley with, in a virtual environment that `Native/peers.sh` makes.
public struct PeerPython: Sendable {
  /// The package's folder.
  public static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The interpreter.
  public let executable: URL

  /// Python that ended with an error.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Names an interpreter.
  /// - Parameters:
  ///   - folder: the virtual environment, from the package's folder on.
  ///   - variable: an environment variable that may name another virtual environment.
  public init(in folder: String = ".peers", orNamedBy variable: String? = nil) {
    let named = variable.flatMap { ProcessInfo.processInfo.environment[$0] }.map { URL(filePath: $0) }
    executable = (named ?? Self.root.appending(path: folder)).appending(path: "bin/python3")
  }

  /// Whether there is such an interpreter.
  public var isPresent: Bool { FileManager.default.isExecutableFile(atPath: executable.path) }

  /// Whether it finds modules; none is imported.
  public func finds(_ modules: String...) -> Bool {
    let test = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
    return isPresent && (try? run(["-c", test] + modules)) != nil
  }

  /// What a script of `Tests/Peers` prints, decoded from JSON.
  public func ask<Answer: Decodable>(
    _ script: String, _ arguments: [String] = [], as answer: Answer.Type = Answer.self
  ) throws -> Answer {
    try JSONDecoder().decode(answer, from: run(script: "Tests/Peers/\(script)", arguments))
  }

  /// What a script prints, which is named from the package's folder on.
  public func run(script: String, _ arguments: [String] = []) throws -> Data {
    try run(["-B", Self.root.appending(path: script).path] + arguments)
  }

  /// What Python prints.
  /// - Throws: ``Failure`` with what it says on standard error, if it doesn't end with 0.
  public func run(_ arguments: [String]) throws -> Data {
    // A file, since a pipe that nobody reads meanwhile would stop a peer that says much.
    let errors = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString)")
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    let process = Process()
    let output = Pipe()
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      throw Failure(
        description:
          "\(arguments) ended with \(process.terminationStatus): \(words)\(String(decoding: data, as: UTF8.self))")
    }
    return data
  }
}
