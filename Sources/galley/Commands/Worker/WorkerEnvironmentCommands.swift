// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Fetching
internal import Foundation
internal import Galley
internal import Pantry
internal import Scenarios
internal import Workers

/// Finds out which packages a file needs.
struct WorkerLockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Find the packages that a Python file needs, and write them with their digests.",
    discussion: """
      The file begins with a block of PEP 723:

        # /// script
        # requires-python = ">=3.10"
        # dependencies = ["numpy>=2"]
        # ///

      FILE.lock (PEP 751) is for this kind of machine and this version of Python. uv finds the packages; it is fetched by
      its digest when it is first needed.

      Exit codes: 66 no such file · 69 the package index can't be asked · 78 nothing fits, or the file has no block.
      """)

  @Argument(help: "The file.", completion: .file())
  var file: String

  @OptionGroup var interpreter: InterpreterOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let program = try WorkerProgram(argument: file)
    let lock = try await EnvironmentMaker.ofThisProgram(console).lock(program, python: interpreter.python)
    let packages = lock.packages.map { "\($0.name) \($0.version)" }
    try console.result(json: LockDocument(path: program.lockPath, packages: packages))
    console.result(
      "\(program.lockPath) is written: " + (packages.isEmpty ? "nothing" : packages.joined(separator: ", ")))
  }

  private struct LockDocument: Encodable {
    var path: String
    var packages: [String]
  }
}

/// Makes a file's environment.
struct WorkerSyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Make the environment of a locked Python file.",
    discussion: """
      The wheels that FILE.lock names are fetched into the pantry by their digests; the environment is made of these
      without asking anybody, and lies in Galley's home. If it is there already nothing is done.

      Exit codes: 66 no such file, or no lock · 69 something is missing and this machine is offline, or the lock is for
      another machine · 78 the file has changed since it was locked.
      """)

  @Argument(help: "The file.", completion: .file())
  var file: String

  @OptionGroup var interpreter: InterpreterOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let outcome = try await EnvironmentMaker.ofThisProgram(console).sync(
      WorkerProgram(argument: file), python: interpreter.python)
    try console.result(json: outcome)
    let what = outcome.packages.isEmpty ? "no packages" : outcome.packages.joined(separator: ", ")
    console.result("\(outcome.folder) \(outcome.wasThere ? "was there already" : "is made"): \(what)")
  }
}

extension EnvironmentMaker {
  /// The maker in Galley's home, which fetches as this program does.
  fileprivate static func ofThisProgram(_ console: Console) throws -> EnvironmentMaker {
    let pantry = try Pantry(root: WorkerHome.ofThisProgram.root) { console.note("pantry: \($0)") }
    let fetching = ArtifactFetching(pantry, console)
    return EnvironmentMaker(
      pantry: pantry, variables: ProcessInfo.processInfo.environment,
      isOffline: try FetchPolicy.ofThisProgram().isOffline,
      fetch: { try await fetching.fetch($0) })
  }
}
