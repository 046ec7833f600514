// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import WorkerProtocol

/// A model's inputs in memory that the worker maps, and what is asked with them: always the same.
///
/// `@unchecked Sendable`: whoever took them has them alone until giving them back.
final class WorkerInputs: @unchecked Sendable {
  /// The shape of each input.
  let shapes: [[Int]]
  /// What stands in the request.
  private let block: TensorBlock
  private let memory: SharedMemory
  private let lengths: [Int]
  /// The process that was asked last, with the request that it understands and its last answer.
  private weak var process: ModelProcess?
  private var request: RepeatedRequest?
  private var last = RepeatedResult<ModelProcess.Ran>()

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
    (self.shapes, self.lengths) = (shapes, lengths)
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
    return (UnsafeMutableRawBufferPointer(rebasing: memory.bytes[start..<start + lengths[index]]), shapes[index])
  }

  /// Runs a process's model once.
  func run(in process: ModelProcess) throws(GalleyError) -> [Tensor] {
    if let request, self.process === process { return try process.run(request, &last) }
    let request = try process.request(block)
    (self.process, self.request, last) = (process, request, RepeatedResult())
    return try process.run(request, &last)
  }
}
