// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Reads a .tflite file as far as it must be known before LiteRT sees it, and refuses what LiteRT doesn't check and
/// could crash on. The slots of the tables are those of TensorFlow Lite's schema, version 3.
struct TFLiteReader {
  private let root: FlatbufferTable
  private let limits: TFLiteLimits
  private let buffers: [TFLiteBuffer]

  /// - Throws: `FlatbufferFault` with the first thing that is wrong.
  static func outline(
    of raw: UnsafeRawBufferPointer, limits: TFLiteLimits = TFLiteLimits()
  ) throws(FlatbufferFault) -> TFLiteOutline {
    guard raw.count >= 8, raw[4..<8].elementsEqual("TFL3".utf8) else {
      throw FlatbufferFault("it is no TensorFlow Lite file: it doesn't have 'TFL3' at byte 4")
    }
    let root = try FlatbufferBytes(raw: raw).root()
    return try TFLiteReader(root, fileSize: raw.count, limits).outline()
  }

  private init(_ root: FlatbufferTable, fileSize: Int, _ limits: TFLiteLimits) throws(FlatbufferFault) {
    self.root = root
    self.limits = limits
    let version = try root.number(0, default: UInt32(0))
    guard version == 3 else { throw FlatbufferFault("its format is version \(version), and 3 is known") }
    var buffers: [TFLiteBuffer] = []
    for table in try root.tables(4) { buffers.append(try TFLiteBuffer(table, fileSize: fileSize)) }
    self.buffers = buffers
  }

  private func outline() throws(FlatbufferFault) -> TFLiteOutline {
    let operators = try root.tables(1)
    var codes: [Int] = []
    for table in operators {
      codes.append(max(Int(try table.number(0, default: Int8(0))), Int(try table.number(3, default: Int32(0)))))
    }
    var graphs: [TFLiteGraph] = []
    var maySize = false
    for (index, table) in try root.tables(2).enumerated() {
      let graph = try TFLiteGraph(table, index, buffers: buffers, limits: limits)
      let entries = try table.tables(3)
      try TFLiteDataFlow(graph, kinds: operators.count).check(entries)
      if try TFLiteSizing(graph, codes).isOpen(entries) { maySize = true }
      graphs.append(graph)
    }
    guard let main = graphs.first else { throw FlatbufferFault("it has no graph") }
    var signatures: [TFLiteSignature] = []
    for table in try root.tables(7) { signatures.append(try signature(table, graphs)) }
    if let twice = Self.firstDuplicate(signatures.map(\.key)) {
      throw FlatbufferFault("it has two signatures of the name '\(twice)'")
    }
    if signatures.isEmpty { signatures = [try placeholder(main)] }
    return TFLiteOutline(
      signatures: signatures, isStateful: graphs.contains(where: \.isStateful),
      maySizeWhileRunning: maySize)
  }

  /// LiteRT ends the process if two inputs of a signature have the same name.
  private func signature(_ table: FlatbufferTable, _ graphs: [TFLiteGraph]) throws(FlatbufferFault) -> TFLiteSignature {
    guard let key = try table.text(2) else { throw FlatbufferFault("it has a signature without a name") }
    let number = Int(try table.number(4, default: UInt32(0)))
    guard graphs.indices.contains(number) else {
      throw FlatbufferFault("signature '\(key)' is of graph \(number), and there are \(graphs.count)")
    }
    let graph = graphs[number]
    return TFLiteSignature(
      key: key, isPlaceholder: false,
      inputs: try ports(graph.inputs, try names(table.tables(0), "input", key), graph, "input", key),
      outputs: try ports(graph.outputs, try names(table.tables(1), "output", key), graph, "output", key))
  }

  /// The pairs of name and tensor that a signature lists on one side.
  private func names(
    _ tables: [FlatbufferTable], _ side: String, _ key: String
  ) throws(FlatbufferFault) -> [(name: String, tensor: Int)] {
    var pairs: [(name: String, tensor: Int)] = []
    for table in tables {
      guard let name = try table.text(0) else {
        throw FlatbufferFault("signature '\(key)' has an \(side) without a name")
      }
      pairs.append((name, Int(try table.number(1, default: UInt32(0)))))
    }
    if let twice = Self.firstDuplicate(pairs.map(\.name)) {
      throw FlatbufferFault("signature '\(key)' has two \(side)s of the name '\(twice)'")
    }
    return pairs
  }

  /// The places of the graph's own list, each under a name that the signature gives its tensor.
  private func ports(
    _ places: [Int], _ pairs: [(name: String, tensor: Int)], _ graph: TFLiteGraph, _ side: String, _ key: String
  ) throws(FlatbufferFault) -> [TFLitePort] {
    guard places.count == pairs.count else {
      throw FlatbufferFault("signature '\(key)' has \(pairs.count) \(side)s, and its graph has \(places.count)")
    }
    var rest = Dictionary(grouping: pairs, by: \.tensor).mapValues { $0.map(\.name)[...] }
    var ports: [TFLitePort] = []
    for place in places {
      guard let name = rest[place]?.popFirst() else {
        throw FlatbufferFault("signature '\(key)' has no name for \(side) '\(graph.tensors[place].name)' of its graph")
      }
      ports.append(TFLitePort(name: name, tensorIndex: place, tensor: graph.tensors[place]))
    }
    return ports
  }

  private func placeholder(_ graph: TFLiteGraph) throws(FlatbufferFault) -> TFLiteSignature {
    func ports(_ places: [Int]) -> [TFLitePort] {
      places.map { TFLitePort(name: graph.tensors[$0].name, tensorIndex: $0, tensor: graph.tensors[$0]) }
    }
    let (inputs, outputs) = (ports(graph.inputs), ports(graph.outputs))
    if let twice = Self.firstDuplicate(inputs.map(\.name)) {
      throw FlatbufferFault("it has two inputs of the name '\(twice)'")
    }
    for port in outputs where outputs.contains(where: { $0.name == port.name && $0.tensorIndex != port.tensorIndex }) {
      throw FlatbufferFault("it has two outputs of the name '\(port.name)'")
    }
    return TFLiteSignature(key: TFLiteSignature.placeholder, isPlaceholder: true, inputs: inputs, outputs: outputs)
  }

  private static func firstDuplicate(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
  }
}
