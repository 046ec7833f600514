// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
public import Pantry

/// Everything that a registered worker consists of, so that it can be run elsewhere: its files, the wheels that its lock
/// names, what installs them, and the interpreter.
public struct WorkerParts: Sendable, Hashable {
  /// A CPython on this machine, and where it keeps what belongs to it.
  public struct Interpreter: Sendable, Hashable {
    /// Its version.
    public var version: PythonVersion
    /// The program itself, no link.
    public var executable: String
    /// The folder from which Python finds its standard library.
    public var prefix: String
    /// The standard library.
    public var library: String
    /// The standard library's extension modules.
    public var extensions: String
  }

  /// The worker.
  public let worker: RegisteredWorker
  /// Its files by their paths relative to its folder: the program, its lock, the modules beside it that it imports, and
  /// what its block names.
  public let files: [String: String]
  /// The interpreter, without the packages that may be installed in it.
  public let interpreter: Interpreter
  /// The wheels that its lock names; their licences are known of those that the pantry holds.
  public let wheels: [ArtifactRequirement]
  /// What installs the wheels; `nil` if there are none.
  public let installer: ArtifactRequirement?
  /// The environment of its lock on this machine; `nil` if there is none.
  public let environment: String?
  /// Modules that it can do without and that are not carried.
  public let leftOut: [String]

  static let what = "can't carry the worker"

  /// Finds out what a worker consists of.
  /// - Throws: `GalleyError`: `configuration` with the reason if it can't be carried, `unavailable` if its interpreter
  ///   can't be asked.
  public static func of(
    _ worker: RegisteredWorker, in pantry: Pantry, variables: [String: String]
  ) async throws -> WorkerParts {
    let (program, home) = (worker.source.program, WorkerHome(root: pantry.root))
    let metadata = try program.metadata()
    let scan: WorkerScan
    if let launch = try? await worker.source.launch() {
      scan = try await WorkerScan.of(program, launch.interpreter, launch.environment)
    } else {
      let interpreter = try PythonInterpreter.ofMachine(given: worker.source.python, environment: variables)
      let own = CarriedPython(interpreter.path, in: home)?.variables() ?? [:]
      scan = try await WorkerScan.of(program, interpreter, own)
    }
    var checks = WorkerPartsChecks(program, scan, home)
    try checks.run(metadata)
    let lock = try metadata.flatMap { $0.dependencies.isEmpty ? nil : try checks.lock($0) }
    return WorkerParts(
      worker: worker, files: try files(of: program, metadata, scan, isLocked: lock != nil),
      interpreter: Interpreter(scan.interpreter), wheels: (lock?.wheels ?? []).map { $0.licensed(in: pantry) },
      installer: try lock.map { _ in try UVTool().requirement }, environment: checks.environment,
      leftOut: checks.leftOut)
  }

  /// The digest of the lock, by which the shared libraries that its packages need are known.
  public var lock: Digest? { files[lockName].flatMap { try? Digest(ofFileAt: $0) } }

  private var lockName: String { "\(Self.name(of: worker.source.program)).lock" }

  /// The program's path in the worker's folder.
  public var programName: String { Self.name(of: worker.source.program) }

  private static func name(of program: WorkerProgram) -> String {
    program.path.split(separator: "/").last.map(String.init) ?? program.path
  }

  private static func files(
    of program: WorkerProgram, _ metadata: ScriptMetadata?, _ scan: WorkerScan, isLocked: Bool
  ) throws(GalleyError) -> [String: String] {
    let folder = String(program.path.dropLast(name(of: program).count + 1))
    var files = [name(of: program): program.path]
    if isLocked || access(program.lockPath, F_OK) == 0 { files["\(name(of: program)).lock"] = program.lockPath }
    for file in scan.files { files[file] = "\(folder)/\(file)" }
    for file in try metadata?.carriedFiles(of: program, in: folder) ?? [] { files[file] = "\(folder)/\(file)" }
    return files
  }
}

extension WorkerParts.Interpreter {
  init(_ said: WorkerScan.Interpreter) {
    self.init(
      version: PythonVersion(said.version), executable: said.executable, prefix: said.prefix, library: said.library,
      extensions: said.extensions)
  }

  /// Parts of the standard library that are not carried: windows on a screen, and what tests and installs Python itself.
  public static let uncarriedModules: Set<String> = [
    "ensurepip", "idlelib", "test", "tkinter", "turtle", "turtledemo",
  ]
}

extension ArtifactRequirement {
  /// The requirement with the licence that its wheel states, if the pantry holds it.
  func licensed(in pantry: Pantry) -> ArtifactRequirement {
    var requirement = self
    if let digest, pantry.contains(digest) { requirement.licence = WheelLicence.stated(in: pantry.path(of: digest)) }
    return requirement
  }
}
