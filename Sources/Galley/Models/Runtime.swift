// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Executes models of some formats: ONNX Runtime, OpenVINO, LiteRT.
public protocol Runtime: Ingredient {
  /// The formats of the files that it executes.
  static var formats: Set<ModelFormat> { get }
  /// Whether the runtime's library is here, asked before anything is built.
  static func availability() -> Availability
  /// The card by which this very runtime is known: that of its type, unless another program executes.
  var ownCard: Card { get }
  /// Whether what executes is here: as its type says, unless another program executes.
  func ownAvailability() -> Availability
  /// Reads and compiles a model; expensive, and never counted as inference.
  /// - Throws: `GalleyError` with the runtime's own words.
  func compile(_ model: ModelFile) throws -> any CompiledModel
  /// How long each operator of the model takes, as the runtime itself measures it; profiling slows the model down.
  /// - Parameters:
  ///   - inputs: A value for each input.
  ///   - repetitions: Inferences over which the times are averaged.
  /// - Throws: `GalleyError` if the model can't be run or the runtime can't profile.
  func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming]
}

extension Runtime {
  public var ownCard: Card { Self.card }
  public func ownAvailability() -> Availability { Self.availability() }
}

/// Why a runtime can or can't be used here.
public enum Availability: Sendable, Hashable {
  /// It can: the library's version and path.
  case available(version: String, library: String)
  /// It can't: the reason, and where it was looked for.
  case unavailable(reason: String, searched: [String])
}

/// The time that one operator of a model takes, as its runtime says.
public struct OperatorTiming: Sendable, Hashable, Codable {
  /// The name of the node in the runtime's graph, which may be fused of several of the model's.
  public var name: String
  /// The type of the operator.
  public var operatorType: String
  /// Mean time of one inference in it, in seconds.
  public var seconds: Double
  /// Where or how it was executed: the provider, the kernel; empty if the runtime doesn't say.
  public var executor: String

  /// Creates a record.
  public init(name: String, operatorType: String, seconds: Double, executor: String = "") {
    self.name = name
    self.operatorType = operatorType
    self.seconds = seconds
    self.executor = executor
  }
}

/// A model ready to run; immutable, shared between sessions.
public protocol CompiledModel: Sendable {
  /// The model's inputs, in the model's order.
  var inputs: [ValueSpec] { get }
  /// The model's outputs, in the model's order.
  var outputs: [ValueSpec] { get }
  /// What the runtime really used, recorded with every measurement.
  var configuration: [String: String] { get }
  /// How many sessions give the most inferences per second when they are in flight at once; 1 for a runtime that
  /// spreads one inference over its threads.
  var preferredSessions: Int { get }
  /// Opens one stream of inferences over tensors.
  /// - Parameter shapes: the shape of each input; needed where the model leaves dimensions open.
  /// - Throws: `GalleyError` that names both shapes if one doesn't fit, or if an input is no tensor of numbers.
  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession
  /// Runs once over values of any kind; it allocates, so it is not what is measured.
  /// - Parameter inputs: a value for each input, in the model's order.
  /// - Returns: a value for each output, in the model's order.
  /// - Throws: `GalleyError` with the runtime's own words, or with both shapes if one doesn't fit.
  func run(_ inputs: [ModelValue]) throws -> [ModelValue]
}

extension CompiledModel {
  public var preferredSessions: Int { 1 }
}

/// One stream of inferences over buffers bound once. It belongs to one thread, so it isn't `Sendable`.
public protocol InferenceSession: AnyObject {
  /// Gives `body` the buffer from which the runtime reads an input, to be written in place; `shape` is its shape.
  func withInput<Result>(_ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result) throws
    -> Result
  /// Runs once over the bound buffers: the call whose time is measured.
  func run() throws
  /// Begins an inference without waiting for it, if the runtime can; otherwise does it.
  func start() throws
  /// Waits for the inference that ``start()`` began.
  func wait() throws
  /// Gives `body` an output's bytes; they are valid until the next run.
  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result
  /// Stops a run that is under way, from any thread; that run throws. A run that begins later is not affected.
  var cancellation: @Sendable () -> Void { get }
}

extension InferenceSession {
  public func start() throws { try run() }
  public func wait() throws {}

  /// Copies an input's bytes into its bound buffer.
  /// - Throws: `GalleyError` if there is no such input or it has another size.
  public func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws {
    try withInput(index) { buffer, shape in
      guard bytes.count == buffer.count else {
        throw GalleyError(
          .badData, "can't set input \(index)",
          why: "\(bytes.count) bytes were given, and a tensor of shape \(shape) has \(buffer.count)")
      }
      buffer.copyMemory(from: bytes)
    }
  }
}
