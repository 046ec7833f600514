// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Glibc
internal import Tensors

/// A model that ONNX Runtime has read and compiled.
///
/// `@unchecked Sendable`: nothing changes after `init`, and ONNX Runtime allows runs of one session from any thread.
final class ONNXRuntimeModel: CompiledModel, @unchecked Sendable {
  let path: String
  let library: ONNXRuntimeLibrary
  let session: OpaquePointer
  let inputPorts: [ONNXRuntimePort]
  let outputPorts: [ONNXRuntimePort]
  let configuration: [String: String]
  /// Whether the calling thread takes denormal numbers for zero in a run, as ONNX Runtime's own threads do then.
  let flushesDenormals: Bool

  var inputs: [ValueSpec] { inputPorts.map(\.spec) }
  var outputs: [ValueSpec] { outputPorts.map(\.spec) }

  init(
    path: String, options: ONNXRuntime.Options, library: ONNXRuntimeLibrary, profilePrefix: String? = nil
  ) throws(GalleyError) {
    try Self.requireFile(path)
    configuration = try Self.configuration(options, library)
    flushesDenormals = configuration["session.set_denormal_as_zero"] == "1"
    session = try Self.session(path, options, library, profilePrefix)
    do throws(GalleyError) {
      inputPorts = try ONNXRuntimePort.all(.input, of: session, library)
      outputPorts = try ONNXRuntimePort.all(.output, of: session, library)
    } catch {
      library.api.pointee.ReleaseSession(session)
      throw GalleyError(error.exitCode, error.what, at: path, why: error.why)
    }
    self.path = path
    self.library = library
  }

  private static func session(
    _ path: String, _ options: ONNXRuntime.Options, _ library: ONNXRuntimeLibrary, _ profilePrefix: String?
  ) throws(GalleyError) -> OpaquePointer {
    let api = library.api
    let sessionOptions = try library.sessionOptions(options)
    defer { api.pointee.ReleaseSessionOptions(sessionOptions) }
    if let profilePrefix {
      try library.check(api.pointee.EnableProfiling(sessionOptions, profilePrefix), "profile a model", at: path)
    }
    let rewritten = try ONNXRuntimeRewrittenModel(options, sessionOptions, library)
    defer { rewritten?.discard() }
    let mode = DenormalMode.current
    defer { mode.enter() }
    var session: OpaquePointer?
    try library.check(
      api.pointee.CreateSession(library.environment, path, sessionOptions, &session), "compile the model", at: path)
    guard let session else {
      throw GalleyError(.software, "can't compile the model", at: path, why: "ONNX Runtime gave no session")
    }
    do throws(GalleyError) {
      try rewritten?.keep()
    } catch {
      api.pointee.ReleaseSession(session)
      throw error
    }
    return session
  }

  private static func configuration(
    _ options: ONNXRuntime.Options, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> [String: String] {
    let provider = ONNXRuntimeProvider(options.provider)
    var configuration = [
      "provider": try provider.fullName(library), "threads": "\(options.threads)",
      "executionMode": options.executionMode.rawValue, "graphOptimization": options.graphOptimization.rawValue,
      "spinning": "\(options.spinning)", "memoryPattern": "\(options.memoryPattern)",
      "memoryArena": "\(options.memoryArena)",
    ]
    if options.executionMode == .parallel { configuration["interOpThreads"] = "\(options.interOpThreads)" }
    if !provider.isProcessor { configuration["fallback"] = "CPUExecutionProvider" }
    for (key, value) in options.providerPairs { configuration["provider.\(key)"] = value }
    for (key, value) in options.settingPairs { configuration[key] = value }
    return configuration
  }

  deinit { library.api.pointee.ReleaseSession(session) }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    try ONNXRuntimeSession(self, inputShapes: shapes)
  }

  func run(_ inputs: [ModelValue]) throws -> [ModelValue] {
    let values = try makeInputs(inputs)
    return try runMade(values)
  }

  /// ONNX Runtime's values of `inputs`, checked against what the model takes; `nil` for an optional that holds nothing,
  /// which ONNX Runtime wants to be left out.
  func makeInputs(_ inputs: [ModelValue]) throws(GalleyError) -> [ONNXRuntimeValue?] {
    guard inputs.count == inputPorts.count else {
      throw GalleyError(
        .badData, "can't run the model", at: path,
        why: "\(inputs.count) values were given for \(inputPorts.count) inputs")
    }
    var values: [ONNXRuntimeValue?] = []
    for (port, input) in zip(inputPorts, inputs) {
      if input == .absent, case .optional = port.spec.kind {
        values.append(nil)
        continue
      }
      if let shape = input.shape, !port.accepts(shape) {
        throw GalleyError(.badData, "can't run the model", at: path, why: port.refusal(of: shape))
      }
      values.append(
        try ONNXRuntimeValues(library: library, place: "\(path), input '\(port.spec.name)'")
          .make(input, as: port.spec.kind))
    }
    return values
  }

  /// Runs over values that were made before.
  func runMade(_ values: [ONNXRuntimeValue?]) throws(GalleyError) -> [ModelValue] {
    var made = [OpaquePointer?](repeating: nil, count: outputPorts.count)
    defer { for pointer in made { library.api.pointee.ReleaseValue(pointer) } }
    let named = zip(inputPorts, values).compactMap { port, value in value.map { (port.spec.name, $0.pointer) } }
    let mode = DenormalMode.current
    defer { mode.enter() }
    if flushesDenormals { DenormalMode.flushing.enter() }
    try withExtendedLifetime(values) { () throws(GalleyError) in
      try library.run(
        session, inputs: named, outputNames: outputPorts.map(\.spec.name), into: &made, at: path)
    }
    var outputs: [ModelValue] = []
    for (port, pointer) in zip(outputPorts, made) {
      let values = ONNXRuntimeValues(library: library, place: "\(path), output '\(port.spec.name)'")
      outputs.append(try pointer.map { pointer throws(GalleyError) in try values.read(pointer) } ?? .absent)
    }
    return outputs
  }

  /// ONNX Runtime's own message for a folder or an unreadable file doesn't name the reason, so it is asked first.
  private static func requireFile(_ path: String) throws(GalleyError) {
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw GalleyError(
        .missingInput, "can't read the model", at: path, why: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw GalleyError(.missingInput, "can't read the model", at: path, why: "it is not a file")
    }
  }
}

extension ModelValue {
  /// The shape of a tensor of numbers or texts.
  fileprivate var shape: [Int]? {
    switch self {
    case .tensor(let tensor): tensor.shape
    case .strings(let strings): strings.shape
    default: nil
    }
  }
}
