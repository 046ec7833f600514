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

  var inputs: [TensorSpec] { inputPorts.map(\.spec) }
  var outputs: [TensorSpec] { outputPorts.map(\.spec) }

  init(path: String, options: ONNXRuntime.Options, library: ONNXRuntimeLibrary) throws(GalleyError) {
    try Self.requireFile(path)
    let sessionOptions = try Self.sessionOptions(options, library)
    defer { library.api.pointee.ReleaseSessionOptions(sessionOptions) }
    var session: OpaquePointer?
    try library.check(
      library.api.pointee.CreateSession(library.environment, path, sessionOptions, &session), "compile the model",
      at: path)
    guard let session else {
      throw GalleyError(.software, "can't compile the model", at: path, why: "ONNX Runtime gave no session")
    }
    do throws(GalleyError) {
      inputPorts = try ONNXRuntimePort.all(.input, of: session, library)
      outputPorts = try ONNXRuntimePort.all(.output, of: session, library)
    } catch {
      library.api.pointee.ReleaseSession(session)
      throw GalleyError(error.exitCode, error.what, at: path, why: error.why)
    }
    self.session = session
    self.path = path
    self.library = library
    configuration = [
      "provider": "CPUExecutionProvider", "threads": "\(options.threads)",
      "graphOptimization": options.graphOptimization.rawValue, "executionMode": "sequential",
      "spinning": "\(options.spinning)",
    ]
  }

  deinit { library.api.pointee.ReleaseSession(session) }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    try ONNXRuntimeSession(self, inputShapes: shapes)
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

  private static func sessionOptions(
    _ options: ONNXRuntime.Options, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) -> OpaquePointer {
    let api = library.api.pointee
    var made: OpaquePointer?
    try library.check(api.CreateSessionOptions(&made), "create session options")
    guard let made else { throw GalleyError(.software, "can't compile a model", why: "ONNX Runtime gave no options") }
    do throws(GalleyError) {
      let deed = "set a session option"
      try library.check(api.SetSessionLogSeverityLevel(made, CInt(GALLEY_ORT_LOGGING_ERROR)), deed)
      try library.check(api.SetSessionExecutionMode(made, CInt(GALLEY_ORT_SEQUENTIAL)), deed)
      try library.check(
        api.SetSessionGraphOptimizationLevel(made, CInt(options.graphOptimization.level)), deed)
      try library.check(api.SetIntraOpNumThreads(made, CInt(clamping: options.threads)), deed)
      try library.check(api.SetInterOpNumThreads(made, 1), deed)
      let spinning = options.spinning ? "1" : "0"
      try library.check(api.AddSessionConfigEntry(made, "session.intra_op.allow_spinning", spinning), deed)
      try library.check(api.AddSessionConfigEntry(made, "session.inter_op.allow_spinning", spinning), deed)
    } catch {
      api.ReleaseSessionOptions(made)
      throw error
    }
    return made
  }
}

extension ONNXRuntime.GraphOptimization {
  /// ONNX Runtime's number of the level.
  var level: Int {
    switch self {
    case .none: Int(GALLEY_ORT_LEVEL_NONE)
    case .basic: Int(GALLEY_ORT_LEVEL_BASIC)
    case .extended: Int(GALLEY_ORT_LEVEL_EXTENDED)
    case .all: Int(GALLEY_ORT_LEVEL_ALL)
    }
  }
}
