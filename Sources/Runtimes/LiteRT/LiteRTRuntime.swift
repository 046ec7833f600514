// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// LiteRT, which was TensorFlow Lite: `.tflite` files on the processor, or through a delegate of the user's; opened when
/// first used.
public struct LiteRTRuntime: Runtime {
  /// Which implementations of the operators are used.
  public enum Kernels: String, Sendable, Hashable, Codable, CaseIterable {
    /// XNNPACK's where it has them, LiteRT's own elsewhere.
    case xnnpack
    /// LiteRT's own, optimized ones.
    case builtin
    /// LiteRT's own, written for clarity: very slow, for comparing results.
    case reference
  }

  /// What executes the model beside the processor.
  public enum Accelerator: String, Sendable, Hashable, Codable, CaseIterable {
    /// The processor alone.
    case cpu
    /// A graphics processor; the processor does what it can't.
    case gpu
    /// A neural processor; the processor does what it can't.
    case npu
  }

  /// What a recipe can choose.
  public struct Options: Codable, Sendable, Hashable {
    /// Threads for one inference.
    public var threads: Int
    /// Which implementations of the operators are used.
    public var kernels: Kernels
    /// A folder that keeps XNNPACK's packed weights, a file for each model; empty keeps none.
    public var weightCache: String
    /// What executes the model beside the processor.
    public var accelerator: Accelerator
    /// The library of an external TensorFlow Lite delegate, which takes the operators that it can; empty for none.
    public var delegate: String
    /// Options of the delegate, each as `key=value`.
    public var delegateOptions: [String]
    /// The signature that is called; empty for `serving_default`, or the first if there is none of that name.
    public var signature: String

    /// Chooses.
    public init(
      threads: Int = 1, kernels: Kernels = .xnnpack, weightCache: String = "", accelerator: Accelerator = .cpu,
      delegate: String = "", delegateOptions: [String] = [], signature: String = ""
    ) {
      self.threads = threads
      self.kernels = kernels
      self.weightCache = weightCache
      self.accelerator = accelerator
      self.delegate = delegate
      self.delegateOptions = delegateOptions
      self.signature = signature
    }
  }

  public static let card = Card(
    taxonomy: "runtime.litert", version: SemanticVersion(1, 0, 0), summary: "LiteRT (TensorFlow Lite) on the processor",
    options: [
      OptionDeclaration(
        "threads", .int(minimum: 1, maximum: 1024), default: .int(1), help: "Threads for one inference."),
      OptionDeclaration(
        "kernels", .choice(Kernels.allCases.map { Choice($0.rawValue) }), default: .string("xnnpack"),
        help: "Which implementations of the operators are used."),
      OptionDeclaration(
        "weightCache", .string, default: .string(""),
        help: "A folder that keeps XNNPACK's packed weights, a file for each model; empty keeps none."),
      OptionDeclaration(
        "accelerator", .choice(Accelerator.allCases.map { Choice($0.rawValue) }), default: .string("cpu"),
        help: "What executes the model beside the processor."),
      OptionDeclaration(
        "delegate", .path, default: .string(""),
        help: "The library of an external delegate, which takes the operators that it can; empty for none."),
      OptionDeclaration(
        "delegateOptions", .list(.string), default: .list([]), help: "Options of the delegate, each as key=value."),
      OptionDeclaration(
        "signature", .string, default: .string(""),
        help: "The signature that is called; empty for serving_default, or the first if there is none of that name."),
    ], tools: ["litert"])

  public static let formats: Set<ModelFormat> = [.tflite]

  /// The options in force.
  public let options: Options

  /// - Throws: `GalleyError` if options contradict each other or can't be given to LiteRT.
  public init(_ options: Options) throws {
    try LiteRTOptionCheck(options).check()
    self.options = options
  }

  public static func availability() -> Availability { LiteRTLibrary.availability() }

  /// The library that is in use: name, version, digest; its file is read for the digest.
  /// - Throws: `GalleyError` if it isn't here.
  public static func record(configuration: [String: String] = [:]) throws -> RuntimeRecord {
    let library = try LiteRTLibrary.shared()
    return RuntimeRecord(
      name: card.name, version: library.version, libraryDigest: try? Digest(ofFileAt: library.path),
      configuration: configuration)
  }

  /// The names of the accelerators that the library offers on this machine.
  /// - Throws: `GalleyError` if the library isn't here.
  public static func accelerators() throws -> [String] {
    try LiteRTEnvironment(LiteRTLibrary.shared(), registering: .all).accelerators().map(\.name)
  }

  public func compile(_ model: ModelFile) throws -> any CompiledModel {
    try LiteRTModel(loaded(model), LiteRTCompilation(options, profiles: false))
  }

  /// LiteRT counts whole microseconds for each operator of each inference.
  public func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    try LiteRTProfile(LiteRTModel(loaded(model), LiteRTCompilation(options, profiles: true)))
      .timings(inputs, repetitions: repetitions)
  }

  private func loaded(_ model: ModelFile) throws(GalleyError) -> LiteRTLoadedModel {
    guard Self.formats.contains(model.format) else {
      throw GalleyError(
        .configuration, "can't compile the model", at: model.path,
        why: "LiteRT executes .tflite files, and this is \(model.format.rawValue)")
    }
    return try LiteRTLoadedModel(
      path: model.path, environment: LiteRTEnvironment.suited(to: options, LiteRTLibrary.shared()),
      signature: options.signature)
  }
}
