// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// One inference over values of any kind that LiteRT has: tensors of numbers and of texts.
struct LiteRTRun {
  private let model: LiteRTModel
  private let loaded: LiteRTLoadedModel

  /// Room for the packed texts of an output: at first, and at most.
  private static let (firstRoom, lastRoom) = (1 << 16, 1 << 28)

  init(_ model: LiteRTModel, _ loaded: LiteRTLoadedModel) {
    self.model = model
    self.loaded = loaded
  }

  /// A value's bytes, texts packed, and its shape.
  private struct Input {
    let bytes: [UInt8]
    let shape: [Int]
  }

  func outputs(for values: [ModelValue]) throws -> [ModelValue] {
    let inputs = try inputs(values)
    let executable = try model.executable(for: inputs.map(\.shape))
    let outputs = try run(executable, inputs)
    model.giveBack(executable)
    return outputs
  }

  /// Buffers that hold `values`, to be run as often as one likes.
  func binding(for values: [ModelValue]) throws -> LiteRTBinding {
    let inputs = try inputs(values)
    return try bind(model.executable(for: inputs.map(\.shape)), inputs, Self.firstRoom)
  }

  /// Each input's value, if it is of the input's kind, element type and shape.
  private func inputs(_ values: [ModelValue]) throws(GalleyError) -> [Input] {
    let ports = loaded.signature.inputs
    guard values.count == ports.count else {
      throw refusal("\(values.count) values were given for \(ports.count) inputs")
    }
    var inputs: [Input] = []
    for (port, value) in zip(ports, values) {
      switch (value, port.tensor.type) {
      case (.tensor(let tensor), .numbers(let elementType)):
        guard tensor.elementType == elementType else {
          throw refusal("input '\(port.name)' takes \(elementType), and \(tensor.elementType) was given")
        }
        inputs.append(Input(bytes: tensor.bytes, shape: tensor.shape))
      case (.strings(let strings), .strings):
        guard let bytes = PackedStrings.pack(strings.values) else {
          throw refusal("the texts for input '\(port.name)' are more than 2 GiB")
        }
        inputs.append(Input(bytes: bytes, shape: strings.shape))
      case (_, .numbers(let elementType)):
        throw refusal("input '\(port.name)' takes a tensor of \(elementType), and another kind of value was given")
      default:
        throw refusal("input '\(port.name)' takes texts, and another kind of value was given")
      }
    }
    try LiteRTShapes(loaded).check(inputs.map(\.shape))
    return inputs
  }

  /// Runs, again with more room if the texts of an output didn't fit; too little room is a failure without a message.
  private func run(_ executable: LiteRTExecutable, _ inputs: [Input]) throws -> [ModelValue] {
    let givesTexts = loaded.signature.outputs.contains { $0.tensor.type == .strings }
    var room = Self.firstRoom
    while true {
      let binding = try bind(executable, inputs, room)
      let status = binding.run()
      if status == 0 {
        if binding.mayGrow { try binding.requireShapes() }
        return try values(binding)
      }
      let words = executable.takeMessages()
      guard givesTexts, words.isEmpty, room < Self.lastRoom else {
        throw executable.failure(status, "run the model", words)
      }
      room *= 4
    }
  }

  private func bind(_ executable: LiteRTExecutable, _ inputs: [Input], _ room: Int) throws(GalleyError) -> LiteRTBinding
  {
    let binding = try LiteRTBinding(
      executable, texts: LiteRTBinding.Texts(inputs: inputs.map(\.bytes.count), output: room))
    for (buffer, input) in zip(binding.inputs, inputs) {
      guard input.bytes.count <= buffer.bytes.count else {
        throw refusal("\(input.bytes.count) bytes were given for \(buffer.bytes.count)")
      }
      input.bytes.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
    }
    return binding
  }

  private func values(_ binding: LiteRTBinding) throws -> [ModelValue] {
    try zip(loaded.signature.outputs, binding.outputs).map { port, buffer in
      guard case .numbers(let elementType) = port.tensor.type else { return try strings(port, buffer) }
      return .tensor(try Tensor(elementType: elementType, shape: buffer.shape, bytes: Array(buffer.bytes)))
    }
  }

  private func strings(_ port: TFLitePort, _ buffer: LiteRTBuffer) throws -> ModelValue {
    let shape = buffer.shape
    if shape.contains(0) { return .strings(try StringTensor([], shape: shape)) }
    guard let values = PackedStrings.unpack(UnsafeRawBufferPointer(buffer.bytes)) else {
      throw GalleyError(
        .software, "can't read output '\(port.name)'", at: loaded.path, why: "its texts don't lie within its bytes")
    }
    return .strings(try StringTensor(values, shape: shape))
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't run the model", at: loaded.path, why: why)
  }
}
