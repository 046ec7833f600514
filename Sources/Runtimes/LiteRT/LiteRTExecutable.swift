// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Glibc

/// One compiled copy of a model. LiteRT runs it on one thread at a time without checking that, so each session has a
/// copy to itself; copies share the model's bytes.
///
/// `@unchecked Sendable`: it is handed from one owner to the next and never used by two.
final class LiteRTExecutable: @unchecked Sendable {
  let model: LiteRTLoadedModel
  let handle: LiteRtCompiledModel
  /// The shapes for which its tensors are laid out.
  private(set) var inputShapes: [[Int]]
  private var knownOutputShapes: [[Int]]?
  /// What stops a run; LiteRT keeps its address.
  private var cancellation: LiteRTCancellation?

  private var api: UnsafePointer<LiteRtApi> { model.library.api }

  init(_ model: LiteRTLoadedModel, _ compilation: LiteRTCompilation) throws(GalleyError) {
    self.model = model
    let library = model.library
    let made = try LiteRTLibrary.alone { () throws(GalleyError) in
      let options = try compilation.made(for: model)
      defer { library.api.pointee.DestroyOptions(options) }
      let usesXNNPACK = compilation.options.kernels == .xnnpack
      return usesXNNPACK
        ? try QuietStandardError.announcing { () throws(GalleyError) in try Self.compile(model, options) }
        : try Self.compile(model, options)
    }
    guard let made else {
      throw GalleyError(.software, "can't compile the model", at: model.path, why: "LiteRT gave none")
    }
    handle = made
    inputShapes = model.signature.inputs.map(\.tensor.shape)
  }

  deinit { api.pointee.DestroyCompiledModel(handle) }

  private static func compile(
    _ model: LiteRTLoadedModel, _ options: LiteRtOptions
  ) throws(GalleyError) -> LiteRtCompiledModel? {
    var made: LiteRtCompiledModel?
    try model.library.check(
      model.library.api.pointee.CreateCompiledModel(model.environment.handle, model.handle, options, &made),
      "compile the model", at: model.path, reason(model))
    return made
  }

  /// What is known of a failed compilation: LiteRT's own words come only with a compiled model.
  private static func reason(_ model: LiteRTLoadedModel) -> String {
    guard let delegate = model.environment.delegate else { return "" }
    return delegate.refusalWords.map { "the delegate \(delegate.path) refuses: \($0)" } ?? ""
  }

  /// Lays the tensors out for inputs of these shapes.
  func resize(to shapes: [[Int]]) throws(GalleyError) {
    for (index, shape) in shapes.enumerated() where shape != inputShapes[index] {
      let name = model.signature.inputs[index].name
      knownOutputShapes = nil
      try check(
        api.pointee.CompiledModelResizeInputTensor(
          handle, model.signatureIndex, index, shape.map { CInt(clamping: $0) }, shape.count),
        "resize input '\(name)' to \(shape)")
      inputShapes[index] = shape
    }
  }

  /// The outputs' shapes as far as they are known before a run.
  func outputShapes() throws(GalleyError) -> [[Int]] {
    if let knownOutputShapes { return knownOutputShapes }
    let shapes = try readOutputShapes(layingOut: true)
    knownOutputShapes = shapes
    return shapes
  }

  /// The outputs' shapes as a run has left them.
  func outputShapesAfterRun() throws(GalleyError) -> [[Int]] { try readOutputShapes(layingOut: false) }

