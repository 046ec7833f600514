// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley

/// ONNX Runtime, opened when first used.
public struct ONNXRuntime: Runtime {
  /// The options in force.
  public let options: Options

  public init(_ options: Options) throws {
    try options.check()
    self.options = options
  }

  public static let formats: Set<ModelFormat> = [.onnx]

  public static func availability() -> Availability { ONNXRuntimeLibrary.availability() }

  /// Keeps the library from sending anything to its makers, as opening it does too; a program that calls this before it
  /// has a second thread spares itself a change of the environment later.
  public static func forbidTelemetry() { ONNXRuntimeLibrary.forbidTelemetry() }

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

  /// The names that a model gives to the dimensions that it leaves open, by the names of its inputs and outputs; `nil`
  /// where a dimension is fixed or has no name.
  /// - Returns: nothing if the model is another runtime's.
  public static func dimensionNames(of model: any CompiledModel) -> [String: [String?]] {
    guard let model = model as? ONNXRuntimeModel else { return [:] }
    let ports = model.inputPorts + model.outputPorts
    let names = ports.map { ($0.spec.name, $0.dimensionNames.map { $0.isEmpty ? nil : $0 }) }
    return Dictionary(names, uniquingKeysWith: { first, _ in first })
  }

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
