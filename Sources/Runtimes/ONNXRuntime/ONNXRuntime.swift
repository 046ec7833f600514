// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// ONNX Runtime on the processor, opened when first used.
public struct ONNXRuntime: Runtime {
  /// How far ONNX Runtime rewrites the graph when it compiles a model.
  public enum GraphOptimization: String, Sendable, Hashable, Codable, CaseIterable {
    /// The graph as it is.
    case none
    /// Rewritings that don't depend on the processor, such as constant folding.
    case basic
    /// Also fused operators.
    case extended
    /// Also memory layouts made for this processor.
    case all
  }

  /// What a recipe can choose.
  public struct Options: Codable, Sendable, Hashable {
    /// Threads for one operator.
    public var threads: Int
    /// How far the graph is rewritten.
    public var graphOptimization: GraphOptimization
    /// Whether waiting threads spin, which is faster between inferences that follow at once and burns processor time.
    public var spinning: Bool

    /// Chooses.
    public init(threads: Int = 1, graphOptimization: GraphOptimization = .all, spinning: Bool = false) {
      self.threads = threads
      self.graphOptimization = graphOptimization
      self.spinning = spinning
    }
  }

  public static let card = Card(
    taxonomy: "runtime.onnxruntime", version: SemanticVersion(1, 0, 0),
    summary: "ONNX Runtime on the processor",
    options: [
      OptionDeclaration(
        "threads", .int(minimum: 1, maximum: 1024), default: .int(1), help: "Threads for one operator."),
      OptionDeclaration(
        "graphOptimization", .choice(GraphOptimization.allCases.map { Choice($0.rawValue) }), default: .string("all"),
        help: "How far the graph is rewritten when the model is compiled."),
      OptionDeclaration(
        "spinning", .bool, default: .bool(false),
        help: "Whether waiting threads spin: faster with several threads, and it burns processor time."),
    ], tools: ["onnxruntime"])

  /// The options in force.
  public let options: Options

  public init(_ options: Options) throws {
    guard options.threads >= 1 else {
      throw GalleyError(
        .configuration, "can't use ONNX Runtime", at: "threads", why: "\(options.threads) threads can't run a model",
        remedy: "Give 1 or more.")
    }
    self.options = options
  }

  public static let formats: Set<ModelFormat> = [.onnx]

  public static func availability() -> Availability { ONNXRuntimeLibrary.availability() }

  /// The library that is in use: name, version, digest; its file is read for the digest.
  /// - Throws: `GalleyError` if it isn't here.
  public static func record(configuration: [String: String] = [:]) throws -> RuntimeRecord {
    let library = try ONNXRuntimeLibrary.shared()
    return RuntimeRecord(
      name: card.name, version: library.version, libraryDigest: try? Digest(ofFileAt: library.path),
      configuration: configuration)
  }

  /// The execution providers that the library was built with, best first.
  /// - Throws: `GalleyError` if the library isn't here.
  public static func providers() throws -> [String] { try ONNXRuntimeLibrary.shared().providers() }

  public func compile(_ model: ModelFile) throws -> any CompiledModel {
    try requireFormat(model)
    return try ONNXRuntimeModel(path: model.path, options: options, library: ONNXRuntimeLibrary.shared())
  }

  func requireFormat(_ model: ModelFile) throws(GalleyError) {
    guard Self.formats.contains(model.format) else {
      throw GalleyError(
        .configuration, "can't compile the model", at: model.path,
        why: "ONNX Runtime executes ONNX files, and this is \(model.format.rawValue)")
    }
  }
}