  private func readOutputShapes(layingOut: Bool) throws(GalleyError) -> [[Int]] {
    let ports = model.signature.outputs
    // LiteRT writes a rank above that of a layout beyond it.
    var layouts = [LiteRtLayout](repeating: LiteRtLayout(), count: ports.count + 8)
    try check(
      api.pointee.GetCompiledModelOutputTensorLayouts(handle, model.signatureIndex, ports.count, &layouts, layingOut),
      "lay out the model's tensors")
    var shapes: [[Int]] = []
    for (port, layout) in zip(ports, layouts) {
      guard let shape = layout.shape, shape.allSatisfy({ $0 >= 0 }) else {
        throw GalleyError(
          .badData, "can't run the model", at: model.path,
          why: "output '\(port.name)' has \(layout.rank) dimensions, some of which LiteRT doesn't tell")
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// Bytes that LiteRT wants for an input or output of the present shapes.
  func requiredBytes(_ side: LiteRTPortSide, _ index: Int) throws(GalleyError) -> Int {
    let deed = "ask for the size of \(side.rawValue) \(index)"
    var requirements: LiteRtTensorBufferRequirements?
    try check(
      side == .input
        ? api.pointee.GetCompiledModelInputBufferRequirements(handle, model.signatureIndex, index, &requirements)
        : api.pointee.GetCompiledModelOutputBufferRequirements(handle, model.signatureIndex, index, &requirements), deed
    )
    var size = 0
    if let requirements {
      try check(api.pointee.GetTensorBufferRequirementsBufferSize(requirements, &size), deed)
    }
    return size
  }

  /// Lets `cancellation` stop runs from now on.
  func install(_ cancellation: LiteRTCancellation) throws(GalleyError) {
    try check(
      api.pointee.SetCompiledModelCancellationFunction(
        handle, Unmanaged.passUnretained(cancellation).toOpaque(),
        { $0.map { Unmanaged<LiteRTCancellation>.fromOpaque($0).takeUnretainedValue().isWanted } ?? false }),
      "prepare the model to be stopped")
    self.cancellation = cancellation
  }

  /// Whether a delegate took every operator; XNNPACK counts as one.
  func isFullyAccelerated() throws(GalleyError) -> Bool {
    var answer = false
    try check(api.pointee.CompiledModelIsFullyAccelerated(handle, &answer), "ask who executes the model")
    return answer
  }

  /// Whether delegates for other hardware than the processor took every operator.
  func isFullyDelegated() throws(GalleyError) -> Bool {
    var answer = false
    try check(api.pointee.CompiledModelIsNonCpuFullyAccelerated(handle, &answer), "ask who executes the model")
    return answer
  }

  /// Throws what `status` means with the messages that LiteRT kept, if it is no success.
  func check(_ status: CInt, _ deed: @autoclosure () -> String) throws(GalleyError) {
    guard status != 0 else { return }
    throw failure(status, deed(), takeMessages())
  }

  /// What `status` means, in LiteRT's own words as far as it gave some.
  func failure(_ status: CInt, _ deed: String, _ words: String) -> GalleyError {
    // What LiteRT's interpreter says of an output that an operator sizes while it runs.
    guard words.contains("tensor->allocation_type == kTfLiteArenaRw") else {
      return model.library.failure(status, deed, at: model.path, words)
    }
    return GalleyError(
      .unavailable, "can't \(deed)", at: model.path,
      why: "an output's shape depends on the data, and LiteRT's interface gives no such outputs (LiteRT says: \(words))"
    )
  }

  /// The error of a run that was stopped; what LiteRT says of it is dropped.
  func cancelled() -> GalleyError {
    _ = takeMessages()
    return GalleyError(.interrupted, "can't finish the run", at: model.path, why: "it was stopped")
  }

  /// The messages that LiteRT kept since they were last taken, in one line.
  func takeMessages() -> String {
    var text: UnsafeMutablePointer<CChar>?
    guard api.pointee.CompiledModelGetErrorMessages(handle, &text) == 0, let text else { return "" }
    defer { free(text) }
    _ = api.pointee.CompiledModelClearErrors(handle)
    return String(cString: text).split(separator: "\n").map { line in
      String(line.reversed().drop(while: \.isWhitespace).reversed())
    }.joined(separator: "; ")
  }
}

/// Whether an input or an output is meant.
enum LiteRTPortSide: String, Sendable { case input, output }
