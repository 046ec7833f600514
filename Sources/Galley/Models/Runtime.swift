// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// Executes models of some formats: ONNX Runtime, OpenVINO, LiteRT.
public protocol Runtime: Ingredient {
  /// Whether the runtime's library is here, asked before anything is built.
  static func availability() -> Availability
  /// Reads and compiles a model; expensive, and never counted as inference.
  /// - Throws: `GalleyError` with the runtime's own words.
  func compile(_ model: ModelFile) throws -> any CompiledModel
}

/// Why a runtime can or can't be used here.
public enum Availability: Sendable, Hashable {
  /// It can: the library's version and path.
  case available(version: String, library: String)
  /// It can't: the reason, and where it was looked for.
  case unavailable(reason: String, searched: [String])
}

/// A model ready to run; immutable, shared between sessions.
public protocol CompiledModel: Sendable {
  /// The model's inputs, in the model's order.
  var inputs: [TensorSpec] { get }
  /// The model's outputs, in the model's order.
  var outputs: [TensorSpec] { get }
  /// What the runtime really used, recorded with every measurement.
  var configuration: [String: String] { get }
  /// Opens one stream of inferences.
  /// - Parameter shapes: the shape of each input; needed where the model leaves dimensions open.
  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession
}

/// One stream of inferences over buffers bound once. It belongs to one thread, so it isn't `Sendable`.
public protocol InferenceSession: AnyObject {
  /// Copies an input's bytes into its bound buffer.
  func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws
  /// Runs once over the bound buffers: the call whose time is measured.
  func run() throws
  /// Gives `body` an output's bytes; they are valid until the next run.
  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result
}
