// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Tensors

/// One stream of inferences in a worker.
final class WorkerSession: InferenceSession {
  private let model: WorkerModel
  private let inputs: WorkerInputs
  /// The process that is asked; another one after it was ended.
  private let process: Mutex<ModelProcess?>
  private(set) var outputs: [Tensor] = []

  init(_ model: WorkerModel, _ inputs: WorkerInputs) throws(GalleyError) {
    (self.model, self.inputs) = (model, inputs)
    process = Mutex(try model.take())
  }

  deinit {
    if let process = process.withLock({ $0 }) { model.giveBack(process) }
  }

  var cancellation: @Sendable () -> Void {
    let running = process.withLock { $0 }
    return { running?.cancel() }
  }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    let (bytes, shape) = try inputs.input(index)
    return try body(bytes, shape)
  }

  func run() throws {
    var process = process.withLock { $0 }
    if process?.isAlive != true {
      let fresh = try model.take()
      self.process.withLock { $0 = fresh }
      process = fresh
    }
    outputs = try process.map { try inputs.run(in: $0) } ?? []
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard outputs.indices.contains(index) else {
      throw GalleyError(.software, "can't read output \(index)", why: "the model gave \(outputs.count) outputs")
    }
    return try outputs[index].bytes.withUnsafeBytes { try body($0, outputs[index].shape) }
  }
}
