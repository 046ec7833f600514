// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// OpenVINO, opened when first used: reads ONNX, IR and TensorFlow Lite files.
///
/// Two things that the figures of a model may depend on: OpenVINO computes 64-bit integers in 32 bits and float64 in
/// float32 on the processor, and without a precision it takes bfloat16 or float16 where the processor has it; so the
/// precision is float32 unless the recipe says otherwise.
public struct OpenVINORuntime: Runtime {
  /// The options in force.
  public let options: Options

  public static let formats: Set<ModelFormat> = [.onnx, .openvino, .tflite]

  public init(_ options: Options) throws {
    for (name, value, smallest) in [
      ("threads", options.threads, 0), ("streams", options.streams, 0), ("requests", options.requests, 0),
    ] where value < smallest {
      throw GalleyError(
        .configuration, "can't use OpenVINO", at: name, why: "\(value) is less than \(smallest)",
        remedy: "Give 0 to let OpenVINO choose, or 1 or more.")
    }
    self.options = options
  }

  public static func availability() -> Availability { OpenVINOLibrary.availability() }

  /// The library that is in use: name, version, digest; its file is read for the digest.
  /// - Throws: `GalleyError` if it isn't here.
  public static func record(configuration: [String: String] = [:]) throws -> RuntimeRecord {
    let library = try OpenVINOLibrary.shared()
    return RuntimeRecord(
      name: card.name, version: library.version, libraryDigest: try? Digest(ofFileAt: library.path),
      configuration: configuration)
  }

  /// The devices that OpenVINO finds on this machine, such as `CPU` and `GPU.0`.
  /// - Throws: `GalleyError` if the library isn't here.
  public static func devices() throws -> [String] { try OpenVINOLibrary.shared().devices() }

  public func compile(_ model: ModelFile) throws -> any CompiledModel {
    try OpenVINOModel(model, options, OpenVINOLibrary.shared())
  }

  public func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    var options = options
    options.profiling = true
    let compiled = try OpenVINOModel(model, options, OpenVINOLibrary.shared())
    return try OpenVINOProfile.record(compiled, inputs, repetitions: repetitions)
  }
}
