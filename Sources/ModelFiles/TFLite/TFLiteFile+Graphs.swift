// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension TFLiteFile.Subgraph {
  init(_ table: FlatTable, _ codes: [OperatorCode]) throws(FlatBufferError) {
    name = try table.text(4)
    tensors = try table.tables(0).map { table throws(FlatBufferError) in try TFLiteFile.Tensor(table) }
    inputs = []
    outputs = []
    operators = []
    let count = tensors.count
    inputs = try Self.indices(table, 1, below: count, "the graph's inputs")
    outputs = try Self.indices(table, 2, below: count, "the graph's outputs")
    for entry in try table.tables(3) {
      operators.append(try TFLiteFile.Operator(entry, codes, tensorCount: count))
    }
  }

  /// Indices of tensors, none of which may be left out.
  private static func indices(
    _ table: FlatTable, _ slot: Int, below count: Int, _ what: String
  ) throws(FlatBufferError) -> [Int] {
    let indices = try table.numbers(slot, as: Int32.self)?.map(Int.init) ?? []
    if let wrong = indices.first(where: { $0 < 0 || $0 >= count }) {
      throw FlatBufferError(reason: "\(what) name tensor \(wrong) of \(count)")
    }
    return indices
  }
}

extension TFLiteFile.Operator {
  init(_ table: FlatTable, _ codes: [OperatorCode], tensorCount: Int) throws(FlatBufferError) {
    let index = Int(try table.number(0, default: UInt32(0)))
    guard codes.indices.contains(index) else {
      throw FlatBufferError(reason: "an operator is of kind \(index) of \(codes.count)")
    }
    let kind = codes[index]
    (name, code, version) = (kind.name, kind.code, kind.version)
    inputs = []
    outputs = []
    for tensor in try table.numbers(1, as: Int32.self) ?? [] {
      guard tensor >= -1, tensor < tensorCount else { throw Self.wrongTensor(name, tensor, tensorCount) }
      inputs.append(tensor == -1 ? nil : Int(tensor))
    }
    for tensor in try table.numbers(2, as: Int32.self) ?? [] {
      guard tensor >= 0, tensor < tensorCount else { throw Self.wrongTensor(name, tensor, tensorCount) }
      outputs.append(Int(tensor))
    }
    if code == 126 { transposesLeft = try (table.table(4)?.number(0, default: UInt8(0)) ?? 0) != 0 }
  }

  private static func wrongTensor(_ name: String, _ tensor: Int32, _ count: Int) -> FlatBufferError {
    FlatBufferError(reason: "an operator \(name) names tensor \(tensor) of \(count)")
  }
}

extension TFLiteFile.Tensor {
  init(_ table: FlatTable) throws(FlatBufferError) {
    name = try table.text(3)
    elementType = TFLiteElementType(code: Int(try table.number(1, default: Int8(0))))
    let shape = try table.numbers(0, as: Int32.self)?.map(Int.init) ?? []
    self.shape = shape
    let signature = try table.numbers(7, as: Int32.self)?.map { $0 < 0 ? nil : Int($0) }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw FlatBufferError(reason: "the tensor '\(name)' has the negative shape \(shape)")
    }
    openShape = signature.flatMap { $0.count == shape.count ? $0 : nil } ?? shape
    hasRank = try table.number(8, default: UInt8(0)) != 0 || !shape.isEmpty
    buffer = Int(try table.number(2, default: UInt32(0)))
    isVariable = try table.number(5, default: UInt8(0)) != 0
    quantization = try table.table(4).flatMap { table throws(FlatBufferError) in try TFLiteQuantization(table) }
  }
}

extension TFLiteQuantization {
  /// Reads the parameters; `nil` if there are only observed ranges.
  init?(_ table: FlatTable) throws(FlatBufferError) {
    scales = try table.floats(2)
    zeroPoints = try table.numbers(3, as: Int64.self)?.map { Int($0) } ?? []
    dimension = Int(try table.number(6, default: Int32(0)))
    if scales.isEmpty { return nil }
  }
}

extension TFLiteFile.Signature {
  init(_ table: FlatTable) throws(FlatBufferError) {
    key = try table.text(2)
    subgraph = Int(try table.number(4, default: UInt32(0)))
    inputs = try Self.tensors(table, 0)
    outputs = try Self.tensors(table, 1)
  }

  private static func tensors(_ table: FlatTable, _ slot: Int) throws(FlatBufferError) -> [String: Int] {
    var tensors: [String: Int] = [:]
    for entry in try table.tables(slot) {
      tensors[try entry.text(0)] = Int(try entry.number(1, default: UInt32(0)))
    }
    return tensors
  }
}
