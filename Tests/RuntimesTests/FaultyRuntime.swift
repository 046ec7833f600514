// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Glibc
import Runtimes

/// ONNX Runtime with one fault, to see that the conformance suite finds it.
struct FaultyRuntime: Runtime {
  /// What is wrong.
  enum Fault: String, Codable, CaseIterable {
    case swapsOutputs, changesBytes, hidesShapes, leaks, cannotBeStopped, staysStopped, countsTimeBackwards
    case acceptsEveryFormat, hidesPaths, mixesKinds
  }

  static let card = Card(
    taxonomy: "runtime.faulty", version: SemanticVersion(1, 0, 0), summary: "A runtime with a fault", options: [])
  static let formats: Set<ModelFormat> = ONNXRuntime.formats
  static func availability() -> Availability { ONNXRuntime.availability() }

  let fault: Fault
  private let whole: ONNXRuntime

  init(_ fault: Fault) throws {
    self.fault = fault
    whole = try ONNXRuntime(.init())
  }

  func compile(_ model: ModelFile) throws -> any CompiledModel {
    var model = model
    if fault == .acceptsEveryFormat { model.format = .onnx }
    do {
      return FaultyModel(whole: try whole.compile(model), fault: fault)
    } catch let error as GalleyError {
      throw fault == .hidesPaths ? GalleyError(error.exitCode, error.what, why: "it is bad") : error
    }
  }

  func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    try whole.profile(model, inputs: inputs, repetitions: repetitions).map { timing in
      var timing = timing
      if fault == .countsTimeBackwards { timing.seconds -= 1 }
      return timing
    }
  }
}

private struct FaultyModel: CompiledModel {
  let whole: any CompiledModel
  let fault: FaultyRuntime.Fault

  var inputs: [ValueSpec] { whole.inputs }
  var outputs: [ValueSpec] { whole.outputs }
  var configuration: [String: String] { whole.configuration }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    do {
      return FaultySession(whole: try whole.makeSession(inputShapes: shapes), fault: fault, outputs: outputs.count)
    } catch let error as GalleyError {
      throw fault == .hidesShapes ? GalleyError(error.exitCode, error.what, why: "the shape is wrong") : error
    }
  }

  func run(_ inputs: [ModelValue]) throws -> [ModelValue] {
    let outputs = try whole.run(inputs)
    guard fault == .mixesKinds else { return outputs }
    return outputs.map { if case .strings(let texts) = $0 { .sequence([.strings(texts)]) } else { $0 } }
  }
}

private final class FaultySession: InferenceSession {
  private let whole: any InferenceSession
  private let fault: FaultyRuntime.Fault
  private let outputs: Int
  private var wasStopped = false

  init(whole: any InferenceSession, fault: FaultyRuntime.Fault, outputs: Int) {
    self.whole = whole
    self.fault = fault
    self.outputs = outputs
  }

  func withInput<Result>(_ index: Int, _ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> Result) throws -> Result
  {
    try whole.withInput(index, body)
  }

  func run() throws {
    if fault == .leaks { leak() }
    if wasStopped { throw GalleyError(.interrupted, "can't run", why: "it was stopped before") }
    do {
      try whole.run()
    } catch {
      wasStopped = fault == .staysStopped
      throw error
    }
  }

  /// Takes memory from the system, so that what the heap has free doesn't hide it.
  private func leak() {
    let count = 16384
    let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if memory != MAP_FAILED { memory?.initializeMemory(as: UInt8.self, repeating: 1, count: count) }
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    let place = fault == .swapsOutputs && outputs == 2 ? 1 - index : index
    return try whole.withOutput(place) { bytes, shape in
      guard fault == .changesBytes else { return try body(bytes, shape) }
      var copy = Array(bytes)
      if !copy.isEmpty { copy[copy.count - 1] ^= 1 }
      return try copy.withUnsafeBytes { try body($0, shape) }
    }
  }

  var cancellation: @Sendable () -> Void {
    guard fault == .cannotBeStopped else { return whole.cancellation }
    return {}
  }
}
