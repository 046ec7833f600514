// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Tensors
internal import WorkerProtocol

/// A model in a worker. Each session has a process of its own, so that several run at once.
final class WorkerModel: CompiledModel {
  let inputs: [ValueSpec]
  let outputs: [ValueSpec]
  let configuration: [String: String]
  private let file: ModelFile
  private let launch: PythonLaunch
  private let offer: WorkerOffer
  /// Processes that no session has.
  private let idle: Mutex<[ModelProcess]>
  /// Inputs that no run has, the last used last.
  private let spare = Mutex<[WorkerInputs]>([])
  /// How many of them are kept.
  private static let spareLimit = 8

  init(_ file: ModelFile, starting launch: PythonLaunch, _ offer: WorkerOffer) throws(GalleyError) {
    let first = try ModelProcess(file, launch, offer)
    (self.file, self.launch, self.offer) = (file, launch, offer)
    inputs = first.description.inputs.map(\.spec)
    outputs = first.description.outputs.map(\.spec)
    configuration = first.description.configuration
    idle = Mutex([first])
  }

  func makeSession(inputShapes shapes: [[Int]]) throws -> any InferenceSession {
    guard shapes.count == inputs.count else {
      throw refusal("it has \(inputs.count) inputs, and \(shapes.count) shapes were given")
    }
    var specs: [TensorSpec] = []
    for (input, shape) in zip(inputs, shapes) {
      guard let tensor = input.tensor else { throw refusal("its input '\(input.name)' is \(input.kind.summary)") }
      let fits = tensor.shape.count == shape.count && zip(tensor.shape, shape).allSatisfy { $0 == nil || $0 == $1 }
      guard fits else {
        throw refusal("its input '\(input.name)' is \(input.kind.summary), and the shape \(shape) was given")
      }
      specs.append(TensorSpec(name: input.name, elementType: tensor.elementType, shape: shape.map { $0 }))
    }
    return try WorkerSession(self, WorkerInputs(specs, shapes))
  }

  func run(_ values: [ModelValue]) throws -> [ModelValue] {
    guard values.count == inputs.count else {
      throw refusal("it has \(inputs.count) inputs, and \(values.count) values were given")
    }
    var tensors: [Tensor] = []
    for (value, input) in zip(values, inputs) {
      guard let tensor = value.tensor else { throw refusal("a worker's input '\(input.name)' takes tensors only") }
      guard case .tensor(let elementType, _) = input.kind, elementType == tensor.elementType else {
        throw refusal("its input '\(input.name)' is \(input.kind.summary), and \(tensor.elementType) was given")
      }
      tensors.append(tensor)
    }
    let bound = try takeInputs(tensors)
    defer { giveBack(bound) }
    for (index, tensor) in tensors.enumerated() {
      let target = try bound.input(index).bytes
      tensor.bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    let process = try take()
    defer { giveBack(process) }
    return try bound.run(in: process).map { .tensor($0) }
  }

  /// Inputs for tensors of these shapes: those of an earlier run if there are some.
  private func takeInputs(_ tensors: [Tensor]) throws(GalleyError) -> WorkerInputs {
    let shapes = tensors.map(\.shape)
    let known = spare.withLock { spare in
      spare.lastIndex { $0.shapes == shapes }.map { spare.remove(at: $0) }
    }
    if let known { return known }
    let specs = zip(inputs, tensors).map { input, tensor in
      TensorSpec(name: input.name, elementType: tensor.elementType, shape: tensor.shape.map { $0 })
    }
    return try WorkerInputs(specs, shapes)
  }

  private func giveBack(_ inputs: WorkerInputs) {
    spare.withLock { spare in
      if spare.count >= Self.spareLimit { spare.removeFirst() }
      spare.append(inputs)
    }
  }

  /// A process with the model, which the caller gives back.
  func take() throws(GalleyError) -> ModelProcess {
    if let process = idle.withLock({ $0.popLast() }), process.isAlive { return process }
    return try ModelProcess(file, launch, offer)
  }

  func giveBack(_ process: ModelProcess) {
    if process.isAlive { idle.withLock { $0.append(process) } }
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't run the model", at: file.path, why: why)
  }
}

/// A worker that has compiled the model.
final class ModelProcess: Sendable {
  /// What the worker says of the model.
  struct Description: Decodable, Sendable {
    var model: Int
    var inputs: [Spec]
    var outputs: [Spec]
    var configuration: [String: String]
  }

  /// A tensor that the model takes or gives.
  struct Spec: Decodable, Sendable {
    var name: String
    var elementType: ElementType
    var shape: [Int?]

    var spec: ValueSpec { ValueSpec(TensorSpec(name: name, elementType: elementType, shape: shape)) }
  }

  private struct Compile: Encodable {
    var taxonomy: String
    var options: [String: ConfigurationValue]
    var path: String
    var format: String
  }

  private struct Run: Encodable {
    var taxonomy: String
    var options: [String: ConfigurationValue]
    var model: Int
    var inputs: TensorBlock
  }

  /// What an inference gave.
  struct Ran: Decodable {
    var outputs: TensorBlock
  }

  let description: Description
  private let worker: BlockingWorker
  private let offer: WorkerOffer

  init(_ file: ModelFile, _ launch: PythonLaunch, _ offer: WorkerOffer) throws(GalleyError) {
    worker = try BlockingWorker(launch, name: offer.source.program.name)
    self.offer = offer
    description = try worker.call(
      "runtime.compile",
      Compile(
        taxonomy: offer.card.taxonomy, options: offer.options, path: file.path, format: file.format.rawValue),
      returning: Description.self)
  }

  var isAlive: Bool { worker.isAlive }

  /// The request to run with inputs that lie in shared memory.
  func request(_ inputs: TensorBlock) throws(GalleyError) -> RepeatedRequest {
    do {
      return try RepeatedRequest(
        "runtime.run",
        Run(taxonomy: offer.card.taxonomy, options: offer.options, model: description.model, inputs: inputs))
    } catch {
      throw GalleyError(.software, "can't ask the worker '\(offer.source.program.name)'", why: "\(error)")
    }
  }

  /// Runs once.
  func run(_ request: RepeatedRequest, _ last: inout RepeatedResult<Ran>) throws(GalleyError) -> [Tensor] {
    let answer = try worker.call(request, &last)
    let outputs = try answer.outputs.read().map(\.value)
    guard outputs.count == description.outputs.count else {
      throw GalleyError(
        .badData, "can't run the model", at: offer.source.program.path,
        why: "the worker gave \(outputs.count) outputs, and the model has \(description.outputs.count)",
        remedy: "Correct the worker.")
    }
    return outputs
  }

  func cancel() { worker.cancel() }
}
