// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// A model that OpenVINO has read and compiled.
final class OpenVINOModel: CompiledModel, Sendable {
  let path: String
  let library: OpenVINOLibrary
  let inputPorts: [OpenVINOPort]
  let inputs: [ValueSpec]
  let outputs: [ValueSpec]
  let configuration: [String: String]
  let preferredSessions: Int
  private let shapes: OpenVINOShapes?
  private let compiled: OpenVINOCompiled

  init(
    _ file: ModelFile, _ options: OpenVINORuntime.Options, _ library: OpenVINOLibrary
  ) throws(GalleyError) {
    let properties = try OpenVINOProperties(options)
    try properties.requireDevice(library)
    let source = try OpenVINOSource(file, library)
    inputPorts = try Self.located(file.path) { () throws(GalleyError) in
      try OpenVINOPort.all(.input, of: source.model, library)
    }
    inputs = try Self.specs(inputPorts, .input, file.path)
    outputs = try Self.specs(try OpenVINOPort.all(.output, of: source.model, library), .output, file.path)
    compiled = OpenVINOCompiled(try properties.compile(source.model, at: file.path, library), library)
    try properties.requireHonoured(by: compiled, at: file.path)
    configuration = compiled.configuration(options)
    preferredSessions = max(1, configuration["optimalRequests"].flatMap { Int($0) } ?? 1)
    let ports = inputPorts
    let openInputs = ports.indices.filter { ports[$0].fixedShape == nil }
    let fixing = options.fixedShapes ? properties : nil
    shapes =
      openInputs.isEmpty
      ? nil : OpenVINOShapes(source, openInputs: openInputs, compiled, fixing: fixing, library)
    path = file.path
    self.library = library
  }

  func makeSession(inputShapes given: [[Int]]) throws -> any InferenceSession {
    try makeRequest(given)
  }

  /// A session as its own type.
  func makeRequest(_ given: [[Int]]) throws(GalleyError) -> OpenVINOSession {
    try require(given)
    return try OpenVINOSession(self, shapes?.compiled(for: given) ?? compiled, given)
  }

  func run(_ values: [ModelValue]) throws -> [ModelValue] {
    let tensors = try tensors(of: values)
    let session = try makeRequest(tensors.map(\.shape))
    for (index, tensor) in tensors.enumerated() {
      try tensor.bytes.withUnsafeBytes { try session.setInput(index, $0) }
    }
    try session.run()
    return try outputs.indices.map { .tensor(try session.tensor(ofOutput: $0)) }
  }

  /// The tensors that `values` are, if they fit the inputs.
  func tensors(of values: [ModelValue]) throws(GalleyError) -> [Tensor] {
    guard values.count == inputs.count else {
      throw GalleyError(
        .badData, "can't run the model", at: path, why: "\(values.count) values were given for \(inputs.count) inputs")
    }
    var tensors: [Tensor] = []
    for (spec, value) in zip(inputs, values) {
      guard case .tensor(let expected, _) = spec.kind, let tensor = value.tensor, tensor.elementType == expected else {
        throw GalleyError(
          .badData, "can't run the model", at: path,
          why: "input '\(spec.name)' takes \(Self.text(spec.kind)), and \(Self.text(value)) was given")
      }
      tensors.append(tensor)
    }
    return tensors
  }

  /// Refuses shapes that the model doesn't take, naming both.
  private func require(_ given: [[Int]]) throws(GalleyError) {
    guard given.count == inputPorts.count else {
      throw GalleyError(
        .badData, "can't open a session", at: path,
        why: "\(given.count) shapes were given for \(inputPorts.count) inputs")
    }
    for (port, shape) in zip(inputPorts, given) where !port.accepts(shape) {
      throw GalleyError(
        .badData, "can't open a session", at: path,
        why: "input '\(port.name)' has the shape \(port.shapeText), and \(shape) was given")
    }
  }
}

extension OpenVINOModel {
  private static func specs(
    _ ports: [OpenVINOPort], _ side: OpenVINOPort.Side, _ path: String
  ) throws(GalleyError) -> [ValueSpec] {
    try located(path) { () throws(GalleyError) in
      var specs: [ValueSpec] = []
      for port in ports { specs.append(try port.spec(side)) }
      return specs
    }
  }

  /// Puts the model's path before what an error says.
  private static func located<Result>(
    _ path: String, _ body: () throws(GalleyError) -> Result
  ) throws(GalleyError) -> Result {
    do throws(GalleyError) {
      return try body()
    } catch {
      let why = error.place.map { "\($0): \(error.why)" } ?? error.why
      throw GalleyError(error.exitCode, error.what, at: path, why: why)
    }
  }

  private static func text(_ kind: ValueKind) -> String {
    if case .tensor(let type, _) = kind { return "a tensor of \(type)" }
    return "another kind of value"
  }

  private static func text(_ value: ModelValue) -> String {
    switch value {
    case .tensor(let tensor): "a tensor of \(tensor.elementType)"
    case .strings: "text"
    case .sequence: "a sequence"
    case .map: "a map"
    case .absent: "nothing"
    }
  }
}
