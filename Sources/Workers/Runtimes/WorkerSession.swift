// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Tensors
internal import WorkerProtocol

/// A model's inputs in memory that the worker maps.
final class SharedInputs {
  /// What stands in the request.
  let block: TensorBlock
  private let memory: SharedMemory
  private let lengths: [Int]

  /// Memory for tensors of these types and shapes.
  init(_ specs: [TensorSpec], _ shapes: [[Int]]) throws(GalleyError) {
    var (places, lengths, offset): ([TensorBlock.Place], [Int], Int) = ([], [], 0)
    for (spec, shape) in zip(specs, shapes) {
      let length: Int
      do throws(TensorError) {
        length = try Tensor.byteCount(spec.elementType, shape)
      } catch {
        throw GalleyError(.badData, "can't bind the input '\(spec.name)'", why: "\(error)")
      }
      offset = TensorBlock.aligned(offset)
      places.append(TensorBlock.Place(name: spec.name, elementType: spec.elementType, shape: shape, offset: offset))
      lengths.append(length)
      offset += length
    }
    memory = try SharedMemory()
    try memory.reserve(max(1, offset))
    self.lengths = lengths
    block = TensorBlock(
      memory: TensorBlock.Memory(path: memory.path, byteCount: memory.bytes.count), tensors: places)
  }

  /// The bytes of one input and its shape.
  /// - Throws: `GalleyError` if there is no such input.
  func input(_ index: Int) throws(GalleyError) -> (bytes: UnsafeMutableRawBufferPointer, shape: [Int]) {
    guard lengths.indices.contains(index) else {
      throw GalleyError(.software, "can't set input \(index)", why: "the model has \(lengths.count) inputs")
    }
    let start = block.tensors[index].offset
    return (
      UnsafeMutableRawBufferPointer(rebasing: memory.bytes[start..<start + lengths[index]]), block.tensors[index].shape
    )
  }
}

/// One stream of inferences in a worker.
final class WorkerSession: InferenceSession {
  private let model: WorkerModel
  private let inputs: SharedInputs
  /// The process that is asked; another one after it was ended.
  private let process: Mutex<ModelProcess?>
  private(set) var outputs: [Tensor] = []

  init(_ model: WorkerModel, _ inputs: SharedInputs) throws(GalleyError) {
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
    outputs = try process?.run(inputs.block) ?? []
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard outputs.indices.contains(index) else {
      throw GalleyError(.software, "can't read output \(index)", why: "the model gave \(outputs.count) outputs")
    }
    return try outputs[index].bytes.withUnsafeBytes { try body($0, outputs[index].shape) }
  }
}
