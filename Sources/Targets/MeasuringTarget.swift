// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
public import Measuring

/// A machine on which models are measured: this one, or a device that an agent speaks for. All that is asked of it
/// (``measure(_:plan:onEvent:)`` and what stands beside it) takes the same way for every kind.
public protocol MeasuringTarget: Sendable {
  /// Its name in records.
  var targetName: String { get }
  /// What makes it another machine as far as times are concerned: a measurement counts only for the machine it was made
  /// on.
  func fingerprint() -> String
  /// Whether it is this machine: then its libraries are those that are found here, and who measures takes its lock.
  var isLocal: Bool { get }
  /// Whether its measuring processes can decode image files; on this machine they say so themselves if they can't.
  var decodesImages: Bool { get }

  /// Begins to use it.
  /// - Parameters:
  ///   - files: What is going to be needed there, so that it can be brought before anything is started.
  ///   - isAlone: Whether nobody else may work there meanwhile.
  ///   - onWait: Called if somebody else has it, with who that is.
  func open(
    with files: [NeededFile], isAlone: Bool, onWait: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringSession
}

extension MeasuringTarget {
  /// - Throws: `GalleyError` if image files can't be decoded there.
  public func requireImages() throws(GalleyError) {
    guard !decodesImages else { return }
    throw GalleyError(
      .unavailable, "the target '\(targetName)' can't decode images", why: "libvips isn't found there",
      remedy: "Install it there (Debian: libvips42t64 or libvips42) and start its agent again, or leave out "
        + "--decode-on-target.")
  }
}

/// A file of this machine that a target needs.
public struct NeededFile: Sendable, Hashable {
  /// Where it lies here.
  public var path: String
  /// Its SHA-256 if it is known; else it is computed where it matters.
  public var digest: Digest?

  /// Names a file.
  public init(_ path: String, digest: Digest? = nil) { (self.path, self.digest) = (path, digest) }
}

/// The use of a target for one measurement.
public protocol MeasuringSession: Sendable {
  /// Starts a measuring process that is going to be asked for `runtime`.
  func start(
    runtime: IngredientChoice, onLog: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringProcess
  /// The machine now.
  func environment() async throws -> EnvironmentRecord
  /// What the machine's processors did so far; `nil` if nobody there can say.
  func observe() async throws -> MachineObservation?
  /// Processor time that this program itself used on that machine, in seconds.
  var ownProcessorSeconds: Double { get }
  /// Whether the measuring processes are this machine's, so that they can be looked at from here.
  var isLocal: Bool { get }
  /// Ends the use.
  func end() async
}

/// A measuring process of a target. It answers the methods of `TargetMethod`.
public protocol MeasuringProcess: Sendable {
  /// Asks it for a method.
  /// - Throws: `GalleyError`; `CancellationError`.
  func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, _ parameters: Parameters
  ) async throws -> Result
  /// Brings a file there if it isn't there.
  /// - Returns: the path by which the process knows it.
  func bring(_ file: NeededFile) async throws -> String
  /// The path by which the process makes a file that is going to lie here at `path`.
  func fresh(_ path: String) -> String
  /// Takes a file that the process made, to `path`.
  func take(_ digest: Digest, to path: String) async throws
  /// Its number, if it is a process of this machine and has not ended.
  var processID: Int32? { get }
  /// Ends it.
  func stop() async
}

extension EnvironmentRecord {
  /// What makes a machine another one, as far as times are concerned.
  package var fingerprint: String {
    [host, architecture, processor, String(processorCount), String(memoryBytes), kernel].joined(separator: "; ")
  }
}
