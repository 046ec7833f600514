// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import Tensors
internal import Torch

/// LibTorch as whoever measures sees it: executes a checkpoint's network operation by operation, as training does.
struct EagerRuntime: Runtime {
  /// The typed form of the card's options.
  struct Options: Codable, Sendable, Equatable {
    /// Threads of one operation.
    var threads: Int
  }

  static let card = Card(
    taxonomy: "runtime.libtorch", version: SemanticVersion(1, 0, 0),
    summary: "LibTorch, which executes a checkpoint's network operation by operation",
    options: [
      OptionDeclaration("threads", .int(minimum: 1, maximum: 1024), default: 1, help: "Threads of one operation.")
    ], tools: ["libtorch"])
  static let formats: Set<ModelFormat> = [.checkpoint]

  private let options: Options

  init(_ options: Options) { self.options = options }

  static func availability() -> Availability { LibTorchBackend.findLibrary() }

  func compile(_ model: ModelFile) throws -> any CompiledModel {
    let library = try TorchHost.explaining("open LibTorch") { try TorchLibrary.open(NativeLibraryLocator()) }
    return EagerModel(
      path: model.path, checkpoint: try Checkpoint(contentsOf: model.path), threads: options.threads, library: library)
  }

  func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    throw GalleyError(
      .unavailable, "can't profile the model", at: model.path, why: "LibTorch's profiler isn't reached from here",
      remedy: "Export the model and profile it in a runtime.")
  }
}

/// A checkpoint whose networks are made for each session, because a network belongs to one thread.
private struct EagerModel: CompiledModel {
  let path: String
  let checkpoint: Checkpoint
  let threads: Int
  let library: TorchLibrary

  var inputs: [ValueSpec] {
    [ValueSpec(TensorSpec(name: "input", elementType: .float32, shape: [nil] + checkpoint.inputShape.map { $0 }))]
  }
  var outputs: [ValueSpec] {
    [ValueSpec(TensorSpec(name: "logits", elementType: .float32, shape: [nil, checkpoint.labels.count]))]
  }
  var configuration: [String: String] { ["threads": "\(threads)", "mode": "eager"] }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    guard let shape = shapes.first, shapes.count == 1, shape.count == checkpoint.inputShape.count + 1,
      Array(shape.dropFirst()) == checkpoint.inputShape, (shape.first ?? 0) >= 1
    else {
      throw GalleyError(
        .badData, "can't open a session", at: path,
        why: "inputs of shape \(shapes) were given, and the network takes [items] + \(checkpoint.inputShape)")
    }
    return try TorchHost.explaining("open a session", at: path) {
      try EagerSession(RestoredNetwork(contentsOf: path, threads: threads, in: library), shape: shape)
    }
  }

  func run(_ inputs: [ModelValue]) throws -> [ModelValue] {
    guard inputs.count == 1, let tensor = inputs[0].tensor else {
      throw GalleyError(.badData, "can't run the model", at: path, why: "it takes one tensor")
    }
    let session = try makeSession(inputShapes: [tensor.shape])
    try tensor.bytes.withUnsafeBytes { try session.setInput(0, $0) }
    try session.run()
    return try session.withOutput(0) { bytes, shape in
      [.tensor(try Tensor(elementType: .float32, shape: shape, bytes: Array(bytes)))]
    }
  }
}

/// One network with its input's memory.
private final class EagerSession: InferenceSession {
  private let network: RestoredNetwork
  private let shape: [Int]
  private let memory: UnsafeMutableRawBufferPointer
  private let input: TorchTensor
  private var output: Tensor

  init(_ network: RestoredNetwork, shape: [Int]) throws {
    self.network = network
    self.shape = shape
    let count = shape.reduce(1, *) * MemoryLayout<Float>.size
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    self.memory = memory
    // LibTorch gives the memory back when the last tensor on it is gone.
    nonisolated(unsafe) let lent = memory
    do {
      input = try TorchTensor.borrowing(memory, .float32, shape: shape, in: network.state.library) { lent.deallocate() }
    } catch {
      memory.deallocate()
      throw error
    }
    output = try Tensor(zeros: .float32, shape: [shape[0], network.checkpoint.labels.count])
  }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    guard index == 0 else {
      throw GalleyError(.badData, "can't set input \(index)", why: "the network has one input")
    }
    return try body(memory, shape)
  }

  func run() throws {
    output = try network.state.library.withoutGradients { try network.module(input, .evaluation).toTensor() }
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard index == 0 else {
      throw GalleyError(.badData, "can't read output \(index)", why: "the network has one output")
    }
    return try output.bytes.withUnsafeBytes { try body($0, output.shape) }
  }

  /// A pass through a network isn't stopped; whoever wants that ends the process.
  var cancellation: @Sendable () -> Void { {} }
}
