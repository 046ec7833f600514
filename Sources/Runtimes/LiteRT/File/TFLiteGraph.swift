// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Bounds that no usable model reaches.
struct TFLiteLimits: Sendable {
  /// The most bytes that one tensor may need. Several of them must be there at once, so it is a fourth of what the
  /// machine has if nothing else is said.
  var tensorBytes = PhysicalMemory.byteCount / 4
  /// The largest rank of a tensor; LiteRT's layouts hold no more.
  var rank = 8
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
    tensors.contains { $0.type == .other("resource") }
  }

  init(
    _ table: FlatbufferTable, _ index: Int, buffers: [TFLiteBuffer], limits: TFLiteLimits
  ) throws(FlatbufferFault) {
    var tensors: [TFLiteTensor] = []
    let entries = try table.tables(0)
    for (number, entry) in entries.enumerated() {
      tensors.append(try TFLiteTensor(entry, number, of: entries.count, buffers: buffers, limits: limits))
    }
    self.index = index
    self.tensors = tensors
    inputs = try Self.places(try table.numbers(1) ?? [], "input", tensors)
    outputs = try Self.places(try table.numbers(2) ?? [], "output", tensors)
    guard Set(inputs).count == inputs.count else { throw FlatbufferFault("graph \(index) lists an input twice") }
    if let place = inputs.first(where: { tensors[$0].holdsData }) {
      throw FlatbufferFault("input '\(tensors[place].name)' of graph \(index) is a constant")
    }
  }

  private static func places(
    _ numbers: [Int32], _ side: String, _ tensors: [TFLiteTensor]
  ) throws(FlatbufferFault) -> [Int] {
    for number in numbers.map(Int.init) {
      guard tensors.indices.contains(number) else {
        throw FlatbufferFault("an \(side) is tensor \(number), and there are \(tensors.count)")
      }
    }
    return numbers.map(Int.init)
  }
}

extension TFLiteTensor {
  fileprivate init(
    _ table: FlatbufferTable, _ number: Int, of count: Int, buffers: [TFLiteBuffer], limits: TFLiteLimits
  ) throws(FlatbufferFault) {
    let name = try table.text(3) ?? ""
    let label = name.isEmpty ? "tensor \(number)" : "tensor '\(name)'"
    let code = try table.number(1, default: Int8(0))
    guard let type = TFLiteElementType(schemaNumber: code) else {
      throw FlatbufferFault("\(label) has the unknown element type \(code)")
    }
    let shape = (try table.numbers(0, as: Int32.self) ?? []).map(Int.init)
    guard shape.count <= limits.rank else {
      throw FlatbufferFault(
        "\(label) has \(shape.count) dimensions, and LiteRT takes at most \(limits.rank)", isUnsupported: true)
    }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw FlatbufferFault("\(label) has the shape \(shape)") }
    guard try table.number(10, default: UInt32(0)) == 0 else {
      throw FlatbufferFault("\(label) has its data in another file, which is not supported", isUnsupported: true)
    }
    let (isVariable, variants) = (try table.flag(5), try table.tables(9))
    if isVariable || !variants.isEmpty {
      throw FlatbufferFault(
        "\(label) keeps its values from one inference to the next, which LiteRT's interface doesn't take",
        isUnsupported: true)
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
    quantization = try TFLiteQuantization.read(try table.table(4), of: label, count)
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
        throw FlatbufferFault("\(label) of shape \(shape) needs more than a fourth of the machine's memory")
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
}
