// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
public import Galley
internal import NativeLibraries
internal import Synchronization
internal import Tensors
internal import Torch

/// LibTorch as a runtime: it executes the network of a checkpoint operator by operator, as it does while it trains.
///
/// It is there so that the training framework is measured like any other runtime. The input's memory is LibTorch's own;
/// an inference is the forward pass in evaluation mode, without gradients, and the copy of its scores. It loads
/// LibTorch into its process, so only a measuring process should offer it.
public struct LibTorchRuntime: Runtime {
  /// What a recipe can choose.
  public struct Options: Codable, Sendable, Hashable {
    /// Threads for one operator.
    public var threads: Int

    /// Chooses.
    public init(threads: Int = 1) { self.threads = threads }
  }

  public static let card = Card(
    taxonomy: "runtime.libtorch", version: SemanticVersion(1, 0, 0),
    summary: "LibTorch, operator by operator, as it trains",
    options: [
      OptionDeclaration(
        "threads", .int(minimum: 1, maximum: 1024), default: .int(1), help: "Threads for one operator.")
    ], tools: ["libtorch"])

  public static let formats: Set<ModelFormat> = [.checkpoint]

  /// LibTorch, opened once for the whole process.
  private static let host = TorchHost(NativeLibraryLocator())

  private let options: Options

  public init(_ options: Options) throws {
    guard options.threads >= 1 else {
      throw GalleyError(
        .configuration, "can't use LibTorch", at: "threads", why: "\(options.threads) threads can't run a model",
        remedy: "Give 1 or more.")
    }
    self.options = options
  }

  public static func availability() -> Availability {
    do {
      let library = try host.library()
      return .available(version: library.version, library: library.path)
    } catch {
      return .unavailable(reason: (error as? GalleyError)?.why ?? "\(error)", searched: [])
    }
  }

  public func compile(_ model: ModelFile) throws -> any CompiledModel {
    guard Self.formats.contains(model.format) else {
      throw GalleyError(
        .configuration, "can't compile the model", at: model.path,
        why: "LibTorch executes checkpoints, and this is \(model.format.rawValue)")
    }
    return try TorchHost.explaining("load the checkpoint", at: model.path) {
      let library = try Self.host.library()
      return try LibTorchModel(
        RestoredNetwork(contentsOf: model.path, threads: options.threads, in: library), library, model.path, options)
    }
  }

  public func profile(_ model: ModelFile, inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    throw GalleyError(
      .unavailable, "can't profile the model", at: model.path,
      why: "LibTorch doesn't tell Galley how long operators take",
      remedy: "Export the model and profile it in another runtime.")
  }
}

/// A checkpoint that is ready to run: its network is made anew for each session, since modules belong to one thread.
private final class LibTorchModel: CompiledModel {
  let inputs: [ValueSpec]
  let outputs: [ValueSpec]
  let configuration: [String: String]
  private let library: TorchLibrary
  private let path: String
  private let options: LibTorchRuntime.Options
  /// The network that was made for the check, for the first session.
  private let first: Mutex<Loaded?>

  /// A network on its way to the thread of its session; whoever takes it is the only one that has it.
  private struct Loaded: @unchecked Sendable {
    var network: RestoredNetwork
  }

  init(_ network: RestoredNetwork, _ library: TorchLibrary, _ path: String, _ options: LibTorchRuntime.Options) {
    let checkpoint = network.checkpoint
    inputs = [
      ValueSpec(
        TensorSpec(name: "input", elementType: .float32, shape: [nil] + checkpoint.inputShape.map { $0 }))
    ]
    outputs = [
      ValueSpec(TensorSpec(name: "logits", elementType: .float32, shape: [nil, checkpoint.labels.count]))
    ]
    configuration = ["threads": "\(options.threads)", "mode": "eager", "gradients": "off"]
    self.library = library
    self.path = path
    self.options = options
    first = Mutex(Loaded(network: network))
  }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    let own = inputs[0].tensor?.shape.dropFirst().compactMap { $0 } ?? []
    guard shapes.count == 1, let shape = shapes.first, shape.count == own.count + 1, Array(shape.dropFirst()) == own,
      shape[0] > 0
    else {
      throw GalleyError(
        .badData, "can't open a session", at: path,
        why: "the input 'input' is \(inputs[0].kind.summary), and \(shapes) was given")
    }
    let network =
      try first.withLock { loaded in
        defer { loaded = nil }
        return loaded
      }?.network ?? RestoredNetwork(contentsOf: path, threads: options.threads, in: library)
    return try LibTorchSession(network, library, shape)
  }

  func run(_ inputs: [ModelValue]) throws -> [ModelValue] {
    guard let tensor = inputs.first?.tensor, inputs.count == 1, tensor.elementType == .float32 else {
      throw GalleyError(
        .badData, "can't run the model", at: path,
        why: "it takes one float32 tensor, and \(inputs.count) values were given")
    }
    let session = try makeSession(inputShapes: [tensor.shape])
    try tensor.bytes.withUnsafeBytes { try session.setInput(0, $0) }
    try session.run()
    return [
      .tensor(
        try session.withOutput(0) { bytes, shape in
          try Tensor(elementType: .float32, shape: shape, bytes: Array(bytes))
        })
    ]
  }
}

/// One stream of forward passes over memory that LibTorch borrows.
private final class LibTorchSession: InferenceSession {
  private let network: RestoredNetwork
  private let library: TorchLibrary
  private let shape: [Int]
  private let memory: UnsafeMutableRawBufferPointer
  private let input: TorchTensor
  private var output: Tensor?

  init(_ network: RestoredNetwork, _ library: TorchLibrary, _ shape: [Int]) throws {
    self.network = network
    self.library = library
    self.shape = shape
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: shape.reduce(1, *) * MemoryLayout<Float>.stride, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    self.memory = memory
    let address = UInt(bitPattern: memory.baseAddress)
    do {
      input = try TorchTensor.borrowing(memory, .float32, shape: shape, in: library) {
        UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
      }
    } catch {
      memory.deallocate()
      throw error
    }
  }

  /// LibTorch can't be stopped within a pass.
  var cancellation: @Sendable () -> Void { {} }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    guard index == 0 else { throw absent("input", index) }
    return try body(memory, shape)
  }

  func run() throws {
    output = try TorchHost.explaining("run the network") {
      try library.withoutGradients { try network.module(input, .evaluation).toTensor() }
    }
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard index == 0, let output else { throw absent("output", index) }
    return try output.bytes.withUnsafeBytes { try body($0, output.shape) }
  }

  private func absent(_ kind: String, _ index: Int) -> GalleyError {
    GalleyError(
      .software, "can't use \(kind) \(index)", why: "a network has one input, and an output once it has run")
  }
}
