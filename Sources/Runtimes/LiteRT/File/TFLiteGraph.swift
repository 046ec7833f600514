// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Bounds that no usable model reaches.
struct TFLiteLimits: Sendable {
  /// The most bytes that one tensor may need: what the machine has, if nothing else is said.
  var tensorBytes = PhysicalMemory.byteCount
  /// The largest rank of an input or output; LiteRT's layouts hold no more.
  var portRank = 8
  /// The largest rank of a tensor within.
  var rank = 64
}

/// Where the bytes of a constant lie; only their number matters here.
struct TFLiteBuffer {
  let byteCount: Int
  let strings: UnsafeRawBufferPointer?

  init(_ table: FlatbufferTable, fileSize: Int) throws(FlatbufferFault) {
    let inside = try table.rawBytes(0)
    let (offset, size) = (try table.number(1, default: UInt64(0)), try table.number(2, default: UInt64(0)))
    strings = inside
    // An offset of 0 or 1 is a placeholder; the bytes of large models stand behind the flatbuffer.
    guard offset > 1 else {
      byteCount = inside?.count ?? 0
      return
    }
    guard offset <= UInt64(fileSize), size <= UInt64(fileSize) - offset else {
      throw FlatbufferFault("constants at byte \(offset) don't lie within its \(fileSize) bytes")
    }
    byteCount = Int(size)
  }
}

/// The tensors of one graph, checked, and which of them go in and come out.
struct TFLiteGraph {
  let index: Int
  let tensors: [TFLiteTensor]
  let inputs: [Int]
  let outputs: [Int]

  /// Whether the graph keeps values from one inference to the next.
  var isStateful: Bool {
    tensors.contains { $0.isVariable || $0.type == .other("resource") }
  }

  init(
    _ table: FlatbufferTable, _ index: Int, buffers: [TFLiteBuffer], limits: TFLiteLimits
  ) throws(FlatbufferFault) {
    var tensors: [TFLiteTensor] = []
    for entry in try table.tables(0) {
      tensors.append(try TFLiteTensor(entry, number: tensors.count, buffers: buffers, limits: limits))
    }
    self.index = index
    self.tensors = tensors
    inputs = try Self.places(try table.numbers(1) ?? [], "input", tensors, limits)
    outputs = try Self.places(try table.numbers(2) ?? [], "output", tensors, limits)
    guard Set(inputs).count == inputs.count else { throw FlatbufferFault("graph \(index) lists an input twice") }
    if let place = inputs.first(where: { tensors[$0].holdsData }) {
      throw FlatbufferFault("input '\(tensors[place].name)' of graph \(index) is a constant")
    }
  }

  private static func places(
    _ numbers: [Int32], _ side: String, _ tensors: [TFLiteTensor], _ limits: TFLiteLimits
  ) throws(FlatbufferFault) -> [Int] {
    for number in numbers.map(Int.init) {
      guard tensors.indices.contains(number) else {
        throw FlatbufferFault("an \(side) is tensor \(number), and there are \(tensors.count)")
      }
      guard tensors[number].shape.count <= limits.portRank else {
        throw FlatbufferFault(
          "\(side) '\(tensors[number].name)' has \(tensors[number].shape.count) dimensions, and LiteRT takes at most "
            + "\(limits.portRank)")
      }
    }
    return numbers.map(Int.init)
  }
}

extension TFLiteTensor {
  fileprivate init(
    _ table: FlatbufferTable, number: Int, buffers: [TFLiteBuffer], limits: TFLiteLimits
  ) throws(FlatbufferFault) {
    let name = try table.text(3) ?? ""
    let label = name.isEmpty ? "tensor \(number)" : "tensor '\(name)'"
    let code = try table.number(1, default: Int8(0))
    guard let type = TFLiteElementType(schemaNumber: code) else {
      throw FlatbufferFault("\(label) has the unknown element type \(code)")
    }
    let shape = (try table.numbers(0, as: Int32.self) ?? []).map(Int.init)
    guard shape.count <= limits.rank, shape.allSatisfy({ $0 >= 0 }) else {
      throw FlatbufferFault("\(label) has the shape \(shape)")
    }
    let buffer = Int(try table.number(2, default: UInt32(0)))
    guard buffers.indices.contains(buffer) || (buffer == 0 && buffers.isEmpty) else {
      throw FlatbufferFault("\(label) has its data in buffer \(buffer), and there are \(buffers.count)")
    }
    let dataCount = buffers.indices.contains(buffer) ? buffers[buffer].byteCount : 0
    let isSparse = try table.table(6) != nil
    if let needed = try Self.byteCount(type, shape, label, limits), dataCount > 0, !isSparse, dataCount != needed {
      throw FlatbufferFault("\(label) has \(dataCount) bytes of data, and its shape \(shape) needs \(needed)")
    }
    if type == .strings, dataCount > 0, buffers.indices.contains(buffer), let data = buffers[buffer].strings,
      PackedStrings.count(in: data) == nil
    {
      throw FlatbufferFault("\(label) holds texts that don't lie within its data")
    }
    self.name = name
    self.type = type
    self.shape = shape
    openShape = try Self.openShape(shape, try table.numbers(7) ?? [], label)
    quantization = try table.table(4).flatMap { (table) throws(FlatbufferFault) in try Self.quantization(table) }
    isVariable = try table.flag(5)
    holdsData = dataCount > 0
  }

  /// Bytes that the tensor needs; nil if its elements are not of one size.
  private static func byteCount(
    _ type: TFLiteElementType, _ shape: [Int], _ label: String, _ limits: TFLiteLimits
  ) throws(FlatbufferFault) -> Int? {
    var bits = type.bitCount ?? 64
    for extent in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
      guard !overflow, product / 8 <= limits.tensorBytes else {
        throw FlatbufferFault("\(label) of shape \(shape) needs more memory than the machine has")
      }
      bits = product
    }
    return type.bitCount == nil ? nil : (bits + 7) / 8
  }

  private static func openShape(
    _ shape: [Int], _ signature: [Int32], _ label: String
  ) throws(FlatbufferFault) -> [Int?] {
    guard !signature.isEmpty else { return shape }
    guard signature.count == shape.count else {
      throw FlatbufferFault("\(label) has \(shape.count) dimensions in one place and \(signature.count) in another")
    }
    return zip(shape, signature).map { $1 < 0 ? nil : $0 }
  }

  /// The scale and zero point of the whole tensor; nil if there are none or one for each channel.
  private static func quantization(_ table: FlatbufferTable) throws(FlatbufferFault) -> Quantization? {
    let scales = try table.numbers(2, as: UInt32.self) ?? []
    let zeroPoints = try table.numbers(3, as: Int64.self) ?? []
    guard scales.count == 1, let scale = scales.first, zeroPoints.count <= 1 else { return nil }
    return Quantization(scale: Float(bitPattern: scale), zeroPoint: Int(zeroPoints.first ?? 0))
  }
}
