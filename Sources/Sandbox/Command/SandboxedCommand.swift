// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Dispatch
internal import Files
internal import Glibc

/// A program to be run cut off from the network and from every file but the named ones, while it is written down what it
/// opens, what it executes and where it wants to connect.
///
/// ```swift
/// let command = SandboxedCommand(
///   program: "/bin/true", mounts: [.readOnly("/bin/true"), .processes] + HostFiles.ofThisMachine().mounts)
/// let record = try await command.run()
/// ```
///
/// What the kernel opens by itself isn't written down: a program's loader, the interpreter that a script's first line
/// names. They too must be mounted.
public struct SandboxedCommand: Sendable {
  /// Absolute path of the program, inside.
  public var program: String
  /// Its arguments, without its name.
  public var arguments: [String]
  /// Its whole environment.
  public var environment: [String: String]
  /// Its working folder, inside.
  public var folder: String
  /// What it can see. A mount may lie in an earlier one if its target exists there.
  public var mounts: [SandboxMount]
  /// How long it may take; then it is killed with all it started.
  public var timeLimit: Duration?
  /// Files on this machine for its standard output and standard error; `nil` throws them away.
  public var output: String?
  /// See `output`.
  public var errors: String?
  /// Bounds of its resources.
  public var limits: [ResourceLimit]
  /// The least that will do: `.seccompOnly` accepts less where the kernel forbids namespaces.
  public var weakest: Isolation.Kind

  /// Describes a command.
  public init(
    program: String, arguments: [String] = [], environment: [String: String] = [:], folder: String = "/",
    mounts: [SandboxMount], timeLimit: Duration? = nil, output: String? = nil, errors: String? = nil,
    limits: [ResourceLimit] = [.noCoreFiles], weakest: Isolation.Kind = .seccompOnly
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.mounts = mounts
    self.timeLimit = timeLimit
    self.output = output
    self.errors = errors
    self.limits = limits
    self.weakest = weakest
  }

  /// A bound of one resource; nobody gets more than they already may have.
  public struct ResourceLimit: Sendable, Hashable {
    /// The number of the resource, `RLIMIT_…`.
    public var resource: CInt
    /// The bound, in the resource's unit.
    public var value: UInt64

    /// A bound.
    public init(resource: CInt, value: UInt64) { (self.resource, self.value) = (resource, value) }

    /// A crash leaves no file.
    public static let noCoreFiles = ResourceLimit(resource: CInt(RLIMIT_CORE.rawValue), value: 0)
    /// Bytes of address space of each process.
    public static func addressSpace(_ bytes: UInt64) -> ResourceLimit {
      ResourceLimit(resource: CInt(RLIMIT_AS.rawValue), value: bytes)
    }
    /// Open files of each process.
    public static func openFiles(_ count: UInt64) -> ResourceLimit {
      ResourceLimit(resource: CInt(RLIMIT_NOFILE.rawValue), value: count)
    }
  }

  /// Runs it and waits until it and all it started are gone.
  /// - Returns: What it did; whatever its exit code. Beyond the time limit it is killed, and the record says so.
  /// - Throws: `GalleyError`: `missingInput` if a mount or the program does not exist, `unavailable` if this kernel does
  ///   not let it be cut off, `configuration` for paths that can't be used, `cantCreate` for its output files,
  ///   `interrupted` if the task was cancelled; it is killed then.
  public func run() async throws(GalleyError) -> SandboxRecord {
    let command = try checked()
    let stop = StopSignal()
    let result: Result<SandboxRecord, GalleyError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        DispatchQueue(label: "galley.sandbox").async {
          continuation.resume(returning: Self.perform(command, stop))
        }
      }
    } onCancel: {
      stop.request()
    }
    return try result.get()
  }

  private static func perform(_ command: SandboxedCommand, _ stop: StopSignal) -> Result<SandboxRecord, GalleyError> {
    do throws(GalleyError) {
      let streams = try OutputStreams(output: command.output, errors: command.errors)
      defer { streams.close() }
      let started = try StartedSandbox.start(command, streams)
      return .success(try Supervisor(command, started, stop).supervise())
    } catch {
      return .failure(error)
    }
  }

  /// The command with the mounts' sources free of symbolic links, which would lead elsewhere inside.
  private func checked() throws(GalleyError) -> SandboxedCommand {
    var command = self
    for path in [program, folder] + mounts.map(\.target) { try Self.check(path) }
    for text in arguments + environment.map({ "\($0)=\($1)" }) where text.utf8.contains(0) {
      throw Self.unusable(text.split(separator: "\0").first.map(String.init) ?? "", "it holds a NUL")
    }
    for index in mounts.indices where mounts[index].isBound {
      command.mounts[index].source = try Self.real(mounts[index].source)
    }
    return command
  }

  private static func check(_ path: String) throws(GalleyError) {
    guard path.hasPrefix("/"), !path.utf8.contains(0), !path.split(separator: "/").contains("..") else {
      throw unusable(path, "it is not an absolute path without '..'")
    }
  }

  private static func unusable(_ text: String, _ reason: String) -> GalleyError {
    GalleyError(.configuration, "can't run a command cut off", at: text, why: reason)
  }

  static func real(_ path: String) throws(GalleyError) -> String {
    guard let real = realpath(path, nil) else {
      throw GalleyError(
        .missingInput, "can't show a file to a command that runs cut off", at: path,
        why: String(cString: strerror(errno)), remedy: "Check that it exists and may be read.")
    }
    defer { free(real) }
    return String(cString: real)
  }
}
