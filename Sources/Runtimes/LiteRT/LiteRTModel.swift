// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Tensors

/// A model that LiteRT has read and compiled.
final class LiteRTModel: CompiledModel {
  let loaded: LiteRTLoadedModel
  private let compilation: LiteRTCompilation
  let inputs: [ValueSpec]
  let outputs: [ValueSpec]
  let configuration: [String: String]
  /// A compiled copy that nobody uses at the moment.
  private let spare: Mutex<LiteRTExecutable?>

  init(_ loaded: LiteRTLoadedModel, _ compilation: LiteRTCompilation) throws(GalleyError) {
    self.loaded = loaded
    self.compilation = compilation
    inputs = loaded.signature.inputs.compactMap(ValueSpec.init)
    outputs = loaded.signature.outputs.compactMap(ValueSpec.init)
    let executable = try LiteRTExecutable(loaded, compilation)
    configuration = try Self.configuration(executable, compilation.options)
    spare = Mutex(executable)
  }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    try requireNumbers()
    try LiteRTShapes(loaded).check(shapes)
    return try LiteRTSession(self, executable(for: shapes))
  }

  func run(_ inputs: [ModelValue]) throws -> [ModelValue] {
    try LiteRTRun(self, loaded).outputs(for: inputs)
  }

  /// A compiled copy laid out for inputs of these shapes, for one user.
  func executable(for shapes: [[Int]]) throws(GalleyError) -> LiteRTExecutable {
    let executable: LiteRTExecutable
    if let taken = takeSpare() {
      executable = taken
    } else {
      executable = try LiteRTExecutable(loaded, compilation)
    }
    try executable.resize(to: shapes)
    return executable
  }

  private func takeSpare() -> LiteRTExecutable? {
    spare.withLock { spare in
      defer { spare = nil }
      return spare
    }
  }

  /// Keeps a copy for the next user. One that remembers earlier inferences is not kept.
  func giveBack(_ executable: LiteRTExecutable) {
    guard !loaded.outline.isStateful else { return }
    spare.withLock { spare in spare = spare ?? executable }
  }

  private func requireNumbers() throws(GalleyError) {
    for (side, ports) in [("input", loaded.signature.inputs), ("output", loaded.signature.outputs)] {
      guard let port = ports.first(where: { $0.tensor.type == .strings }) else { continue }
      throw GalleyError(
        .badData, "can't open a session", at: loaded.path,
        why: "\(side) '\(port.name)' holds texts, and a session works on tensors of numbers")
    }
  }

  private static func configuration(
    _ executable: LiteRTExecutable, _ options: LiteRTRuntime.Options
  ) throws(GalleyError) -> [String: String] {
    let model = executable.model
    var facts = [
      "threads": "\(options.threads)", "kernels": options.kernels.rawValue,
      "accelerator": options.accelerator.rawValue, "fullyAccelerated": "\(try executable.isFullyAccelerated())",
      "accelerators": try model.environment.accelerators().map(\.name).joined(separator: ", "),
    ]
    if !model.signature.isPlaceholder { facts["signature"] = model.signature.key }
    if !options.weightCache.isEmpty { facts["weightCache"] = options.weightCache }
    if !options.delegate.isEmpty {
      facts["delegate"] = options.delegate
      facts["delegateOptions"] = options.delegateOptions.joined(separator: ", ")
    }
    if !options.delegate.isEmpty || options.accelerator != .cpu {
      facts["fullyDelegated"] = "\(try executable.isFullyDelegated())"
    }
    return facts
  }
}

extension ValueSpec {
  /// What the contract calls an input or output; nil if no value of Galley's fits it.
  init?(_ port: TFLitePort) {
    guard let kind = port.tensor.kind else { return nil }
    self.init(name: port.name, kind: kind, quantization: port.tensor.quantization)
  }
}
